"""The table of NumPy: the text of each operation that is one call."""

from __future__ import annotations

from typing import Any

from sympy import Float

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

CALLS: dict[Op, str] = {
    Op.ADD: "np.add", Op.SUBTRACT: "np.subtract", Op.MULTIPLY: "np.multiply",
    Op.DIVIDE: "np.divide", Op.NEGATIVE: "np.negative", Op.SQRT: "np.sqrt",
    Op.POWER: "np.power", Op.DIFFERENCE: "difference",
    Op.LIMIT_MULTIPLY: "limit_product", Op.WHERE: "np.where({0}, {1}, {2})",
    Op.LESS: "np.less", Op.LESS_EQUAL: "np.less_equal", Op.EQUAL: "np.equal",
    Op.NOT_EQUAL: "np.not_equal", Op.AND: "np.logical_and", Op.OR: "np.logical_or",
    Op.NOT: "np.logical_not",
    Op.SUM: "np.add.reduce", Op.PRODUCT: "np.multiply.reduce", Op.MAX: "np.maximum.reduce",
    Op.MIN: "np.minimum.reduce", Op.ARGMAX: "np.argmax", Op.MEDIAN: "np.median",
}


def function_text(node: Node) -> str:
    """The function that computes a node, or a template of its operands."""
    if node.op is Op.FUNCTION:
        return standard_functions()[node.detail[0]].numpy
    return CALLS[node.op]


def called(function: str, operands: list[str]) -> str:
    """A call of a function, or a template with its operands."""
    return function.format(*operands) if "{" in function else f"{function}({', '.join(operands)})"


def number_text(value: Any) -> str:
    """An exact number as Python's nearest float. Raises KernelError for one that is too large."""
    if isinstance(value, float):
        return {float("inf"): "np.inf", float("-inf"): "-np.inf"}.get(value, repr(value))
    try:
        return repr(float(value if not isinstance(value, Float) else str(value)))
    except OverflowError:
        raise KernelError("a number in the formula is beyond those of float64") from None
