"""A distribution from a distribution: truncated, censored, inflated, mixed."""
