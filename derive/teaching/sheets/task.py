"""The task of a sheet: what its lines must be equal to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sympy.core.basic import Basic

from derive.calculus.cost.field import Field
from derive.calculus.problem import Problem
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import occurs, root
from derive.derivation import Derivation, Step
from derive.judge.trees.slope import slope
from derive.notation.reading.scope import Scope
from derive.rulebook.loading import Rulebook
from derive.short_reprs import Brief
from derive.teaching.sheets.grounding import Grounding

_TASK = re.compile(r"\s*(?:(?:find|compute|calculate|derive|take|show)\s+)?(?:the\s+)?"
                   r"(?:(gradient|hessian|jacobian|cost)\s+of|(simplify))(?:\s+|$)",
                   re.IGNORECASE)
_BY = re.compile(r"(?:^|\s+)(?:with respect to|wrt)(?:\s+|$)", re.IGNORECASE)


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
        return None
    kind = (match.group(1) or match.group(2)).lower()
    rest = text.rstrip().removesuffix("=").removesuffix(":").rstrip()
    parts = list(_BY.finditer(rest, match.end())) if kind != "simplify" else []
    if not parts:
        return Wording(kind, rest[match.end():], match.end())
    by = parts[-1]
    return Wording(kind, rest[match.end():by.start()], match.end(), rest[by.end():], by.end())


@dataclass(frozen=True)
class Task(Brief, by=("kind", "text")):
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
