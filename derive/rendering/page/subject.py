"""What a derivation is about, as mathematics: the loss, the field of a cost, the density."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sympy import Expr
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.exact import exact
from derive.derivation import Derivation
from derive.notation.printing.markup import words
from derive.rendering.page.page_formulas import math


class Subject(NamedTuple):
    """Its label, and both sides of its equation as HTML."""

    label: str
    left: str
    right: str


def subject(derivation: Derivation) -> Subject | None:
    """The formula that was asked about; None where no line holds it as such."""
    find = _SUBJECTS.get(derivation.goal)
    return None if find is None or derivation.time is not None else find(derivation)


def _loss(derivation: Derivation) -> Subject | None:
    """L and the formula of which the derivatives were taken."""
    name, body = derivation.quantity, derivation.original
    while isinstance(name, heads.Partial) and isinstance(body, heads.Partial):
        name, body = name.args[0], body.args[0]
    if body is None or isinstance(name, heads.Partial) or body == derivation.original:
        return None
    label = "Formula" if isinstance(name, heads.Element) else "Loss"
    return Subject(label, math(name, derivation), math(body, derivation))


def _field(derivation: Derivation) -> Subject | None:
    """∂C/∂z and the field, of which the cost is in question."""
    back = next((p.quantity for p in derivation.all_parts()
                 if p.goal == "gradient" and isinstance(p.quantity, heads.Partial)
                 and p.quantity.args[0] == derivation.quantity), None)
    if back is None or derivation.field is None:
        return None
    return Subject("Gradient of the cost that is sought", math(back, derivation),
                   math(derivation.field, derivation))


def _density(derivation: Derivation) -> Subject | None:
    """The density of one observation, as it stands in the first logarithm."""
    for part in (*derivation.all_parts(), derivation):
        body = _inside(part.start, "log", part)
        if body is not None and part.goal in ("likelihood", "nll"):
            what = "likelihood" if _of_all(body) else "density"
            return Subject(what.capitalize(), f"<math>{words(what)}</math>", math(body, part))
    return None


def _assumed_loss(derivation: Derivation) -> Subject | None:
    """The loss of which a density is made, where the first line holds it: exp(−loss)."""
    first = derivation.original
    body = first.args[0] if isinstance(first, heads.Total) else None
    if not isinstance(body, heads.Apply) or body.name != "exp":
        return None
    return Subject("Loss", "<math><mi>L</mi></math>", math(_turned(body.args[1]), derivation))


@exact
def _turned(node: Expr) -> Expr:
    """A formula with the other sign."""
    return -node


def _of_all(body: Basic) -> bool:
    """Whether a formula is that of all observations, a product."""
    return isinstance(body, heads.Product)


def _inside(node: Basic, function: str, part: Derivation) -> Basic | None:
    """The argument of a function of this name, with a minus sign before it or not."""
    for inner in (node, *(node.args[1:] if len(node.args) == 2 and node.args[0] == -1 else ())):
        if isinstance(inner, heads.Apply) and inner.name == function:
            return inner.args[1]
    return None


_SUBJECTS: Mapping[str, Callable[[Derivation], Subject | None]] = {
    "gradient": _loss, "hessian": _loss, "cost": _field, "nll": _density, "score": _density,
    "mle": _density, "fisher": _density, "noise": _assumed_loss}
