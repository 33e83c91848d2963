"""A program as a few statements on arrays, as a person writes them: short, without buffers."""
