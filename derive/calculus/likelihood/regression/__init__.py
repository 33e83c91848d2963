"""Regressions at data: columns of a table, fits, and what data do not determine."""
