"""Parameters that may not start at 0: factors without which an equation reads nothing of its data.

A vector or a number starts at 0, as biases do. Where all of those in an equation are 0 and its
value is then the same whatever the step, nothing flows through it, and no gradient: those that
multiply something of the step, such as the gain of a value that was scaled before, start at 1.
"""

from __future__ import annotations

from sympy import Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import exact, leaves
from derive.core.walk import transform
from derive.notation.reading.model_equations import Model


@exact
def gains(model: Model) -> set[str]:
    """The names of the parameters that start at 1."""
    small = {leaf for leaf in model.weights
             if leaf.kind.domain == "real" and len(getattr(leaf.kind, "shape", ())) < 2}
    factors: set[str] = set()
    for equation in model.equations:
        mine = small & set(leaves(equation.body))
        if mine and model.timed(equation.symbol) and _reads(equation.body, model) and \
                not _reads(_at_zero(equation.body, mine), model):
            factors |= {leaf.name for leaf in _factors(equation.body, mine, model)}
    return factors


def _reads(body: Expr, model: Model) -> bool:
    """Whether a formula reads anything of a step."""
    return any(isinstance(leaf, Tensor) and model.timed(leaf) for leaf in leaves(body))


def _at_zero(body: Expr, names: set[Expr]) -> Expr:
    """The formula where some parameters are 0."""

    def visit(node: Expr) -> Expr | None:
        leaf = node.tensor if isinstance(node, heads.Element) else node
        return Integer(0) if leaf in names else None

    return transform(body, visit)


def _factors(body: Expr, names: set[Expr], model: Model) -> set[Expr]:
    """Those of some parameters that stand in a product with something of the step."""
    factors: set[Expr] = set()

    def visit(node: Expr) -> None:
        if isinstance(node, Mul):
            for part in node.args:
                leaf = part.tensor if isinstance(part, heads.Element) else part
                leaf = leaf.base if isinstance(leaf, Pow) else leaf
                rest = [other for other in node.args if other is not part]
                if isinstance(leaf, (Tensor, Variable)) and leaf in names and any(
                        _reads(other, model) for other in rest):
                    factors.add(leaf)
        for argument in node.args:
            visit(argument)

    visit(body)
    return factors
