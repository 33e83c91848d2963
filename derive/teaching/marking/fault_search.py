"""What there is to a wrong line, sought as far as time allows: each part is kept as it is had."""

from __future__ import annotations

from collections.abc import Iterator

from sympy.core.basic import Basic

from derive.teaching.marking.check_records import Fault
from derive.teaching.marking.counterexample import counterexample, in_names
from derive.teaching.marking.equivalence import Judge, Verdict
from derive.teaching.marking.misconceptions import Search
from derive.teaching.marking.solved_values import unsolved
from derive.teaching.sheets.sheet import Written


class FaultSearch:
    """Looks for the faults of wrong lines of one sheet."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.engine = judge, judge.engine
        self.search = Search(self.engine, judge)

    def at_once(self, line: Written, verdict: Verdict) -> Fault | None:
        """What is known of a wrong line without any search: the point that refuted it."""
        if line.denies or verdict.probe is None or verdict.how == "turn":
            return None
        return Fault(in_names(self.judge, verdict.probe, verdict.value))

    def of(self, line: Written, before: Basic, verdict: Verdict) -> Iterator[Fault]:
        """What is known of a wrong line after another line, more and more. Raises PatienceError.

        `before` is what it was made of: a right line, or a wrong one with the mistake before this.
        """
        node = line.ground
        if line.denies or verdict.probe is None or node is None or verdict.how == "turn":
            return
        if line.role == "solution":
            yield Fault(unsolved(self.judge, node) or
                        in_names(self.judge, verdict.probe, verdict.value))
            return
        point = counterexample(self.judge, node, verdict) or \
            in_names(self.judge, verdict.probe, verdict.value)
        yield Fault(point)
        no_cost = self.engine.task.is_cost and self.engine.no_cost is not None
        variants = () if no_cost else self.search.explanations(node, before, verdict.probe)
        meant = variants[0].misconception.meant if variants else ""
        yield Fault(point, variants, self.engine.task.rulebook[meant] if meant else None)
