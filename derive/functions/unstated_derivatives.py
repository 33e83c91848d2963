"""Derivatives that no entry of the function table states, as that by the order of a function."""

from __future__ import annotations

from collections.abc import Container

from sympy import Expr

from derive.core import heads
from derive.core.indexing import free_names
from derive.core.walk import places
from derive.functions.function_records import function_of


def without_derivative(node: Expr, names: Container[Expr]) -> Expr | None:
    """An application in a formula of which no derivative by some names is stated; None if all are.

    The incomplete gamma function of beta, `gammainc(k, beta)`, has one by beta, none by k.
    """
    for part, _ in places(node):
        if not isinstance(part, heads.Apply) or part.args[0].unknown is not None:
            continue
        function = function_of(part)
        if function.takes_vector or not function.derivative:
            continue
        orders = (argument for parameter, argument in
                  zip(function.parameters, part.args[1:], strict=True)
                  if parameter not in function.varying)
        if any(name in names for order in orders for name in free_names(order)):
            return part
    return None
