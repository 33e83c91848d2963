"""Statements such as `y ~ NAME(X @ b, s)` as entries of the table."""
