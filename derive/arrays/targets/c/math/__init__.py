"""The mathematical functions of the C target, as C text, and which of them a text needs."""
