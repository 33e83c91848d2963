"""The lines of a derivation as theorems: each is equal to the line before it, by its rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer

from derive.calculus.problem import unfolded
from derive.core import heads
from derive.core.indexing import exact
from derive.core.typed_nodes import evaluated
from derive.core.walk import around, transform
from derive.derivation import Derivation, Line, Step
from derive.proofs.coq_names import UnprovenError
from derive.proofs.equality_script import EqualityScript
from derive.proofs.line_writer import LineWriter, PlaceWriter
from derive.proofs.rule_instances import instance
from derive.proofs.rule_lemmas import RuleLemma, lemma_of
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import SumSplitter
from derive.proofs.term_parts import ATOM
from derive.proofs.theorem_file import TheoremFile
from derive.rulebook import rewriting
from derive.rulebook.rule import Match, Rule


@dataclass(frozen=True)
class Change:
    """One use of a rule: the line before and after it, and the part that it rewrites."""

    rule: Rule
    left: Expr
    right: Expr
    before: Expr
    after: Expr
    bindings: object


class LineTheorems:
    """States the lines of a derivation; rules `without` a lemma are left to arithmetic."""

    def __init__(self, file: TheoremFile, derivation: Derivation,
                 without: Collection[str] = ()) -> None:
        self.file, self.derivation, self.without = file, derivation, without
        self.parameters = file.parameters(derivation.indices)
        self.lemmas: dict[str, RuleLemma | None] = {}

    def state(self) -> None:
        """Adds the lemmas of the rules, each once, and the theorem of each line."""
        start = self._unfolded(self.derivation.start)
        stated = []
        for number, line in enumerate(self.derivation.lines(), 1):
            changes = list(self._changes(start, line))
            if changes:
                stated.append((f"line_{number}", line, changes))
                start = changes[-1].right
        scripts = [[self._step(name, n, change) for n, change in enumerate(changes, 1)]
                   for name, _, changes in stated]
        for lemma in self.lemmas.values():
            if lemma is not None:
                self.file.sections.append(lemma.text)
                self.file.written.functions.update(dict.fromkeys(lemma.functions))
        for (name, line, changes), script in zip(stated, scripts, strict=True):
            left, right = self._text(changes[0].left), self._text(changes[-1].right)
            rules = ", ".join(dict.fromkeys(step.rule.name for step in line.steps))
            self.file.sections.append(f"(* {name.replace('_', ' ').capitalize()}: {rules}. *)")
            between = [f"step ({self._text(change.right)}) ltac:(\n    {tactic})."
                       for change, tactic in zip(changes[:-1], script[:-1], strict=True)]
            self.file.state(name, self.parameters, f"{left} =\n  {right}",
                            ["intros.", *between, f"{script[-1]}."])

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

    def _step(self, name: str, number: int, change: Change) -> str:
        """The tactic that proves a change: by the lemma of its rule, or by arithmetic."""
        by_rule, by_hand = self._by_rule(change), self._by_arithmetic(change)
        if by_rule is None:
            return by_hand
        return f"first [{by_rule}\n    | idtac \"by arithmetic: {name}.{number}\"; {by_hand}]"

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
                self.lemmas[rule.name] = None if rule.name in self.without else lemma_of(rule)
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
