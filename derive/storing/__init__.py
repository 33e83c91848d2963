"""Derivations as data: written, read, and nothing in it called that no table holds."""
