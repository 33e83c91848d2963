"""What is watched in C: the examples at which plain floats may be wrong are flagged."""

from __future__ import annotations

from collections.abc import Sequence

from derive.arrays.targets.c.loop_values import CValues
from derive.arrays.targets.c.loop_writers import at_label
from derive.arrays.targets.numpy.block_emission import FACTORS, GUARDS, Guard

_LIMITS = {"double": ("DBL_MIN", "DBL_MAX", "DBL_EPSILON"),
           "float": ("FLT_MIN", "FLT_MAX", "FLT_EPSILON")}
# Of all elements that fade one does by itself: that is looked at element by element.
CANCELLING = frozenset({"root", "cancel", "closer", "strict", "outweighed", "faded"})
MOVING = frozenset({"sensitive", "delicate", "steep", "abrupt"})


def watched(values: CValues, number: int, at: Sequence[str], guards: frozenset[Guard],
            sizes: str = "") -> list[str]:
    """The statements that flag examples at one element of a value.

    `sizes` is the sum of the sizes of a sum's terms.
    """
    kinds = [kind for kind in GUARDS if (number, kind) in guards]
    if not kinds:
        return []
    flag = "flag" if values.layout == "rows" else "flags[r]"
    exact = values.program.own_place(number)
    elsewhere = "" if exact is None else f" & !({at_label(values, at[0], exact, ())})"
    return [f"{flag} |= ({_condition(values, number, at, kind, sizes)}){elsewhere};"
            for kind in kinds]


def _condition(values: CValues, number: int, at: Sequence[str], kind: str, sizes: str) -> str:
    """Whether an element may be wrong."""
    node = values.program.nodes[number]
    here = tuple(at) == values.loops and number in values.here
    name = f"t{number}" if here else values.element(number, at)
    tiny, most, _step = _LIMITS[values.real]
    size = values.call("abs", [name])
    if kind == "infinite":
        return f"!({size} <= {most})"
    if kind == "range":
        return f"!({size} >= {tiny} && {size} <= {most})"
    if kind in CANCELLING:
        if not sizes:
            first = next(o for o in node.operands if not o.number)
            sizes = values.call("abs", [values.operand(first, at, node)])
        return f"!({size} * {FACTORS[kind]} >= {sizes})"
    assert kind in MOVING
    operands = [values.operand(o, at, node) for o in node.operands]
    step = f"(16 * {_LIMITS[values.real][2]})"
    return " | ".join(_moved(values, number, kind, name, [
        f"({o} {sign} {o} * {step})" for o, sign in zip(operands, signs, strict=True)])
        for signs in _directions(len(operands)))


def _directions(count: int) -> list[list[str]]:
    """How operands are moved: together, and several of them against each other."""
    together = ["+"] * count
    return [together, ["-" if n % 2 else "+" for n in range(count)]] if count > 1 else [together]


def _moved(values: CValues, number: int, kind: str, name: str, operands: list[str]) -> str:
    """Whether a function of moved operands moves much more than they do."""
    step = _LIMITS[values.real][2]
    again = values.called(values.program.nodes[number], operands)
    gap, size = values.call("abs", [f"({again}) - {name}"]), values.call("abs", [name])
    return f"!({gap} <= {FACTORS[kind]} * (16 * {step}) * {size})"
