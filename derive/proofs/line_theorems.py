"""The lines of a derivation as theorems: each is equal to the line before it, by its rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer

from derive.calculus.problem import unfolded
from derive.core import heads
from derive.core.indexing import exact
from derive.core.typed_nodes import evaluated
from derive.core.walk import around, transform
from derive.derivation import Derivation, Line, Step
from derive.proofs.coq_checker import REMARK
from derive.proofs.coq_names import UnprovenError
from derive.proofs.equality_script import EqualityScript
from derive.proofs.line_writer import LineWriter, PlaceWriter
from derive.proofs.rule_instances import instance
from derive.proofs.rule_lemmas import RuleLemma, lemma_of
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import SumSplitter
from derive.proofs.term_parts import ATOM
from derive.proofs.theorem_file import TheoremFile, comment
from derive.rulebook import rewriting
from derive.rulebook.filling import Bindings
from derive.rulebook.rule import Match, Rule


@dataclass(frozen=True)
class Change:
    """One use of a rule: the line before and after it, and the part that it rewrites."""

    rule: Rule
    left: Expr
    right: Expr
    before: Expr
    after: Expr
    bindings: Bindings


@dataclass(frozen=True)
class LineWays:
    """How lines are proved: rules `without` a lemma, and steps that go by `arithmetic` alone.

    Where it `tries`, a step goes by arithmetic if it does not by its lemma, and reports that.
    """

    without: frozenset[str] = frozenset()
    arithmetic: frozenset[str] = frozenset()
    tries: bool = False


@dataclass(frozen=True)
class LineProof:
    """How a line is proved: the rules that go by their lemmas, and those by arithmetic."""

    name: str
    by_lemma: tuple[str, ...]
    by_arithmetic: tuple[str, ...]

    def __str__(self) -> str:
        lemmas = "lemma" if len(self.by_lemma) == 1 else "lemmas"
        ways = [f"by the {lemmas} of {', '.join(self.by_lemma)}"] if self.by_lemma else []
        if self.by_arithmetic:
            ways.append(f"by arithmetic: {', '.join(self.by_arithmetic)}")
        return f"{self.name.replace('_', ' ')}: {'; '.join(ways)}"


class LineTheorems:
    """States the lines of a derivation, with the lemmas of their rules."""

    def __init__(self, file: TheoremFile, derivation: Derivation, ways: LineWays) -> None:
        self.file, self.derivation, self.ways = file, derivation, ways
        self.parameters = file.parameters(derivation.indices)
        self.lemmas: dict[str, RuleLemma | None] = {}

    @exact
    def state(self) -> tuple[LineProof, ...]:
        """Adds the lemmas of the rules, each once, and the theorem of each line."""
        lines = [(name, changes, [self._step(f"{name}.{n}", c) for n, c in enumerate(changes, 1)])
                 for name, changes in self._changed_lines()]
        for lemma in self.lemmas.values():
            if lemma is not None:
                self.file.sections.append(lemma.text)
                self.file.written.functions.update(dict.fromkeys(lemma.functions))
        return tuple(self._line(*line) for line in lines)

    def _line(self, name: str, changes: list[Change], steps: list[tuple[str, bool]]) -> LineProof:
        """Adds the theorem of a line."""
        rules = [(change.rule.name, by_lemma)
                 for change, (_, by_lemma) in zip(changes, steps, strict=True)]
        proof = LineProof(name, *(tuple(dict.fromkeys(rule for rule, by_lemma in rules
                                                      if by_lemma is way))
                                  for way in (True, False)))
        self.file.sections.append(comment(str(proof).capitalize()))
        left, *between, right = (self._text(line) for line in (
            changes[0].left, *(change.right for change in changes)))
        *before, (last, _) = steps
        self.file.state(name, self.parameters, f"{left} =\n  {right}", [
            "intros.", *(f"step ({line})\n    ltac:({tactic})."
                         for line, (tactic, _) in zip(between, before, strict=True)), f"{last}."])
        return proof

    def _changed_lines(self) -> Iterator[tuple[str, list[Change]]]:
        """The names of lines that differ from the line before, and what leads to them."""
        before = self._unfolded(self.derivation.start)
        for number, line in enumerate(self.derivation.lines(), 1):
            changes = list(self._changes(before, line))
            if changes:
                yield f"line_{number}", changes
                before = changes[-1].right

    def _changes(self, start: Expr, line: Line) -> Iterator[Change]:
        """The uses of rules that lead to a line and change it."""
        before = start
        for step in line.steps:
            after = self._unfolded(step.line)
            if after != before:
                yield from self._uses(step, before, after)
            before = after

    def _uses(self, step: Step, line: Expr, end: Expr) -> Iterator[Change]:
        """The uses of a rule in a step: one, or several where it is applied to its own result."""
        changes, reached = [], line
        for match in _matches(step):
            before, after = self._unfolded(match.before), self._unfolded(match.after)
            changed = rewriting.replace(reached, before, after)
            changes.append(Change(step.rule, reached, changed, before, after, match.bindings))
            reached = changed
        yield from changes if reached == end else [
            Change(step.rule, line, end, step.before, step.after, step.bindings)]

    def _unfolded(self, node: Expr) -> Expr:
        return unfolded(node, self.derivation.definitions)

    def _text(self, line: Expr) -> str:
        writer = LineWriter()
        text = writer.text(line)
        self.file.written.functions.update(writer.functions)
        return text

    def _step(self, name: str, change: Change) -> tuple[str, bool]:
        """The tactic that proves a change, and whether that is by the lemma of its rule."""
        by_rule = None if name in self.ways.arithmetic else self._by_rule(change)
        if by_rule is not None and not self.ways.tries:
            return by_rule, True
        by_arithmetic = self._by_arithmetic(change)
        if self.ways.tries:
            by_arithmetic = f'idtac "{REMARK}{name} {change.rule.name}"; {by_arithmetic}'
        if by_rule is None:
            return by_arithmetic, False
        return f"first [{by_rule}\n    | {by_arithmetic}]", True

    def _by_rule(self, change: Change) -> str | None:
        lemma = self._lemma(change.rule)
        if lemma is None:
            return None
        try:
            mark = instance(lemma, change.bindings, LineWriter())
            before, after = (PlaceWriter(part=change.before, instead=part, mark=mark).text(
                change.left) for part in (change.before, change.after))
        except UnprovenError:
            return None
        if before == after:
            return None
        return f"by_rule ({before})\n      ({after})"

    def _lemma(self, rule: Rule) -> RuleLemma | None:
        if rule.name not in self.lemmas:
            try:
                lemma = lemma_of(rule)
                self.lemmas[rule.name] = None if lemma.name in self.ways.without else lemma
            except UnprovenError:
                self.lemmas[rule.name] = None
        return self.lemmas[rule.name]

    def _by_arithmetic(self, change: Change) -> str:
        writer, sides = LineWriter(), (change.left, change.right)
        for line in sides:
            writer.text(line)
        sums = SumSplitter().split_all(map(_differentiated, sides))
        script = EqualityScript(writer, self.parameters, sums)
        equality = script.equality(script.binary, {})
        ways = ["regroup", f"derivatives; first [reflexivity |\n  ({equality})]"]
        if writer.compares:
            ways.append(_by_cases(sides, equality))
        return f"first [{' | '.join(ways)}]"


def _matches(step: Step) -> Iterator[Match]:
    """What a step did: a match, and those of its rule in what it made."""
    if step.rule.tactic or not step.rule.repeat:
        yield Match(step.rule, step.before, step.after, step.bindings)
        return
    before, after = step.rule.instance(step.bindings)
    yield from rewriting.uses(Match(step.rule, before, after, step.bindings), around(before))


def _differentiated(line: Expr) -> Expr:
    """A line with what its derivatives are, before anything is simplified."""
    return transform(line, lambda node: _slope(node) if isinstance(node, heads.Partial) else None)


def _slope(node: Expr) -> Expr:
    return slope(evaluated(node.args[0]), node.args[1])


def _by_cases(sides: Sequence[Expr], equality: str) -> str:
    """The tactic that goes through the orders of what is compared at the point, ties too."""
    pairs = dict.fromkeys(pair for side in sides for pair in _compared(side))
    orders = [f"order {a} {b}" for a, b in pairs]
    slopes = dict.fromkeys(node for side in sides for node in _derivatives(side)
                           if any(_compared(node)))
    known = [f"derivative_is ({LineWriter().text(node)}) ({LineWriter().text(_slope(node))})\n"
             f"    ltac:({equality})" for node in slopes]
    return ";\n  ".join(("cbv beta", *known, *orders, "resolve", *known,
                         f"derivatives; first [reflexivity | {equality}]"))


def _compared(node: Expr) -> Iterator[tuple[str, str]]:
    """The pairs of numbers that are compared outside of sums."""
    writer = LineWriter()
    if isinstance(node, heads.Lam):
        return
    for argument in node.args:
        yield from _compared(argument)
    pair = None
    if isinstance(node, (heads.Less, heads.LessEqual)) and not writer.counts(node.args):
        pair = node.args
    elif isinstance(node, heads.Apply) and node.name in ("max", "min"):
        pair = node.args[1:]
    elif isinstance(node, heads.Apply) and node.name in ("abs", "sign"):
        pair = (node.args[1], Integer(0))
    if pair is not None:
        yield writer.text(pair[0], binds=ATOM), writer.text(pair[1], binds=ATOM)


def _derivatives(node: Expr) -> Iterator[Expr]:
    """The outermost derivatives of a line, outside of sums."""
    if isinstance(node, heads.Partial):
        yield node
    elif not isinstance(node, heads.Lam):
        for argument in node.args:
            yield from _derivatives(argument)
