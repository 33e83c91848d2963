"""Moments that follow from E[score] = 0 and from its derivatives: equations, and their solution."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow, preorder_traversal

from derive.calculus.likelihood.densities.statistical_model import Model
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import free_names
from derive.core.walk import transform
from derive.derivation import Derivation
from derive.errors import EvaluationError
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import random_point
from derive.limits import tick
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule

_SMALL = 1e-12
_MOST_LENGTH = 150  # of a moment that is put in
_LONG_SCORES = 80  # the products of longer ones are not taken apart
Row = dict[Expr, Expr]  # what stands before each unknown expected value; before 1, the rest


@dataclass(frozen=True)
class Equation:
    """An expected value that is 0, taken apart: the line of it, and the words for why it is 0."""

    derivation: Derivation
    why: str

    @property
    def row(self) -> Row:
        """The coefficients of the unknown expected values in it."""
        return row_of(self.derivation.result)


def row_of(line: Expr) -> Row:
    """A sum as coefficients of its expected values; `Integer(1)` stands for what has none."""
    row: Row = {}
    for term in Add.make_args(line):
        inside = [f for f in Mul.make_args(term) if f.has(heads.Expect)]
        if len(inside) > 1 or (inside and not isinstance(inside[0], heads.Expect)):
            return {}
        key = canonical(inside[0]) if inside else Integer(1)
        rest = Mul(*(f for f in Mul.make_args(term) if f not in inside))
        row[key] = Add(row[key], rest) if key in row else rest
    return row


def canonical(node: Expr) -> Expr:
    """An expected value with the exponents in it multiplied out: one form for equal ones."""
    def visit(part: Expr) -> Expr | None:
        if isinstance(part, heads.Apply) and part.name == "exp":
            return heads.apply("exp", multiplied_out(part.args[1]))
        return None

    return transform(node, visit)


def expected_values_of(line: Expr) -> list[Expr]:
    """The expected values of a line, each once, from the left."""
    return list(dict.fromkeys(n for n in preorder_traversal(line) if isinstance(n, heads.Expect)))


@dataclass(frozen=True)
class Moment:
    """An expected value, what it is, and the identities from which that follows."""

    rule: Rule
    identities: tuple[Equation, ...]


class Elimination:
    """Equations between expected values, each solved for one when it is added."""

    def __init__(self, rulebook: Rulebook, needed: Iterable[Expr]) -> None:
        self.rulebook, self.needed = rulebook, tuple(needed)
        self.rows: dict[Expr, tuple[Row, tuple[Equation, ...]]] = {}

    def add(self, equation: Equation) -> None:
        """One more equation, with what is known put in; nothing where it says nothing new."""
        tick("solving for expected values")
        row, sources = dict(equation.row), tuple[Equation, ...]((equation,))
        for solved, (value, own) in self.rows.items():
            if solved in row:
                row, sources = self._put_in(row, solved, value), (*sources, *own)
        unknown = [k for k in row if k != 1]
        if not unknown:
            return
        pivot = min(unknown, key=lambda k: (measure(row[k]), measure(k)))
        before = row.pop(pivot)
        value = {k: self._tidy(Mul(-1, c, Pow(before, -1))) for k, c in row.items()}
        for solved, (known, own) in self.rows.items():
            if pivot in known:
                self.rows[solved] = (self._put_in(known, pivot, value), (*own, *sources))
        self.rows[pivot] = (value, sources)

    def _put_in(self, row: Row, solved: Expr, value: Row) -> Row:
        row = dict(row)
        factor = row.pop(solved)
        for key, coefficient in value.items():
            term = Mul(factor, coefficient)
            row[key] = self._tidy(Add(row[key], term) if key in row else term)
        return {k: c for k, c in row.items() if not vanishes(c)}

    def _tidy(self, node: Expr) -> Expr:
        return Work(node, self.rulebook).run("finish").line

    def moments(self) -> list[Moment]:
        """The expected values in question that the equations give in full."""
        result = []
        for number, unknown in enumerate(self.needed):
            row, sources = self.rows.get(canonical(unknown), ({unknown: unknown}, ()))
            if set(row) - {Integer(1)}:
                continue
            value = self._tidy(row.get(Integer(1), Integer(0)))
            if measure(value) <= _MOST_LENGTH:
                result.append(Moment(_rule(number, unknown, value, sources),
                                     tuple(dict.fromkeys(sources))))
        return result


def _rule(number: int, unknown: Expr, value: Expr, sources: tuple[Equation, ...]) -> Rule:
    whys = list(dict.fromkeys(s.why for s in sources))
    equation = f"E[{pretty(unknown.args[0])}] = {pretty(value)}"
    return Rule(name=f"moment-of-score-{number}",
                says=f"{equation}, since {' and '.join(whys)}.", from_="", to="",
                sides=(unknown, value), stage="expect", margin=f"{equation}, as {whys[0]}",
                source="Lehmann & Casella (1998), Theory of Point Estimation, section 2.5")


def vanishes(node: Expr) -> bool:
    """Whether a formula is 0, by its form or at random points."""
    if node == 0 or over_common_denominator(multiplied_out(node)) == 0:
        return True
    draw = random.Random(4)
    seen = 0
    for turn in range(6):
        point = random_point(free_names(node), turn, "0", draw)
        try:
            if abs(evaluate(node, point, 25)) > _SMALL:
                return False
        except EvaluationError:
            continue
        seen += 1
    return seen > 0


@dataclass(frozen=True)
class ScoreIdentities:
    """The identities of a density: what is known to average to 0, from the scores up.

    `flat` takes an expected value apart into a line of expected values of products of powers.
    """

    model: Model
    scores: tuple[tuple[Expr, Derivation], ...]  # by parameter
    curvatures: Callable[[Expr, Expr], Expr]
    flat: Callable[[Expr], Work]
    rulebook: Rulebook
    smooth: bool

    @property
    def observed(self) -> Expr:
        """The observation."""
        return self.model.observed[0]

    def moments(self, line: Expr) -> list[Moment]:
        """The expected values in a line that follow, or none."""
        needed = expected_values_of(line)
        elimination = Elimination(self.rulebook, needed)
        for level in (self._of_scores, self._of_derivatives):
            for equation in level():
                elimination.add(equation)
            moments = elimination.moments()
            if len(moments) == len(needed):
                return moments
        return moments

    def _of_scores(self) -> list[Equation]:
        return [self._equation(slope.result, f"the expected score of {pretty(p)} is 0",
                               slope.quantity)
                for p, slope in self.scores]

    def _of_derivatives(self) -> list[Equation]:
        """E[s t + ds/db] = 0 for the scores s of a and t of b: the derivative of E[s] = 0 by b."""
        if not self.smooth or sum(measure(s.result) for _, s in self.scores) > _LONG_SCORES:
            return []
        made = []
        for n, (a, first) in enumerate(self.scores):
            for b, second in self.scores[n:]:
                body = Add(Mul(first.result, second.result), self.curvatures(a, b))
                name = Add(Mul(first.quantity, second.quantity),
                           heads.Partial(first.quantity, b))
                made.append(self._equation(
                    body, f"the derivative by {pretty(b)} of the expected score of {pretty(a)} "
                    "is 0", name))
        return made

    def _equation(self, body: Expr, why: str, name: Expr) -> Equation:
        work = self.flat(heads.Expect(body, self.observed))
        return Equation(work.derivation(
            "Expected score", "expectation", heads.Expect(name, self.observed), self.model.given,
            assumptions=self.model.positive, laws=(self.model.law,),
            note=f"{why[0].upper()}{why[1:]}, as the density has the total 1 for all parameters:",
        ), why)
