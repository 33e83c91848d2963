"""A folder of pages."""
