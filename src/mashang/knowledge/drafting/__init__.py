"""Drafts by a machine that the city named: what may leave, masked; what came back, for a person."""
