"""What sampling tells of a kernel: where plain floats fail, and how accurate the rest is.

Plain floats are compared with wide numbers at every node of the program. Where a result is wrong,
the first wrong node tells what must be watched: a difference that lost its digits, or a value
that overflowed. The generated code computes the examples that it catches again in wide numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.kernels.emission import Guard
from derive.kernels.layout import Layout
from derive.kernels.module import Design, block, block_function, wide_function
from derive.kernels.program import Node
from derive.kernels.samples import REGIMES, SIZE, Drawing
from derive.kernels.wide import numbers

COUNT = 400     # points of each regime
STEPS = 60      # halvings on the way to a root
MOVED = frozenset({"real", "positive", "nonnegative", "probability"})
MOST = 0.9      # a guard that catches more than this share of the examples is none
LIMIT = 1024.0  # ULP that a fast kernel may be off
LOCAL = (256.0, 32.0, 4.0)  # ULP above which a node is held to be wrong, tried in turn
_MOVES = frozenset({"input", "iota", "size", "where", "pick", "put", "put-diagonal", "diagonal",
                    "scale", "spread", "max", "min", "prod", "argmax", "below-max", "np.median"})
Array = NDArray[Any]


@dataclass
class Certificate:
    """What was measured for one result.

    `worst` is the largest error in ULP by dtype, of the examples that are not computed again;
    `again` the share of those that are, by regime; `missed` counts wrong examples that nothing
    catches.
    """

    guards: set[Guard] = field(default_factory=set)
    worst: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    missed: int = 0
    points: int = 0
    wide: bool = True


@cache
def runtime_names() -> Mapping[str, Any]:
    """Everything that generated code may call."""
    found: dict[str, Any] = {"np": np, "Any": Any}
    for folder in ("wide", "runtime"):
        package = import_module(f"derive.kernels.{folder}")
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            if path.stem != "__init__":
                found.update(vars(import_module(f"{package.__name__}.{path.stem}")))
    return found


def certify(design: Design, result: str, conditions: Callable[[list[Array]], Array]) -> Certificate:
    """The guards that one result of a design needs, and the errors that remain."""
    plan = next(p for p, parts in design.plans.items() if result in parts)
    alone = _only(design, plan, result)
    wide_lines = wide_function(alone, plan, "wide_values")
    if not wide_lines:
        return Certificate(wide=False)
    found = Certificate()
    trials = [Trial(alone, plan, wide_lines, regime, conditions, dtype)
              for regime in REGIMES for dtype in (np.float64, np.float32)]
    node = design.results[result][0]
    with np.errstate(all="ignore"):
        for local in LOCAL:
            for trial in trials:
                if trial.rows:
                    _learn(trial, node, found, local)
        for trial in trials:
            if trial.rows:
                _measure(trial, node, found)
    return found


def undefined_ends(design: Design, result: str) -> int:
    """At how many examples with an argument at an end of its domain the result is NaN."""
    plan = next(p for p, parts in design.plans.items() if result in parts)
    trial = Trial(_only(design, plan, result), plan, [], "typical", None, np.float64)
    found = trial.plain[f"t{design.results[result][0]}"]
    return int(np.count_nonzero(np.isnan(found)))


def _only(design: Design, plan: str, result: str) -> Design:
    from dataclasses import replace

    return replace(design, plans={plan: (result,)}, guards={})


class Trial:
    """All node values at the points of one regime, in plain floats and in wide numbers."""

    def __init__(self, design: Design, plan: str, wide_lines: list[str], regime: str,
                 conditions: Callable[[list[Array]], Array] | None, dtype: Any) -> None:
        self.program, self.regime, self.dtype = design.program, regime, np.dtype(dtype)
        self.seen: dict[Guard, Array] = {}
        taken = design.taken(plan)
        drawing = Drawing(7, regime, COUNT)
        drawn = (drawing.edges if conditions is None else drawing.block)(
            taken, lambda d: SIZE if isinstance(design.dim(d), str) else int(design.dim(d)))
        with np.errstate(all="ignore"):
            self.arrays = [a.astype(self.dtype) if a.dtype.kind == "f" else a for a in drawn]
            if conditions is None:
                self.rows = COUNT
                self._run(design, plan, wide_lines)
                return
            keep = conditions(self.arrays)
            for array in self.arrays:
                if array.dtype.kind == "f":
                    keep &= np.isfinite(array).reshape(COUNT, -1).all(axis=1)
            if regime == "root":
                keep &= self._to_roots(design, plan, taken)
            self.arrays = [a[keep] for a in self.arrays]
            self.rows = int(np.count_nonzero(keep))
            if self.rows:
                self._run(design, plan, wide_lines)

    def _to_roots(self, design: Design, plan: str, taken: Any) -> Array:
        """Moves one argument of each example to where the result changes its sign.

        Returns the examples of which one was found.
        """
        real = [n for n, a in enumerate(taken) if a.kind.domain in MOVED]
        function = self._function(design, plan)
        node = f"t{design.results[design.plans[plan][0]][0]}"
        turn = np.arange(COUNT) % max(len(real), 1)
        sides = [list(self.arrays), list(self.arrays)]
        for place, n in enumerate(real):
            shape = (COUNT,) + (1,) * (self.arrays[n].ndim - 1)
            moved = np.roll(self.arrays[n], place + 1, axis=0)
            sides[1][n] = np.where((turn == place).reshape(shape), moved, self.arrays[n])

        def sign(arrays: list[Array]) -> Array:
            found = np.asarray(function(arrays)[node])
            return np.asarray(np.sign(found.reshape(found.shape[0], -1)[:, 0]))

        signs = [sign(side) for side in sides]
        keep = (signs[0] * signs[1] < 0) & bool(real)
        for _ in range(STEPS if keep.any() else 0):
            middle = [a + (b - a) / 2 if n in real else a
                      for n, (a, b) in enumerate(zip(*sides, strict=True))]
            left = sign(middle) == signs[0]
            for n in real:
                here = left.reshape((COUNT,) + (1,) * (middle[n].ndim - 1))
                sides[0][n] = np.where(here, middle[n], sides[0][n])
                sides[1][n] = np.where(here, sides[1][n], middle[n])
        self.arrays = [a.astype(self.dtype) if a.dtype.kind == "f" else a for a in sides[0]]
        return np.asarray(keep)

    def _function(self, design: Design, plan: str) -> Callable[[list[Array]], dict[str, Any]]:
        """All values of the program in plain floats, for some examples."""
        names = dict(runtime_names())
        if any("special." in n.op for n in design.program.nodes):
            from scipy import special

            names["special"] = special
        self.made, self.names = block(design, plan, Layout(), kept=True), names
        self.made.body()
        self.order = self.made.order
        lines = block_function(design, plan, Layout(), "plain_values", kept=True)
        exec(compile("\n".join(lines), "<certificate>", "exec"), names)
        sizes = (SIZE,) * len(design.sizes(plan))
        codes = {"f": self.dtype, "b": np.dtype(bool), "i": np.dtype(np.intp)}

        def values(arrays: list[Array]) -> dict[str, Any]:
            rows = len(arrays[0])
            work = [np.empty(shape, codes[kind])
                    for shape, kind in names["plain_values_work"](rows, *sizes)]
            results = [np.empty((rows, *(SIZE if isinstance(design.dim(d), str) else
                                         int(design.dim(d)) for d in design.results[o][1])),
                                self.dtype) for o in design.plans[plan]]
            found: dict[str, Any] = names["plain_values"](
                arrays, results, [*work, np.arange(rows)], None, None, rows, *sizes)
            return found

        return values

    def _run(self, design: Design, plan: str, wide_lines: list[str]) -> None:
        self.plain = self._function(design, plan)(self.arrays)
        if not wide_lines:
            return
        wide = [line.replace("return (", "return locals() or (") for line in wide_lines]
        exec(compile("\n".join(wide), "<certificate>", "exec"), self.names)
        double = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in self.arrays]
        self.wide = self.names["wide_values"](double, np.arange(self.rows), self.rows,
                                              *(SIZE,) * len(design.sizes(plan)))
        self.edge = self._edge()

    def _edge(self) -> Array:
        """The examples within rounding of an edge between two cases: either case is right."""
        found = np.zeros(self.rows, bool)
        for number in self.order:
            node = self.program.nodes[number]
            if node.batched and (node.kind == "b" or node.op == "argmax"):
                plain, wide = self.plain[f"t{number}"], self.wide[f"t{number}"]
                differs = np.broadcast_to(plain != wide, np.broadcast_shapes(
                    np.shape(plain), np.shape(wide)))
                if differs.ndim:
                    found |= np.broadcast_to(differs.reshape(differs.shape[0], -1).any(axis=1),
                                             found.shape)
        return found

    def error(self, number: int, relative: bool = False) -> Array:
        """The error of a node in ULP for each example, the largest over its axes.

        Where `relative`, a subnormal value has lost what its relative error says.
        """
        plain, wide = self.plain.get(f"t{number}"), self.wide.get(f"t{number}")
        if not isinstance(wide, numbers.Wide) or not isinstance(plain, np.ndarray) or \
                plain.dtype.kind != "f" or plain.ndim == 0 or plain.shape[0] != self.rows:
            return np.zeros(self.rows)
        gap = numbers.wide_subtract(numbers.wide_of(plain.astype(np.float64)), wide)
        if relative:
            error = np.abs(numbers.wide_float(numbers.wide_divide(gap, wide)))
            error /= np.finfo(self.dtype).eps
            error = np.where((wide.high == 0) & (plain == 0) | (np.isinf(wide.high) & np.isinf(
                plain)), 0, error)
        else:
            truth = np.broadcast_to(numbers.wide_float(wide), plain.shape).astype(self.dtype)
            error = np.abs(numbers.wide_float(gap)) / np.spacing(np.abs(truth)).astype(np.float64)
            error = np.where((plain == truth) & ((truth == 0) | np.isinf(truth)), 0, error)
        error = np.where(np.isnan(wide.high), 0, np.where(np.isfinite(error), error, np.inf))
        return np.where(self.edge, 0, error.reshape(self.rows, -1).max(axis=1))

    def caught(self, guards: Iterable[Guard]) -> Array:
        """The examples that some guard catches."""
        found = np.zeros(self.rows, bool)
        for guard in guards:
            if guard not in self.seen:
                code = self.made.guard(*guard)
                self.seen[guard] = np.broadcast_to(eval(code, self.names, self.plain), found.shape)
            found |= self.seen[guard]
        return found


def _learn(trial: Trial, node: int, found: Certificate, local: float) -> None:
    """Adds the guards that the wrong examples of a trial need."""
    bad = (trial.error(node) > LIMIT) & ~trial.caught(found.guards)
    errors: dict[int, Array] = {}
    for number in trial.order:
        if not bad.any():
            return
        errors[number] = trial.error(number, relative=True)
        sources = trial.program.nodes[number].sources
        fine = np.all([errors[s] <= local for s in sources], axis=0) if sources else True
        culprit = bad & fine & (errors[number] > local)
        kinds = _kinds(trial.program.nodes[number])
        if kinds and culprit.any():
            best = max(kinds, key=lambda kind: _merit(trial, (number, kind), culprit))
            if (trial.caught([(number, best)]) & culprit).any():
                found.guards.add((number, best))
                bad &= ~trial.caught([(number, best)])
    last = trial.caught([(node, "range")])
    if (bad & last).any() and np.mean(last) < MOST:
        found.guards.add((node, "range"))


def _merit(trial: Trial, guard: Guard, culprit: Array) -> tuple[int, int]:
    """How many of the wrong examples a guard catches, and how few of the others."""
    caught = trial.caught([guard])
    return int(np.count_nonzero(caught & culprit)), -int(np.count_nonzero(caught))


def _kinds(node: Node) -> tuple[str, ...]:
    """The guards that a node may have; of equally good ones the first is taken."""
    if node.op in ("np.add", "np.subtract", "sum", "contract"):
        return ("cancel", "closer", "strict", "range")
    if node.op in _MOVES:
        return ()
    return ("range", "sensitive", "delicate")


def _measure(trial: Trial, node: int, found: Certificate) -> None:
    """The errors of the examples that are not computed again."""
    error = trial.error(node)
    again = trial.caught(found.guards)
    name = trial.dtype.name
    plain = error[~again]
    found.points += trial.rows
    found.missed += int(np.count_nonzero(plain > LIMIT))
    if plain.size:
        found.worst[name] = max(found.worst.get(name, 0.0), float(plain.max()))
    if name == "float64":
        found.again[trial.regime] = float(np.mean(again))
