"""Which nodes of a program are watched: the first ones that are wrong where a result is.

A guard that catches many examples of which few are wrong is put off: a later node may tell the
wrong ones better. Only where none does is it taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from derive.arrays.certificate.trial import Trial
from derive.arrays.operations import Family, Op, Rounding
from derive.arrays.program import Node, Program
from derive.arrays.targets.numpy.block_emission import Guard
from derive.arrays.targets.numpy.executing import Array

MOST = 0.9      # a guard that catches more than this share of the examples is none
FEW = 0.02      # a share of the examples that may be caught for the sake of any wrong one
PRECISE = 0.5   # the share of wrong ones among those that a sparing guard catches
COSTLY = {"typical": 10.0, "transition": 3.0}  # how often such examples are met;
RARE = 0.1      # the others
CHEAP = 0.1     # what an example of float32 costs, which float64 computes again
LIMIT = 1024.0  # ULP that a fast kernel may be off
LINEAR_LIMIT = 2.0**20  # the same with matrices, times their condition number


class GuardChoice:
    """The guards of one result, chosen trial by trial; `off` are those that were put off."""

    def __init__(self, node: int, trials: Sequence[Trial]) -> None:
        self.node, self.trials = node, trials
        self.guards: set[Guard] = set()
        self.off: set[Guard] = set()
        self.costs: dict[Guard, float] = {}
        self.precise: dict[Guard, bool] = {}
        self.kinds: dict[int, tuple[str, ...]] = {}
        # The examples of each trial at which the result is wrong.
        self.wrong = {trial: trial.error(node) > limit_of(trial) for trial in trials}

    def learn(self, steps: Sequence[float]) -> None:
        """Chooses guards until no example of the trials is wrong, as far as any helps.

        A node is held to be wrong where it is off by more ULP than a step, the steps in turn.
        """
        for sparing in (True, False):
            for digits in steps:
                for trial in self.trials:
                    self._watch(trial, digits, sparing)
            for trial in self.trials if sparing else ():
                self._take_back(trial)

    def _bad(self, trial: Trial) -> Array:
        """The wrong examples that nothing catches yet."""
        passed = near(trial, self.guards, self.node)
        return self.wrong[trial] & ~trial.caught(self.guards) & ~passed

    def _watch(self, trial: Trial, digits: float, sparing: bool) -> None:
        """Adds the guards that the wrong examples of a trial need.

        Where `sparing`, those that catch more right examples than wrong ones are put off.
        """
        if not self.wrong[trial].any():
            return
        bad = self._bad(trial)
        errors: dict[int, Array] = {}
        local = digits * trial.condition
        for number in trial.order:
            if not bad.any():
                return
            errors[number] = trial.error(number, relative=True)
            sources = trial.program.nodes[number].sources
            fine = np.all([errors[s] <= local for s in sources], axis=0) if sources else True
            culprit = bad & fine & (errors[number] > local)
            if not culprit.any() or not self._kinds(trial, number):
                continue
            best = max(((number, kind) for kind in self._kinds(trial, number)),
                       key=lambda guard: self._merit(trial, guard, culprit))
            if not (trial.caught_by(best) & culprit).any():
                continue
            if sparing and not self._precise(best):
                self.off.add(best)
                errors[number] = np.zeros_like(errors[number])  # as if it were right
            else:
                self.guards.add(best)
                bad = self._bad(trial)
        self._watch_result(trial, bad, sparing)

    def _kinds(self, trial: Trial, number: int) -> tuple[str, ...]:
        """The guards that a node may have."""
        if number not in self.kinds:
            self.kinds[number] = guard_kinds(trial.program, number, self.node)
        return self.kinds[number]

    def _watch_result(self, trial: Trial, bad: Array, sparing: bool) -> None:
        """Watches the result's own range, where that catches wrong examples."""
        last = (self.node, "range")
        caught = trial.caught_by(last)
        if (bad & caught).any() and np.mean(caught) < MOST:
            (self.off if sparing and not self._precise(last) else self.guards).add(last)

    def _precise(self, guard: Guard) -> bool:
        """Whether the examples that a guard catches are few, or most of them wrong, everywhere."""
        if guard not in self.precise:
            self.precise[guard] = not any(
                np.mean(caught) > FEW and np.mean(self.wrong[trial][caught]) < PRECISE
                for trial in self.trials for caught in [trial.caught_by(guard)])
        return self.precise[guard]

    def _cost(self, guard: Guard) -> float:
        """How many examples a guard catches; those that are met often count more."""
        if guard not in self.costs:
            self.costs[guard] = sum(
                COSTLY.get(t.regime, RARE) * (CHEAP if t.dtype == np.float32 else 1.0)
                * np.count_nonzero(t.caught_by(guard)) for t in self.trials)
        return self.costs[guard]

    def _merit(self, trial: Trial, guard: Guard, culprit: Array) -> tuple[int, float]:
        """How many of the wrong examples a guard catches, and how few examples at all."""
        caught = int(np.count_nonzero(trial.caught_by(guard) & culprit))
        return caught, -self._cost(guard) if caught else 0.0

    def _take_back(self, trial: Trial) -> None:
        """Takes those that were put off after all, the most precise first."""
        while self.off:
            bad = self._bad(trial)
            helpful = [g for g in self.off if (trial.caught_by(g) & bad).any()]
            if not helpful:
                return
            best = max(helpful, key=lambda g: np.count_nonzero(trial.caught_by(g) & bad) /
                       max(self._cost(g), RARE * CHEAP))
            self.guards.add(best)
            self.off.discard(best)


def limit_of(trial: Trial) -> Array:
    """How many ULP each example of a fast kernel may be off."""
    return (LINEAR_LIMIT if trial.linear else LIMIT) * trial.condition


def near(trial: Trial, guards: Iterable[Guard], result: int) -> Array:
    """The examples in which an element of a result nearly vanishes by cancellation."""
    vector = bool(trial.program.nodes[result].dims)
    return trial.caught((n, "strict") for n, kind in guards if kind == "root" and vector)


def guard_kinds(program: Program, number: int, result: int) -> tuple[str, ...]:
    """The guards that a node may have; of equally good ones the first is taken."""
    node = program.nodes[number]
    if program.linear:
        return _linear_kinds(node)
    if node.op.rounding is Rounding.MOVES:
        return ()
    if node.op.rounding is Rounding.COMPUTES:
        return ("infinite", "range", "steep", "sensitive", "delicate")
    if node.op.family is Family.ELEMENTWISE and program.nodes[result].dims and (
            node.dims or _placed(program, number)):
        # Of many elements, some are always near a root of their own.
        return ("root", "infinite", "range")
    if node.op.family is Family.ELEMENTWISE and node.dims:
        return ("faded", "root", "cancel", "closer", "strict", "infinite", "range")
    return ("cancel", "closer", "strict", "infinite", "range")


def _placed(program: Program, number: int) -> bool:
    """Whether a value is nothing but one element of vectors."""
    users = [node for node in program.nodes if number in node.sources]
    return bool(users) and all(_puts(program, node, number) for node in users)


def _puts(program: Program, node: Node, number: int) -> bool:
    """Whether a node puts a value into a vector, perhaps as one of two cases."""
    if node.op is Op.PUT:
        return node.operands[2].source == number and not node.operands[2].number
    place = program.known[node]
    return not node.dims and node.op in (Op.WHERE, Op.NEGATIVE) and place != number and \
        _placed(program, place)


def _linear_kinds(node: Node) -> tuple[str, ...]:
    """The guards beside matrices: an array is watched by its largest element, not by each."""
    if node.op.rounding in (Rounding.MOVES, Rounding.SOLVES):
        return ()
    if node.op.rounding is Rounding.CANCELS:
        return ("outweighed", "infinite")
    return ("infinite",) if node.dims else ("infinite", "abrupt", "range")
