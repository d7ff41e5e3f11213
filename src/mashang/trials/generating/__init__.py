"""A city's worth of invented cases, of any size, consistent with the product and made in bulk."""
