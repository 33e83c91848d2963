"""C: the text of its functions."""
