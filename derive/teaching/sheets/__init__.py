"""Sheets: what is given, a task, and the lines written for it."""
