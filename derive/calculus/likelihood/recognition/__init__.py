"""Typed densities that are ones of the table."""
