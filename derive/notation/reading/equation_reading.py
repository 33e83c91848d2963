"""Reads the lines of a recurrent model into a scope, equations, values at the edges, a loss."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Expr

from derive.core.atoms import Index, Tensor
from derive.core.kinds import Kind, narrowest
from derive.core.walk import substitute
from derive.errors import KindError, ModelError, NotationError
from derive.functions.intervals import interval
from derive.notation.reading.array_values import axes
from derive.notation.reading.edge_lines import classes_needed, end_of, read_edge
from derive.notation.reading.element_definitions import range_of_index
from derive.notation.reading.line_kinds import (
    DECLARED,
    EQUATION,
    NO_EQUATION,
    ModelLines,
    in_reading_order,
)
from derive.notation.reading.model_lines import (
    array_indices,
    axis_read,
    first_axis,
    subscripts,
)
from derive.notation.reading.parser import parse_value
from derive.notation.reading.random_masks import MaskedLines
from derive.notation.reading.scope import Array, Scope, leaf_of
from derive.notation.reading.specification import (
    Definition,
    declare_or_assume,
)
from derive.notation.reading.time_axes import other_steps, shifted_in


class EquationReader:
    """Reads a model line by line; what it has read are its attributes."""

    def __init__(self, scope: Scope, text: str = "") -> None:
        self.scope, self.text = scope, text
        self.declared: list[str] = []
        self.conditions: list[Expr] = []
        self.equations: list[Definition] = []
        self.initial: dict[Expr, Definition] = {}
        self.ends: dict[Expr, int] = {}
        self.time: Expr = None
        self.masks = MaskedLines()
        self.further: list[Expr] = []

    def everything(self, lines: ModelLines) -> tuple[Expr, str]:
        """Reads all lines: declarations first, equations after what they read; the loss."""
        conditions = []
        for line in lines.declared:
            if DECLARED.match(line):
                declare_or_assume(line, self.scope)
            else:
                conditions.append(line)
            self.declared.append(line.strip())
        equations = (*lines.equations, *lines.predictions)
        for line, later in in_reading_order(equations, self.scope.names):
            self.scope.later = later
            self.equations.append(self.equation(line))
        self.scope.later = {}
        if self.time is None:
            raise ModelError(NO_EQUATION)
        for line in conditions:
            self.conditions += declare_or_assume(line, self.scope)
        for line in lines.edges:
            edge = read_edge(line, self.scope, {e.name for e in self.equations})
            if edge.symbol in self.initial:
                raise ModelError(f"{edge.name} has an initial value already", line, 1)
            self.initial[edge.symbol], self.ends[edge.symbol] = edge, end_of(line)
            self.masks.conditions += [c for c in classes_needed(edge)
                                      if c not in lines.declared]
        for line in self.masks.conditions:
            self.conditions += declare_or_assume(line, self.scope)
        return self.last(lines.loss)

    def last(self, line: str | None) -> tuple[Expr, str]:
        """The loss, with or without a name."""
        if line is None:
            raise ModelError("the model has no loss: a line without a time index that no other "
                             "line reads, one number for a sequence, such as L = sum(l)")
        match = EQUATION.match(line)
        name, begin = (match.group(1), match.end()) if match else ("L", 0)
        self.scope.check_name(name, line, 1)
        if name in self.scope.names:
            raise NotationError(f"{name!r} is declared already; give the loss another name", line,
                                1, len(name))
        value = parse_value(line[begin:], self.scope, line[:begin])
        if isinstance(value, Array):
            raise KindError(f"the loss is a whole array of shape ({axes(value.shape)}); sum it",
                            line, begin + 1, len(line) - begin)
        return value, name

    def equation(self, line: str) -> Definition:
        match = EQUATION.match(line)
        assert match is not None
        name, written = match.group(1), subscripts(match, self.time)
        self.scope.check_name(name, line, match.start(1) + 1)
        known = self.scope.names.get(name)
        if any(e.name == name for e in self.equations):
            raise ModelError(f"{name!r} has an equation already", line, match.start(1) + 1,
                             len(name))
        letters = [part.strip() for part in written.split(",")] if written is not None else []
        inner, indices = self.opened(letters, known, line, match)
        line = self.masks.written_out(line, match.end(), inner, indices, self.scope)
        value = parse_value(line[match.end():], inner, line[: match.end()])
        rest = value.shape if isinstance(value, Array) else ()
        if not letters and not rest:
            _check_number(name, known, line, match.end())
        shape = (*(i.dim for i in indices), *rest)
        if known is not None and known.kind.shape != shape:
            rest = _axes_left(known, shape, bool(rest), line, match.end())
        others = array_indices(rest, (*self.scope.names, *self.scope.dims, *letters),
                               None if indices else self.time)
        body = value.at(others) if isinstance(value, Array) else value
        symbol = known if known is not None else \
            leaf_of(name, Kind(narrowest(interval(body)), shape))
        self.scope.names[name] = symbol
        return Definition(symbol, (*indices, *others), body)

    def opened(self, letters: list[str], known: Expr, line: str, match: re.Match[str],
               ) -> tuple[Scope, tuple[Expr, ...]]:
        """The scope inside an equation, and the indices on its left side."""
        inner = self.scope.copy()
        result: list[Expr] = []
        for place, letter in enumerate(letters):
            if not letter.isidentifier() and letter:
                raise ModelError(
                    f"{match.group(1)}[{letter}] cannot be defined: an equation holds for every "
                    f"step, {match.group(1)}[t] = …; the value before the first step is "
                    f"{match.group(1)}[-1] = …", line, match.start(2) + 1, len(match.group(2)))
            dim = self.dimension(letter, place, known) or \
                range_of_index(letter, line, match.end(), inner)
            if dim is None or self.scope.names.get(letter, index := Index(letter, dim)) != index:
                raise NotationError(
                    f"{letter!r} should be an index; write the equation as {match.group(1)}[t] = "
                    f"… and declare {match.group(1)}, as in {match.group(1)}: real[T, H]",
                    line, match.start(2) + 1, max(1, len(letter)))
            inner.names[letter] = index
            result.append(inner.names[letter])
        if result:
            self.first_index(result[0], line, match)
        return inner, tuple(result)

    def first_index(self, index: Expr, line: str, match: re.Match[str]) -> None:
        """The first index of an equation is a time where it is the first one, or is shifted."""
        if self.time is None and not other_steps(index.name, self.text):
            self.time = index
        times = (*([self.time] if self.time is not None else []), *self.further)
        known = next((t for t in times if t.dim == index.dim), None)
        if known is None and shifted_in(index.name, self.text):
            self.further.append(index)
        if known is not None and known != index:
            raise ModelError(f"the first index of an equation is the time, {known.name} over "
                             f"{known.dim} here, not {index.name}", line, match.start(2) + 1,
                             len(index.name))

    def in_time(self, equation: Definition) -> Definition:
        """An equation of a name of every step that is written for all at once, `a = softmax(g)`."""
        first = equation.indices[0] if equation.indices else None
        time = next((t for t in (self.time, *self.further) if first and t.dim == first.dim), None)
        if time in (None, first):
            return equation
        return replace(equation, indices=(time, *equation.indices[1:]),
                       body=substitute(equation.body, {first: time}))

    def dimension(self, letter: str, place: int, known: Expr) -> Expr:
        """What an index on the left side ranges over."""
        if isinstance(known, Tensor) and place < len(known.kind.shape):
            return known.kind.shape[place]
        if place == 0 and self.time is not None:
            known = axis_read(letter, self.text, self.scope.names) if letter != self.time.name \
                else None
            return known or self.time.dim
        if place == 0:
            return axis_read(letter, self.text, self.scope.names) or first_axis(
                self.scope.names.values())
        return None


def _axes_left(known: Expr, shape: tuple[Expr, ...], is_array: bool, line: str, begin: int,
               ) -> tuple[Expr, ...]:
    """The declared axes behind those of an equation. Raises ModelError for others."""
    declared: tuple[Expr, ...] = known.kind.shape
    if is_array or declared[:len(shape)] != shape:
        raise ModelError(f"{known.name!r} is declared with shape ({axes(declared)}), its equation "
                         f"has ({axes(shape)})", line, begin + 1, len(line) - begin)
    return declared[len(shape):]


def _check_number(name: str, known: Expr, line: str, begin: int) -> None:
    """Raises ModelError for one number as the equation of a declared array."""
    if known is not None and known.kind.shape:
        raise ModelError(f"{name!r} is declared with shape ({axes(known.kind.shape)}), its "
                         "equation is one number; a mean of vectors over the steps is "
                         "mean(h[s] for s in T)", line, begin + 1, len(line) - begin)
