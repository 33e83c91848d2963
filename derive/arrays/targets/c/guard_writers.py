"""What is watched in C: the examples at which plain floats may be wrong are flagged."""

from __future__ import annotations

from collections.abc import Sequence

from derive.arrays.operations import Op
from derive.arrays.targets.c.loop_values import CValues
from derive.arrays.targets.numpy.block_emission import FACTORS, GUARDS, Guard

_LIMITS = {"double": ("DBL_MIN", "DBL_MAX", "DBL_EPSILON"),
           "float": ("FLT_MIN", "FLT_MAX", "FLT_EPSILON")}
CANCELLING = frozenset({"root", "cancel", "closer", "strict"})
MOVING = frozenset({"sensitive", "delicate"})


def watched(values: CValues, number: int, at: Sequence[str], guards: frozenset[Guard],
            sizes: str = "") -> list[str]:
    """The statements that flag examples at one element of a value.

    `sizes` is the sum of the sizes of a sum's terms.
    """
    kinds = [kind for kind in GUARDS if (number, kind) in guards]
    if not kinds:
        return []
    flag = "flag" if values.layout == "rows" else "flags[r]"
    return [f"{flag} |= {_condition(values, number, at, kind, sizes)};" for kind in kinds]


def _condition(values: CValues, number: int, at: Sequence[str], kind: str, sizes: str) -> str:
    """Whether an element may be wrong."""
    node = values.program.nodes[number]
    here = tuple(at) == values.loops and number in values.here
    name = f"t{number}" if here else values.element(number, at)
    tiny, most, step = _LIMITS[values.real]
    size = values.call("abs", [name])
    if kind == "range":
        return f"!({size} >= {tiny} && {size} <= {most})"
    factor = FACTORS[kind]
    if kind in CANCELLING:
        if not sizes:
            first = next(o for o in node.operands if not o.number)
            sizes = values.call("abs", [values.operand(first, at, node)])
        return f"!({size} * {factor} >= {sizes})"
    assert kind in MOVING
    operands = [values.operand(o, at, node) for o in node.operands]
    moved = [f"({o} + {o} * (16 * {step}))" for o in operands]
    again = values.called(node, moved) if node.op is not Op.SCALE else name
    gap = values.call("abs", [f"({again}) - {name}"])
    return f"!({gap} <= {factor} * (16 * {step}) * {size})"
