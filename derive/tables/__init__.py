"""Entries of `rules/` by name: losses, activations, distributions, cells. No SymPy is needed."""
