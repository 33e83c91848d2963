"""Random inputs of every kind that derive reads; see `benchmarks/fuzz.py`."""
