"""Pictures of any loss: it and its gradient against one number, its noise, a likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names, root
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.rendering.pictures import Curve, Picture
from derive.teaching.measuring import point_at
from derive.teaching.picturing import spread

_POINTS, _DIGITS, _SIZE = 161, 15, 3
_RANGES = {"real": (-4.0, 4.0), "positive": (0.05, 4.0), "nonnegative": (0.0, 4.0),
           "negative": (-4.0, -0.05), "probability": (0.01, 0.99), "count": (0.0, 8.0),
           "simplex": (0.0, 1.0), "onehot": (0.0, 1.0)}
_USUAL: dict[str, float | int] = {"real": 0.0, "positive": 1.0, "nonnegative": 1.0,
                                  "negative": -1.0, "probability": 0.5, "integer": 1, "count": 2,
                                  "binary": 1, "label": 0}


def loss_picture(found: Derivation, values: Mapping[str, Any] | None = None,
                 between: tuple[float, float] | None = None) -> Picture:
    """The loss and the derivative of a derived gradient, against its variable.

    Of a vector, the first element moves and the others are 0. The other names have the `values`
    that are given, else usual ones, which the caption says; a target of 0 or 1 is drawn at both.
    Raises DeriveError for what has no such picture.
    """
    if found.goal != "gradient" or not isinstance(found.original, heads.Partial):
        raise DeriveError("a plot shows a loss with its gradient; this is neither")
    loss, at = found.original.args
    x = root(at)
    low, high = between or _RANGES.get(x.kind.domain, (-4.0, 4.0))
    fixed, told = _fixed(found, x, values or {})
    both = next((n for n, leaf in _leaves(found).items() if leaf != x and isinstance(leaf, Variable)
                 and leaf.kind.domain == "binary" and n not in (values or {})), None)
    curves = []
    panels = []
    for formula, word in ((loss, "loss"), (found.result, "derivative")):
        cases = [(f", {both} = {v}", {both: v}) for v in (1, 0)] if both else [("", {})]
        for label, case in cases:
            curves.append(_against(formula, found, x, {**fixed, **case}, (low, high),
                                   word + label))
        panels.append(len(cases))
    axis = pretty(x) + ("₀" if isinstance(x, Tensor) else "")
    told = [t for t in told if not both or not t.startswith(f"{both} =")]
    title = found.title.partition(":")[0]
    return Picture(title=title if len(title) < 60 else "Loss and derivative", x_label=axis,
                   y_label="", curves=tuple(curves), panels=tuple(panels),
                   caption=", ".join(told))


def noise_picture(found: Derivation, values: Mapping[str, Any] | None = None) -> Picture:
    """The density that a loss assumes, as a function of the target."""
    if found.goal != "noise" or not found.others:
        raise DeriveError("this loss assumes no density, so there is none to plot")
    density = found.others[0]
    y = found.start.args[1] if len(found.start.args) > 1 else None
    leaf = next((n for n in free_names(density.result) if n == y), y)
    if not isinstance(leaf, Variable):
        raise DeriveError("only a density of one number can be plotted")
    fixed, told = _fixed(found, leaf, values or {})
    low, high = _RANGES.get(leaf.kind.domain, (0.0, 1.0))
    curve = _against(density.result, found, leaf, fixed, (low, high), "exp(−loss)/Z")
    return Picture(title=found.title.partition(":")[0] + ": the noise that it assumes",
                   x_label=pretty(leaf), y_label="density", curves=(curve,),
                   caption=", ".join(told))


def likelihood_picture(found: Derivation, data: Sequence[float],
                       values: Mapping[str, Any] | None = None) -> Picture:
    """The likelihood of observations over the one parameter of a `derive.mle`.

    `values` are those of names that are not estimated.
    """
    parameter = found.quantity
    one = next((p for p in found.all_parts() if p.goal == "likelihood"), None)
    if found.others or one is None or not isinstance(parameter, Variable):
        raise DeriveError("a likelihood curve needs one parameter; choose it with --wrt")
    y = next((n for n in free_names(one.result) if isinstance(n, Variable) and n != parameter
              and n.name in {line.partition(":")[0].strip() for line in found.given}), None)
    if y is None:
        raise DeriveError("the density does not mention its observation")
    from derive.judge.precision import mp, mpf

    others = {n: mpf(str((values or {}).get(n.name, _USUAL.get(n.kind.domain, 1))))
              for n in free_names(one.result)
              if isinstance(n, Variable) and n not in (parameter, y)}
    low, high = _RANGES.get(parameter.kind.domain, (-4.0, 4.0))

    def height(x: float) -> float:
        total = mpf(0)
        for value in data:
            point = Point(scalars={**others, parameter: mpf(str(x)), y: mpf(str(value))})
            total += evaluate(one.result, point, _DIGITS)
        return float(mp.exp(total))

    curve = _sampled("likelihood", height, spread(low, high, _POINTS))
    return Picture(title=found.title.partition(":")[0] + ": likelihood", x_label=pretty(parameter),
                   y_label="likelihood", curves=(curve,),
                   caption=f"{len(data)} observations")


def _leaves(found: Derivation) -> dict[str, Any]:
    formulas = (found.original, found.result, *(o.result for o in found.others))
    every = set().union(*(free_names(f) for f in formulas))
    return {leaf.name: leaf for leaf in every if isinstance(leaf, (Variable, Tensor))}


def _fixed(found: Derivation, x: Any, values: Mapping[str, Any],
           ) -> tuple[dict[str, Any], list[str]]:
    """Values for all names but x, and those that were chosen here, in words."""
    fixed: dict[str, Any] = {}
    told = []
    unknown = [n for n in values if n not in _leaves(found)]
    if unknown:
        raise DeriveError(f"{unknown[0]!r} is no name of this formula; there are: "
                          f"{', '.join(sorted(_leaves(found)))}")
    for name, leaf in sorted(_leaves(found).items()):
        if leaf == x:
            continue
        if name in values:
            fixed[name] = _allowed(leaf, values[name])
        elif isinstance(leaf, Tensor):
            fixed[name] = _usual_array(leaf)
        else:
            fixed[name] = _usual_number(leaf)
        if not isinstance(fixed[name], list):
            told.append(f"{name} = {fixed[name]:g}")
    return fixed, told


def _allowed(leaf: Any, value: Any) -> Any:
    """A value that was asked for. Raises DeriveError where the name cannot have it."""
    within = _DOMAINS.get(leaf.kind.domain)
    if within is not None and not within(value):
        raise DeriveError(f"{leaf.name} is {leaf.kind.domain}; it cannot be {value:g}")
    return value


_DOMAINS: dict[str, Callable[[Any], bool]] = {
    "positive": lambda v: v > 0, "nonnegative": lambda v: v >= 0, "negative": lambda v: v < 0,
    "probability": lambda v: 0 < v < 1, "binary": lambda v: v in (0, 1),
    "count": lambda v: v >= 0 and v == int(v), "integer": lambda v: v == int(v)}


def _usual_number(leaf: Any) -> Any:
    if leaf.kind.domain not in _USUAL:
        raise DeriveError(f"say a value for {leaf.name}, as in --value {leaf.name}=1")
    return _USUAL[leaf.kind.domain]


def _usual_array(leaf: Any) -> Any:
    """An array of three along each side: usual numbers, the mass on the first."""
    def filled(axes: Sequence[Any]) -> Any:
        size = int(str(axes[0])) if str(axes[0]).isdigit() else _SIZE
        if len(axes) > 1:
            return [filled(axes[1:]) for _ in range(size)]
        if leaf.kind.domain in ("simplex", "onehot"):
            return [int(n == 0) for n in range(size)]
        return [_usual_number(leaf)] * size

    return filled(leaf.kind.shape)


def _against(formula: Any, found: Derivation, x: Any, fixed: Mapping[str, Any],
             between: tuple[float, float], label: str) -> Curve:
    """A formula against x, or the first element of x."""
    leaves = _leaves(found)

    def height(value: float) -> float:
        moved: Any = value
        if isinstance(x, Tensor):
            if len(x.kind.shape) != 1:
                raise DeriveError(f"{x.name} has several subscripts; a plot takes a number or a "
                                  "vector")
            moved = [value, *_usual_array(x)[1:]]
        point = point_at(leaves, {}, {**fixed, x.name: moved})
        for index in found.indices:
            point.scalars[index] = 0
        return float(evaluate(formula, point, _DIGITS))

    return _sampled(label, height, spread(*between, _POINTS))


def _sampled(label: str, height: Callable[[float], float], xs: Sequence[float]) -> Curve:
    found = []
    for x in xs:
        try:
            found.append((x, height(x)))
        except EvaluationError:
            continue
    if not found:
        raise DeriveError(f"the {label} has no value in this range; choose values with --value")
    return Curve(label, tuple(x for x, _ in found), tuple(y for _, y in found))
