"""A learner's derivation checked line by line; what it rests on is data in `rules/`."""
