"""Maximum likelihood by rules: equations, bounds, maxima, mixtures."""
