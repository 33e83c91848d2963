"""What a model predicts of classes and of flags, by its loss for each of them."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Integer, Mul

from derive.calculus.recurrence.model_structure import Leaf
from derive.calculus.recurrence.prediction_trials import (
    Deciding,
    number_of,
    same,
    vector,
)
from derive.calculus.recurrence.step_trials import Trial, close
from derive.core import heads
from derive.core.walk import places, transform
from derive.functions.decisions import decide
from derive.judge.precision import Number, mp, mpf
from derive.tables.prediction_kinds import PredictedOutput

_STEP = mpf(2) ** -40


class _Labelled(Deciding):
    """A loss whose target is one of a few."""

    def applied(self, function: str) -> Expr | None:
        """The only place in the loss where a function is applied; None where there are more."""
        nodes = {node for node, _ in places(self.loss.body)
                 if isinstance(node, heads.Apply) and node.name == function}
        return nodes.pop() if len(nodes) == 1 else None

    def for_class(self, k: Expr, node: Expr | None = None) -> Expr:
        """The loss of a step, or a part of it, where its target is another."""
        def visit(part: Expr) -> Expr | None:
            root = part.tensor if isinstance(part, heads.Element) else part
            if root == self.loss.target:
                return k
            return Integer(1) if getattr(root, "name", "") in ("w", "m") and \
                isinstance(part, (heads.Element, type(self.loss.target))) else None

        written = transform(self.loss.written(self.loss.body if node is None else node), visit)

        def settle(part: Expr) -> Expr | None:
            test = decide(part.args[0]) if isinstance(part, heads.Cond) else None
            return None if test is None else transform(part.args[1 if test else 2], settle)

        return transform(written, settle)


class OfClasses(_Labelled):
    """A loss whose target is one of K classes."""

    def decided(self) -> PredictedOutput | None:
        over = self.loss.target.kind.over
        losses = {t: [t.value(k) for k in range(t.size(over))] for t in self.tried}
        powers = {t: [mp.exp(-b) for b in values] for t, values in losses.items()}
        likelihood = self.all(lambda t: close(mp.fsum(powers[t]), 1))
        vectors = [n for n in self.names if self.each(
            n, lambda t, n: list(t.entries(n)) == [(k,) for k in range(t.size(over))])]
        for name in vectors if likelihood else ():
            kind = self.likely(name, powers)
            if kind:
                return self.named(kind, name, True)
        if likelihood and not self.stated:
            return self.formula("scores", lambda k: Mul(Integer(-1), self.for_class(k)), True)
        return self.unlikely(vectors, losses)

    def likely(self, name: Leaf, powers: dict[Trial, list[Number]]) -> str:
        """What a vector is of the probabilities of the classes; empty where it is neither."""
        if self.each(name, lambda t, n: same(vector(t, n), powers[t])):
            return "probabilities"
        scored = self.each(name, lambda t, n: same(_softmax(vector(t, n)), powers[t]))
        return "scores" if scored else ""

    def unlikely(self, vectors: Sequence[Leaf], losses: dict[Trial, list[Number]],
                 ) -> PredictedOutput | None:
        """What is predicted where the loss is no likelihood, or the prediction another one."""
        for name in vectors:
            if self.each(name, lambda t, n: _is_simplex(vector(t, n))):
                return self.named("probabilities", name)
        if not self.stated and (node := self.applied("softmax")) is not None:
            return self.formula("probabilities", lambda k: self.for_class(k, node))
        for name in vectors:
            if self.each(name, lambda t, n: _largest(vector(t, n)) == _largest(
                    [-b for b in losses[t]])):
                return self.named("margins", name)
        return None


class OfFlags(_Labelled):
    """A loss whose target is 0 or 1."""

    def decided(self) -> PredictedOutput | None:
        losses = {t: (t.value(0), t.value(1)) for t in self.tried}
        likelihood = self.all(lambda t: close(mp.fsum(mp.exp(-b) for b in losses[t]), 1))
        numbers = [n for n in self.names if self.each(n, lambda t, n: list(t.entries(n)) == [()])]
        for name in numbers if likelihood else ():
            if self.each(name, lambda t, n: close(number_of(t, n), mp.exp(-losses[t][1]))):
                return self.named("probability", name, True)
            if self.each(name, lambda t, n: close(number_of(t, n), losses[t][0] - losses[t][1])):
                return self.named("log-odds", name, True)
        if likelihood and not self.stated:
            return self.formula("log-odds", lambda _: Add(
                self.for_class(Integer(0)), Mul(Integer(-1), self.for_class(Integer(1)))), True)
        for name in numbers:
            kind = self.flag_kind(name, losses)
            if kind:
                return self.named(kind, name, likelihood)
        return None

    def flag_kind(self, name: Leaf, losses: dict[Trial, tuple[Number, Number]]) -> str:
        """What a number is of a loss that is no likelihood of flags; empty where that is open."""
        within = self.each(name, lambda t, n: 0 <= number_of(t, n) <= 1)
        if within and (self.stated or (name.kind.domain == "probability" and self.rises(name))):
            return "probability"
        if self.half_odds(name, losses) or self.is_odds(name):
            return "log-odds"
        margin = self.agrees(name, losses) if self.stated else self.mirrored(name)
        return "margin" if margin else ""

    def half_odds(self, name: Leaf, losses: dict[Trial, tuple[Number, Number]]) -> bool:
        """Whether the loss of 0, or that of 1, is -log of a probability whose log odds they are."""
        odds = [(_sigmoid(number_of(t, name)), mp.exp(-losses[t][0]), mp.exp(-losses[t][1]))
                for t in self.tried]
        return all(close(no, 1 - p) for p, no, _ in odds) or all(close(y, p) for p, _, y in odds)

    def agrees(self, name: Leaf, losses: dict[Trial, tuple[Number, Number]]) -> bool:
        """Whether a number is above 0 where 1 costs less than 0."""
        return self.each(name, lambda t, n: (number_of(t, n) > 0) == (losses[t][1] < losses[t][0]))

    def mirrored(self, name: Leaf) -> bool:
        """Whether 1 costs at a number what 0 costs at the opposite one."""
        return self.rises(name) and self.each(name, lambda t, n: close(
            t.value(1, {n: lambda v: -v}), t.value(0)))

    def is_odds(self, name: Leaf) -> bool:
        """Whether the loss applies the sigmoid to a name, which is better the larger it is."""
        node = self.applied("sigmoid")
        return node is not None and node.args[1] == self.place(name) and self.rises(name)

    def rises(self, name: Leaf) -> bool:
        """Whether a larger value is better where the target is 1, and worse where it is 0."""
        def better(trial: Trial) -> bool:
            moved = {name: lambda v: v + _STEP}
            return bool(trial.value(1, moved) <= trial.value(1)
                        and trial.value(0, moved) >= trial.value(0))

        return self.all(better) and any(t.value(1, {name: lambda v: v + _STEP}) < t.value(1)
                                        for t in self.tried)


def _softmax(scores: Sequence[Number]) -> list[Number]:
    powers = [mp.exp(s) for s in scores]
    return [p / mp.fsum(powers) for p in powers]


def _sigmoid(number: Number) -> Number:
    return 1 / (1 + mp.exp(-number))


def _is_simplex(numbers: Sequence[Number]) -> bool:
    return close(mp.fsum(numbers), 1) and all(0 <= n <= 1 for n in numbers)


def _largest(numbers: Sequence[Number]) -> int:
    return max(range(len(numbers)), key=lambda k: numbers[k])
