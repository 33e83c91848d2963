"""What is known of a library of arrays: the text of each operation, and how arrays are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.functional.functional_text import Text

Writer = Callable[[Any, int, Node], Text]  # of the body of a function, a value's number and node


@dataclass(frozen=True)
class Dialect:
    """One library: its name, how it writes each operation, its functions.

    `calls` are templates of the operands, `writers` what needs more; `functions` the key of the
    function table; `in_place` whether arrays may be written over. A `short` one is for files in
    which a person reads the loss: without remarks, numbers as they are in the formula.
    """

    name: str
    array: str  # the type of arrays in annotations
    calls: Mapping[Op, str]
    writers: Mapping[Op, Writer]
    functions: Callable[[str], str]
    in_place: bool
    infinity: str
    moved: str  # the function that moves axes
    last: str  # what gives a value one more axis, the last
    float_like: str  # integers as numbers of the dtype of an argument
    full: str  # an array of a shape, a number, like an argument
    broadcast: str  # the function that gives an array a shape
    squares: bool = False  # whether a value times itself is written as its square
    shape: str = "{0}.shape"
    short: bool = False
    of_numbers: bool = False  # whether its functions take numbers of Python
    key: str = ""  # of the entries of functions that are not unfolded

    def squared(self, node: Node) -> bool:
        """Whether a value is written as the square of another."""
        return self.squares and (node.op is Op.MULTIPLY or dot(node)) and \
            node.operands[0] == node.operands[1]

    def read_by(self, node: Node) -> tuple[int, ...]:
        """The values that stand in the text of a node; one that is squared stands there once."""
        return node.sources[:1] if self.squared(node) else node.sources


def dot(node: Node) -> bool:
    """Whether a value is a sum of products along the last axis, the others in their places."""
    if node.op not in (Op.CONTRACT, Op.LIMIT_CONTRACT):
        return False
    left, right, out = node.detail
    return bool(left == right == out + left[-1:])
