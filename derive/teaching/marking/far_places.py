"""Places far out: a line that compares an index, or a size, with a number is tried beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from sympy import Integer
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import exact, index_dimension, parts
from derive.errors import EvaluationError
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.teaching.marking.counterexample import placed_points, valued
from derive.teaching.marking.equivalence import Judge, Probe, Verdict
from derive.teaching.sheets.sheet import Written

_NEAR = 3  # numbers up to which the probes have places anyway
_FAR = 100  # numbers beyond which no array is as long
_FAR_IN_MATRICES = 12
_MOST = 3  # numbers that are tried
_SET = 12  # probes at which a variable is given the number of a condition
_COMPARED = (heads.Delta, heads.Equal, heads.NotEqual, heads.Less, heads.LessEqual)


@exact
def far_verdict(judge: Judge, node: Basic) -> Verdict | None:
    """The verdict on a line that seems right, at places beside its numbers and those of the task.

    None where it stands; `right` is None where such a number is too large.
    """
    numbers = _compared(node) | _compared(judge.task.truth)
    if any(n > _FAR for n in numbers):
        return Verdict(None, "far")
    if numbers and _rank(judge, node) > 1 and max(numbers) > _FAR_IN_MATRICES:
        return Verdict(None, "far")
    for probe in _probes(judge, node, sorted(numbers)[:_MOST]):
        value = judge.value_at(node, probe.point)
        if value is not None and judge.differs(node, probe, value) and \
                judge.is_smooth(node, probe):
            return Verdict(False, "probe", probe, value)
    return None


@exact
def holds_nowhere(judge: Judge, line: Written) -> bool:
    """Whether the condition of a line that is one case holds at no point that is tried."""
    node = line.ground
    if not isinstance(node, heads.Cond):  # the condition was decided as it was read
        return bool(node == judge.task.truth and line.node != node)
    condition = node.args[0]
    numbers = sorted(_compared(condition))[:_MOST]
    tried = chain(judge.probes, judge.further, _probes(judge, node, numbers))
    return all(not _holds(condition, probe.point) for probe in tried)


def _rank(judge: Judge, node: Basic) -> int:
    """The most axes that an array of the task or the line has."""
    return max((len(leaf.kind.shape) for leaf in parts(judge.task.truth, node)
                if isinstance(leaf, Tensor)), default=0)


def _holds(condition: Basic, point: Point) -> bool:
    try:
        return bool(evaluate(condition, point))
    except EvaluationError:
        return False


def _compared(node: Basic) -> set[int]:
    """The whole numbers with which an index, a label or a size is compared."""
    return {int(n) for part in parts(node) if isinstance(part, _COMPARED)
            and any(isinstance(a, Dim) or index_dimension(a) is not None for a in part.args)
            for n in part.args if isinstance(n, Integer) and n > _NEAR}


def _probes(judge: Judge, node: Basic, numbers: list[int]) -> Iterator[Probe]:
    for n in numbers:
        yield from placed_points(judge, node, n)
    given = {at: n for part in parts(node) if isinstance(part, heads.Equal)
             for at, n in (part.args, part.args[::-1])
             if isinstance(at, Variable) and n.is_Rational and index_dimension(at) is None}
    for probe in judge.probes[:_SET] if given else ():
        scalars = {at: mpf(n.p) / n.q for at, n in given.items()}
        yield from valued(judge, replace(probe.point, scalars={**probe.point.scalars, **scalars}))
