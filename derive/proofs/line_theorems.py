"""The lines of a derivation as theorems: each is equal to the line before it, by its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr

from derive.calculus.problem import unfolded
from derive.core.indexing import exact
from derive.core.walk import around
from derive.derivation import Derivation, Line, Step
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import Definition
from derive.proofs.applied_lemmas import instance
from derive.proofs.coq_checker import REMARK
from derive.proofs.coq_names import UnprovenError
from derive.proofs.line_arithmetic import line_arithmetic
from derive.proofs.line_writer import LineWriter, PlaceWriter
from derive.proofs.rule_lemmas import RuleLemma, lemma_of
from derive.proofs.theorem_file import TheoremFile, comment
from derive.proofs.theorem_statement import Parameter
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


OPEN = "open"  # said of a step that has no proof


@dataclass(frozen=True)
class LineWays:
    """How lines are proved: rules `without` a lemma, and steps that go by `arithmetic` alone.

    Lines that are `apart` hold where the rules' own conditions do: not at ties, which the result
    may well reach. Where it `tries`, no theorem is kept: a step that does not go by its lemma
    reports that, and whether it is `OPEN`.
    """

    without: frozenset[str] = frozenset()
    arithmetic: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    tries: bool = False


@dataclass(frozen=True)
class LineProof:
    """How a line is proved: the rules that go by their lemmas, and those by arithmetic.

    `where` are conditions beyond those of the result.
    """

    name: str
    by_lemma: tuple[str, ...]
    by_arithmetic: tuple[str, ...]
    where: str = ""

    def __str__(self) -> str:
        lemmas = "lemma" if len(self.by_lemma) == 1 else "lemmas"
        ways = [f"by the {lemmas} of {', '.join(self.by_lemma)}"] if self.by_lemma else []
        if self.by_arithmetic:
            ways.append(f"by arithmetic: {', '.join(self.by_arithmetic)}")
        where = f", where {self.where}" if self.where else ""
        return f"{self.name.replace('_', ' ')}{where}: {'; '.join(ways)}"


class LineTheorems:
    """States the lines of a derivation, with the lemmas of their rules."""

    def __init__(self, file: TheoremFile, definitions: Sequence[Definition],
                 ways: LineWays) -> None:
        self.file, self.definitions, self.ways = file, definitions, ways
        self.lemmas: dict[str, RuleLemma | None] = {}

    @exact
    def state(self, parts: Mapping[str, Derivation]) -> tuple[LineProof, ...]:
        """Adds the lemmas of the rules, each once, and the theorem of each line of each part.

        The names of the parts' lines begin with their keys.
        """
        lines = [(name, part, changes) for key, part in parts.items()
                 for name, changes in self._changed_lines(key, part)]
        steps = [[self._step(f"{name}.{n}", change, self.file.parameters(part.indices))
                  for n, change in enumerate(changes, 1)] for name, part, changes in lines]
        for lemma in self.lemmas.values():
            if lemma is not None:
                self.file.sections.append(lemma.text)
                self.file.written.functions.update(dict.fromkeys(lemma.functions))
        place = len(self.file.names)
        proofs = tuple(self._line(*line, tactics)
                       for line, tactics in zip(lines, steps, strict=True))
        for key, part in parts.items():
            self._together(key, part, [(name, changes) for name, of, changes in lines
                                       if of is part], place)
        return proofs

    def _together(self, key: str, part: Derivation, lines: list[tuple[str, list[Change]]],
                  place: int) -> None:
        """Adds the theorem that the first line is equal to the last; its name comes before theirs.
        """
        if len(lines) < 2 or self.ways.tries:
            return
        parameters = self.file.parameters(part.indices)
        left, right = self._text(lines[0][1][0].left), self._text(lines[-1][1][-1].right)
        *firsts, last = [f"apply ({' '.join((name, *(p.name for p in parameters)))}); assumption"
                         for name, _ in lines]
        apart = any(name in self.ways.apart for name, _ in lines)
        name = f"{key.replace('line', 'lines', 1)}_together"
        self.file.state(name, parameters, f"{left} =\n  {right}", [
            "intros.", *(f"eapply eq_trans; [{first} |]." for first in firsts), f"{last}."],
            self._conditions(part) if apart else ())
        self.file.names.insert(place, self.file.names.pop())

    def _line(self, name: str, part: Derivation, changes: list[Change],
              steps: list[tuple[str, bool]]) -> LineProof:
        """Adds the theorem of a line."""
        by_lemma, by_arithmetic = (
            tuple(dict.fromkeys(change.rule.name for change, (_, way) in zip(
                changes, steps, strict=True) if way is asked)) for asked in (True, False))
        where = self._conditions(part) if name in self.ways.apart else []
        proof = LineProof(name, by_lemma, by_arithmetic, " and ".join(map(plain, where)))
        self.file.sections.append(comment(str(proof).capitalize()))
        left, *between, right = (self._text(side) for side in (
            changes[0].left, *(change.right for change in changes)))
        *before, (last, _) = steps
        self.file.state(name, self.file.parameters(part.indices), f"{left} =\n  {right}", [
            "intros.", *(f"step ({side})\n    ltac:({tactic})."
                         for side, (tactic, _) in zip(between, before, strict=True)),
            f"{last}."], where, kept=not self.ways.tries)
        return proof

    def _conditions(self, part: Derivation) -> list[Expr]:
        """What the rules of a part ask for beyond the conditions of the result."""
        asked = dict.fromkeys(self._unfolded(o) for step in part.steps for o in step.obligations)
        return [condition for condition in asked if condition not in self.file.conditions]

    def _changed_lines(self, key: str, part: Derivation) -> Iterator[tuple[str, list[Change]]]:
        """The names of lines that differ from the line before, and what leads to them."""
        before = self._unfolded(part.start)
        for number, line in enumerate(part.lines(), 1):
            changes = list(self._changes(before, line))
            if changes:
                yield f"{key}_{number}", changes
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
        return unfolded(node, self.definitions)

    def _text(self, line: Expr) -> str:
        writer = LineWriter()
        text = writer.text(line)
        self.file.written.functions.update(writer.functions)
        return text

    def _step(self, name: str, change: Change, parameters: Sequence[Parameter],
              ) -> tuple[str, bool]:
        """The tactic that proves a change, and whether that is by the lemma of its rule."""
        by_rule = None if name in self.ways.arithmetic else self._by_rule(change)
        if by_rule is not None and not self.ways.tries:
            return by_rule, True
        try:
            by_arithmetic = line_arithmetic((change.left, change.right), parameters)
        except UnprovenError as error:
            if by_rule is None:
                line = name.partition(".")[0].replace("_", " ")
                raise UnprovenError(f"no proof of {line}: its step by the rule {change.rule.name}: "
                                    f"{error}") from None
            by_arithmetic = "fail"
        if not self.ways.tries:
            return by_arithmetic, False
        report = f'idtac "{REMARK}{name} {change.rule.name}'
        return (f"first [{f'{by_rule} | ' if by_rule else ''}{by_arithmetic}; {report}\"\n"
                f'    | {report} {OPEN}"; shelve]'), by_rule is not None

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


def _matches(step: Step) -> Iterator[Match]:
    """What a step did: a match, and those of its rule in what it made."""
    if step.rule.tactic or not step.rule.repeat:
        yield Match(step.rule, step.before, step.after, step.bindings)
        return
    before, after = step.rule.instance(step.bindings)
    yield from rewriting.uses(Match(step.rule, before, after, step.bindings), around(before))
