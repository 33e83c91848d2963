"""Numeric certificates for rules and derivations."""
