"""The writers of C for what one pass of a loop computes: a table from operations to statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.c.c_operations import CALLS, chosen, shifted
from derive.arrays.targets.c.loop_values import CValues

Writer = Callable[[CValues, int, Node], str]  # the expression of a value in the loops that are open


def elementwise(values: CValues, number: int, node: Node) -> str:
    """An expression of the operands."""
    return values.called(node, [values.operand(o, values.loops, node) for o in node.operands])


def scale(values: CValues, number: int, node: Node) -> str:
    """A value times the weight of its example."""
    weight = "weight" if values.layout == "rows" else "weight[r]"
    return f"{values.operand(node.operands[0], values.loops, node)} * {weight}"


def below_max(values: CValues, number: int, node: Node) -> str:
    """An element less the largest: what `equals` holds where the two are equal."""
    term, top = (values.operand(o, values.loops, node) for o in node.operands)
    axis = node.detail[0]
    rest = [*values.loops[:axis], *values.loops[axis + 1:]]
    equal = f"d{number}" if values.layout == "rows" and not rest else values.memory(
        f"d{number}", [*node.dims[:axis], *node.dims[axis + 1:]], rest)
    return f"{term} == {top} ? {equal} : {term} - {top}"


def pick(values: CValues, number: int, node: Node) -> str:
    """The element at a label."""
    vector, label = node.operands
    axis, beyond, along = node.detail
    text = str(int(label.source)) if label.number else values.operand(label, values.loops, node)
    if not label.number:
        text = text.removeprefix(f"({values.real})")
    dims = values.program.node(vector).dims
    at = ["" if place is None else values.loops[place] for place in along]
    if not beyond:
        at[axis] = text
        return values.cast(vector.source, at, node)
    return shifted(text, values.dim(dims[axis]), lambda place: values.cast(
        vector.source, [*at[:axis], place, *at[axis + 1:]], node))


def put(values: CValues, number: int, node: Node) -> str:
    """The base, or the amount where the axis is at the label."""
    base, label, amount = node.operands
    axis = node.detail[0]
    rest = [*values.loops[:axis], *values.loops[axis + 1:]]
    here = at_label(values, values.loops[axis], label, rest)
    return chosen(here, values.operand(amount, rest, node),
                  values.operand(base, values.loops, node))


def at_label(values: CValues, loop: str, label: Operand, rest: Sequence[str]) -> str:
    """Whether a loop is at a label, which lies along the other loops."""
    if label.number:
        return f"({values.integer}){loop} == {int(label.source)}"
    axes = {axis: rest[n] for n, axis in enumerate(label.axes) if axis is not None}
    text = values.read(label.source, [axes[n] for n in range(len(axes))])
    return f"({values.integer}){loop} == {text}"


def put_diagonal(values: CValues, number: int, node: Node) -> str:
    """The base, or the amount where two axes are at the same place."""
    base, amount = node.operands
    axis, other = node.detail
    rest = [*values.loops[:axis], *values.loops[axis + 1:]]
    return chosen(f"{values.loops[axis]} == {values.loops[other]}",
                  values.operand(amount, rest, node), values.operand(base, values.loops, node))


def diagonal(values: CValues, number: int, node: Node) -> str:
    """The element at which two axes have the same place."""
    axis, other = node.detail
    at = list(values.loops)
    at.insert(axis, values.loops[other - (other > axis)])
    return values.cast(node.operands[0].source, at, node)


WRITERS: dict[Op, Writer] = {
    **dict.fromkeys((*CALLS, Op.FUNCTION), elementwise),
    Op.SCALE: scale, Op.BELOW_MAX: below_max, Op.PICK: pick, Op.PUT: put,
    Op.PUT_DIAGONAL: put_diagonal, Op.DIAGONAL: diagonal,
}
