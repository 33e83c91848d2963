"""The table of C: the text of each operation that is one expression of its operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.numpy.numpy_operations import number_text as float_text
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

# 0 where the first factor is 0 and the second infinite.
# In choices between numbers alone, so that loops become vector code.
LIMIT_PRODUCT = "{0} * ({0} == 0 ? ({1} == INFINITY ? 0 : {1} == -INFINITY ? 0 : {1}) : {1})"
# A word alone is the NAME of f64_NAME and f32_NAME.
CALLS: dict[Op, str] = {
    Op.ADD: "{0} + {1}", Op.SUBTRACT: "{0} - {1}", Op.MULTIPLY: "{0} * {1}",
    Op.DIVIDE: "{0} / {1}", Op.NEGATIVE: "-{0}", Op.SQRT: "sqrt",
    Op.POWER: "power", Op.DIFFERENCE: "difference", Op.WHERE: "{0} ? {1} : {2}",
    Op.LESS: "{0} < {1}", Op.LESS_EQUAL: "{0} <= {1}", Op.EQUAL: "{0} == {1}",
    Op.NOT_EQUAL: "{0} != {1}", Op.AND: "{0} & {1}", Op.OR: "{0} | {1}", Op.NOT: "!{0}",
    Op.LIMIT_MULTIPLY: LIMIT_PRODUCT, Op.SPREAD: "{0}", Op.SCALE: "{0} * weight",
}
# How a reduction goes on from what it has so far, {0}, by one more term, {1}.
STEPS: dict[Op, str] = {
    Op.SUM: "{0} + {1}", Op.PRODUCT: "{0} * {1}", Op.MAX: "max", Op.MIN: "min",
    Op.ARGMAX: "argmax", Op.CONTRACT: "{0} + {1}", Op.LIMIT_CONTRACT: "{0} + {1}",
}

EXTREMA = frozenset({Op.MAX, Op.MIN})
# What it starts from, and its operator in OpenMP.
STARTS: dict[Op, str] = {
    Op.SUM: "0", Op.PRODUCT: "1", Op.MAX: "-INFINITY", Op.MIN: "INFINITY",
    Op.ARGMAX: "-INFINITY", Op.CONTRACT: "0", Op.LIMIT_CONTRACT: "0",
}
CLAUSES: dict[Op, str] = {
    Op.SUM: "+", Op.PRODUCT: "*", Op.MAX: "max", Op.MIN: "min",
    Op.CONTRACT: "+", Op.LIMIT_CONTRACT: "+",
}


def stepped(op: Op, total: str, term: str, nan: str) -> list[str]:
    """Statements that take one more term into a variable; `nan` notes one that is NaN."""
    if op in EXTREMA:
        sign = ">" if op is Op.MAX else "<"
        return [f"{total} = {term} {sign} {total} ? {term} : {total};",
                f"{nan} |= {term} != {term};"]
    return [f"{total} {CLAUSES[op]}= {term};"]


def chosen(condition: str, yes: str, no: str) -> str:
    """One of two values."""
    return CALLS[Op.WHERE].format(condition, yes, no)


def shifted(place: str, size: str, value: Callable[[str], str]) -> str:
    """The value at a place along an axis, NaN where it is outside."""
    inside = f"({place} < 0 ? 0 : {place} >= {size} ? {size} - 1 : {place})"
    return chosen(f"({place} >= 0 && {place} < {size})", value(inside), "NAN")


def function_name(node: Node) -> str:
    """The expression or function that computes a node. Raises KernelError where there is none."""
    if node.op is Op.FUNCTION:
        text = standard_functions()[node.detail[0]].c
    else:
        text = CALLS.get(node.op, "")
    if not text:
        what = node.detail[0] if node.op is Op.FUNCTION else node.op.label
        raise KernelError(f"the target c cannot compute {what}")
    return text


def called(function: str, operands: list[str], prefix: str) -> str:
    """An expression with its operands, or a call of the function for a dtype."""
    if "{" in function:
        return function.format(*operands)
    return f"{prefix}_{function}({', '.join(operands)})"


def number_text(value: Any, real: str) -> str:
    """An exact number as C. Raises KernelError for one that is too large."""
    text = float_text(value)
    if "inf" in text:
        return "(-INFINITY)" if text.startswith("-") else "INFINITY"
    text = f"{text}" if real == "double" else f"({real}){text}"
    return f"({text})" if text.startswith(("-", "(")) else text
