"""A derivation: a goal, what is given, and lines of which each follows from the last by a rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import Expr, true
from sympy.core.basic import Basic

from derive.computable import Computable
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor
from derive.core.displayed import Displayed
from derive.core.exact import exact
from derive.core.indexing import leaves
from derive.core.quantified import closed
from derive.core.stored import Stored
from derive.deferred_dataclass import dataclass
from derive.errors import ChoiceError
from derive.functions.decisions import assuming
from derive.lazy import cached_property
from derive.notation.printing.matrices import array_text
from derive.notation.printing.plain import plain
from derive.notation.reading.declaration_lines import declared_names
from derive.notation.reading.specification import Definition
from derive.premises import Asked, Formal, Recurrence, Typed
from derive.provided import provided
from derive.rulebook import obligations
from derive.rulebook.filling import Bindings
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import RESTATING, Parameters


@dataclass(frozen=True)
class Step(Stored):
    """One application of a rule to a part of the line.

    `before` and `after` are the rewritten part, `line` is the whole line after it. Steps of the
    same `round` happen side by side; `stage` names the part of the strategy. `substeps` hold a
    derivation of its own, where the step rests on one. Everything is data: a rule that no pattern
    states names its tactic, and `parameters` are what that takes besides the expression.
    """

    rule: Rule
    before: Basic
    after: Basic
    bindings: Bindings = dataclasses.field(hash=False)
    parameters: Parameters = dataclasses.field(hash=False)
    obligations: tuple[Basic, ...]
    line: Basic
    stage: str = ""
    round: int = 0
    substeps: tuple[Derivation, ...] = ()

    @property
    def restated(self) -> bool:
        """Whether the step repeats an answer that is on record: it is judged, not recomputed."""
        return self.rule.tactic in RESTATING


@dataclass(frozen=True)
class Line(Stored):
    """A line of a derivation as it is shown: an expression, and the steps that led to it."""

    expression: Basic
    steps: tuple[Step, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rules, each once, in order; those that go without saying left out."""
        loud = [s.rule.label for s in self.steps if not s.rule.quiet or s.rule.margin]
        return tuple(dict.fromkeys(loud or [s.rule.label for s in self.steps]))


DETAILS = ("brief", "normal", "full")
IN_ARRAYS = ("gradient", "hessian")  # goals whose results are also written in whole arrays
WITH_MATRICES = ("nll", "score", "equation", "fisher")  # those that are, of matrices
KEPT = "keep"  # the stage of steps that put names back


@dataclass(frozen=True)
class Derivation(Displayed, Computable):
    """A goal, what is given, the steps, and the result; every line follows from the one before.

    `quantity` is what stands left of the first `=` (an unevaluated derivative of a name), `start`
    the first line. `parts` are derivations that this one uses, such as the gradient for a
    Hessian or ∂L/∂p for the chain rule. `assumptions` are the conditions given with the formula.
    Where `modulo` is a variable (of integration), or several (parameters of a likelihood), lines
    are equal but for what does not depend on it. `note` stands above the lines; `remarks` are
    labelled sentences on the result; `sequel` goes on from the result in other terms, such as
    those of a network's output. `others` derive further quantities of the same rank, such as the
    score of a second parameter; `checks` follow the results, such as the second derivatives at a
    maximum. `formal` and `recurrence` say what derivatives of names stand for, `laws` how random
    variables are distributed, `field` is that of a cost, `estimates` are values at data. `rules`
    are those beyond the standard ones, `asked` is the question as it was typed, `typed` its
    texts; `domain` are the conditions under which the formula as typed has a value. `longhand`
    derives the same result with every name written out, where lines with names do not lead there.
    `meaning` is the sentence of a catalogue's entry on what it measures and when one uses it. `fit`
    is that of a regression to data: estimates, covariances, the log-likelihood. `proof` is there
    where a proof assistant has accepted the theorems of the result.
    """

    title: str
    goal: str
    given: tuple[str, ...]
    quantity: Basic
    start: Basic
    steps: tuple[Step, ...]
    indices: tuple[Index, ...] = ()
    parts: tuple[Derivation, ...] = ()
    assumptions: tuple[Basic, ...] = ()
    definitions: tuple[Definition, ...] = ()
    original: Basic | None = None
    source: str = ""
    verification: Any = None
    modulo: Basic | tuple[Basic, ...] | None = None
    note: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    sequel: Derivation | None = None
    others: tuple[Derivation, ...] = ()
    checks: tuple[Derivation, ...] = ()
    formal: Formal | None = None
    recurrence: Recurrence | None = None
    laws: tuple[Any, ...] = ()
    field: Basic | None = None
    estimates: tuple[tuple[str, Any], ...] = ()
    rules: tuple[Rule, ...] = ()
    asked: Asked | None = None
    typed: Typed | None = None
    domain: tuple[Basic, ...] = ()
    longhand: Derivation | None = None
    meaning: str = ""
    fit: Any = None
    proof: Any = None

    @property
    def result(self) -> Expr:
        """The last line."""
        return self.steps[-1].line if self.steps else self.start

    @cached_property
    def written_out(self) -> Derivation | None:
        """The same result with every name written out, where names were kept in it."""
        count = next((n for n, s in enumerate(self.steps) if s.stage == KEPT), None)
        if self.longhand is not None or count is None:
            return self.longhand
        before = replace(self, steps=self.steps[:count], others=(), checks=(), sequel=None)
        named = {d.symbol for d in self.definitions} & set(leaves(before.result))
        return None if named else before

    @property
    def assumed(self) -> tuple[str, ...]:
        """Those of the given lines that nobody typed: what the use of names tells of them."""
        return () if self.typed is None else self.typed.assumed

    @property
    def stated(self) -> tuple[str, ...]:
        """The given lines that were typed, or belong to an entry."""
        return tuple(line for line in self.given if line not in self.assumed)

    @property
    def reserved(self) -> tuple[str, ...]:
        """The names that no bound index may take in print: declared, defined, and free ones."""
        return (*declared_names(self.given), *(d.name for d in self.definitions),
                *(i.name for i in self.indices))

    @property
    def time(self) -> Dim | None:
        """The dimension of the steps, where this is a derivation of a recurrent model."""
        return None if self.recurrence is None else self.recurrence.model.steps

    @property
    def notation(self) -> str:
        """The result in the notation."""
        return plain(self.result, self.reserved)

    def matrix(self, style: str = "unicode") -> str | None:
        """The result in whole arrays, None where it has no such form; ascii is the notation."""
        written = self.goal in IN_ARRAYS or (self.goal in WITH_MATRICES and any(
            len(leaf.kind.shape) > 1 for leaf in leaves(self.result) if isinstance(leaf, Tensor)
        )) or (self.goal == "mle" and any(a.name == "inv" for a in self.result.atoms(heads.Apply)))
        if not written or self.time is not None:
            return None
        return array_text(self.result, self.indices, style, self.reserved)

    @cached_property
    def obligations(self) -> tuple[Basic, ...]:
        """The conditions that the kinds do not decide, each once.

        The steps hold under them, and so has the formula as typed a value, where the result does
        not show that by itself.
        """
        with assuming(self.assumptions):
            return self._obligations()

    @exact
    def _obligations(self) -> tuple[Basic, ...]:
        derivations = (*replace(self, longhand=None)._nested(substeps=False), self)
        known = {i for d in (self, *self.others) for i in d.indices}

        def here(condition: Basic, part: Derivation) -> Basic:
            """A condition of a part, for all values of the indices that the results have not."""
            return closed(condition, [(i, true) for i in part.indices if i not in known])

        owed = [here(o, d) for d in derivations for o in d.owed]
        typed = [here(o, d) for d in derivations for o in obligations.lost(d.domain, self._unnamed)]
        shown = {*leaves(self.result), *leaves(self.quantity)}
        removed = [(i, true) for i in self.indices if i not in shown]
        conditions = [closed(o, removed) for o in (*owed, *typed)]
        return obligations.strongest(conditions, self.assumptions)

    @cached_property
    def owed(self) -> tuple[Basic, ...]:
        """What the steps owe but for kinks, and the result where the first line asks for less."""
        distinct = dict.fromkeys(o for step in self.steps for o in step.obligations)
        owed = obligations.needed(tuple(distinct), self.start, self._unnamed)
        return (*owed, *obligations.gained((*owed, *self.domain), self.start, self._unnamed))

    @property
    def _unnamed(self) -> Expr:
        """The last line before names were put back, where the lines lead there."""
        return ((self.longhand is None and self.written_out) or self).result

    def all_parts(self) -> tuple[Derivation, ...]:
        """The parts, and theirs, inner ones first, each once."""
        return self._nested(substeps=True)

    def _nested(self, substeps: bool) -> tuple[Derivation, ...]:
        """All parts. A step owes what its substeps owe, in its own terms."""
        nested: dict[int, Derivation] = {}

        def visit(derivation: Derivation) -> None:
            inner = (p for step in derivation.steps if substeps for p in step.substeps)
            for part in (*derivation.parts, *inner):
                if id(part) not in nested:
                    visit(part)
                    nested[id(part)] = part

        visit(self)
        for other in (*self.others, *self.checks):
            visit(other)
            nested[id(other)] = other
        for further in (self.sequel, self.longhand):
            if further is not None:
                nested[id(further)] = further
        return tuple(nested.values())

    def lines(self, detail: str = "normal") -> tuple[Line, ...]:
        """The lines to show: one a step (`full`), a round (`normal`) or a stage (`brief`)."""
        if detail not in DETAILS:
            raise ChoiceError(f"detail is one of {', '.join(DETAILS)}, not {detail!r}")
        shown: list[Line] = []
        shown_key: object = None
        for step in self.steps:
            key = {"full": object(), "normal": step.round, "brief": step.stage}[detail]
            if shown and shown_key == key:
                shown[-1] = Line(step.line, (*shown[-1].steps, step))
            else:
                shown.append(Line(step.line, (step,)))
            shown_key = key
        return tuple(shown)

    def replay(self) -> Expr:
        """Recomputes every line from rules, bindings and parameters alone. Raises ReplayError."""
        provided("replay")(self)
        return self.result

    def verify(self, **options: Any) -> Derivation:
        """Checks every line numerically; see `derive.judge.trees.line_certificate`."""
        verify = provided("verify_lines" if self.recurrence is None else "verify_recurrence")
        verified = replace(self, verification=verify(self, **options))
        if "obligations" in vars(self):  # which no verification changes
            vars(verified)["obligations"] = self.obligations
        return verified

    def prove(self, seconds: float = 60, lines: bool = False) -> Derivation:
        """The same derivation with the record of its proof; see `derive.proofs.proving`."""
        derivation: Derivation = provided("prove")(self, seconds, lines)
        return derivation

    @exact
    def to_json(self) -> dict[str, Any]:
        """The derivation as data; see docs/architecture.md."""
        data: dict[str, Any] = provided("to_json")(self)
        return data

    @staticmethod
    def from_json(given: str | Mapping[str, Any]) -> Derivation:
        """The derivation of what `to_json` gave, or of its text: not yet replayed nor verified.

        Raises StoredError for what is none, or holds a text that is not that of its formula.
        """
        derivation: Derivation = provided("from_json")(given)
        return derivation

