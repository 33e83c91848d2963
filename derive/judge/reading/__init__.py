"""The judge's own reader of the notation: text to functions of points."""
