"""A small point at which a wrong line and the task have different values, nice numbers first."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice, product
from typing import Any

from sympy.core.basic import Basic

from derive.core.atoms import FunctionName, Index, Tensor, Variable
from derive.core.indexing import exact, free_names
from derive.core.kinds import Kind
from derive.core.stored import Stored
from derive.errors import EvaluationError
from derive.judge.precision import Float, handed_over, mp, mpf, own
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere, least_sizes
from derive.judge.trees.line_certificate import LARGEST
from derive.judge.trees.line_points import dimensions, random_point, with_definitions
from derive.proof import number
from derive.teaching.marking.equivalence import Judge, Probe, Verdict

_SIZES = (2, 3, 1)
_DIGITS = 30
_SHOWN = 4  # significant digits in which the two values must differ
_LONG, _FEW = 8, 4  # entries of an array from which on but a few first ones are shown
_MOST = 400  # plain points that are tried
_PRECISE = 300  # digits to which a third is a third
_REALS = ((0, 1, 2, 3), (1, 2, 0, -1), (2, 1, 3, 5), (1, 1, 2, 1), (3, 1, 2, 1), (5, 2, 1, 1),
          (-1, -2, 1, 2), (-2, 1, -1, 3), ("1/2", 2, -1, 1), (-3, 2, 1, -1), (10, 1, -2, 3))
_VALUES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "real": _REALS, "positive": ((1, 2, 3, 1), (2, 1, 1, 3), (3, 5, 2, 1), ("1/2", 2, 1, 1)),
    "nonnegative": ((1, 2, 3, 1), (2, 1, 1, 3), (3, 5, 2, 1), ("1/2", 2, 1, 1)),
    "negative": ((-1, -2, -3, -1), (-2, -1, -3, -4), ("-1/2", -1, -1, -1)),
    "probability": (("1/2", "1/4", "1/3", "1/5"), ("1/4", "1/2", "1/5", "1/3"),
                    ("3/4", "1/3", "1/2", "1/4")),
    "binary": ((1, 0, 1, 0), (0, 1, 0, 1)), "count": ((1, 2, 3, 0), (2, 1, 0, 3), (3, 2, 1, 4)),
    "integer": ((1, 2, 3, 0), (2, 1, 0, 3), (-1, 2, 1, 4)),
    "simplex": (("1/4", "3/4"), ("3/4", "1/4"), ("1/2", "1/2")),
}


@dataclass(frozen=True)
class Counterexample(Stored):
    """A point at which a line is wrong: sizes, values and indices by name, both sides' values.

    `line` is None where the written line has no value there. Of a cost the sides are derivatives
    by one component. Subscripts and labels count from 0.
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Any]
    indices: Mapping[str, int]
    line: Any  # of mpmath, as are all numbers here
    truth: Any

    @property
    def where(self) -> str:
        """The point in words: `K = 2, o = (0, 1), y = 0, i = 1`."""
        return ", ".join(f"{name} = {_listed(value)}" for name, value in self.texts.items()) \
            or "any point"

    @property
    def texts(self) -> dict[str, Any]:
        """Every name with its value as a text, or a tuple of such."""
        return {**{name: str(size) for name, size in self.sizes.items()},
                **{name: _shown(value) for name, value in self.values.items()},
                **{name: str(value) for name, value in self.indices.items()}}

    def to_json(self) -> dict[str, Any]:
        """The point and both values as plain numbers, arrays as lists."""
        return {"sizes": dict(self.sizes),
                "values": {n: _plain(v) for n, v in self.values.items()},
                "indices": dict(self.indices), "text": self.where,
                "line": None if self.line is None else float(self.line),
                "task": float(self.truth)}


@exact
def counterexample(judge: Judge, node: Basic, verdict: Verdict) -> Counterexample | None:
    """The plainest of the points at which a line is wrong. Raises PatienceError.

    Where no point shows the difference in a few digits, it is the plainest that shows it at all.
    """
    at, hardly = verdict.probe, None
    for probe in chain(plain_points(judge, node), _plainer(judge, at) if at else ()):
        judge.deadline.check()
        value = judge.value_at(node, probe.point)
        if value is None and verdict.how != "no value":
            continue
        if value is None:
            return in_names(judge, probe, value)
        if judge.differs(node, probe, value) and judge.is_smooth(node, probe):
            if _visibly(value, probe.truth):
                return in_names(judge, probe, value)
            hardly = hardly or (probe, value)
    if at is not None and (hardly is None or verdict.value is None or
                           _visibly(verdict.value, at.truth)):
        return in_names(judge, at, verdict.value)
    return None if hardly is None else in_names(judge, *hardly)


def _visibly(value: Float, truth: Float) -> bool:
    with mp.workdps(_DIGITS):
        gap = abs(value - truth)
        return bool(gap > mpf(10) ** -_SHOWN * max(abs(value), abs(truth)))


def in_names(judge: Judge, probe: Probe, value: Float | None) -> Counterexample:
    """A probe in the names of the sheet."""
    point, defined = probe.point, {d.symbol for d in judge.definitions}
    scalars = {leaf: point.scalars[leaf] for leaf in _ordered(point.scalars)}
    values = {leaf.name: _nested(point.tensors[leaf]) for leaf in _ordered(point.tensors)
              if leaf not in defined}
    values |= {leaf.name: entry for leaf, entry in scalars.items()
               if not _is_place(leaf) and leaf not in defined}
    values |= {f"{name}(x)": "1 + x + x**2" if function is _parabola else "some function"
               for name, function in point.functions.items()}
    return Counterexample(
        {str(d): n for d, n in point.sizes.items()}, handed_over(values),
        {leaf.name: int(entry) for leaf, entry in scalars.items() if _is_place(leaf)},
        handed_over(value), handed_over(probe.truth))


def _ordered(leaves: Iterable[Any]) -> list[Any]:
    """Names in the order in which they are listed, and get their values."""
    return sorted(leaves, key=lambda leaf: (type(leaf).__name__, leaf.name))


def _nested(values: dict[tuple[int, ...], Any]) -> Any:
    """The elements of an array as rows of rows."""
    if () in values:
        return values[()]
    rows = sorted({at[0] for at in values})
    return tuple(_nested({at[1:]: v for at, v in values.items() if at[0] == row}) for row in rows)


def _shown(value: Any) -> Any:
    """A number as text; a tuple of them as one of texts, a long one with its first and last."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        some = (*value[:_FEW], "…", value[-1]) if len(value) > _LONG else value
        return tuple(map(_shown, some))
    value = own(value)
    return number(mpf(value)) if abs(value) < 10**6 else str(mp.nstr(mpf(value), 6))


def _listed(value: Any) -> str:
    return f"({', '.join(map(_listed, value))})" if isinstance(value, tuple) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return [_plain(v) for v in value] if isinstance(value, tuple) else float(value)


# Points with nice numbers


def plain_points(judge: Judge, node: Basic) -> Iterator[Probe]:
    """Points with small numbers where the task has a value and the conditions hold."""
    names = _names(judge, node)
    formulas = _formulas(judge, node)
    for point in islice(_points(names, least_sizes(formulas)), _MOST):
        yield from valued(judge, replace(point, functions={
            n.unknown[0]: _parabola for n in names if isinstance(n, FunctionName) and n.unknown}))


def _formulas(judge: Judge, node: Basic) -> tuple[Basic, ...]:
    task = judge.task
    return (task.truth, node, *task.conditions, *(d.body for d in judge.definitions))


def _names(judge: Judge, node: Basic) -> set[Any]:
    """The names that need values, where a line is compared with the task."""
    names: set[Any] = set().union(*map(free_names, _formulas(judge, node)))
    for definition in judge.definitions:
        names -= {definition.symbol, *definition.indices}
    return names | set(judge.task.indices)


def placed_points(judge: Judge, node: Basic, number: int) -> Iterator[Probe]:
    """Points with small numbers, with sizes and places at and beside a whole number."""
    names = _names(judge, node)
    ordered, dims = _ordered(names), dimensions(names)
    places = [n for n in ordered if _is_place(n)]
    for size in (number, number + 1, number + 2):
        sizes = Point(sizes=dict.fromkeys(dims, size))
        near = [at for at in (number - 1, number, number + 1) if at < size]
        for at in product(near, *([(0, *near)] * (len(places) - 1))) if places else [()]:
            for row in (1, 3):  # the second has no 0
                yield from valued(judge, _filled(
                    sizes, ordered, dict(zip(places, at, strict=True)), row, 0))


def _plainer(judge: Judge, probe: Probe) -> Iterator[Probe]:
    """Points with the sizes, indices and labels of a probe, and small numbers elsewhere."""
    point = probe.point
    places = {leaf: n for leaf, n in point.scalars.items() if _is_place(leaf)}
    names = _ordered([*point.scalars, *point.tensors])
    for row, shift in product(range(len(_REALS)), (0, 1)):
        yield from valued(judge, _filled(replace(point, tensors={}), names, places, row, shift))


def valued(judge: Judge, point: Point) -> Iterator[Probe]:
    """The point with the value of the task there, if the conditions hold and there is one."""
    judge.deadline.check()
    task = judge.task
    try:
        point = with_definitions(point, judge.definitions, judge.digits)
        if all(holds_everywhere(c, point) for c in task.conditions):
            yield Probe(point, evaluate(task.truth, point, judge.digits, LARGEST))
    except EvaluationError:
        return


def _is_place(leaf: Basic) -> bool:
    return isinstance(leaf, Index) or (isinstance(leaf, Variable) and leaf.kind.domain == "label")


def _parabola(x: Any, order: int) -> Any:
    """The function that stands for an unknown one, and its derivatives."""
    return (1 + x + x**2, 1 + 2 * x, mpf(2), mpf(0))[min(order, 3)]


def _points(names: set[Any], least: dict[Any, int]) -> Iterator[Point]:
    dims = dimensions(names)
    ordered = _ordered(names)
    places = [n for n in ordered if _is_place(n)]
    for size in _SIZES if dims else (1,):
        sizes = {d: max(size, least.get(d, 1)) for d in dims}
        base = Point(sizes=sizes)
        ranges = [range(min(base.size(_range(n)), 2)) for n in places]
        for row in range(len(_REALS)):
            # The same row for all names, then each name a row of its own.
            for shift, at in product((0, 1), product(*ranges)):
                scalars: dict[Any, Any] = dict(zip(places, at, strict=True))
                yield _filled(base, ordered, scalars, row, shift)
    draw = random.Random(11)
    for turn in range(8):
        yield random_point(names, turn, "random", draw)


def _range(leaf: Any) -> Any:
    return leaf.dim if isinstance(leaf, Index) else leaf.kind.over


def _filled(base: Point, ordered: list[Any], scalars: dict[Any, Any], row: int, shift: int,
            ) -> Point:
    numbers = {leaf: _entry(leaf.kind, place * (1 - shift), row + shift * place)
               for place, leaf in enumerate(ordered)
               if isinstance(leaf, Variable) and leaf not in scalars}
    tensors = {leaf: _array(leaf, base, row + shift * place)
               for place, leaf in enumerate(ordered) if isinstance(leaf, Tensor)}
    return replace(base, scalars={**scalars, **numbers}, tensors=tensors)


def _entry(kind: Kind, place: int, row: int) -> Any:
    rows = _VALUES.get(kind.domain, _REALS)
    values = rows[row % len(rows)]
    value = values[place % len(values)]
    if isinstance(value, str):
        above, below = value.split("/")
        with mp.workdps(_PRECISE):
            return mpf(int(above)) / int(below)
    return mpf(value) if kind.differentiable else value


def _array(leaf: Tensor, base: Point, row: int) -> dict[tuple[int, ...], Any]:
    values: dict[tuple[int, ...], Any] = {}
    kind = leaf.kind
    for place, at in enumerate(base.entries(kind.shape)):
        if kind.domain == "onehot":
            values[at] = int(at[-1] == row % base.size(kind.over))
        elif kind.domain == "simplex":
            size = base.size(kind.over)
            values[at] = _share(at[-1], size, row)
        elif kind.domain == "label":
            values[at] = (place + row) % min(base.size(kind.over), 2)
        else:
            values[at] = _entry(kind, place, row)
    return values


def _share(place: int, size: int, row: int) -> Any:
    """An entry of a point of the simplex: 1/4 and 3/4, in turn at either end."""
    weights = [1 if (n + row) % 2 == 0 else 3 for n in range(size)]
    with mp.workdps(_PRECISE):
        return mpf(weights[place]) / sum(weights)
