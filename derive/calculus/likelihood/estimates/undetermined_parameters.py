"""Parameters that enter the likelihood only through fewer functions of them, as b + c or b*c.

Where scores are linearly dependent at all data, the likelihood is flat in a direction: the derived
formulas are evaluated at random parameters for many random samples, and the rows that come out are
brought to their reduced form. What is the same at other parameters is a sum or a product.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr

from derive.calculus.likelihood.densities.density_checks import parameters_at, value_of
from derive.calculus.likelihood.densities.statistical_model import Parameter, Sample
from derive.core.atoms import Tensor
from derive.core.indexing import free_names
from derive.core.kinds import MATRICES
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere

Row = list[Any]
_DIGITS = 40
_NOTHING, _SAME = mpf(10) ** -25, mpf(10) ** -18  # relative
_TURNS, _FURTHER, _TRIES = 16, 3, 40
_MOST_ENTRIES = 24
_SUBSCRIPT = re.compile(r"\[[\d, ]*\]")
_PLAIN = 12  # numerators and denominators of weights that are written


@dataclass(frozen=True)
class _Entry:
    """One number among the parameters: its name, where it is, and its score."""

    name: str
    parameter: Parameter
    at: tuple[int, ...]
    indices: tuple[Any, ...]
    score: Expr

    def slope(self, point: Point) -> Any:
        """Its score at a point."""
        here = point.holding(dict(zip(self.indices, self.at, strict=True)))
        return evaluate(self.score, here, _DIGITS)

    def value(self, point: Point) -> Any:
        """Its value at a point."""
        return point.tensors[self.parameter][self.at] if isinstance(self.parameter, Tensor) else \
            point.scalars[self.parameter]


def check_determined(sample: Sample, slopes: dict[Expr, Derivation]) -> None:
    """Raises DeriveError where a likelihood depends on several parameters through fewer functions.

    Directions within one array of parameters, as that of a softmax, are left alone.
    """
    model = sample.model
    domains = {p.kind.domain for p in model.parameters}
    if len(model.parameters) < 2 or domains & {"simplex", *MATRICES}:
        return
    draw = random.Random(29)
    seen: dict[tuple[str, ...], _Reduced] = {}
    for turn in range(2, _TURNS):
        reduced = _reduced_scores(sample, slopes, draw, turn)
        if reduced is None:
            continue
        if not reduced.flat:
            return
        other = seen.setdefault(reduced.names, reduced)
        if other is not reduced and other.pivots == reduced.pivots:
            raise DeriveError(_in_words(other, reduced))


@dataclass(frozen=True)
class _Reduced:
    """The scores of many samples at one point, in reduced form: rows with a pivot each."""

    entries: list[_Entry]
    values: Row
    rows: list[Row]
    pivots: list[int]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the numbers."""
        return tuple(e.name for e in self.entries)

    @property
    def flat(self) -> bool:
        """Whether scores of several parameters hang together."""
        return any(len({self.entries[k].parameter for k in _inside(row)}) > 1
                   for row in self.rows) and len(self.rows) < len(self.entries)


def _reduced_scores(sample: Sample, slopes: dict[Expr, Derivation], draw: random.Random, turn: int,
                    ) -> _Reduced | None:
    point = parameters_at(sample.model, draw, turn)
    if point is None or 1 in point.sizes.values():
        return None
    entries = _entries(sample, slopes, point)
    if len(entries) > _MOST_ENTRIES:
        return None
    rows: list[Row] = []
    for _ in range(_TRIES):
        here = _with_data(sample, point, draw)
        try:
            if here is not None:
                rows.append([e.slope(here) for e in entries])
        except EvaluationError:
            continue
        if len(rows) == len(entries) + _FURTHER:
            break
    else:
        return None
    with mp.workdps(_DIGITS):
        reduced, pivots = _row_form(rows)
    return _Reduced(entries, [e.value(point) for e in entries], reduced, pivots)


def _entries(sample: Sample, slopes: dict[Expr, Derivation], point: Point) -> list[_Entry]:
    """All numbers among the parameters that have a value at the point."""
    entries = []
    for p in sample.model.parameters:
        at, indices = sample.model.at(p)
        places = point.entries(p.kind.shape) if isinstance(p, Tensor) else [()]
        for place in places:
            inner = f"[{', '.join(map(str, place))}]" if place else ""
            entries.append(_Entry(f"{p.name}{inner}", p, place, tuple(indices), slopes[at].result))
    return entries


def _with_data(sample: Sample, point: Point, draw: random.Random) -> Point | None:
    """The point with other random observations and covariates; None where they are not allowed."""
    model = sample.model
    names = set().union(*(free_names(n) for n in (model.density, *model.conditions)))
    data = [*model.observed, *(x for x in names if isinstance(x, Tensor)
                               and sample.dim in x.kind.shape and x not in model.observed)]
    for leaf in sorted(data, key=lambda x: x.name):
        point = point.having(leaf, value_of(leaf, point, draw))
    return point if all(holds_everywhere(c, point) for c in model.support) else None


def _row_form(rows: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """The reduced row form, by the largest pivots of each column; and the columns with a pivot."""
    sizes = [max((abs(row[k]) for row in rows), default=mpf(0)) for k in range(len(rows[0]))]
    reduced, pivots = _eliminated(
        [[v / s if s else v for v, s in zip(row, sizes, strict=True)] for row in rows])
    return [[(v if abs(v) > _NOTHING else mpf(0)) * (sizes[k] / sizes[p] if sizes[p] else 1)
             for k, v in enumerate(row)] for row, p in zip(reduced, pivots, strict=True)], pivots


def _eliminated(rows: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """Rows with 1 in the columns of their pivots, where the others have 0; and those columns."""
    left, done = list(rows), list[Row]()
    pivots = []
    for k in range(len(rows[0])):
        best = max(left, key=lambda row: abs(row[k]), default=None)
        if best is None or abs(best[k]) < _NOTHING:
            continue
        left.remove(best)
        pivot = [v / best[k] for v in best]
        left = [[v - row[k] * p for v, p in zip(row, pivot, strict=True)] for row in left]
        done = [[v - row[k] * p for v, p in zip(row, pivot, strict=True)] for row in done]
        done.append(pivot)
        pivots.append(k)
    return done, pivots


def _inside(row: Row) -> list[int]:
    return [k for k, v in enumerate(row) if v]


def _in_words(first: _Reduced, second: _Reduced) -> str:
    """What of the parameters is determined."""
    several = [n for n, row in enumerate(first.rows) if len(_inside(row)) > 1]
    forms = [_function(first, second, n) for n in several]
    names = [first.entries[k].name for k in range(len(first.entries))
             if any(first.rows[n][k] for n in several)]
    names = list(dict.fromkeys(_SUBSCRIPT.sub("", name) for name in names))
    joined = f"{', '.join(names[:-1])} and {names[-1]}"
    known = _of_arrays([form for form in forms if form])
    if not all(forms):
        return (f"the likelihood does not depend on {joined} one by one: there are directions in "
                "which all of them change and it stays as it is at any data, so no data determine "
                "them; keep one of them fixed with --wrt")
    verb = "is" if len(known) == 1 else "are"
    return (f"the likelihood depends on {joined} through {' and '.join(known)} alone, so no data "
            f"determine them one by one: only {' and '.join(known)} {verb} determined; keep one of "
            "them fixed with --wrt, or put one name for what is determined")


def _of_arrays(forms: list[str]) -> list[str]:
    """What is alike for all entries of arrays, told once: a + b for a[0] + b[0], a[1] + b[1]."""
    without = {_SUBSCRIPT.sub("", form) for form in forms}
    alike = all(len(set(_SUBSCRIPT.findall(form))) == 1 and form.count("[") > 1 for form in forms)
    return [*without] if len(forms) > 1 and len(without) == 1 and alike else forms


def _function(first: _Reduced, second: _Reduced, n: int) -> str:
    """The sum or the product whose gradient a row is at both points; empty where it is neither."""
    names = [first.entries[k].name for k in _inside(first.rows[n])]
    weights = [_weights(reduced.rows[n]) for reduced in (first, second)]
    if _alike(*weights):
        return _sum(names, weights[0])
    powers = [_weights([v * x for v, x in zip(reduced.rows[n], reduced.values, strict=True)])
              for reduced in (first, second)]
    return _product(names, powers[0]) if _alike(*powers) else ""


def _weights(row: Row) -> Row:
    """What is not 0 in a row, the first being 1."""
    inside = [v for v in row if v]
    return [v / inside[0] for v in inside]


def _alike(first: Row, second: Row) -> bool:
    """Whether weights are the same small fractions at both points."""
    return len(first) == len(second) and all(
        abs(a - b) < _SAME * (1 + abs(a)) and _fraction(a) is not None
        for a, b in zip(first, second, strict=True))


def _fraction(value: Any) -> Fraction | None:
    close = Fraction(float(value)).limit_denominator(_PLAIN)
    near = abs(mpf(close.numerator) / close.denominator - value) < _SAME * (1 + abs(value))
    return close if near and abs(close.numerator) <= _PLAIN else None


def _sum(names: Sequence[str], weights: Row) -> str:
    text = ""
    for name, weight in zip(names, map(_fraction, weights), strict=True):
        assert weight is not None
        term = name if abs(weight) == 1 else f"{abs(weight)} {name}"
        text += f" {'-' if weight < 0 else '+'} {term}" if text else term
    return text


def _product(names: Sequence[str], powers: Row) -> str:
    text = ""
    for name, power in zip(names, map(_fraction, powers), strict=True):
        assert power is not None
        size = abs(power)
        term = name if size == 1 else f"{name}**{size}" if size.denominator == 1 else \
            f"{name}**({size})"
        text += f"{'/' if power < 0 else '*'}{term}" if text else term
    return text
