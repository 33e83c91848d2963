"""Losses as objectives of libraries that boost trees."""
