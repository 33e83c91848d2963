"""Practice: a derivation entered line by line, each line judged at once, with hints on demand."""
