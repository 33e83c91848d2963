"""Languages that an array program is written in: each a table and a writer."""
