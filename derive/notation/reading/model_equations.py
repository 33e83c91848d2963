"""A recurrent model: equations with a shift in time, and a loss."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import Any

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact, leaves
from derive.core.kinds import Kind, narrowest
from derive.core.walk import substitute
from derive.deferred_dataclass import dataclass
from derive.errors import KindError, ModelError, NotationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.functions.intervals import interval
from derive.notation.reading.array_values import axes
from derive.notation.reading.concatenation import without_concatenation
from derive.notation.reading.edge_lines import classes_needed, end_of, read_edge
from derive.notation.reading.element_definitions import range_of_index
from derive.notation.reading.line_kinds import (
    DECLARED,
    EDGE,
    EQUATION,
    NO_EQUATION,
    ModelLines,
    in_reading_order,
    sorted_lines,
)
from derive.notation.reading.model_lines import (
    array_indices,
    axis_read,
    first_axis,
    prediction_apart,
    subscripts,
)
from derive.notation.reading.parameter_lines import (
    Learning,
    check_learning,
    read_parameter_lines,
)
from derive.notation.reading.parser import parse_value
from derive.notation.reading.random_masks import MaskedLines
from derive.notation.reading.scope import Array, Scope, leaf_of
from derive.notation.reading.specification import (
    Definition,
    Specification,
    declare_or_assume,
    text_lines,
)
from derive.notation.reading.syntax import check_brackets
from derive.notation.reading.time_axes import Span, other_steps, shift_of, shifted_in, spans
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Model(Brief):
    """Equations of one sequence: `h[t] = tanh(b + W @ h[t-1] + U @ x[t])`, and a loss.

    `time` is the index of the steps, over the dimension `steps`. An equation is a Definition
    whose first index is `time`, or one without it for what stands once a sequence. `initial`
    are the values before the first step (or after the last, for what runs backwards; `ends` is
    -1 or 1), 0 where nothing is said. `loss` is the last line, named `name`.
    """

    scope: Scope
    declared: tuple[str, ...]
    conditions: tuple[Expr, ...]
    equations: tuple[Definition, ...]
    loss: Expr
    name: str
    time: Expr
    initial: dict[Expr, Definition] = field(default_factory=dict)
    text: str = ""
    ends: dict[Expr, int] = field(default_factory=dict)  # -1: before the first step
    predict: Definition | None = None  # among the equations where one of them reads it
    further: tuple[Expr, ...] = ()  # the indices of further axes of time
    learning: Learning = field(default_factory=Learning)

    @property
    def steps(self) -> Expr:
        """The dimension of time."""
        return self.time.dim

    @property
    def times(self) -> tuple[Expr, ...]:
        """The indices of all axes of time."""
        return (self.time, *self.further)

    def time_of(self, symbol: Expr) -> Any:
        """The index of the steps at which a name has a value; None for what has no such axis."""
        first = symbol.kind.shape[0] if isinstance(symbol, Tensor) else None
        return next((t for t in self.times if t.dim == first), None)

    def timed(self, symbol: Expr) -> bool:
        """Whether a name has a value at each step."""
        return self.time_of(symbol) is not None

    def reads(self, equation: Definition) -> set[tuple[Expr, int | None]]:
        """What an equation reads of the names with a time axis, seen from its own step."""
        return reads(equation.body, self, self.time_of(equation.symbol))

    def spanned(self, equation: Definition) -> set[tuple[Expr, Span]]:
        """What an equation reads at bound or fixed steps, and at which."""
        return {(node.tensor, span) for node, span in
                spans(equation.body, self.time_of(equation.symbol), self.timed)}

    def line_of(self, symbol: Expr) -> str:
        """The line of the text that holds the equation of a name, or nothing."""
        return next((line for line in text_lines(self.text)
                     if (match := EQUATION.match(line)) and match.group(1) == symbol.name
                     and not (match.group(2) and EDGE.match(match.group(2)))), "")

    def equation(self, symbol: Expr) -> Definition | None:
        """The equation that defines a name, if there is one."""
        return next((e for e in self.equations if e.symbol == symbol), None)

    @property
    def given(self) -> list[Expr]:
        """The declared names that no equation defines, in order."""
        defined = {e.symbol for e in self.equations}
        return [leaf for leaf in self.scope.names.values()
                if isinstance(leaf, (Variable, Tensor)) and leaf not in defined]

    @property
    def weights(self) -> list[Expr]:
        """The parameters, learned or frozen: given real names without an axis for time.

        The target is none; others are as `learning` has it.
        """
        return [leaf for leaf in self.given
                if not self.timed(leaf) and self.learning.is_weight(leaf)]

    @property
    def parameters(self) -> list[Expr]:
        """What is learned."""
        return [leaf for leaf in self.weights if leaf.name not in self.learning.frozen]

    @property
    def data(self) -> list[Expr]:
        """What is given and not learned: inputs, targets, masks, constants."""
        weights = self.weights
        return [leaf for leaf in self.given if leaf not in weights]

    def specification(self) -> Specification:
        """The model as a specification, for what works on formulas."""
        return Specification(self.scope, self.declared, self.conditions, self.equations, self.loss,
                             self.name)


@exact
def read_model(text: str, functions: FunctionTable | None = None) -> Model:
    """Reads declarations, equations and the loss of a model, one a line, in any order.

    Raises NotationError at the column of a line, ModelError for equations that do not fit.
    """
    check_brackets(text)
    text = without_concatenation(text)
    reader = _Reader(Scope(functions=functions or standard_functions()), text)
    lines = sorted_lines(text)
    loss, name = reader.everything(lines)
    learning = read_parameter_lines((*lines.about, *reader.masks.about))
    check_learning(learning, reader.scope.names, (e.name for e in reader.equations),
                   reader.time.dim, lines.about)
    text = reader.masks.text(text, list(text_lines(text)))
    predict, equations = prediction_apart(reader.equations, loss, reader.initial, reader.scope)
    return Model(reader.scope, tuple(reader.declared), tuple(reader.conditions),
                 tuple(map(reader.in_time, equations)), loss, name, reader.time, reader.initial,
                 text, reader.ends, predict and reader.in_time(predict), tuple(reader.further),
                 learning)


class _Reader:
    """Reads a model line by line."""

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
            if rest or known.kind.shape[:len(shape)] != shape:
                raise ModelError(f"{name!r} is declared with shape ({axes(known.kind.shape)}), "
                                 f"its equation has ({axes(shape)})", line, match.end() + 1,
                                 len(line) - match.end())
            rest = known.kind.shape[len(shape):]
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


def _check_number(name: str, known: Expr, line: str, begin: int) -> None:
    """Raises ModelError for one number as the equation of a declared array."""
    if known is not None and known.kind.shape:
        raise ModelError(f"{name!r} is declared with shape ({axes(known.kind.shape)}), its "
                         "equation is one number; a mean of vectors over the steps is "
                         "mean(h[s] for s in T)", line, begin + 1, len(line) - begin)


def reads(body: Expr, model: Model, time: Expr = None) -> set[tuple[Expr, int | None]]:
    """What a formula reads of the names with a time axis: (name, shift), None for other places.

    `time` is the index of the steps that read, by default that of the model.
    """
    result: set[tuple[Expr, int | None]] = set()
    time = time or model.time

    def visit(node: Expr) -> None:
        if isinstance(node, heads.Element) and model.timed(node.tensor):
            near = node.tensor.kind.shape[0] == time.dim
            result.add((node.tensor, shift_of(node.indices[0], time) if near else None))
        for argument in node.args:
            visit(argument)

    visit(body)
    result |= {(leaf, None) for leaf in leaves(body) if isinstance(leaf, (Variable, Tensor))
               and not model.timed(leaf) and model.equation(leaf) is not None}
    return result


def at_step(equation: Definition, time: Expr, place: Expr, others: tuple[Expr, ...]) -> Expr:
    """The right side of an equation at another step and other indices."""
    there = dict(zip(equation.indices, (place, *others) if time in equation.indices else others,
                     strict=True))
    return substitute(equation.body, there)
