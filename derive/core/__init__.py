"""Trees: node types, kinds, dimensions, and the one walk that opens and closes binders."""
