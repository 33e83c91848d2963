"""Scaled double-double arithmetic in plain NumPy: 106 bits, and no overflow or underflow."""
