"""The tables of SciPy and of Keras, for files in which a person reads the loss beside a library.

Labels are read along the only axis of a vector, places chosen by conditions: all in expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.arrays.operations import BY_ELEMENT, Family, Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.functional import place_writers
from derive.arrays.targets.functional.array_dialect import Dialect, Writer
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import ATOM, COMPARISON, Text, widened
from derive.arrays.targets.functional.functional_writers import (
    WRITERS,
    arithmetic,
    called,
    reduced,
    spread,
    summed,
)
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

_FAMILIES = (*BY_ELEMENT, Family.SOURCE, Family.CONTRACTION)


def functions_of(key: str, library: str, prefix: str) -> Callable[[str], str]:
    """How a library writes a function: as its own entry says, else as NumPy's."""
    def text(name: str) -> str:
        record = standard_functions()[name]
        own: str = getattr(record, key)
        if not own and (record.numpy.startswith("np.") or "{" in record.numpy):
            own = record.numpy.replace("np.", f"{prefix}.")
        if not own:
            raise KernelError(f"{library} has no {name}, which this loss needs; "
                              "`derive kernel` writes a module for NumPy that has")
        return own

    return text


def places(run: FunctionBody, node: Node, axis: int, label: Operand) -> Text:
    """A condition along an axis of a value: whether a place is that of the label."""
    behind = len(node.dims) - 1 - axis
    where = run.dialect.calls[Op.IOTA].format(run.size(node.dims[axis]))
    if behind:
        where += f"[{', '.join([':', *['None'] * behind])}]"
    at = run.operand(label)
    if not label.number:
        slots = (*range(len(label.axes)), *[None] * (behind + 1)) if not behind else ()
        mark = "..., " if run.node(label).batched else ""
        at = Text(at.within(ATOM) + (widened(slots, True, run.dialect.last) if mark and slots else
                                     f"[{mark}{', '.join(['None'] * (behind + 1))}]"))
    key = ("places", label.source, node.dims[axis], behind)
    return run.keep(key, Text(f"{where} == {at.code}", COMPARISON), "at_label")


def chosen(run: FunctionBody, test: str, then: Text, other: Text) -> Text:
    """A choice by a condition; numbers in it are floats, or integers alone would make integers."""
    texts = [f"{t.code}.0" if t.code.lstrip("-").isdecimal() else t.code for t in (then, other)]
    return Text(run.dialect.calls[Op.WHERE].format(test, *texts))


def where(run: FunctionBody, number: int, node: Node) -> Text:
    """A case distinction."""
    test, then, other = map(run.operand, node.operands)
    return chosen(run, test.code, then, other)


def put(run: FunctionBody, number: int, node: Node) -> Text:
    """An array with other elements at a label: a choice by place."""
    base, label, amount = node.operands
    axis, = node.detail
    value = _along(run, amount, len(node.dims), axis)
    return chosen(run, places(run, node, axis, label).code, value, run.operand(base))


def _along(run: FunctionBody, operand: Operand, rank: int, axis: int) -> Text:
    """A value for each place of the other axes, beside an array with all of them."""
    text = run.operand(operand)
    if place_writers.is_constant(run, operand):
        return text
    slots = tuple(None if n == axis else n for n in range(rank))
    return Text(text.within(ATOM) + widened(slots, run.node(operand).batched, run.dialect.last))


def put_diagonal(run: FunctionBody, number: int, node: Node) -> Text:
    """A matrix with another diagonal."""
    base, amount = node.operands
    if len(node.dims) != 2:
        raise KernelError("short code sets diagonals of matrices alone")
    eye = run.dialect.calls[Op.PUT_DIAGONAL].format(run.size(node.dims[0]))
    return chosen(run, eye, _along(run, amount, 2, node.detail[0]), run.operand(base))


def diagonal(run: FunctionBody, number: int, node: Node) -> Text:
    """The diagonal of a matrix."""
    source, = node.operands
    if len(run.node(source).dims) != 2:
        raise KernelError("short code reads diagonals of matrices alone")
    return Text(run.dialect.calls[Op.DIAGONAL].format(run.read(source.source).code))


def reduction(run: FunctionBody, number: int, node: Node) -> Text:
    """A reduction over an axis; a place that is left out has the neutral number."""
    if len(node.operands) == 1:
        return reduced(run, number, node)
    vector, label = node.operands
    inner, axis = run.node(vector), node.detail[0]
    text = chosen(run, places(run, inner, axis, label).code, Text(run.neutral(node)),
                  run.read(vector.source))
    return summed(run, node.op, text, axis - len(inner.dims))


def pick(run: FunctionBody, number: int, node: Node) -> Text:
    """The elements at a label."""
    vector, label = node.operands
    inner, shifted = run.node(vector), node.detail[1]
    simple = len(inner.dims) == 1 and not label.axes and not label.number
    if shifted or not (node.view or (simple and run.node(label).batched)):
        raise KernelError("short code reads labels along the only axis of a vector; `derive "
                          "kernel` writes a module for NumPy that does more")
    if node.view or inner.batched:
        return place_writers.pick(run, number, node)
    return Text(f"{run.read(vector.source).within(ATOM)}[{run.operand(label).code}]")


def full(run: FunctionBody, number: int, node: Node) -> Text:
    """A value with all axes: as it stands where it has them."""
    operand, = node.operands
    source = None if operand.number else run.node(operand)
    if source is not None and source.batched and source.dims == node.dims and source.kind == "f":
        return run.operand(operand)
    return spread(run, number, node)


def loose(dialect: Dialect) -> Dialect:
    """A dialect in which a number for each example may be one for all of them."""
    def as_it_is(run: FunctionBody, number: int, node: Node) -> Text:
        return full(run, number, node) if node.dims else run.operand(node.operands[0])

    return replace(dialect, writers={**dialect.writers, Op.SPREAD: as_it_is})


def limit_product(run: FunctionBody, number: int, node: Node) -> Text:
    """A product that is 0 where a weight is, whatever the other: SciPy has that of logarithms."""
    weight, other = node.operands
    inner, text = run.node(other), run.operand(other)
    function, _, argument = text.code.partition("(")
    if inner.op is Op.FUNCTION and function in _OF_LOGARITHMS and argument.endswith(")"):
        return Text(f"{_OF_LOGARITHMS[function]}({run.operand(weight).code}, {argument}")
    return called(run, number, node)


_OF_LOGARITHMS = {"np.log": "special.xlogy", "np.log1p": "special.xlog1py"}


def missing(run: FunctionBody, number: int, node: Node) -> Text:
    """What no person writes in a few lines."""
    raise KernelError(f"short code has no operation '{node.op.label}', which this loss needs; "
                      "`derive kernel` writes a module for NumPy that has")


_SHORT: dict[Op, Writer] = {
    op: writer if op.family in _FAMILIES else missing for op, writer in WRITERS.items()} | {
    op: reduction for op in Op if op.family is Family.REDUCTION} | {
    Op.DIFFERENCE: arithmetic, Op.WHERE: where, Op.PUT: put, Op.PUT_DIAGONAL: put_diagonal,
    Op.DIAGONAL: diagonal, Op.PICK: pick, Op.SPREAD: full}
_ALIKE: dict[Op, str] = {
    Op.POWER: "{{0}}**{{1}}", Op.LIMIT_MULTIPLY: "limit_times({{0}}, {{1}})",
    Op.LIMIT_CONTRACT: "limit_total({{0}}, {{1}}, {{2}})",
    Op.WHERE: "{0}.where({{0}}, {{1}}, {{2}})", Op.IOTA: "{0}.arange({{0}})",
    Op.SPREAD: "{0}.full_like({{1}}, {{0}})", Op.CONTRACT: "{0}.einsum({{0}}, {{1}}, {{2}})",
    Op.DIAGONAL: "{0}.diagonal({{0}}, 0, -2, -1)"}


def _calls(prefix: str, reduced: str, own: dict[Op, str]) -> dict[Op, str]:
    """The calls of a library: those that are alike, reductions, its own."""
    reductions = {op: reduced.format(op=name) for op, name in (
        (Op.SUM, "sum"), (Op.PRODUCT, "prod"), (Op.MAX, "max"), (Op.MIN, "min"),
        (Op.ARGMAX, "argmax"))}
    return {op: code.format(prefix) for op, code in _ALIKE.items()} | reductions | own


SCIPY = Dialect(
    "SciPy", "Array", _calls("np", "{{0}}.{op}(axis={{1}})", {
        Op.PICK: "{0}[np.arange(len({0})), {1}]", Op.MEDIAN: "np.median({0}, axis={1})",
        Op.PUT_DIAGONAL: "np.eye({0}, dtype=bool)"}),
    {**_SHORT, Op.LIMIT_MULTIPLY: limit_product}, functions_of("scipy", "SciPy", "np"), False,
    "np.inf", "np.moveaxis", "[:, None]", "{0}", "np.full({0}, {1}, float)", "np.broadcast_to",
    squares=True, short=True, key="scipy", of_numbers=True)
KERAS = Dialect(
    "Keras", "Any", _calls("ops", "ops.{op}({{0}}, axis={{1}})", {
        Op.PICK: "ops.take_along_axis({0}, {1}[..., None], axis=-1)[..., 0]",
        Op.MEDIAN: "ops.median({0}, axis={1})", Op.PUT_DIAGONAL: "ops.eye({0}, dtype=\"bool\")"}),
    _SHORT, functions_of("keras", "Keras", "ops"), False, "float(\"inf\")", "ops.moveaxis",
    "[..., None]", "{0}", "ops.full({0}, {1}, {2}.dtype)", "ops.broadcast_to",
    squares=True, shape="ops.shape({0})", short=True, key="keras")
