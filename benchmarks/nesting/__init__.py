"""A seeded fuzzer of nested binders and filters over all directions."""
