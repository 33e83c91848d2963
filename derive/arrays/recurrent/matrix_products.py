"""Sums of products of two values of a step, in NumPy: products of matrices, many at once."""

from __future__ import annotations

from typing import NamedTuple

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.view_values import ViewValues
from derive.arrays.targets.numpy import operation_writers
from derive.arrays.targets.numpy.emission import Emitter

ROW = "\u00b7"  # the letter of the axis of rows


class Factor(NamedTuple):
    """One of two values: its number, its letters, and those that it alone has of the two."""

    number: int
    word: str
    own: list[str]


class MatrixProducts:
    """Writes contractions; a vector is a matrix with one row or one column."""

    def __init__(self, values: ViewValues) -> None:
        self.values, self.views = values, values.views

    def contract(self, run: Emitter, number: int, node: Node) -> None:
        """A sum of products along one axis."""
        left, right, out = node.detail
        stack = [letter for letter in out if letter in left and letter in right]
        inner = [letter for letter in left if letter not in out]
        factors = self.factors(node, stack)
        if len(inner) > 1 or not all(map(self.fits, factors)):
            operation_writers.contract(run, number, node)
            return
        first, second = factors
        lead, rows, columns = [ROW, *stack], first.own or [""], second.own or [""]
        if self.of_parameter(second.number) and not first.own:  # the rows of a step are one matrix
            lead, rows = stack, [ROW]
        operands = (self.laid(first, [*lead, *rows, *inner]),
                    self.laid(second, [*lead, *inner, *columns]))
        target = self.views.view(number, arranged(ROW + out, [*lead, *rows, *columns]))
        run.write(run.call("np.matmul", *operands, target))

    def factors(self, node: Node, stack: list[str]) -> list[Factor]:
        """Both values; a parameter comes second, where rows of a step are multiplied with it."""
        *words, out = node.detail
        made = [Factor(n, word, [k for k in word if k in out and k not in stack])
                for n, word in zip(node.sources, words, strict=True)]
        return made[::-1] if self.of_parameter(made[0].number) and not made[1].own else made

    def fits(self, factor: Factor) -> bool:
        """Whether a value lies in memory, with one axis of its own at most."""
        return len(factor.own) < 2 and (factor.number in self.values.homes or
                                        self.values.nodes[factor.number].op is Op.INPUT)

    def of_parameter(self, number: int) -> bool:
        """Whether a value is a parameter, without rows."""
        node = self.values.nodes[number]
        return node.op is Op.INPUT and not node.batched

    def laid(self, factor: Factor, order: list[str]) -> str:
        """A value with its axes in an order; "" stands for one of length 1."""
        if self.of_parameter(factor.number):
            axes = [letter for letter in order if letter != ROW]
            name = self.values.nodes[factor.number].detail[0]
            return self.views.natural(name, arranged(factor.word, axes))
        return self.values.read(factor.number, arranged(ROW + factor.word, order))


def arranged(word: str, order: list[str]) -> str:
    """What puts the axes of an array in an order; "" stands for one of length 1."""
    places = [word.index(letter) for letter in order if letter]
    turn = "" if places == sorted(places) else f".transpose({', '.join(map(str, places))})"
    return turn + f"[{', '.join(':' if k else 'None' for k in order)}]" * ("" in order)
