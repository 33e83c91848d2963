"""Small seeded changes of the program, each of which the tests are to notice."""
