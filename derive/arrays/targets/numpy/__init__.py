"""NumPy: block functions, their doubles in wide numbers, and modules that stand alone."""
