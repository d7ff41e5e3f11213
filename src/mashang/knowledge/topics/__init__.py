"""What many report at a time: clusters of cases, and what becomes of them."""
