"""Prints stored derivations; nothing is computed here."""
