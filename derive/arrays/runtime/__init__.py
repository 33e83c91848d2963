"""What every generated kernel runs on: its text is printed into standalone modules."""
