"""Antiderivatives by rules and, where they end, by search."""
