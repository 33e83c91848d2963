"""Modules of native operations of PyTorch and JAX: one writer, a table for each library."""
