"""The pages under /desk/settings."""
