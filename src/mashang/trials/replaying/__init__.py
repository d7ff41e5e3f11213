"""Real messages filed through a running server, with people played on both sides of it."""
