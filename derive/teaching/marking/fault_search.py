"""What there is to a wrong line, sought as far as time allows: each part is kept as it is had."""

from __future__ import annotations

from collections.abc import Iterator

from sympy.core.basic import Basic

from derive.teaching.marking.check_records import Fault
from derive.teaching.marking.counterexample import counterexample, in_names
from derive.teaching.marking.equivalence import Judge, Verdict
from derive.teaching.marking.misconceptions import Search
from derive.teaching.sheets.sheet import Written


class FaultSearch:
    """Looks for the faults of wrong lines of one sheet."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.engine = judge, judge.engine
        self.search = Search(self.engine, judge)

    def faults(self, line: Written, before: Basic, verdict: Verdict) -> Iterator[Fault]:
        """What is known of a wrong line after another line, more and more. Raises PatienceError.

        `before` is what it was made of: a right line, or a wrong one with the mistake before this.
        """
        if line.denies or verdict.probe is None:
            return
        point = in_names(self.judge, verdict.probe, verdict.value)
        yield Fault(point)
        node = line.ground
        if line.role != "step" or node is None:
            return
        point = counterexample(self.judge, node, verdict) or point
        yield Fault(point)
        no_cost = self.engine.task.is_cost and self.engine.no_cost is not None
        variants = () if no_cost else self.search.explanations(node, before, verdict.probe)
        meant = variants[0].misconception.meant if variants else ""
        yield Fault(point, variants, self.engine.task.rulebook[meant] if meant else None)
