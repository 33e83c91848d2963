"""The verifier of array programs: each node against what its operation is.

Arity, kinds, the entries of the detail, and the shapes: along each axis of a result, its operands
have the same dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from derive.arrays.operations import FORMS, Family, Op
from derive.arrays.program import Node, Operand, Program
from derive.core.kinds import Dimension
from derive.errors import KernelError

Dims = tuple[Dimension, ...]
Nodes = Sequence[Node]


def verify(program: Program) -> None:
    """Raises KernelError for a node that does not fit its operation, and says what is wrong."""
    for number, node in enumerate(program.nodes):
        for problem in _problems(program.nodes[:number], node):
            raise KernelError(f"node {number} of the array program, {node.op.label}: {problem}")


def _problems(before: Nodes, node: Node) -> Iterator[str]:
    """What is wrong with a node, given the nodes before it."""
    op, count = node.op, len(node.operands)
    if count < op.least or (op.most is not None and count > op.most):
        yield f"it has {count} operands"
    if op.detail is not None and len(node.detail) != op.detail:
        yield f"it has {len(node.detail)} details, not {op.detail}"
    if node.kind not in op.kinds:
        yield f"a result of the kind {node.kind!r}"
    if any(not 0 <= s < len(before) for s in node.sources):
        yield "an operand is no earlier node"
        return
    if not op.total and not node.batched and any(before[s].batched for s in node.sources):
        yield "it varies with the examples, as its operands do"
    if node.kind == "s" and node.dims:
        yield "one number has no axes"
    yield from _kind_problems(before, node)
    yield from _SHAPES.get(op, _FAMILIES[op.family])(before, node)


def kind(before: Nodes, operand: Operand) -> str:
    """The kind of an operand; an integer number is one."""
    if not operand.number:
        return str(before[operand.source].kind)
    return "i" if getattr(operand.source, "is_Integer", False) else "f"


def _kind_problems(before: Nodes, node: Node) -> Iterator[str]:
    """Conditions where conditions are due, and integers where places are."""
    kinds = [kind(before, o) for o in node.operands]
    conditions = [k == "b" for k in kinds]
    due = {Family.LOGIC: len(kinds), Op.WHERE: 1}.get(
        node.op if node.op is Op.WHERE else node.op.family, 0)
    if conditions != [place < due for place in range(len(kinds))]:
        yield f"operands of the kinds {', '.join(kinds)}"
    computed = kinds[due:] if node.op is Op.WHERE else kinds
    if node.kind == "i" and node.op.family is Family.ELEMENTWISE and set(computed) != {"i"}:
        yield "an integer is computed from integers"
    place = _LABELS.get(node.op, 1 if node.op.family is Family.REDUCTION else None)
    if place is not None and place < len(kinds) and kinds[place] != "i":
        yield f"a label of the kind {kinds[place]!r}"


_LABELS = {Op.PICK: 1, Op.PUT: 1, Op.SCATTER: 0}  # which operand holds places along an axis


# Shapes


def _aligned(before: Nodes, operand: Operand, dims: Dims) -> Iterator[str]:
    """Problems of an operand that is broadcast to some dimensions."""
    if operand.number:
        return
    own = before[operand.source].dims
    used = [a for a in operand.axes if a is not None]
    if len(operand.axes) != len(dims) or sorted(used) != list(range(len(own))):
        yield f"an operand with {len(own)} axes lies along {operand.axes}"
        return
    for axis, dim in zip(operand.axes, dims, strict=True):
        if axis is not None and own[axis] != dim:
            yield f"an operand has the length {own[axis]} along an axis of the length {dim}"


def _without(dims: Dims, axis: int) -> Dims:
    return dims[:axis] + dims[axis + 1:]


def _alone(before: Nodes, operand: Operand) -> Iterator[str]:
    """Problems of an operand that stands with its own axes."""
    if operand.number:
        yield "a number has no axes"
    else:
        yield from _aligned(before, operand, before[operand.source].dims)


def _all_aligned(before: Nodes, node: Node) -> Iterator[str]:
    for operand in node.operands:
        yield from _aligned(before, operand, node.dims)


def _below_max(before: Nodes, node: Node) -> Iterator[str]:
    yield from _all_aligned(before, node)
    if not 0 <= node.detail[0] < len(node.dims):
        yield "its axis is none of the result's"


def _reduced(before: Nodes, node: Node) -> Iterator[str]:
    yield from _alone(before, node.operands[0])
    dims, axis = before[node.sources[0]].dims, node.detail[0]
    if not 0 <= axis < len(dims):
        yield "its axis is none of the operand's"
    elif _without(dims, axis) != node.dims:
        yield f"the axes {node.dims} are not those of the operand without one"
    for label in node.operands[1:]:
        yield from _aligned(before, label, node.dims)


def _picked(before: Nodes, node: Node) -> Iterator[str]:
    vector, label = node.operands
    yield from _alone(before, vector)
    yield from _aligned(before, label, node.dims)
    dims, (axis, _, places) = before[vector.source].dims, node.detail
    if len(places) != len(dims) or [n for n, p in enumerate(places) if p is None] != [axis]:
        yield "its axis is none of the operand's"
    elif any(p is not None and node.dims[p] != dims[n] for n, p in enumerate(places)):
        yield "an axis of the operand lies along one of another length"
    if before[vector.source].kind != node.kind:
        yield "elements have the kind of their array"


def _diagonal(before: Nodes, node: Node) -> Iterator[str]:
    yield from _alone(before, node.operands[0])
    yield from _square(before[node.sources[0]].dims, node.detail)
    if _without(before[node.sources[0]].dims, node.detail[0]) != node.dims:
        yield "the axes are not those of the operand without one"


def _square(dims: Dims, axes: tuple[int, int]) -> Iterator[str]:
    if len(set(axes)) < 2 or not set(axes) <= set(range(len(dims))) or \
            dims[axes[0]] != dims[axes[1]]:
        yield "a diagonal lies between two axes of one length"


def _put(before: Nodes, node: Node) -> Iterator[str]:
    base, *others = node.operands
    yield from _aligned(before, base, node.dims)
    if node.op is Op.PUT_DIAGONAL:
        yield from _square(node.dims, node.detail)
    for operand in others:
        yield from _aligned(before, operand, _without(node.dims, node.detail[0]))


def _contracted(before: Nodes, node: Node) -> Iterator[str]:
    *words, out = node.detail
    lengths: dict[str, Dimension] = dict(zip(out, node.dims, strict=False))
    if len(out) != len(node.dims):
        yield "a letter for each axis of the result"
    for word, operand in zip(words, node.operands, strict=True):
        yield from _alone(before, operand)
        dims = before[operand.source].dims
        if len(word) != len(dims) or any(lengths.setdefault(letter, d) != d
                                         for letter, d in zip(word, dims, strict=False)):
            yield f"the letters {word} do not fit an operand's axes"
    if len(set("".join(words)) - set(out)) != 1:
        yield "it sums along one axis"


def _dots(before: Nodes, node: Node) -> Iterator[str]:
    if len(node.operands) != 2 * len(node.detail):
        yield "axes for each pair of a parameter and a vector"
        return
    for axes, (matrix, vector) in zip(node.detail, list(pairwise(node.sources))[::2],
                                      strict=True):
        dims = before[matrix].dims
        summed, free = _parted(dims, axes)
        if not set(axes) <= set(range(len(dims))) or before[vector].dims != summed:
            yield "a vector does not fit the axes of its parameter"
        elif free != node.dims:
            yield "the axes are not those of the parameter that are left"


def _parted(dims: Dims, axes: tuple[int, ...]) -> tuple[Dims, Dims]:
    """The lengths of some axes, and of the others."""
    return tuple(d for n, d in enumerate(dims) if n in axes), \
        tuple(d for n, d in enumerate(dims) if n not in axes)


def _totals(before: Nodes, node: Node) -> Iterator[str]:
    due: dict[Op, list[Dims]] = {
        Op.BATCH_SUM: [node.dims],
        Op.OUTER: list(_parted(node.dims, node.detail[0])) if node.op is Op.OUTER else [],
        Op.SCATTER: [(), _without(node.dims, node.detail[0])] if node.op is Op.SCATTER else []}
    for operand, dims in zip(node.operands, due[node.op], strict=True):
        if not operand.number and before[operand.source].dims != dims:
            yield f"an operand with the axes {before[operand.source].dims}, not {dims}"


def _linear(before: Nodes, node: Node) -> Iterator[str]:
    *_, stack, words = node.detail
    form = node.detail[0] if len(node.detail) == 3 else FORMS[0]
    if form not in FORMS:
        yield f"no matrix has the form {form!r}"
    if not isinstance(words, str) or not words:
        yield "it does not say which matrix is meant"
    matrix, *others = node.operands
    if matrix.number:
        yield "a number is no matrix"
        return
    square = _matrix_dims(before, node, stack)
    if square is None or square[stack] != square[stack + 1]:
        yield "its matrix is not square"
        return
    yield from _aligned(before, matrix, square)
    due = square[:stack] if node.op in _OF_DETERMINANTS else square
    if node.op is Op.SOLVE:
        due = square[:stack + 1] + node.dims[stack + 1:]
    if due != node.dims:
        yield f"the axes {node.dims} are not {due}"
    for other in others:
        yield from _aligned(before, other, node.dims)


def _matrix_dims(before: Nodes, node: Node, stack: int) -> Dims | None:
    """The dimensions of the matrices of a node, the places before them included."""
    matrix = node.operands[0]
    own = before[matrix.source].dims
    if not 0 <= stack == len(matrix.axes) - 2:
        return None
    return tuple(node.dims[n] if axis is None and n < len(node.dims) else own[axis or 0]
                 for n, axis in enumerate(matrix.axes)) if own else None


_OF_DETERMINANTS = (Op.DETERMINANT, Op.LOG_DETERMINANT)


def _source(before: Nodes, node: Node) -> Iterator[str]:
    if len(node.dims) != 1 and node.op is Op.IOTA:
        yield "the values of one index"


Shapes = Callable[[Nodes, Node], Iterator[str]]
_FAMILIES: dict[Family, Shapes] = {
    Family.SOURCE: _source, Family.ELEMENTWISE: _all_aligned, Family.COMPARISON: _all_aligned,
    Family.LOGIC: _all_aligned, Family.REDUCTION: _reduced, Family.MOVEMENT: _all_aligned,
    Family.UPDATE: _put, Family.CONTRACTION: _contracted, Family.LINEAR: _linear,
    Family.TOTAL: _totals,
}
_SHAPES: dict[Op, Shapes] = {Op.BELOW_MAX: _below_max, Op.PICK: _picked, Op.DIAGONAL: _diagonal,
                             Op.DOTS: _dots}
