"""The names that the lines of a sheet may use, and what they stand for in the task's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import occurs, root
from derive.core.kinds import Kind
from derive.errors import DeriveError, NotationError
from derive.lazy import cached_property
from derive.notation.printing.latex import latex_name
from derive.notation.printing.plain import plain
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Definition, define
from derive.teaching.sheets.formula_reading import Formula, Reader
from derive.teaching.sheets.grounding import Grounding
from derive.teaching.sheets.header_lines import rows_of
from derive.teaching.sheets.left_sides import Left
from derive.teaching.sheets.numeric_agreement import agree
from derive.teaching.sheets.posing import with_definitions
from derive.teaching.sheets.sheet_rows import Row
from derive.teaching.sheets.task import Task

_DECLARATION = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:\s*[a-z]+\s*"
                          r"(\([^()]*\)\s*)?(\[[^\]]*\])?\s*\Z")
_SQUASHED = {"sigmoid": ("sigmoid(", "softplus(", "logsigmoid(", "log(1 + exp("),
             "softmax": ("softmax(", "logsumexp(", "sum(exp(")}
_NUMBERS = frozenset({"pi"})
_CONSTANTS = ("C", "c", "const", "constant")  # that are added to a cost
_LETTER = re.compile(r"[^\W\d_]")


@dataclass
class Names:
    """The task, with the definitions of the learner's own."""

    task: Task
    latex: bool
    own: list[Definition] = field(default_factory=list)
    extended: Task = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.extended, self.scope = self.task, self.task.scope.copy()
        self.scope.free_indices = False
        for name in _CONSTANTS if self.task.is_cost else ():
            if name not in self.scope.dims:
                self.scope.names.setdefault(name, Variable(name, Kind("real")))

    @property
    def reader(self) -> Reader:
        """The reader of formulas."""
        at = {*self.task.at}
        alone = next(iter(at)) if len(at) == 1 else None
        by = latex_name(alone.name) if isinstance(alone, Variable) else ""
        return Reader(self.scope, self.task.indices, self.latex, self.squash, by)

    @cached_property
    def squash(self) -> str:
        """What σ stands for: the sigmoid or the softmax, where the task has one of them."""
        text = plain(self.task.truth, self.task.reserved)
        used = [name for name, words in _SQUASHED.items() if any(w in text for w in words)]
        declared = "sigma" in self.scope.names
        return used[0] if len(used) == 1 and not declared else ""

    @property
    def grounding(self) -> Grounding:
        """What writes names out."""
        return self.extended.ground

    def ground(self, node: Basic) -> Basic:
        """A line in the names of the task. Raises DeriveError."""
        return self.grounding(node)

    @property
    def quantity(self) -> str:
        """The name of the formula that the task is about."""
        name = self.task.quantity if self.task.is_cost else self.task.ground.name
        return str(getattr(name, "name", ""))

    # Definitions

    def define(self, left: str, right: str, display: bool = False) -> Definition | None:
        """Takes in a definition of the learner's; None where it cannot be read."""
        definition = None
        for line in self.reader.defined(left, right, display):
            try:
                definition = define(line, self.scope.copy())
                break
            except (DeriveError, ValueError):
                continue
        if definition is None or isinstance(definition.body, Index):
            return None  # `with j = i` names no formula
        self.scope.names[definition.name] = definition.symbol
        self.own.append(definition)
        self.extended = with_definitions(self.task, self.own)
        return definition

    def redefine(self, known: Definition, left: str, right: str, display: bool) -> None:
        """Puts another definition in the place of one, if it can be read."""
        self.own.remove(known)
        del self.scope.names[known.name]
        if self.define(left, right, display) is None:
            self.own.append(known)
            self.scope.names[known.name] = known.symbol

    def rename(self, left: Left) -> None:
        """Takes the free letters of the task as the learner writes them, `∂L/∂o_k` for o_i."""
        at = [i for v in self.task.at for i in getattr(v, "indices", ()) if isinstance(i, Index)]
        letters = list(_LETTER.findall(_subscripts(left.by)))
        if len(letters) != len(at) or len(set(letters)) != len(letters):
            return
        for letter, index in zip(letters, at, strict=True):
            if letter not in self.scope.names and letter not in self.scope.dims:
                self.scope.names[letter] = index

    # What a formula is about

    def is_asked(self, node: Basic) -> bool:
        """Whether a formula is the asked derivative, by its form or by its values."""
        return self._is(node, self.task.truth)

    def is_loss(self, node: Basic) -> bool:
        """Whether a formula is the one that is differentiated, and not its derivative."""
        asked = self.task.truth
        while isinstance(asked, heads.Partial):
            asked = asked.args[0]
        return asked != self.task.truth and self._is(node, asked) and not self.is_asked(node)

    def is_taken(self, left: Left | None) -> bool:
        """Whether a name is a number that formulas have, such as pi."""
        return left is not None and left.kind == "name" and left.name in _NUMBERS and not (
            left.letters or left.called)

    def agree(self, node: Basic, other: Basic) -> bool:
        """Whether two formulas have the same values."""
        return self._is(node, self.ground(other))

    def _is(self, node: Basic, other: Basic) -> bool:
        try:
            ground = self.ground(node)
        except DeriveError:
            return False
        return ground == other or agree(ground, other, self.task.conditions, self.grounding)

    def derived(self, formula: Formula) -> Formula:
        """The derivative that the task asks for, of another formula."""
        node, notation = formula.node, formula.notation
        for variable in self.task.at:
            node = heads.Partial(node, variable)
            notation = f"d({notation}, {plain(variable, self.task.reserved)})"
        return Formula(node, notation, False)

    def of_variable(self, left: Left) -> bool:
        """Whether a name is that of the task's variable."""
        return left.kind == "name" and any(
            getattr(root(v), "name", "") == left.base for v in self.task.at)

    def needed_task(self, nodes: Iterable[Basic | None]) -> Task:
        """The task as it was set, unless lines differentiate by names of the learner's own."""
        symbols = [d.symbol for d in self.own]
        used = any(node is not None and any(occurs(s, node) for s in symbols) for node in nodes)
        return self.extended if used else self.task


def _subscripts(by: str) -> str:
    return " ".join(map("".join, re.findall(r"_\{([^{}]*)|\[([^\[\]]*)|_(\w)", by)))


def all_declared(names: Names, row: Row) -> bool:
    """Takes in declarations below the task; whether a row holds nothing else.

    Raises NotationError for one that contradicts the task's.
    """
    pieces = [piece.text for piece in rows_of(row)]
    if not pieces or not all(is_declaration(p) and not _names_a_value(names, p) for p in pieces):
        return False
    for piece in pieces:
        declare(names, piece)
    return True


def _names_a_value(names: Names, text: str) -> bool:
    """Whether a name or a function stands where a declaration has a type, `Result: tanh(z)`."""
    word = re.match(r"\s*([a-z]\w*)", text.partition(":")[2])
    return word is not None and (word[1] in names.scope.names or word[1] in names.scope.functions)


def is_declaration(text: str) -> bool:
    """Whether a text declares names with a type."""
    return _DECLARATION.match(text) is not None


def declare(names: Names, text: str) -> None:
    """One declaration; of a name that the task has it must say the same."""
    scope = Scope(functions=names.scope.functions)
    for leaf in scope.declare(text):
        known = names.scope.names.get(leaf.name)
        if known is not None and known != leaf and not isinstance(known, Index):
            raise NotationError(f"{leaf.name!r} is declared already, as {known.detail}", text, 1)
        if known is None and leaf.name not in names.scope.dims:
            names.scope.names[leaf.name] = leaf
