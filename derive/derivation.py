"""A derivation: a goal, what is given, and lines of which each follows from the last by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from derive.core.atoms import is_opened, opened
from derive.core.indexing import exact, leaves
from derive.errors import ReplayError
from derive.functions.decide import assuming
from derive.notation.plain import plain
from derive.rulebook import rewriting
from derive.rulebook.loading import RuleSet
from derive.rulebook.matching import Bindings
from derive.rulebook.rule import Match, Rule


@dataclass(frozen=True)
class Step:
    """One application of a rule to a part of the line.

    `before` and `after` are the rewritten part, `line` is the whole line after it. Steps of the
    same `round` happen side by side; `stage` names the part of the strategy. `substeps` hold a
    derivation of its own, where the step rests on one.
    """

    rule: Rule
    before: Any
    after: Any
    bindings: Bindings
    obligations: tuple[Any, ...]
    line: Any
    stage: str = ""
    round: int = 0
    substeps: tuple[Derivation, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of a derivation as it is shown: an expression, and the steps that led to it."""

    expression: Any
    steps: tuple[Step, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rules, each once, in order; those that go without saying left out."""
        loud = [s.rule.label for s in self.steps if not s.rule.quiet or s.rule.margin]
        return tuple(dict.fromkeys(loud or [s.rule.label for s in self.steps]))


DETAILS = ("brief", "normal", "full")


@dataclass(frozen=True)
class Derivation:
    """A goal, what is given, the steps, and the result; every line follows from the one before.

    `quantity` is what stands left of the first `=` (an unevaluated derivative of a name), `start`
    the first line. `parts` are derivations that this one uses, such as the gradient for a
    Hessian or ∂L/∂p for the chain rule. `assumptions` are the conditions given with the formula.
    Where `modulo` is a variable (of integration), or several (parameters of a likelihood), lines
    are equal but for what does not depend on it. `note` stands above the lines; `remarks` are
    labelled sentences on the result; `sequel` goes on from the result in other terms, such as
    those of a network's output. `others` derive further quantities of the same rank, such as the
    score of a second parameter; `checks` follow the results, such as the second derivatives at a
    maximum.
    """

    title: str
    goal: str
    given: tuple[str, ...]
    quantity: Any
    start: Any
    steps: tuple[Step, ...]
    indices: tuple[Any, ...] = ()
    parts: tuple[Derivation, ...] = ()
    assumptions: tuple[Any, ...] = ()
    definitions: tuple[Any, ...] = ()
    original: Any = None
    source: str = ""
    verification: Any = None
    context: Mapping[str, Any] = field(default_factory=dict)
    modulo: Any = None
    note: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    sequel: Derivation | None = None
    others: tuple[Derivation, ...] = ()
    checks: tuple[Derivation, ...] = ()

    @property
    def result(self) -> Any:
        """The last line."""
        return self.steps[-1].line if self.steps else self.start

    @property
    def reserved(self) -> tuple[str, ...]:
        """The names that no bound index may take in print: declared, defined, and free ones."""
        declared = [n.strip() for line in self.given if ":" in line
                    for n in line.partition(":")[0].split(",")]
        return (*declared, *(d.name for d in self.definitions), *(i.name for i in self.indices))

    @property
    def time(self) -> Any:
        """The dimension of the steps, where this is a derivation of a recurrent model."""
        model = self.context.get("model")
        return None if model is None else model.steps

    @property
    def notation(self) -> str:
        """The result in the notation."""
        return plain(self.result, self.reserved)

    @property
    @exact
    def obligations(self) -> tuple[Any, ...]:
        """The conditions under which the steps hold and that the kinds do not decide, each once."""
        owed = (o for derivation in (*self._nested(substeps=False), self)
                for step in derivation.steps for o in step.obligations)
        found = [o for o in dict.fromkeys(owed) if o not in self.assumptions]
        every = {i: opened(depth, i.dim) for depth, i in enumerate(self.indices)}
        return tuple(o for o in found if o.xreplace(every) == o or o.xreplace(every) not in found)

    def all_parts(self) -> tuple[Derivation, ...]:
        """The parts, and theirs, inner ones first, each once."""
        return self._nested(substeps=True)

    def _nested(self, substeps: bool) -> tuple[Derivation, ...]:
        """All parts. A step owes what its substeps owe, in its own terms."""
        found: dict[int, Derivation] = {}

        def visit(derivation: Derivation) -> None:
            inner = (p for step in derivation.steps if substeps for p in step.substeps)
            for part in (*derivation.parts, *inner):
                if id(part) not in found:
                    visit(part)
                    found[id(part)] = part

        visit(self)
        for other in (*self.others, *self.checks):
            visit(other)
            found[id(other)] = other
        if self.sequel is not None:
            found[id(self.sequel)] = self.sequel
        return tuple(found.values())

    def lines(self, detail: str = "normal") -> tuple[Line, ...]:
        """The lines to show: one a step (`full`), a round (`normal`) or a stage (`brief`)."""
        if detail not in DETAILS:
            raise ValueError(f"detail is one of {', '.join(DETAILS)}, not {detail!r}")
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

    @exact
    def replay(self) -> Any:
        """Recomputes every line from its rule and bindings alone and returns the result.

        Raises ReplayError at the first line that does not follow.
        """
        for part in self.all_parts():
            part.replay_steps()
        return self.replay_steps()

    @exact
    def replay_steps(self) -> Any:
        """Like `replay`, for the steps of this derivation alone, not for its parts."""
        with assuming(self.assumptions):
            return self._replayed()

    def _replayed(self) -> Any:
        line = self.start
        for number, step in enumerate(self.steps, 1):
            before, after = _recomputed(step)
            _check_conditions(step, line)
            line = rewriting.replace(line, before, after)
            if line != step.line:
                raise ReplayError(f"step {number} ({step.rule.name}) does not give its line")
        return line

    def with_verification(self, verification: Any) -> Derivation:
        """The same derivation with the record of its verification."""
        return replace(self, verification=verification)

    def verify(self, **options: Any) -> Derivation:
        """Checks every line numerically; see `derive.judge.verify`."""
        if "model" in self.context:
            from derive.judge.unrolled import verify
        else:
            from derive.judge.lines import verify

        return self.with_verification(verify(self, **options))

    @exact
    def to_json(self) -> dict[str, Any]:
        """The derivation as data; the contract of DESIGN.md §5."""
        from derive.rendering.data import to_json

        return to_json(self)

    def to_sympy(self) -> Any:
        """The result as a plain SymPy expression."""
        from derive.functions.convert import to_sympy

        return to_sympy(self.result)

    @exact
    def show(self, form: str = "text", **options: Any) -> str:
        """The derivation as text, latex, markdown, json or html; see `derive.rendering`."""
        from derive.rendering import render

        return render(self, form, **options)

    def __str__(self) -> str:
        return self.show("text")

    def _repr_markdown_(self) -> str:
        return self.show("markdown")

    @exact
    def _repr_html_(self) -> str:
        from derive.rendering.html import fragment

        return fragment(self)

    @exact
    def _repr_latex_(self) -> str:
        from derive.rendering.html import display_latex

        return display_latex(self)


def _recomputed(step: Step) -> tuple[Any, Any]:
    """Both sides of a step, made anew from the rule and its bindings."""
    rule = step.rule
    if rule.tactic is not None:
        subject = step.bindings["e"]
        return subject, rule.tactic(subject)
    before, after = rule.instance(step.bindings)
    if rule.repeat:
        found = Match(rule, before, after, step.bindings)
        after = rewriting.closed_under_repeat(found, RuleSet((rule,)), _depth(step)).after
    if before != step.before or after != step.after:
        raise ReplayError(f"a step by {rule.name} is not an instance of its rule")
    return before, after


def _check_conditions(step: Step, line: Any) -> None:
    """Raises ReplayError unless each condition of the rule is decided, or owed by the step."""
    if step.rule.tactic is not None:
        return
    open_ = step.rule.open_conditions(step.bindings)
    if open_ is None:
        raise ReplayError(f"a step by {step.rule.name} does not meet the rule's conditions")
    missing = set(rewriting.owed(line, step.before, open_)) - set(step.obligations)
    if missing:
        raise ReplayError(f"a step by {step.rule.name} leaves out the obligation "
                          f"{plain(missing.pop())}")


def _depth(step: Step) -> int:
    """How many binders were open around a step: one more than the deepest opened index in it."""
    depths = [int(leaf.name[1:]) for leaf in leaves(step.before) if is_opened(leaf)]
    return max(depths, default=-1) + 1
