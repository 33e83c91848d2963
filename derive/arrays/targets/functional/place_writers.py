"""The writers of operations at places along an axis, for libraries of arrays: labels."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import ATOM, Text


def is_constant(run: FunctionBody, operand: Operand) -> bool:
    """Whether an operand is a number, or one number for the whole call."""
    return operand.number or run.node(operand).kind == "s"


def without(run: FunctionBody, node: Node, text: Text, axis: int) -> Text:
    """An array with the neutral number of a reduction in one place of an axis."""
    vector, label = node.operands
    neutral = run.neutral(node)
    if run.overwritten(node):
        place = run.operand(label)
        return Text(f"{text.within(ATOM)}.scatter_({axis}, "
                    f"{_unsqueezed(run, place, axis)}, {neutral})")
    if axis == -1 and not label.number and run.node(label).batched and \
            len(run.node(vector).dims) == 1 and not chosen_by_place(run, node):
        return Text(run.dialect.calls[Op.PUT].format(
            text.within(ATOM), run.operand(label).within(ATOM), neutral, ""))
    return put_text(run, node, text, label, Text(str(neutral)), axis)


def _unsqueezed(run: FunctionBody, label: Text, axis: int) -> str:
    if axis == -1:
        return label.within(ATOM) + run.dialect.last
    return f"{label.within(ATOM)}[..., {', '.join(['None', *[':'] * (-axis - 1)])}]"


def chosen_by_place(run: FunctionBody, node: Node) -> bool:
    """Whether an update is written as a choice by place: JAX transposes no update that is linear.
    """
    return not run.dialect.in_place and run.linear(node)


def put_text(run: FunctionBody, node: Node, base: Text, label: Operand, amount: Text, axis: int,
             ) -> Text:
    """An array with another element at a label along an axis, for each place of the others."""
    return Text(f"put({base.code}, {axis}, {run.operand(label).code}, {amount.code})")


def pick(run: FunctionBody, number: int, node: Node) -> Text:
    """The elements at a label along an axis."""
    vector, label = node.operands
    axis, shifted, along = node.detail
    inner, text = run.node(vector), run.read(vector.source)
    if node.view and not shifted:
        return _at_number(inner, text, axis, int(label.source))
    rank = len(inner.dims)
    order = [*sorted((n for n in range(rank) if n != axis), key=lambda n: along[n]), axis]
    places = sorted(a for a in along if a is not None)
    axes = tuple(places.index(n) if n in places else None for n in range(len(node.dims)))
    moved, place = run.turned(text, order), run.operand(label)
    plain = not label.number and run.node(label).batched and inner.batched
    if plain and not shifted and None not in axes:
        return run.made(node, run.dialect.calls[Op.PICK].format(
            moved.within(ATOM), place.within(ATOM)))
    name = "pick_inside" if shifted else "pick"
    return run.made(node, f"{name}({widen_before_last(moved, axes)}, {place.code})")


def _at_number(inner: Node, text: Text, axis: int, place: int) -> Text:
    """The elements at one place along an axis, as a view."""
    slots = [":"] * len(inner.dims)
    slots[axis] = str(place)
    lead = ["..."] if inner.batched or axis else []
    return Text(f"{text.within(ATOM)}[{', '.join([*lead, *slots])}]")


def widen_before_last(text: Text, axes: tuple[int | None, ...]) -> str:
    """A value whose other axes lie along those of a result, its own axis last."""
    if None not in axes:
        return text.code
    slots = ["None" if a is None else ":" for a in axes]
    return f"{text.within(ATOM)}[..., {', '.join([*slots[slots.index('None'):], ':'])}]"


def put(run: FunctionBody, number: int, node: Node) -> Text:
    """An array with other elements at a label."""
    base, label, amount = node.operands
    rank, axis = len(node.dims), node.detail[0] - len(node.dims)
    value = run.real(amount)
    if base.number or base.axes != tuple(range(rank)) or not run.node(base).batched:
        text = full_text(run, base, node)
    else:
        text = run.operand(base)
    simple = rank == 1 and not label.number and run.node(label).batched
    simple = simple and not chosen_by_place(run, node)
    if simple and (amount.number or run.node(amount).batched):
        inside = value.code if amount.number else value.within(ATOM) + run.dialect.last
        over = "_" if run.free(base, node) else ""
        return run.made(node, run.dialect.calls[Op.PUT].format(
            text.within(ATOM), run.operand(label).within(ATOM), inside, over))
    return run.made(node, put_text(run, node, text, label, value, axis).code)


def full_text(run: FunctionBody, operand: Operand, node: Node) -> Text:
    """An operand with all the axes of a node."""
    shape = run.shape(node.dims)
    if is_constant(run, operand):
        return Text(run.dialect.full.format(shape, run.operand(operand).code, run.first[0]))
    return Text(f"{run.dialect.broadcast}({run.real(operand).code}, {shape})")
