"""Calling residents back by staff of the county who did not handle the matter, and what leaders
find that has climbed to them."""
