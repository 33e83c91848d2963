"""Expressions of SymPy → text in the notation, and what their symbols assume → declarations."""
