"""Pictures of any loss: it and its gradient against one number, its noise, a likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names, root
from derive.core.kinds import Dimension
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.rendering.pictures import Curve, Picture
from derive.teaching.demonstrations.jumping_curves import Asked, asked_of, sampled
from derive.teaching.demonstrations.measuring import Value, put
from derive.teaching.demonstrations.picturing import spread

_POINTS, _DIGITS, _SIZE = 161, 15, 3
_RANGES = {"real": (-4.0, 4.0), "positive": (0.05, 4.0), "nonnegative": (0.0, 4.0),
           "negative": (-4.0, -0.05), "probability": (0.01, 0.99), "count": (0.0, 8.0),
           "simplex": (0.0, 1.0), "onehot": (0.0, 1.0)}
_USUAL: dict[str, float | int] = {"real": 0.0, "positive": 1.0, "nonnegative": 1.0,
                                  "negative": -1.0, "probability": 0.5, "integer": 1, "count": 2,
                                  "binary": 1, "label": 0}
_DOMAINS: dict[str, Callable[[float], bool]] = {
    "positive": lambda v: v > 0, "nonnegative": lambda v: v >= 0, "negative": lambda v: v < 0,
    "probability": lambda v: 0 < v < 1, "binary": lambda v: v in (0, 1),
    "count": lambda v: v >= 0 and v == int(v), "integer": lambda v: v == int(v)}
Name = Variable | Tensor


def loss_picture(derivation: Derivation, values: Mapping[str, float] | None = None,
                 between: tuple[float, float] | None = None) -> Picture:
    """The loss and the derivative of a derived gradient, against its variable.

    Of a vector, the first element moves and the others are 0. The other names have the `values`
    that are given, else usual ones, which the caption says; a target of 0 or 1 is drawn at both.
    Raises DeriveError for what has no such picture.
    """
    if derivation.goal != "gradient" or not isinstance(derivation.original, heads.Partial):
        raise DeriveError("a plot shows a loss with its gradient; this is neither")
    if derivation.others:
        raise DeriveError("a plot shows a loss against one variable; choose it with --wrt")
    loss, at = derivation.original.args
    x, slope = root(at), derivation.written_out or derivation
    ends = between or _RANGES.get(x.kind.domain, (-4.0, 4.0))
    fixed, cases = _fixed(derivation, x, values or {}), _cases(derivation, x, values or {})
    curves = [_against(formula, derivation, x, {**fixed, **case}, ends, word + label, where)
              for formula, word, where in ((loss, "loss", ()),
                                           (slope.result, "derivative", slope.obligations))
              for label, case in cases]
    title = _title(derivation)
    return Picture(title=title if len(title) < 60 else "Loss and derivative",
                   x_label=pretty(x) + ("₀" if isinstance(x, Tensor) else ""), y_label="",
                   curves=tuple(curves), panels=(len(cases), len(cases)),
                   caption=_caption({n: v for n, v in fixed.items() if n not in cases[0][1]}))


def noise_picture(derivation: Derivation, values: Mapping[str, float] | None = None) -> Picture:
    """The density that a loss assumes, as a function of the target."""
    if derivation.goal != "noise" or not derivation.others:
        raise DeriveError("this loss assumes no density, so there is none to plot")
    density = derivation.others[0].result
    y = derivation.start.args[1] if len(derivation.start.args) > 1 else None
    target = next((n for n in free_names(density) if n == y), y)
    if not isinstance(target, Variable):
        raise DeriveError("only a density of one number can be plotted")
    fixed = _fixed(derivation, target, values or {})
    curve = _against(density, derivation, target, fixed,
                     _RANGES.get(target.kind.domain, (0.0, 1.0)), "exp(−loss)/Z")
    return Picture(title=_title(derivation) + ": the noise that it assumes",
                   x_label=pretty(target), y_label="density", curves=(curve,),
                   caption=_caption(fixed))


def likelihood_picture(derivation: Derivation, data: Sequence[float],
                       values: Mapping[str, Any] | None = None) -> Picture:
    """The likelihood of observations over the one parameter of a `derive.mle`.

    `values` are those of names that are not estimated.
    """
    parameter = derivation.quantity
    part = next((p for p in derivation.all_parts() if p.goal == "likelihood"), None)
    if derivation.others or part is None or not isinstance(parameter, Variable):
        raise DeriveError("a likelihood curve needs one parameter; choose it with --wrt")
    logarithm = part.result
    fixed = {n: mpf(str((values or {}).get(n.name, _USUAL.get(n.kind.domain, 1))))
             for n in free_names(logarithm) if isinstance(n, Variable) and n != parameter}
    declared = {line.partition(":")[0].strip() for line in derivation.given}
    y = next((n for n in fixed if n.name in declared), None)
    if y is None:
        raise DeriveError("the density does not mention its observation")

    def height(x: float) -> float:
        points = (Point(scalars={**fixed, parameter: mpf(str(x)), y: mpf(str(value))})
                  for value in data)
        return float(mp.exp(sum((evaluate(logarithm, p, _DIGITS) for p in points), mpf(0))))

    ends = _RANGES.get(parameter.kind.domain, (-4.0, 4.0))
    return Picture(title=_title(derivation) + ": likelihood", x_label=pretty(parameter),
                   y_label="likelihood", curves=(_sampled("likelihood", Asked(height), ends),),
                   caption=f"{len(data)} observations")


def _cases(derivation: Derivation, x: Name, values: Mapping[str, float],
           ) -> list[tuple[str, dict[str, Value]]]:
    """Labels and values of a target of 0 or 1 that has no value; one case where there is none."""
    for leaf in _variables(derivation):
        if leaf != x and leaf.kind.domain == "binary" and leaf.name not in values:
            return [(f", {leaf.name} = {v}", {leaf.name: v}) for v in (1, 0)]
    return [("", {})]


def _title(derivation: Derivation) -> str:
    return derivation.title.partition(":")[0]


def _caption(values: Mapping[str, Value]) -> str:
    """The values of the names that are numbers, in words."""
    return ", ".join(f"{name} = {value:g}" for name, value in values.items()
                     if not isinstance(value, list))


def _names(derivation: Derivation) -> dict[str, Name]:
    """The names in the formulas of a derivation."""
    formulas = (derivation.original, (derivation.written_out or derivation).result,
                *(o.result for o in derivation.others))
    leaves = set().union(*map(free_names, formulas))
    return {leaf.name: leaf for leaf in leaves if isinstance(leaf, (Variable, Tensor))}


def _variables(derivation: Derivation) -> list[Variable]:
    return [leaf for leaf in _names(derivation).values() if isinstance(leaf, Variable)]


def _fixed(derivation: Derivation, x: Name, values: Mapping[str, float]) -> dict[str, Value]:
    """Values for all names but x. Raises DeriveError for one that a name cannot have."""
    names = _names(derivation)
    for name in values:
        if name not in names:
            raise DeriveError(f"{name!r} is no name of this formula; there are: "
                              f"{', '.join(sorted(names))}")
    return {name: _allowed(leaf, values[name]) if name in values else _usual(leaf)
            for name, leaf in sorted(names.items()) if leaf != x}


def _allowed(leaf: Name, value: float) -> float:
    """A value that was asked for. Raises DeriveError where the name cannot have it."""
    within = _DOMAINS.get(leaf.kind.domain)
    if within is not None and not within(value):
        raise DeriveError(f"{leaf.name} is {leaf.kind.domain}; it cannot be {value:g}")
    return value


def _usual(leaf: Name) -> Value:
    """A usual number; of an array three along each side, the mass on the first."""
    def filled(axes: Sequence[Dimension]) -> Value:
        if not axes:
            return _usual_number(leaf)
        size = int(str(axes[0])) if str(axes[0]).isdecimal() else _SIZE
        if len(axes) == 1 and leaf.kind.domain in ("simplex", "onehot"):
            return [int(n == 0) for n in range(size)]
        return [filled(axes[1:]) for _ in range(size)]

    return filled(leaf.kind.shape if isinstance(leaf, Tensor) else ())


def _usual_number(leaf: Name) -> float:
    if leaf.kind.domain not in _USUAL:
        raise DeriveError(f"say a value for {leaf.name}, as in --value {leaf.name}=1")
    return _USUAL[leaf.kind.domain]


def _against(formula: Basic, derivation: Derivation, x: Name, fixed: Mapping[str, Value],
             ends: tuple[float, float], label: str, where: Sequence[Basic] = ()) -> Curve:
    """A formula against x, or the first element of x; it is right `where` conditions hold."""
    names = _names(derivation)
    if isinstance(x, Tensor) and len(x.kind.shape) != 1:
        raise DeriveError(f"{x.name} has several subscripts; a plot takes a number or a vector")
    others = _usual(x)[1:] if isinstance(x, Tensor) else None

    def point_at(value: float) -> Point:
        point = Point(scalars=dict.fromkeys(derivation.indices, 0))
        for name, leaf in names.items():
            moved = value if others is None else [value, *others]
            put(point, leaf, moved if leaf == x else fixed[name])
        return point

    known = {*names.values(), *derivation.indices}
    conditions = [c for c in where if {n for n in free_names(c) if not isinstance(n, Dim)} <= known]
    return _sampled(label, asked_of(formula, point_at, conditions), ends)


def _sampled(label: str, asked: Asked, ends: tuple[float, float]) -> Curve:
    return sampled(label, asked, spread(*ends, _POINTS),
                   f"the {label} has no value in this range; choose values with --value")
