"""Expressions as trees, evaluated at points: the lines between, recurrent models unrolled."""
