"""A recurrent model: equations with a shift in time, and a loss."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import exact, leaves
from derive.core.walk import substitute
from derive.deferred_dataclass import dataclass
from derive.functions.function_records import FunctionTable, standard_functions
from derive.lazy import cached_property
from derive.notation.reading.concatenation import without_concatenation
from derive.notation.reading.equation_reading import EquationReader
from derive.notation.reading.line_kinds import (
    EDGE,
    EQUATION,
    sorted_lines,
)
from derive.notation.reading.model_lines import (
    prediction_apart,
)
from derive.notation.reading.parameter_lines import (
    Learning,
    check_learning,
    read_parameter_lines,
)
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    Definition,
    Specification,
    text_lines,
)
from derive.notation.reading.syntax import check_brackets
from derive.notation.reading.time_axes import Span, shift_of, spans
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
        if isinstance(symbol, Tensor):
            first = symbol.kind.shape[0]
            for time in self.times:
                if time.dim == first:
                    return time
        return None

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
        return self._defined.get(symbol)

    @cached_property
    def _defined(self) -> dict[Expr, Definition]:
        """The equations by the names that they define."""
        return {e.symbol: e for e in reversed(self.equations)}

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
    reader = EquationReader(Scope(functions=functions or standard_functions()), text)
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
