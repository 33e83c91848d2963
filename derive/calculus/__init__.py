"""Derivations in every direction: gradient, cost, integral, likelihood, recurrence."""
