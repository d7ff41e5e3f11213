"""Mashang (码上办): residents scan, are called back, helped and answered."""

__version__ = "0.1.0"
