"""The operations of an array program, and what is known of each.

A target (NumPy text, wide numbers) is a table from these operations to what it writes for them;
`derive/arrays/verifier.py` checks programs against what stands here.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from sympy import Integer


class Family(Enum):
    """What an operation does with the axes of its operands."""

    SOURCE = "made of nothing"
    ELEMENTWISE = "element by element; operands are broadcast"
    COMPARISON = "element by element, of numbers, a condition"
    LOGIC = "element by element, of conditions"
    REDUCTION = "along one axis, which is lost; one place of it may be left out"
    MOVEMENT = "elements of an array, in other places"
    UPDATE = "an array with other elements in some places"
    CONTRACTION = "sums of products along an axis"
    LINEAR = "of square matrices along two neighbouring axes, one for each place before them"
    TOTAL = "a sum over all steps and sequences of a recurrent program"


class Rounding(Enum):
    """How a value may be worse than its operands."""

    MOVES = "it is one of them"
    CANCELS = "a sum, which may lose the digits of its terms"
    COMPUTES = "it overflows, or moves faster than they do"
    SOLVES = "as far as its matrix is ill-conditioned, which it watches itself"


class Op(Enum):
    """One operation: its name, family and what else holds of it.

    `least` and `most` count its operands, `detail` the entries of a node's detail. `kinds` are
    the kinds that a result may have. `reused` are the operands in whose memory the result may be
    computed; None for any of them. `neutral` is what a reduction of nothing gives. `along` says
    that it reads a whole axis.
    """

    INPUT = "input", Family.SOURCE, 0, 0, "fi", 1
    SIZE = "size", Family.SOURCE, 0, 0, "s", 1
    IOTA = "iota", Family.SOURCE, 0, 0, "i", 0

    ADD = "add", Family.ELEMENTWISE, 2, 2, "fsi", 0
    SUBTRACT = "subtract", Family.ELEMENTWISE, 2, 2, "fsi", 0
    MULTIPLY = "multiply", Family.ELEMENTWISE, 2, 2, "fsi", 0
    DIVIDE = "divide", Family.ELEMENTWISE, 2, 2, "fs", 0
    NEGATIVE = "negative", Family.ELEMENTWISE, 1, 1, "fs", 0
    SQRT = "sqrt", Family.ELEMENTWISE, 1, 1, "fs", 0
    POWER = "power", Family.ELEMENTWISE, 2, 2, "fs", 0
    FUNCTION = "function", Family.ELEMENTWISE, 1, 9, "fs", 1  # its name in the function table
    DIFFERENCE = "difference", Family.ELEMENTWISE, 2, 2, "fs", 0  # 0 of equal infinities
    LIMIT_MULTIPLY = "limit of product", Family.ELEMENTWISE, 2, 2, "f", 0  # 0 if the first is
    BELOW_MAX = "below max", Family.ELEMENTWISE, 2, 2, "f", 1
    WHERE = "where", Family.ELEMENTWISE, 3, 3, "fsi", 0
    SCALE = "scale", Family.ELEMENTWISE, 1, 1, "f", 0  # by the weight of the example

    LESS = "less", Family.COMPARISON, 2, 2, "b", 0
    LESS_EQUAL = "less or equal", Family.COMPARISON, 2, 2, "b", 0
    EQUAL = "equal", Family.COMPARISON, 2, 2, "b", 0
    NOT_EQUAL = "not equal", Family.COMPARISON, 2, 2, "b", 0
    AND = "and", Family.LOGIC, 2, 2, "b", 0
    OR = "or", Family.LOGIC, 2, 2, "b", 0
    NOT = "not", Family.LOGIC, 1, 1, "b", 0

    SUM = "sum", Family.REDUCTION, 1, 2, "f", 1
    PRODUCT = "product", Family.REDUCTION, 1, 2, "f", 1
    MAX = "max", Family.REDUCTION, 1, 2, "f", 1
    MIN = "min", Family.REDUCTION, 1, 2, "f", 1
    ARGMAX = "argmax", Family.REDUCTION, 1, 2, "i", 1
    MEDIAN = "median", Family.REDUCTION, 1, 1, "f", 1

    SPREAD = "spread", Family.MOVEMENT, 1, 1, "fi", 0
    PICK = "pick", Family.MOVEMENT, 2, 2, "fi", 3
    DIAGONAL = "diagonal", Family.MOVEMENT, 1, 1, "fi", 2
    PUT = "put", Family.UPDATE, 3, 3, "f", 1
    PUT_DIAGONAL = "put diagonal", Family.UPDATE, 2, 2, "f", 2

    CONTRACT = "contract", Family.CONTRACTION, 2, 2, "f", 3
    LIMIT_CONTRACT = "limit of contract", Family.CONTRACTION, 2, 2, "f", 3  # of such products
    DOTS = "dots", Family.CONTRACTION, 2, None, "f", None  # of parameters and vectors

    # The details end with the axes before the matrix, and with the matrix in words.
    SOLVE = "solve", Family.LINEAR, 2, 2, "f", 3  # the form of the matrix
    INVERSE = "inverse", Family.LINEAR, 1, 1, "f", 3  # the form of the matrix
    CHOLESKY = "cholesky", Family.LINEAR, 1, 1, "f", 2
    DETERMINANT = "determinant", Family.LINEAR, 1, 1, "f", 2
    LOG_DETERMINANT = "log determinant", Family.LINEAR, 1, 1, "f", 2

    BATCH_SUM = "batch sum", Family.TOTAL, 1, 1, "f", 0
    OUTER = "outer", Family.TOTAL, 2, 2, "f", 1  # the axes of the first operand
    SCATTER = "scatter", Family.TOTAL, 2, 2, "f", 1

    def __init__(self, label: str, family: Family, least: int, most: int | None, kinds: str,
                 detail: int | None) -> None:
        self.label, self.family, self.kinds, self.detail = label, family, kinds, detail
        self.least, self.most = least, most

    @property
    def total(self) -> bool:
        """Whether it sums over all steps and sequences."""
        return self.family is Family.TOTAL

    @property
    def along(self) -> bool:
        """Whether it reads a whole axis of its first operand."""
        return self.family in (Family.REDUCTION, Family.LINEAR) or \
            self in (Op.CONTRACT, Op.LIMIT_CONTRACT, Op.BELOW_MAX)

    @property
    def neutral(self) -> Any:
        """What a reduction of nothing gives."""
        return _NEUTRAL[self]

    @property
    def reused(self) -> slice:
        """The operands in whose memory the result may be computed."""
        if self in _REUSED:
            return _REUSED[self]
        again = self.family in BY_ELEMENT and self is not Op.LIMIT_MULTIPLY  # it reads them twice
        return slice(None) if again else slice(0)

    @property
    def rounding(self) -> Rounding:
        """How a value may be worse than its operands."""
        if self in (Op.ADD, Op.SUBTRACT, Op.DIFFERENCE, Op.SUM, Op.CONTRACT,
                    Op.LIMIT_CONTRACT):
            return Rounding.CANCELS
        if self.family is Family.LINEAR:
            return Rounding.SOLVES
        computes = self.family in (*BY_ELEMENT, Family.CONTRACTION, Family.TOTAL)
        return Rounding.COMPUTES if computes and self not in _REUSED else Rounding.MOVES


# What stands where a matrix does: the matrix, its Cholesky factor, or a triangle.
GENERAL, FACTOR, LOWER, UPPER = FORMS = ("general", "factor", "lower", "upper")
BY_ELEMENT = (Family.ELEMENTWISE, Family.COMPARISON, Family.LOGIC)
_REUSED = {Op.WHERE: slice(1, 3), Op.SCALE: slice(1), Op.BELOW_MAX: slice(1),
           Op.PUT: slice(1), Op.PUT_DIAGONAL: slice(1)}
_NEUTRAL: dict[Op, Any] = {
    Op.SUM: Integer(0), Op.PRODUCT: Integer(1), Op.MAX: float("-inf"), Op.ARGMAX: float("-inf"),
    Op.MIN: float("inf")}
