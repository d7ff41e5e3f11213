"""What the operator fills in, page by page."""
