"""Exercises: what a teacher sets, and the marking of what a class hands in."""
