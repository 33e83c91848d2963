"""The task of a sheet: what its lines must be equal to."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from sympy.core.basic import Basic

from derive.calculus.cost.field import Field
from derive.calculus.problem import Problem
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import occurs, root
from derive.core.stored import Stored
from derive.derivation import Derivation, Step
from derive.functions.function_records import FunctionTable
from derive.judge.trees.slope import slope
from derive.notation.reading.scope import Scope
from derive.provided import provided
from derive.rulebook.loading import Rulebook
from derive.teaching.sheets.grounding import Grounding
from derive.teaching.sheets.left_sides import left_side

_ASKING = (r"[\s*>_-]{0,40}(?:\(?[\da-z]{1,2}[.)]\s*)?"
           r"(?:(?:task|problem|exercise|question)\s*[\d.]*[a-z]?\s*[:.)-]\s*)?[\s*]{0,9}(?:please\s+)?"
           r"(?:(?:find|compute|calculate|derive|take|show|determine|evaluate|give|obtain|what\s+is)\s+)?")
_TASK = re.compile(
    _ASKING + r"(?:(?:the|a)\s+)?(?:(?:(gradient|hessian|jacobian|cost|second\s+derivative"
    r"|(?:partial\s+)?derivative|mle|(?:(?:maximum[\s-]likelihood|ml)\s+)?estimat(?:e|or)"
    r"|minimi[sz]er|maximi[sz]er)\s+(?:of|for))|(simplify)|(differentiate))(?:\s+|$)",
    re.IGNORECASE)
_QUOTIENT = re.compile(
    _ASKING + r"(?P<asked>\$?\\[td]?frac\s*\{[^$]*?\}\s*\{[^$]*?\}\$?"
    r"|\$?[∂d]\S*\s*/\s*[∂d]\S+?\$?)\s*(?:,\s*)?(?:for|where|of|when|if)\s+"
    r"(?P<named>\$?\s*[^\W\d]\w*\s*(?:\([^()]*\))?\s*=(?!=))?", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s+)(?:with\s+respect\s+to|wrt\.?|w\.\s?r\.\s?t\.?)(?:\s+|$)",
                 re.IGNORECASE)
_FOR = re.compile(r"\s+(?:for|from|given|in|under)\s+", re.IGNORECASE)
_NAMED = re.compile(r"\$?\s*[^\W\d]\w*\s*(?:\([^()=]*\))?\s*=(?!=)\s*(?=\S)")
_KINDS = {"second": "hessian", "partial": "gradient", "derivative": "gradient",
          "differentiate": "gradient", "mle": "estimate", "maximum": "estimate",
          "ml": "estimate", "estimate": "estimate", "estimator": "estimate"}


@dataclass(frozen=True)
class Wording:
    """A task line taken apart: its kind, formula and variable, with their offsets."""

    kind: str
    formula: str
    start: int
    variable: str = ""
    variable_start: int = 0


def worded(text: str) -> Wording | None:
    """A task line taken apart, or None for a line that is none."""
    match = _TASK.match(text)
    if match is None:
        return _by_quotient(text)
    words = next(filter(None, match.groups())).lower()
    first = re.split(r"[\s-]", words)[0]
    kind = _KINDS.get(first, "estimate" if first[:5] in ("minim", "maxim") else first)
    rest = _end_of(text)
    start = match.end()
    parts = list(_BY.finditer(rest, start)) if kind != "simplify" else []
    if not parts and kind == "estimate":
        by = _FOR.search(rest, start)
        if by is not None:
            return Wording(kind, rest[by.end():], by.end(), rest[start:by.start()], start)
    named = _NAMED.match(rest, start)
    start = named.end() if named is not None else start
    if not parts:
        return Wording(kind, rest[start:], start)
    by = parts[-1]
    return Wording(kind, rest[start:by.start()].rstrip(" ,"), start, rest[by.end():], by.end())


def _end_of(text: str) -> str:
    """A line without the signs that end a sentence."""
    rest = text.rstrip(" *`")
    while rest and (rest[-1] in ":=?" or (rest[-1] in ".,;" and not rest[-2:-1].isdecimal())):
        rest = rest[:-1].rstrip()
    return rest


def _by_quotient(text: str) -> Wording | None:
    """`Find dL/do_i for L = …` as a task; None for a line that is none."""
    match = _QUOTIENT.match(text)
    if match is None:
        return None
    left = left_side(match["asked"])
    start, rest = match.end(), _end_of(text)
    if left.kind != "derivative" or not left.by or not rest[start:].strip():
        return None
    at = match.start("asked") + max(match["asked"].rfind(left.by), 0)
    dollar = "$" * (match["named"] or "").count("$")
    by = ", ".join(dict.fromkeys(re.split(r"\s*\\partial\s*|\s+", left.by)))
    kind = "hessian" if left.order == 2 else "gradient"
    return Wording(kind, dollar + rest[start:], start - len(dollar), by, at)


@dataclass(frozen=True)
class Task(Stored, by=("kind", "text")):
    """What is asked: `truth` is what every line must be equal to.

    `at` are the variables of differentiation, with free `indices`. Of a cost (`field` is then
    what was read) `truth` is the field's component, and the derivatives of lines by `at` are
    compared with it. `scope` holds every name that a line may use, `formula` the formula as typed.
    """

    kind: str
    text: str
    posed: Problem
    at: tuple[Basic, ...]
    indices: tuple[Index, ...]
    truth: Basic
    quantity: Basic
    scope: Scope
    ground: Grounding
    rulebook: Rulebook
    formula: str
    field: Field | None = None
    sheet: str = dataclasses.field(default="", compare=False)  # the text that poses it
    functions: FunctionTable | None = dataclasses.field(default=None, compare=False)

    @property
    def source(self) -> tuple[Any, ...]:
        """What it is made of again: the text that poses it, and the functions of its user."""
        return self.sheet, tuple(f for f in (self.functions or {}).values() if f.own)

    @staticmethod
    def of_source(sheet: str, functions: FunctionTable) -> Task:
        """The task that a text poses."""
        made: Task = provided("read_sheet")(sheet, functions).task
        return made

    @property
    def conditions(self) -> tuple[Basic, ...]:
        """What may be assumed of the names."""
        return self.posed.specification.conditions

    @property
    def is_cost(self) -> bool:
        """Whether lines are costs, equal but for a constant."""
        return self.field is not None

    @property
    def start(self) -> Basic:
        """The line from which the engine sets out."""
        return heads.Antiderivative(self.truth, self.at[0]) if self.is_cost else self.truth

    def compared(self, node: Basic) -> Basic:
        """What of a line must equal `truth`. Raises EvaluationError where nothing can be had."""
        return slope(node, self.at[0]) if self.is_cost else node

    def is_of_a_component(self, node: Basic) -> bool:
        """Whether a line of a cost is the integral of one component: the free index is in it."""
        return self.is_cost and any(occurs(i, node) for i in self.indices)

    @property
    def reserved(self) -> tuple[str, ...]:
        """The names that no bound index may take in print."""
        return (*self.scope.names, *self.scope.dims)

    def derivation(self, steps: tuple[Step, ...] = (), start: Basic | None = None,
                   ) -> Derivation:
        """Steps of the engine as a derivation of this task; without any its heading alone."""
        spec = self.posed.specification
        return Derivation(
            title=self.text, goal=self.kind, given=spec.declared, quantity=self.quantity,
            start=self.start if start is None else start, steps=steps, indices=self.indices,
            assumptions=spec.conditions, original=self.truth,
            modulo=self.at[0] if self.is_cost else None)


def names_for_lines(scope: Scope, name: Variable, at: tuple[Basic, ...],
                    indices: tuple[Index, ...]) -> Scope:
    """The names that lines may use: those declared, the formula's own, the free indices."""
    inner = scope.copy()
    inner.free_indices = False
    if name.name not in inner.dims:
        inner.names.setdefault(name.name, name)
    inner.names |= {i.name: i for i in indices}
    inner.names |= {root(v).name: root(v) for v in at}
    return inner
