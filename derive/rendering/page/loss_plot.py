"""The plot of a page: a loss and its derivative against one number, with sliders for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from sympy import Expr
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.notation.printing.javascript import javascript
from derive.notation.printing.pretty import pretty
from derive.rendering.page.plots import Slider, plot_block, script_curve

# Of each kind the ends of the axis or of a slider, where a slider starts, and its step.
_ENDS: dict[str, tuple[float, float, float, float]] = {
    "real": (-5, 5, 1, 0), "positive": (0.05, 5, 1, 0), "nonnegative": (0, 5, 1, 0),
    "negative": (-5, -0.05, -1, 0), "probability": (0.01, 0.99, 0.3, 0),
    "binary": (0, 1, 1, 1), "count": (0, 10, 2, 1), "integer": (-5, 5, 1, 1)}
_DISCRETE = ("binary", "count", "integer")
_MOST = 5  # sliders


class Curves(NamedTuple):
    """What is drawn: a variable, and formulas of it with their names."""

    x: Expr
    formulas: tuple[tuple[str, Expr], ...]


def loss_plot(derivation: Derivation) -> str:
    """HTML of the plot; "" where a formula is no function of numbers, or the variable no number."""
    curves = _curves(derivation)
    if curves is None:
        return ""
    formulas = [formula for _, formula in curves.formulas]
    names = sorted(set().union(*map(free_names, (*formulas, *derivation.assumptions))),
                   key=lambda name: str(name.name))
    others = [name for name in names if name != curves.x and isinstance(name, Variable)]
    plain = all(isinstance(name, Variable) and name.kind.domain in _ENDS for name in names)
    if not plain or len(others) > _MOST or curves.x.kind.domain in _DISCRETE:
        return ""
    try:
        return _block(derivation, curves, others)
    except DeriveError:  # a function without a form in JavaScript
        return ""


def _block(derivation: Derivation, curves: Curves, others: list[Variable]) -> str:
    """The plot; where what is assumed does not hold, nothing is drawn."""
    where = {curves.x.name: "x"}
    holds = " && ".join(javascript(condition, where) for condition in derivation.assumptions)
    drawn = [script_curve(label, formula, where, holds,
                          derivation.obligations if formula is derivation.result else ())
             for label, formula in curves.formulas]
    low, high = _within(curves.x, derivation.assumptions)
    sliders = {n: _slider(n, derivation.assumptions) for n in others}
    return plot_block(drawn, (low, high), _apart(sliders, derivation.assumptions),
                      xlabel=pretty(curves.x))


def _apart(sliders: Mapping[Variable, Slider], assumed: Iterable[Basic]) -> list[Slider]:
    """The sliders, none where a condition forbids it to start: l < u, b is not 1."""
    placed: dict[Basic, Slider] = dict(sliders)
    for condition in assumed:
        left, right = condition.args if len(condition.args) == 2 else (condition, condition)
        for name, other, by in ((left, right, -1), (right, left, 1)):
            slider, at = placed.get(name), placed[other].value if other in placed else other
            if slider is not None and at == slider.value and not isinstance(
                    condition, heads.LessEqual):
                inner = slider.low < slider.value + by < slider.high
                end = slider.low if by < 0 else slider.high
                placed[name] = replace(
                    slider, value=slider.value + by if inner else (slider.value + end) / 2)
    return list(placed.values())


def _slider(name: Variable, assumed: Iterable[Basic]) -> Slider:
    low, high = _within(name, assumed)
    *_, value, step = _ENDS[name.kind.domain]
    if not low <= value <= high:
        value = round(low) if step else (low + high) / 2
    return Slider(name.name, low, high, value, step, pretty(name))


def _within(name: Variable, assumed: Iterable[Basic]) -> tuple[float, float]:
    """The usual range of a name, cut where a condition says that it ends."""
    low, high, *_ = _ENDS[name.kind.domain]
    for condition in assumed:
        if type(condition) not in _ORDERS or len(condition.args) != 2:
            continue
        left, right = condition.args
        room = 0.01 if isinstance(condition, heads.Less) else 0
        if left == name and right.is_number:
            high = min(high, float(right) - room)
        elif right == name and left.is_number:
            low = max(low, float(left) + room)
    return (low, high) if low < high else (low, low + 1)


_ORDERS = (heads.Less, heads.LessEqual)


def _curves(derivation: Derivation) -> Curves | None:
    """The value and its derivatives, by a number; None where it is not of that kind."""
    alone = not derivation.others or derivation.goal == "noise"
    if not alone or derivation.indices or derivation.time is not None:
        return None
    find = _CURVES.get(derivation.goal)
    curves = None if find is None else find(derivation)
    return curves if curves is not None and isinstance(curves.x, Variable) else None


def _of_gradient(derivation: Derivation) -> Curves | None:
    before, result = derivation.original, derivation.written_out or derivation
    if not isinstance(before, heads.Partial) or before.args[0].has(heads.Partial):
        return None
    body, at = before.args
    return Curves(at, (("loss", body), ("derivative", result.result)))


def _of_hessian(derivation: Derivation) -> Curves | None:
    first = _of_gradient(derivation.parts[0]) if derivation.parts else None
    if first is None or derivation.quantity.args[1] != first.x:
        return None
    second = (derivation.written_out or derivation).result
    return first._replace(formulas=(*first.formulas, ("second derivative", second)))


def _of_cost(derivation: Derivation) -> Curves | None:
    """The cost as a function of the variable of its field."""
    slope = next((p.quantity for p in derivation.all_parts() if p.goal == "gradient"
                  and isinstance(p.quantity, heads.Partial)
                  and p.quantity.args[0] == derivation.quantity), None)
    named = {d.symbol for d in derivation.definitions}
    lines = [line for line in (derivation.result, derivation.start)
             if not named & free_names(line)]
    if slope is None or not lines or derivation.field is None:
        return None
    return Curves(slope.args[1], (("cost", lines[0]), ("its gradient", derivation.field)))


def _of_likelihood(derivation: Derivation) -> Curves | None:
    """The loss of one observation as a function of its one parameter."""
    by = derivation.modulo if isinstance(derivation.modulo, tuple) else (derivation.modulo,)
    return Curves(by[0], (("loss", derivation.result),)) if len(by) == 1 else None


def _of_noise(derivation: Derivation) -> Curves | None:
    """The density that a loss assumes, as a function of what is observed."""
    first = derivation.original
    if not isinstance(first, heads.Total) or not derivation.others:
        return None
    return Curves(first.args[1], (("density", derivation.others[0].result),))


_CURVES: Mapping[str, Callable[[Derivation], Curves | None]] = {
    "gradient": _of_gradient, "hessian": _of_hessian, "cost": _of_cost, "nll": _of_likelihood,
    "noise": _of_noise}
