"""What sampling tells of a program: reference values, trials, guards."""
