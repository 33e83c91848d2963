"""The expression heads, their kinds, binders, and numeric evaluation."""
