"""Demonstrations, and the pictures of losses."""
