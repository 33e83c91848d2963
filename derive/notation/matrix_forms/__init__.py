"""Formulas of elements → formulas of whole vectors and matrices, as trees → text in any style."""
