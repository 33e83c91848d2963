"""The larger or smaller of two values of a model, one of which moves where they are equal."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derive.core import heads
from derive.core.indexing import leaves
from derive.core.walk import transform
from derive.notation.reading.model_equations import Model


def moving_at_ties(model: Model) -> Model:
    """The model with the larger of two values by cases: at a tie it moves with the second.

    A running minimum, h[t] = min(p, h[t-1]), is p at one step and meets it again at the next. Each
    of both by itself has slope 0 at a tie, and nothing would be learned, though h is p beside it.
    """
    moving = {*model.weights, *(e.symbol for e in model.equations if e.symbol.kind.differentiable)}

    def moves(node: Expr) -> bool:
        return any(leaf in moving for leaf in leaves(node))

    def by_cases(node: Expr) -> Expr | None:
        if not isinstance(node, heads.Apply) or node.name not in ("max", "min") or \
                not all(map(moves, node.args[1:])):
            return None
        first, second = (transform(a, by_cases) for a in node.args[1:])
        less = (second, first) if node.name == "max" else (first, second)
        return heads.Cond(heads.Less(*less), first, second)

    return replace(model, equations=tuple(
        replace(e, body=transform(e.body, by_cases)) for e in model.equations))
