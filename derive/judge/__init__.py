"""Numeric certificates for rules and derivations: evaluation, points, comparison."""
