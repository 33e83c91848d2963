"""Recurrent models: composed of cells and heads, and back-propagation through time."""
