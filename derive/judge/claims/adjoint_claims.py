"""The claim of back-propagation through time: printed adjoints against the typed model, run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from derive.errors import NotationError
from derive.judge.claims.claim_records import Claim, Effort, Pair
from derive.judge.claims.model_reading import BUMP, Equation, ModelReading, read_model
from derive.judge.reading.array_operations import Letter
from derive.judge.reading.central_differences import NOISE, Slopes
from derive.judge.reading.formula_reader import Reading, compiled, with_conditions
from derive.judge.reading.lazy_arrays import Dim, Move, Place, Run

STEPS = (1, 2, 3, 5)
_SIZES = (2, 1, 3)
_DIGITS = 20
_WORK = 3_000_000
_MOST = 3   # entries of one array that are compared at a point
_PAIRS = 48  # of all arrays together
_SEED = 7
_SCALES = (Fraction(1), Fraction(1, 2), Fraction(1, 4))


@dataclass(frozen=True)
class Adjoint:
    """A printed adjoint d(L, name): its text, and its free indices; at an edge, -1 or 1, of it."""

    name: str
    text: str
    letters: tuple[tuple[str, Dim], ...] = ()
    edge: int = 0
    conditions: tuple[str, ...] = ()


def adjoint_claim(text: str, adjoints: Sequence[Adjoint],
                  own: Mapping[str, dict[str, Any]] | None = None) -> Claim:
    """Every printed adjoint is the derivative of the loss of the typed model, run step by step.

    An adjoint in the text of another is what its own text gives, backwards from the edge, where
    it is 0. A state is moved where it stands, and all that reads it is computed again.
    Raises NotationError.
    """
    model = read_model(text, own or {})
    equations = _printed(adjoints, model)
    readings = [Reading(model.names, (), e.body) for e in equations.values()]
    conditions = with_conditions(model.reading, [c for a in adjoints for c in a.conditions])
    draw, most = random.Random(_SEED), max(1, min(_MOST, _PAIRS // max(1, len(adjoints))))

    def pairs(run: Run) -> Iterator[Pair]:
        for adjoint in adjoints:
            equation = equations[adjoint.name]
            shape = run.point.shape(equation.shape)
            for place in _places(adjoint, shape, equation.timed, draw, most):
                def truth(here: Run, name: str = adjoint.name, place: Place = place) -> Any:
                    return _slope(model, name, place, here)

                def value(here: Run, of: Equation = equation, place: Place = place) -> Any:
                    return _entry(of, place, here)

                yield Pair(truth, value)

    return Claim("the derivative of the loss of the typed model", model.names.types,
                 (model.reading, *readings), conditions, pairs, edges=False,
                 effort=Effort(_DIGITS, 2, work=_WORK, scales=_SCALES, visits=_visits(model)))


def _printed(adjoints: Sequence[Adjoint], model: ModelReading) -> dict[str, Equation]:
    """The adjoints as equations, each of which may stand in the texts of the others."""
    names, equations = model.names, dict[str, Equation]()
    for adjoint in adjoints:
        state, kind = model.equations.get(adjoint.name), names.types.get(adjoint.name)
        if state is None and kind is None:
            raise NotationError(f"{adjoint.name} is no name of the model")
        shape = state.shape if state is not None else kind.shape if kind is not None else ()
        made = Equation(f"d({model.reading.name}, {adjoint.name})", shape, movable=False,
                        timed=state is not None and state.timed)
        equations.setdefault(adjoint.name, made)
    for made in equations.values():
        names.codes[made.name] = made.code()
    for adjoint in adjoints:
        letters = {name: Letter(dim) for name, dim in adjoint.letters}
        body, slots = compiled(adjoint.text, names.inner(letters)), tuple(letters.values())
        made = equations[adjoint.name]
        if adjoint.edge:
            made.edges[adjoint.edge] = (slots, body)
        else:
            made.letters, made.body = slots, body
    return equations


def _visits(model: ModelReading) -> tuple[dict[str, int], ...]:
    """Sizes for each number of steps."""
    declared = {d for kind in model.names.types.values() for d in kind.dims}
    dims = sorted(d for d in declared | set(model.names.dims.values()) if isinstance(d, str))
    least = model.names.least.get(str(model.time), 1)
    lengths = [n for n in STEPS if n >= least] or [least, least + 1]
    return tuple({d: steps if d == model.time else _SIZES[(n + turn) % len(_SIZES)]
                  for n, d in enumerate(dims)} for turn, steps in enumerate(lengths))


def _places(adjoint: Adjoint, shape: Place, timed: bool, draw: random.Random, most: int,
            ) -> list[Place]:
    """A few places of an adjoint: of a state at the first step, at the last, and others."""
    if adjoint.edge:
        axes = [range(n) for n in shape[1:]]
        edge = -1 if adjoint.edge < 0 else shape[0]
        return [(edge, *(draw.choice(a) for a in axes)) for _ in range(min(most, prod(shape[1:])))]
    places = list(product(*(range(n) for n in shape)))
    if len(places) <= most:
        return places
    draw.shuffle(places)
    if not timed:
        return places[:most]
    first = next(at for at in places if at[0] == 0)
    last = next(at for at in places if at[0] == shape[0] - 1)
    return list(dict.fromkeys((first, last, *places)))[:_MOST]


def _slope(model: ModelReading, name: str, place: Place, run: Run) -> Any:
    """The derivative of the loss by an entry: of a state moved where it stands, of a parameter."""
    move: Move = (name, place, 1)
    here = run
    if name in model.equations:
        move = (BUMP + name, place, 1)
        start = {place: run.ctx.zero} if place else run.ctx.zero
        here = run.at(run.point.having(move[0], start))
    slope = Slopes(here, model.reading.run).first((move,))
    run.memo[NOISE] = max(run.memo.get(NOISE, 0), here.memo.get(NOISE, 0))
    return slope


def _entry(of: Equation, place: Place, run: Run) -> Any:
    """The value that the printed text gives."""
    if place and of.timed and not 0 <= place[0] < run.point.size(of.shape[0]):
        return of.beyond(run, place)
    return of.array(run).at(place) if place else of.entry(run, place)
