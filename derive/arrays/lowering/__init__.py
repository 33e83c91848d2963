"""Index formulas → array programs."""
