"""The judge's own reading of a recurrent model: equations of a step, as arrays over the steps.

A state is computed entry by entry when it is read, from the equation at that step; nothing of the
derivation's own unrolling is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import EvaluationError, NotationError, VerificationError
from derive.judge.claims.model_statements import as_they_are_known, model_statements
from derive.judge.claims.model_time_axes import ranges_of, times_of
from derive.judge.reading.array_operations import (
    ARRAY,
    CONDITION,
    NUMBER,
    Code,
    Letter,
    Names,
    kept,
)
from derive.judge.reading.defined_elements import declared_range, settled
from derive.judge.reading.formula_reader import Reading, compiled, declaration
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run, finite

_EQUATION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([^\]=]*)\])?\s*=(?!=)(.*)\Z", re.S)
_PREDICTION = re.compile(r"\s*predict\s*(?:\[[^\]=]*\])?\s*=(?!=)")
_EDGE = re.compile(r"\s*(?:-\s*1|[A-Z]\w*)\s*(?:,\s*[a-z]\w*\s*)*\Z")
BUMP = "\u00b7"  # before the name of a state: by how much it is moved where it stands
Entry = Callable[[Run, Place], Any]
Assignment = tuple[str, str | None, str]  # name, subscripts, right side, as written


class Steps(Array):
    """An array over the steps, read one step before the first and after the last too."""

    __slots__ = ("_beyond",)

    def __init__(self, shape: Place, entry: Callable[[Place], Any],
                 beyond: Callable[[Place], Any]) -> None:
        super().__init__(shape, entry, reach=1)
        self._beyond = beyond

    def at(self, place: Place) -> Any:
        """The entry at a place; before the first step and after the last, what stands there."""
        if place[0] in (-1, self.shape[0]) and all(
                0 <= n < size for n, size in zip(place[1:], self.shape[1:], strict=True)):
            if place not in self._kept:
                self._kept[place] = self._beyond(place)
            return self._kept[place]
        return super().at(place)


@dataclass
class Equation:
    """What gives the entries of a name: a code, its indices, and what stands at the edges."""

    name: str
    shape: tuple[Dim, ...] = ()
    letters: tuple[Letter, ...] = ()
    body: Code | None = None
    timed: bool = True
    movable: bool = True
    edges: dict[int, tuple[tuple[Letter, ...], Code]] = field(default_factory=dict)

    def code(self) -> Code:
        """The name as a part of formulas."""
        if not self.shape:
            return Code(NUMBER, kept(lambda run: self.entry(run, ()), ()))
        return Code(ARRAY, kept(self.array, ()), frozenset(), self.shape)

    def array(self, run: Run) -> Array:
        """All entries."""
        shape = run.point.shape(self.shape)
        if not self.timed:
            return Array(shape, lambda at: self.entry(run, at))
        return Steps(shape, lambda at: self.entry(run, at), lambda at: self.beyond(run, at))

    def entry(self, run: Run, place: Place) -> Any:
        """The value of the equation at a place. Raises VerificationError for a circle."""
        if self.body is None:
            raise EvaluationError(f"{self.name} has no equation")
        begun = run.memo.setdefault(("begun", self.name), set())
        if place in begun:
            raise VerificationError(f"{self.name} at {place} is given in terms of itself")
        begun.add(place)
        try:
            return self.moved(run, place, _value(run, self.letters, self.body, place))
        finally:
            begun.discard(place)

    def beyond(self, run: Run, place: Place) -> Any:
        """What stands before the first step, or after the last; 0 where nothing is given."""
        edge = self.edges.get(-1 if place[0] < 0 else 1)
        value = 0 if edge is None else _value(run, *edge, place[1:])
        return self.moved(run, place, value)

    def moved(self, run: Run, place: Place, value: Any) -> Any:
        """A value with the step by which it is moved at this point."""
        if not self.movable:
            return value
        step = run.point.values.get(BUMP + self.name, 0)
        return value + (step.get(place, 0) if isinstance(step, dict) else step)


def _value(run: Run, letters: Sequence[Letter], body: Code, place: Place) -> Any:
    """The value of a code where its indices stand at a place. The indices of the run stay."""
    before = dict(run.env)
    run.count()
    run.env.update(zip((x.slot for x in letters), place, strict=False))
    value = body.call(run)
    if isinstance(value, Array):
        value = value.at(place[len(letters):])
    run.env.clear()
    run.env.update(before)
    return finite(run.ctx, value)


@dataclass(frozen=True)
class ModelReading:
    """A model that has been read: its names, its equations, its loss, the dimension of time."""

    reading: Reading
    equations: Mapping[str, Equation]
    times: tuple[Dim, ...]  # that of the first equation is the first

    @property
    def time(self) -> Dim:
        """The dimension of the steps."""
        return self.times[0]

    @property
    def names(self) -> Names:
        """What formulas about the model may name."""
        return self.reading.names


def read_model(text: str, own: Mapping[str, dict[str, Any]]) -> ModelReading:
    """Reads declarations, equations, values at the edges, and the loss. Raises NotationError."""
    names, (statements, last) = Names(own=own), model_statements(text)
    statements = _without_prediction(
        [line for line in statements if not declaration(line, names)], last, names)
    assignments, conditions = _separated(statements, names)
    assignments = [(name, _of_prediction(name, at, body, assignments), body)
                   for name, at, body in assignments]
    subscripts = {name: at for name, at, _ in assignments if not _is_edge(at)}
    ranges = ranges_of(subscripts, names, text)
    times = times_of(subscripts, ranges, text)
    equations = _declared_states(subscripts, times, names)
    _pad_inputs(times, names, text, assignments)
    _read_all(assignments, ranges, equations, names)
    for equation in equations.values():
        equation.timed = bool(equation.shape) and equation.shape[0] in times
    loss = _EQUATION.match(last)
    code = compiled(loss.group(3) if loss else last, names)
    reading = Reading(names, conditions, code, loss.group(1) if loss else "L")
    return ModelReading(reading, equations, times)


def _without_prediction(statements: list[str], loss: str, names: Names) -> list[str]:
    """The statements without the prediction, where none of them reads it."""
    if _reads_prediction((*statements, loss)):
        return statements
    names.types.pop("predict", None)
    return [line for line in statements if not _PREDICTION.match(line)]


def _read_all(assignments: Sequence[Assignment], ranges: Mapping[str, Dim],
              equations: dict[str, Equation], names: Names) -> None:
    """Reads the equations, each after what it reads, and the values at the edges."""
    for name, at, body in as_they_are_known(assignments, names.types, equations):
        if not _is_edge(at):
            _equation(name, at, body, ranges, equations, names)
    for name, at, body in assignments:
        if at is not None and _is_edge(at) and name not in names.types:
            _edge_value(name, at, body, equations, names)


def _separated(statements: Sequence[str], names: Names,
               ) -> tuple[list[Assignment], tuple[Code, ...]]:
    """The equations and values at the edges, as they are written; the conditions, compiled."""
    matches = [(line, _EQUATION.match(line)) for line in statements]
    conditions = tuple(compiled(line, names) for line, match in matches if match is None)
    if any(c.kind != CONDITION for c in conditions):
        raise NotationError("a line is neither a declaration, an equation nor a condition")
    return [(match[1], match[2], match[3]) for _, match in matches if match], conditions


def _reads_prediction(statements: Iterable[str]) -> bool:
    """Whether an equation reads the prediction, which is a line of its own else."""
    return any(re.search(r"(?<!\w)predict(?!\w)", line) for line in statements
               if not _PREDICTION.match(line))


def _of_prediction(name: str, at: str | None, body: str, others: Iterable[Assignment],
                   ) -> str | None:
    """The subscripts of an equation; a prediction without any may read values at a step."""
    if name != "predict" or at is not None:
        return at
    letters = {other.partition(",")[0].strip() for _, other, _ in others
               if other and not _is_edge(other)}
    return next((x for x in letters if re.search(rf"\[\s*{x}(?!\w)", body)), None)


def _is_edge(at: str | None) -> bool:
    """Whether subscripts are those of an edge: the step before the first, or the last."""
    return at is not None and _EDGE.match(at) is not None


def _declared_states(subscripts: Iterable[str], times: tuple[Dim, ...], names: Names,
                     ) -> dict[str, Equation]:
    """The names that are declared and have an equation, which is still to be read."""
    equations: dict[str, Equation] = {}
    for name in subscripts:
        kind = names.types.pop(name, None)
        if kind is not None:
            timed = bool(kind.shape) and kind.shape[0] in times
            _add(Equation(name, kind.shape, timed=timed), equations, names)
    return equations


def _pad_inputs(times: tuple[Dim, ...], names: Names, text: str,
                assignments: Iterable[Assignment]) -> None:
    """Lets what is given for each step be read beyond the steps, where a line may tell a value.

    An adjoint reads y[t+1] where the model reads a state of t - 1 and y[t]: beyond the last step
    what it multiplies is 0, and any label will do, unless the model reads y there itself.
    """
    stated = {name: (-1 if "-" in at else 1, compiled(body, names))
              for name, at, body in assignments
              if at is not None and _is_edge(at) and name in names.types}
    for name, kind in names.types.items():
        if kind.shape and kind.shape[0] in times:
            over = kind.over if kind.domain in ("label", "index") else None
            read = re.search(rf"(?<!\w){name}\[\s*\w+\s*[-+]", text) is not None
            names.codes[name] = _padded(name, kind.shape, over, read, stated.get(name))


def _edge_value(name: str, at: str, text: str, equations: Mapping[str, Equation],
                names: Names) -> None:
    """Reads the value of a state before the first step, or after the last."""
    if name not in equations:
        raise NotationError(f"{name} has no equation")
    shape = equations[name].shape[1:]
    letters = {letter.strip(): Letter(over) for letter, over in zip(
        at.split(",")[1:], shape, strict=False)}
    body = settled(text, letters, names, compiled)
    equations[name].edges[-1 if "-" in at else 1] = (tuple(letters.values()), body)


def _add(equation: Equation, equations: dict[str, Equation], names: Names) -> None:
    equations[equation.name] = equation
    names.codes[equation.name] = equation.code()


def _padded(name: str, shape: tuple[Dim, ...], over: Dim | None, read: bool,
            stated: tuple[int, Code] | None = None) -> Code:
    """What is given for each step, and beyond the steps what is `stated` for one end.

    Without that a number is 0 there, and a label that the model reads there has no value.
    """
    def beyond(run: Run, at: Place) -> Any:
        if stated is not None and (at[0] < 0) == (stated[0] < 0):
            return stated[1].call(run)
        if over is not None and read:
            raise EvaluationError(f"{name} has no value beyond the steps")
        return 0

    def array(run: Run) -> Array:
        return Steps(run.point.shape(shape), lambda at: run.named(name).at(at),
                     lambda at: beyond(run, at))

    return Code(ARRAY, kept(array, ()), frozenset(), shape, over)


def _equation(name: str, at: str | None, text: str, ranges: Mapping[str, Dim],
              equations: dict[str, Equation], names: Names) -> None:
    """Reads an equation of every step, or one without an index of time."""
    written = [] if at is None else [part.strip() for part in at.split(",")]
    known = equations.get(name)
    letters = {}
    for place, letter in enumerate(written):
        over = known.shape[place] if known is not None else ranges[letter] if place == 0 else \
            None
        letters[letter] = Letter(over or declared_range(letter, names))
    body = settled(text, letters, names, compiled)
    shape = (*(x.over for x in letters.values() if x.over is not None), *body.shape)
    if known is None:
        timed = at is not None or (bool(shape) and shape[0] in ranges.values())
        _add(Equation(name, shape, tuple(letters.values()), body, timed), equations, names)
    elif known.shape != shape:
        raise NotationError(f"{name} is declared with another shape")
    else:
        known.letters, known.body = tuple(letters.values()), body
