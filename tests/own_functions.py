"""Entries of functions as users write them."""

from __future__ import annotations

SOFTSIGN = r"""
[softsign]
arguments  = ["u"]
definition = "u / (1 + abs(u))"
derivative = ["1 / (1 + abs(u))**2"]
antiderivative = "abs(u) - log(1 + abs(u))"
range      = "(-1, 1)"
rises      = "0"
latex      = "\\operatorname{ss}"
words      = ["ss"]
source     = "Bergstra et al. (2009)"
"""
SQUARED = SOFTSIGN + """
[squared]
arguments  = ["u"]
definition = "softsign(u)**2"
derivative = ["2 * softsign(u) / (1 + abs(u))**2"]
source     = "-"
"""
QUARTIC = """
[quartic]
arguments  = ["u[K]"]
definition = "sum(u[k]**4 for k in K)"
source     = "-"
"""
