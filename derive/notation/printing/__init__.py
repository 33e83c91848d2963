"""Expressions → text, Unicode, LaTeX, MathML, JavaScript, matrices."""
