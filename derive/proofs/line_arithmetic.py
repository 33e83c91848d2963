"""Steps of a line that go by arithmetic: derivatives are put together, both sides are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr, Integer

from derive.core import heads
from derive.core.typed_nodes import evaluated
from derive.core.walk import transform
from derive.proofs.equality_script import EqualityScript
from derive.proofs.line_writer import LineWriter
from derive.proofs.slopes import slope
from derive.proofs.sum_splits import SumSplitter
from derive.proofs.term_parts import ATOM
from derive.proofs.theorem_statement import Parameter


def line_arithmetic(sides: tuple[Expr, Expr], parameters: Sequence[Parameter]) -> str:
    """The tactic that shows that two lines are equal, without the lemma of a rule.

    Raises UnprovenError for a derivative that has no lemma.
    """
    writer = LineWriter()
    for line in sides:
        writer.text(line)
    sums = SumSplitter().split_all(map(_differentiated, sides))
    script = EqualityScript(writer, parameters, sums)
    equality = script.equality(script.binary, {})
    ways = ["regroup", f"derivatives; first [reflexivity |\n  ({equality})]"]
    if writer.compares:
        ways.append(_by_cases(sides, equality))
    return f"first [{' | '.join(ways)}]"


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
