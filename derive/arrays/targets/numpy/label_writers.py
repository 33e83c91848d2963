"""The writers of NumPy text for what picks or sets places along an axis: labels, diagonals."""

from __future__ import annotations

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.emission import Axes, Emitter, Writer


def left_over(rank: int, axis: int) -> tuple[int | None, ...]:
    """For each axis of an array, the axis of a result without one of them; None for that one."""
    return tuple(None if a == axis else a - (a > axis) for a in range(rank))


def subscripts(axes: Axes, layout: Layout, inner: Node, along: tuple[int | None, ...],
               label: str, rank: int) -> str:
    """The subscripts, all of them arrays, of the elements at a label.

    `along` tells for each axis of the array which axis of the result it is, None for the axis
    of the label; `rank` counts the axes of the result.
    """
    parts = [label if place is None else layout.arange(axes.dim(inner.dims[a]), place, rank)
             for a, place in enumerate(along)]
    return layout.slots(parts, layout.batch_places(rank, axes.places) if inner.batched else "")


def target(run: Emitter, name: str, inner: Node, axis: int, label: Operand) -> str:
    """The elements of an array at a label along one axis, as an expression to read or set."""
    rank = len(inner.dims)
    if label.number:
        slots = [":"] * rank
        slots[axis] = str(int(label.source))
        if not inner.batched and not run.layout.columns:
            return f"{name}[{', '.join([*slots, '...'])}]"
        return f"{name}[{run.layout.slots(slots, ':')}]"
    if _flat(run, inner, label):
        return f"{name}.reshape(-1)[{_flat_places(run, inner, label)}]"
    along = left_over(rank, axis)
    return f"{name}[{subscripts(run.values, run.layout, inner, along, run.text(label), rank - 1)}]"


def pick(run: Emitter, number: int, node: Node) -> None:
    """The elements at a label."""
    vector, label = node.operands
    inner, name = run.node(vector), run.name(vector.source)
    axis, shifted, along = node.detail
    buffer = "" if node.view else run.values.buffer(number)
    if node.view and not shifted:
        run.define(number, target(run, name, inner, axis, label), pure=True)
    elif shifted:
        _shifted(run, number, node, inner)
    elif _flat(run, inner, label) and inner.kind == "f":
        places = _flat_places(run, inner, label)
        run.define(number, run.call("np.take", f"{name}.reshape(-1)", places, f"out={buffer}",
                                    "mode=\"clip\""))
    elif _flat(run, inner, label):
        run.define(number, f"into({buffer}, {target(run, name, inner, axis, label)})")
    else:
        key = subscripts(run.values, run.layout, inner, along, run.text(label), len(node.dims))
        run.define(number, f"into({buffer}, {name}[{key}])")


def _shifted(run: Emitter, number: int, node: Node, inner: Node) -> None:
    """The elements at a shifted place; NaN outside of the axis."""
    vector, label = node.operands
    text, size = run.label(label), run.values.dim(inner.dims[node.detail[0]])
    run.write(f"i{number} = " + run.call("np.minimum", run.call("np.maximum", text, "0"),
                                         f"{size} - 1"))
    key = subscripts(run.values, run.layout, inner, node.detail[2], f"i{number}", len(node.dims))
    inside = run.call("np.where", f"i{number} == {text}", f"{run.name(vector.source)}[{key}]",
                      "-1" if node.kind == "i" else "np.nan")
    run.define(number, f"into({run.values.buffer(number)}, {inside})")


def _flat(run: Emitter, inner: Node, label: Operand) -> bool:
    """Whether a label picks one element of each example's only axis."""
    return len(inner.dims) == 1 and inner.batched and not label.axes and not label.number \
        and run.node(label).batched


def _flat_places(run: Emitter, inner: Node, label: Operand) -> str:
    """The numbers of the labels' elements in the flattened block."""
    key = (run.values.scope, label.source, inner.dims[0])
    if key not in run.flat:
        name, text = run.values.scratch((), "i"), run.text(label)
        start, step = (text, "n") if run.layout.columns else \
            (run.values.places, run.values.dim(inner.dims[0]))
        run.write(run.call("np.multiply", start, step, f"out={name}"))
        run.write(run.call("np.add", name, run.values.places if run.layout.columns else text,
                           f"out={name}"))
        run.flat[key] = name
    return run.flat[key]


def put(run: Emitter, number: int, node: Node) -> None:
    """An array with other elements at a label."""
    base, label, amount = node.operands
    buffer = _copied(run, number, base)
    run.write(f"{target(run, buffer, node, node.detail[0], label)} = {run.text(amount)}")
    run.define(number, buffer, pure=True)


def put_diagonal(run: Emitter, number: int, node: Node) -> None:
    """An array with another diagonal."""
    base, amount = node.operands
    buffer = _copied(run, number, base)
    run.write(f"{_diagonal_text(run, buffer, node, node.detail)}[...] = {run.text(amount)}")
    run.define(number, buffer, pure=True)


def _copied(run: Emitter, number: int, base: Operand) -> str:
    """The buffer of a node, holding its base."""
    buffer = run.values.buffer(number)
    if base.number or run.values.home(base.source) != run.values.home(number):
        run.copy(buffer, run.text(base))
    return buffer


def diagonal(run: Emitter, number: int, node: Node) -> None:
    """The elements where two axes have the same place, as a view."""
    source, = node.operands
    run.define(number, _diagonal_text(run, run.name(source.source), run.node(source),
                                      node.detail), pure=True)


def _diagonal_text(run: Emitter, name: str, inner: Node, axes: tuple[int, int]) -> str:
    axis, other = axes
    letters = [chr(ord("a") + n) for n in range(len(inner.dims))]
    letters[axis] = letters[other]
    rest = "".join(letter for n, letter in enumerate(letters) if n != axis)
    batched = inner.batched or run.layout.columns
    own = run.layout.letters("".join(letters), batched)
    return run.call("np.einsum", f"\"{own}->{run.layout.letters(rest, batched)}\"", name)


LABEL_WRITERS: dict[Op, Writer] = {Op.PICK: pick, Op.PUT: put, Op.PUT_DIAGONAL: put_diagonal,
                                   Op.DIAGONAL: diagonal}
