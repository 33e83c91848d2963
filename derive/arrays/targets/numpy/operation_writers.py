"""The writers of NumPy text for operations on elements, reductions and contractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.numpy.emission import Emitter, Writer
from derive.arrays.targets.numpy.label_writers import LABEL_WRITERS, target
from derive.arrays.targets.numpy.matrix_writers import MATRIX_WRITERS
from derive.arrays.targets.numpy.numpy_operations import called, function_text, number_text


def elementwise(run: Emitter, number: int, node: Node) -> None:
    """One call for all elements; of what does not vary with the examples, into a new array."""
    read = run.label if node.kind == "i" else run.text
    operands, function = [read(o) for o in node.operands], function_text(node)
    if run.values.home(number) is not None:
        run.define(number, run.computed(function, operands, run.values.buffer(number)))
    elif node.kind == "s":
        run.define(number, f"float({called(function, operands)})", pure=True)
    elif node.kind == "f":
        run.define(number, f"np.asarray({called(function, operands)}, real)", pure=True)
    else:
        run.define(number, called(function, operands), pure=True)


def scale(run: Emitter, number: int, node: Node) -> None:
    """A value times the weight of its example, if there are any."""
    operand, buffer, rank = node.operands[0], run.values.buffer(number), len(node.dims)
    text = run.text(operand)
    weight = f"along(scale, {rank})" if rank and not run.layout.columns else "scale"
    here = not operand.number and run.values.home(operand.source) == run.values.home(number)
    plain = text if here else f"into({buffer}, {text})"
    run.define(number, f"{plain} if scale is None else "
                       + run.call("np.multiply", text, weight, f"out={buffer}"))


def spread(run: Emitter, number: int, node: Node) -> None:
    """A copy with all axes."""
    run.define(number, f"into({run.values.buffer(number)}, {run.text(node.operands[0])})")


def below_max(run: Emitter, number: int, node: Node) -> None:
    """A vector less its largest element."""
    terms, top = map(run.text, node.operands)
    run.define(number, f"below_max({terms}, {top}, {run.layout.axis(node.detail[0])}, "
                       f"{run.values.buffer(number)})")


def reduce(run: Emitter, number: int, node: Node) -> None:
    """A reduction over an axis."""
    axis = f"axis={run.layout.axis(node.detail[0])}"
    home = run.values.home(number)
    out = [] if home is None else [f"out={run.values.buffer(number)}"]
    source = node.operands[0].source

    def written(name: str) -> None:
        run.define(number, run.call(function_text(node), name, axis, *out))

    if len(node.operands) == 1:
        written(run.name(source))
    else:
        without(run, number, node, written)


def without(run: Emitter, number: int, node: Node, written: Callable[[str], None]) -> None:
    """A reduction that leaves out one place of its axis: there stands its neutral number.

    `written` writes the reduction of an array. Where the array may be written over, what stood
    there is put back, unless nobody reads it again.
    """
    source, label = node.operands[0].source, node.operands[1]
    inner = run.node(node.operands[0])
    name, owned = run.name(source), run.values.writable(source, number)
    if not owned:
        name = run.values.scratch(run.dims(inner), "f")
        run.copy(name, run.name(source))
        inner = replace(inner, batched=node.batched)  # each row leaves out a place of its own
    place = target(run, name, inner, node.detail[0], label)
    saved = ""
    if owned and run.last[source] != run.order.index(number) and \
            not _set_again(run, source, number, label):
        saved = run.values.scratch(run.dims(node), "f")
        run.copy(saved, place)
    run.write(f"{place} = {number_text(node.op.neutral)}")
    written(name)
    if saved:
        run.write(f"{place} = {saved}")


def _set_again(run: Emitter, source: int, number: int, label: Operand) -> bool:
    """Whether all later readers of a value first set the place that was left out here."""
    nodes = run.program.nodes
    later = [nodes[n] for n in run.order if n > number and source in nodes[n].sources]
    return all(node.op is Op.PUT and node.operands[0].source == source
               and node.operands[1].source == label.source
               and node.detail == nodes[number].detail
               and source not in node.sources[1:] for node in later)


def contract(run: Emitter, number: int, node: Node) -> None:
    """A sum of products; products of matrices are quicker as such, unless they lie in columns."""
    places = matrix_places(node.detail)
    if places is not None and not run.layout.columns:
        factors = [run.name(o.source) + run.layout.suffix(place, run.node(o).batched)
                   for o, place in zip(node.operands, places, strict=False)]
        out = run.values.buffer(number) + run.layout.suffix(places[-1], True)
        run.write(run.call("np.matmul", *factors, f"out={out}"))
        run.define(number, run.values.buffer(number), pure=True)
        return
    operands = [run.name(o.source) for o in node.operands]
    run.define(number, run.call("np.einsum", subscripts(run, node), *operands,
                                f"out={run.values.buffer(number)}"))


def limit_contract(run: Emitter, number: int, node: Node) -> None:
    """A sum of products in which 0 times infinity is 0."""
    names = [run.name(o.source) for o in node.operands]
    run.define(number, run.call("limit_sum", subscripts(run, node), *names,
                                run.values.buffer(number)))


def matrix_places(words: tuple[str, str, str]) -> list[tuple[int, ...]] | None:
    """The order of axes in which a contraction is a product of matrices, if it is one.

    For each operand and the result: the axes that all have, then rows and columns.
    """
    left, right, out = words
    stack = [letter for letter in out if letter in left and letter in right]
    rows = [letter for letter in out if letter not in right]
    columns = [letter for letter in out if letter not in left]
    inner = [letter for letter in left if letter not in out]
    if not len(rows) == len(columns) == len(inner) == 1:
        return None
    orders = zip(words, ((rows, inner), (inner, columns), (rows, columns)), strict=True)
    return [tuple(word.index(letter) for letter in (*stack, *first, *second))
            for word, (first, second) in orders]


def subscripts(run: Emitter, node: Node) -> str:
    """The letters of a contraction's axes."""
    *words, out = node.detail
    parts = [run.layout.letters(letters, run.node(o).batched)
             for letters, o in zip(words, node.operands, strict=True)]
    return f"\"{','.join(parts)}->{run.layout.letters(out, True)}\""


def nothing(run: Emitter, number: int, node: Node) -> None:
    """An argument is there."""


_BY_FAMILY: dict[Family, Writer] = {
    Family.ELEMENTWISE: elementwise, Family.COMPARISON: elementwise, Family.LOGIC: elementwise,
    Family.REDUCTION: reduce}
WRITERS: dict[Op, Writer] = {
    **{op: _BY_FAMILY[op.family] for op in Op if op.family in _BY_FAMILY}, **LABEL_WRITERS,
    **MATRIX_WRITERS,
    Op.INPUT: nothing,
    Op.SIZE: lambda run, number, node: run.define(number, run.values.dim(node.detail[0]), True),
    Op.IOTA: lambda run, number, node: run.define(
        number, run.layout.arange(run.values.dim(node.dims[0]), 0, 1), True),
    Op.SCALE: scale, Op.SPREAD: spread, Op.BELOW_MAX: below_max, Op.CONTRACT: contract,
    Op.LIMIT_CONTRACT: limit_contract,
}
