"""The loss of a step at random places: what it is for other targets, and other predictions."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sympy import Expr

from derive.calculus.recurrence.model_structure import Leaf
from derive.calculus.recurrence.step_loss import StepLoss
from derive.core.atoms import Tensor
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.model_sequence import Unrolled, drawn

DIGITS, _AGREE = 40, 16  # of values, and those to which two of them agree
_OF_SEQUENCE = 20
_DRAWS, _TRIES, _STEPS, _SEED = 3, 60, 2, 11
_NEUTRAL = ("w", "m", "d")  # its weight, whether it counts, whether it was seen: 1 here
Moves = Mapping[Leaf, Callable[[Number], Number]]


class Trial:
    """One step of a random sequence through a model."""

    def __init__(self, loss: StepLoss, sequence: Unrolled, step: int) -> None:
        self.loss, self.step = loss, step
        self.model, self.target = loss.model, loss.target
        point = sequence.at({self.model.time: step})
        for name, leaf in self.model.scope.names.items():
            if name in _NEUTRAL and leaf in self.model.given:
                known = point.values[leaf]
                point = point.having(leaf, dict.fromkeys(known, 1) if isinstance(known, dict)
                                     else 1)
        self.point = point
        for part in loss.parts:
            self.point = self.point.having(part.symbol, self.computed(part.body, part.indices,
                                                                      part.symbol))

    def computed(self, body: Expr, indices: tuple[Expr, ...], symbol: Leaf) -> Any:
        """The value of a formula at this step, for all of its other indices."""
        if not isinstance(symbol, Tensor):
            return evaluate(body, self.point, DIGITS)
        timed = self.model.timed(symbol)
        values = {}
        for at in self.point.entries(symbol.kind.shape[1:] if timed else symbol.kind.shape):
            place = (self.step, *at) if timed else at
            here = self.point.holding(dict(zip(indices, place, strict=True)))
            values[place] = evaluate(body, here, DIGITS)
        return values

    def entries(self, leaf: Leaf, point: Point | None = None) -> dict[tuple[int, ...], Number]:
        """The entries of a name at this step, by the subscripts beside time."""
        known = (point or self.point).values[leaf]
        if not isinstance(known, dict):
            return {(): known}
        if not self.model.timed(leaf):
            return dict(known)
        return {at[1:]: value for at, value in known.items() if at[0] == self.step}

    def having(self, point: Point, leaf: Leaf, change: Callable[[Number], Number]) -> Point:
        """A point at which every entry of a name at this step is another."""
        known = point.values[leaf]
        if not isinstance(known, dict):
            return point.having(leaf, change(known))
        timed = self.model.timed(leaf)
        return point.having(leaf, {at: change(value) if not timed or at[0] == self.step else value
                                   for at, value in known.items()})

    def value(self, target: Any = None, moves: Moves | None = None) -> Any:
        """The loss of the step for another target, where names are moved.

        A target is a number, a function of the one that is there, or entries by subscripts.
        """
        point = self.point
        if isinstance(target, dict):
            lead = (self.step,) if self.model.timed(self.target) else ()
            known = point.values[self.target]
            point = point.having(self.target, {**known, **{(*lead, *at): value for at, value in
                                                           target.items()}}
                                 if isinstance(known, dict) else target[()])
        elif target is not None:
            change = target if callable(target) else lambda _: target
            point = self.having(point, self.target, change)
        for leaf, move in (moves or {}).items():
            point = self.having(point, leaf, move)
        return evaluate(self.loss.body, point, DIGITS)

    def size(self, dim: Expr) -> int:
        """The size of a dimension here."""
        return self.point.size(dim)


def trials(loss: StepLoss) -> list[Trial]:
    """Both steps of a few random sequences, at which the loss has a value."""
    draw, known = random.Random(_SEED), list[Trial]()
    parameters = replace(loss.model, predict=None)
    for _ in range(_TRIES):
        if len(known) >= _DRAWS * _STEPS:
            break
        try:
            sequence = drawn(parameters, _STEPS, draw, _OF_SEQUENCE)
            sequence.run()
            with mp.workdps(DIGITS + 10):
                if all(evaluate(c, sequence.point, DIGITS) for c in loss.model.conditions):
                    known += [Trial(loss, sequence, step) for step in range(_STEPS)]
        except EvaluationError:
            continue
    return known


def close(first: Number, second: Number) -> bool:
    """Whether two numbers are the same but for rounding."""
    scale = max(abs(mpf(first)), abs(mpf(second)), mpf(1))
    return bool(abs(mpf(first) - mpf(second)) <= scale * mpf(10) ** -_AGREE)

