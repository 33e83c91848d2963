"""Values before the first step that are computed, `h[-1] = tanh(h0)`: as an equation of their own.

A state that is carried from the steps before takes its place: a number that is 1 for a sequence
that begins here and 0 for one whose state is given chooses. The derivative follows from the
equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sympy import Add, Integer, Mul

from derive.arrays.recurrent.edge_values import plain_edge
from derive.arrays.recurrent.graph_records import Graph
from derive.arrays.targets.numpy.executing import Array
from derive.core import heads
from derive.core.indexing import occurs
from derive.core.kinds import Kind
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition


@dataclass(frozen=True)
class Start:
    """The names of a computed start: of its equation, of the flag, of what is given instead."""

    equation: str
    begun: str = ""
    given: str = ""


def is_computed(definition: Definition, model: Model) -> bool:
    """Whether an initial value is neither numbers nor a parameter."""
    body, symbol = definition.body, definition.symbol
    if model.time_of(symbol) != model.time or any(
            model.timed(e.symbol) and occurs(e.symbol, body) for e in model.equations):
        return False  # what other steps give is no start of a sequence that goes on
    value = plain_edge(definition)
    return value is None or (isinstance(value, str) and value not in map(str, model.weights))


def with_starts(model: Model, carried: bool) -> tuple[Model, dict[str, Start]]:
    """The model with an equation for each computed start, and the names of those.

    With `carried` a state may be given in their place.
    """
    starts: dict[str, Start] = {}
    scope, initial, added, data = model.scope.copy(), dict(model.initial), [], []
    for symbol, definition in model.initial.items():
        if model.equation(symbol) is None or not is_computed(definition, model):
            continue
        shape, indices = symbol.kind.shape[1:], definition.indices
        fresh = _fresh({*map(str, scope.names)}, symbol.name)
        carries = carried and model.ends[symbol] < 0
        start = Start(next(fresh), *((next(fresh), next(fresh)) if carries else ()))
        leaf, body = leaf_of(start.equation, Kind("real", shape)), definition.body
        scope.names[start.equation] = leaf
        if carries:
            begun, given = leaf_of(start.begun, Kind("real")), leaf_of(start.given, leaf.kind)
            scope.names |= {start.begun: begun, start.given: given}
            body = Add(Mul(begun, body), Mul(Add(Integer(1), Mul(Integer(-1), begun)),
                                             heads.at(given, indices)))
            data += [start.begun, start.given]
        added.append(Definition(leaf, indices, body))
        initial[symbol] = Definition(symbol, indices, heads.at(leaf, indices))
        starts[symbol.name] = start
    learning = replace(model.learning, data=(*model.learning.data, *data))
    return replace(model, scope=scope, equations=(*added, *model.equations), initial=initial,
                   learning=learning), starts


def put_starts(starts: Mapping[str, Start], data: Mapping[str, Array],
               state: Mapping[str, Array]) -> None:
    """Writes which sequences begin here, and the states of the others; NaN is none."""
    for name, start in starts.items():
        if start.begun:
            carried = np.asarray(state.get(name, np.nan))
            unset = np.isnan(carried)
            data[start.given][...] = np.where(unset, 0, carried)
            data[start.begun][...] = unset.any(tuple(range(1, unset.ndim))) if unset.ndim else \
                unset


def put_numbers(graph: Graph, data: Mapping[str, Array], steps: int) -> None:
    """Writes the number of each step, where a model reads it."""
    if graph.clock:
        data[graph.clock][...] = np.arange(steps)[:, None]


def _fresh(taken: set[str], name: str) -> Iterator[str]:
    """Names for a start that are not taken."""
    for word in ("start", "begun", "given"):
        made = f"{name}_{word}"
        while made in taken:
            made += "_"
        yield made
