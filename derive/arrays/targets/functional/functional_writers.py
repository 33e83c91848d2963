"""The writers of operations for libraries of arrays: what both share, given a table of calls."""

from __future__ import annotations

import math
import re
from typing import Any

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node
from derive.arrays.targets.functional.array_dialect import Writer, dot
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import (
    ATOM,
    BOTH,
    COMPARISON,
    EITHER,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Text,
    infix,
    levelled,
)
from derive.arrays.targets.functional.place_writers import (
    full_text,
    is_constant,
    pick,
    put,
    without,
)
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

SIGNS: dict[Op, tuple[str, int]] = {
    Op.ADD: ("+", SUM), Op.SUBTRACT: ("-", SUM), Op.MULTIPLY: ("*", PRODUCT),
    Op.DIVIDE: ("/", PRODUCT), Op.LESS: ("<", COMPARISON), Op.LESS_EQUAL: ("<=", COMPARISON),
    Op.EQUAL: ("==", COMPARISON), Op.NOT_EQUAL: ("!=", COMPARISON), Op.AND: ("&", BOTH),
    Op.OR: ("|", EITHER)}
IN_PLACE = {Op.ADD: "add_", Op.SUBTRACT: "sub_", Op.MULTIPLY: "mul_", Op.DIVIDE: "div_"}
MATH = frozenset(vars(math))


def arithmetic(run: FunctionBody, number: int, node: Node) -> Text:
    """A sign between two operands; where one of them may be written over, in its place."""
    read = run.operand if node.kind in "is" else run.real
    if run.dialect.squared(node):
        return squared(run, node, read(node.operands[0]))
    left, right = (read(o) for o in node.operands)
    method = IN_PLACE.get(node.op)
    if method and run.free(node.operands[0], node):
        return run.made(node, f"{left.within(ATOM)}.{method}({right.code})")
    if method and node.op in (Op.ADD, Op.MULTIPLY) and run.free(node.operands[1], node):
        return run.made(node, f"{right.within(ATOM)}.{method}({left.code})")
    text = infix(*SIGNS[node.op], left, right)
    return run.made(node, text.code, text.level)


def squared(run: FunctionBody, node: Node, text: Text) -> Text:
    """The square of a value."""
    return run.made(node, run.dialect.calls[Op.POWER].format(text.within(ATOM), 2), POWER)


def compared(run: FunctionBody, number: int, node: Node) -> Text:
    """A comparison, or conditions put together."""
    left, right = (run.operand(o) for o in node.operands)
    return infix(*SIGNS[node.op], left, right)


def turned(run: FunctionBody, number: int, node: Node) -> Text:
    """Minus a value, or the contrary of a condition."""
    text = run.operand(node.operands[0])
    if node.op is Op.NOT:
        return Text(f"~{text.within(ATOM)}", UNARY)
    if run.free(node.operands[0], node):
        return run.made(node, f"{text.within(ATOM)}.neg_()")
    if text.level == PRODUCT and run.dialect.short:  # minus its first factor, times the others
        return run.made(node, f"-{text.code}", PRODUCT)
    return run.made(node, f"-{text.within(POWER)}", UNARY)


def power(run: FunctionBody, number: int, node: Node) -> Text:
    """A power."""
    base, exponent = (run.real(o) for o in node.operands)
    code = run.dialect.calls[Op.POWER].format(base.within(ATOM), exponent.within(UNARY))
    return run.made(node, code, POWER)


def function(run: FunctionBody, number: int, node: Node) -> Text:
    """A function of numbers: one of the library's, or one that is printed into the module."""
    name = node.detail[0] if node.op is Op.FUNCTION else "sqrt"
    if node.kind == "s" and not run.dialect.of_numbers:
        return _of_sizes(run, name, node)
    if name in ("max", "min") and run.dialect.in_place:
        return _extreme(run, name, node)
    return _applied(run, node, run.dialect.functions(name))


def _applied(run: FunctionBody, node: Node, template: str) -> Text:
    """A function of the library, or a template of its operands."""
    operands = [run.real(o) for o in node.operands]
    if "{" in template:
        code = _ARGUMENT.sub(lambda m: operands[int(m.group(1))].code, template)
        text = levelled(code.format(*(t.within(ATOM) for t in operands)))
        return run.made(node, text.code, text.level)
    library, _, method = template.partition(".")
    if run.dialect.in_place and library == "torch" and len(operands) == 1 and \
            method.isidentifier() and run.free(node.operands[0], node):
        return run.made(node, f"{operands[0].within(ATOM)}.{method}_()")
    return run.made(node, f"{template}({', '.join(t.code for t in operands)})")


_ARGUMENT = re.compile(r"(?:(?<=\()|(?<=, ))\{(\d)\}(?=[),])")  # it stands alone in a call


def _of_sizes(run: FunctionBody, name: str, node: Node) -> Text:
    """A function of one number for the whole call, by Python itself."""
    operands = ", ".join(run.operand(o).code for o in node.operands)
    if name in ("abs", "max", "min"):
        return Text(f"{name}({operands})")
    names = (name, *standard_functions()[name].aliases)
    known = next((n for n in names if n in MATH), None)
    if known is None and run.dialect.short:
        return _applied(run, node, run.dialect.functions(name))
    if known is None:
        raise KernelError(f"{name} of numbers that no argument holds is not written for "
                          f"{run.dialect.name}")
    return Text(f"math.{known}({operands})")


def _extreme(run: FunctionBody, name: str, node: Node) -> Text:
    """The larger or smaller of two numbers; beside a constant, by a clamp."""
    constants = [o for o in node.operands if o.number or run.node(o).kind == "s"]
    if not constants:
        operands = [run.real(o).code for o in node.operands]
        return run.made(node, f"{run.dialect.functions(name)}({', '.join(operands)})")
    other = next(o for o in node.operands if o is not constants[0])
    over = "_" if run.free(other, node) else ""
    return run.made(node, f"{run.real(other).within(ATOM)}.clamp{over}("
                          f"{name.translate(_OTHER)}={run.operand(constants[0]).code})")


_OTHER = str.maketrans({"a": "i", "i": "a", "x": "n", "n": "x"})  # max is a clamp from below


def where(run: FunctionBody, number: int, node: Node) -> Text:
    """A case distinction."""
    test, then, other = node.operands
    condition = run.program.node(test)
    if not condition.batched and not condition.dims:  # of numbers for the whole call
        return Text(f"({run.real(then).code} if {run.operand(test).code} else "
                    f"{run.real(other).code})")
    texts = [run.operand(test).code, run.real(then).code, run.real(other).code]
    if is_constant(run, then) and is_constant(run, other):
        texts[1] = run.dialect.calls[Op.SPREAD].format(texts[1], run.first[0])
    return run.made(node, run.dialect.calls[Op.WHERE].format(*texts))


def called(run: FunctionBody, number: int, node: Node) -> Text:
    """An operation that the table has as a call of its operands."""
    if node.op is Op.LIMIT_MULTIPLY and run.linear(node):
        return arithmetic(run, number, node)
    operands = [run.real(o).code for o in node.operands]
    op = Op.LIMIT_MULTIPLY if node.op is Op.LIMIT_CONTRACT else node.op  # the products of it
    code = run.dialect.calls[op].format(*operands)
    if run.over and node.op is Op.DIFFERENCE:
        code = code.replace("difference(", "difference_(", 1)
    return run.made(node, code)


def scale(run: FunctionBody, number: int, node: Node) -> Text:
    """There is no weight here."""
    return run.real(node.operands[0])


def spread(run: FunctionBody, number: int, node: Node) -> Text:
    """A value with all axes."""
    operand = node.operands[0]
    shape = run.shape(node.dims) if node.batched else f"({', '.join(map(run.size, node.dims))},)"
    if is_constant(run, operand) and node.batched and (like := run.like(node.dims)):
        call, value = run.dialect.calls[Op.SPREAD], run.operand(operand).code
        stem = {"0": "zeros", "1": "ones"}.get(value)
        return Text(f"{call.partition('.')[0]}.{stem}_like({like})" if stem else
                    call.format(value, like))
    if is_constant(run, operand):
        return Text(run.dialect.full.format(shape, run.operand(operand).code, run.first[0]))
    return Text(f"{run.dialect.broadcast}({run.real(operand).code}, {shape})")


def reduced(run: FunctionBody, number: int, node: Node) -> Text:
    """A reduction over an axis; a place that is left out gets the neutral number."""
    vector = node.operands[0]
    rank = len(run.node(vector).dims)
    axis = node.detail[0] - rank
    text = run.read(vector.source)
    if len(node.operands) > 1:
        text = without(run, node, text, axis)
    made = summed(run, node.op, text, axis)
    return run.made(node, made.code, made.level)


def summed(run: FunctionBody, op: Op, text: Text, axis: int) -> Text:
    """A reduction of an array."""
    call = run.dialect.calls[op]
    return Text(call.format(text.within(ATOM) if call.startswith("{0}") else text.code, axis))


def contract(run: FunctionBody, number: int, node: Node) -> Text:
    """A sum of products."""
    *words, out = node.detail
    limits = node.op is Op.LIMIT_CONTRACT and not run.linear(node)
    if dot(node) and limits:
        product = run.dialect.writers[Op.LIMIT_MULTIPLY](run, number, node)
        return run.made(node, summed(run, Op.SUM, product, -1).code)
    texts = [run.read(o.source) for o in node.operands]
    if dot(node):
        product = squared(run, node, texts[0]) if run.dialect.squared(node) else \
            infix("*", PRODUCT, *texts)
        return run.made(node, summed(run, Op.SUM, product, -1).code)
    run.needs.add("autocast")
    letters = ",".join(f"...{word}" for word in words) + f"->...{out}"
    call = run.dialect.calls[node.op if limits else Op.CONTRACT]
    return run.made(node, call.format(f'"{letters}"', *(t.code for t in texts)))


def iota(run: FunctionBody, number: int, node: Node) -> Text:
    """0, 1, … along an axis."""
    return Text(run.dialect.calls[Op.IOTA].format(run.size(node.dims[0]), run.first[0]))


def size(run: FunctionBody, number: int, node: Node) -> Text:
    """The length of a dimension."""
    return Text(run.size(node.detail[0]))


def library_call(run: FunctionBody, number: int, node: Node) -> Text:
    """A function that is printed into the module: of the operands, and what else it needs."""
    name = node.op.label.replace(" ", "_")
    operands = [(full_text(run, o, node) if node.op is Op.PUT_DIAGONAL and n == 0
                 else run.real(o)).code for n, o in enumerate(node.operands)]
    rank = len(run.node(node.operands[0]).dims) if node.op is Op.DIAGONAL else len(node.dims)
    ends = [repr(a - rank) for a in node.detail]
    return run.made(node, f"{name}({', '.join([*operands, *ends])})")


def linear(run: FunctionBody, number: int, node: Node) -> Text:
    """A function of matrices, which the library has."""
    *form, stack, _ = node.detail
    operands = [run.real(o) for o in node.operands]
    run.needs.add("autocast")
    name = "_".join([*(f for f in form if f != "general"), node.op.label.replace(" ", "_")])
    columns = [str(len(node.dims) - stack - 1)] if node.op is Op.SOLVE else []
    return run.made(node, f"{name}({', '.join([*(t.code for t in operands), *columns])})")


def missing(run: FunctionBody, number: int, node: Node) -> Text:
    """Of recurrent programs alone."""
    raise KernelError(f"{node.op.label} is not written for {run.dialect.name}")


_BY_FAMILY: dict[Family, Writer] = {
    Family.COMPARISON: compared, Family.LOGIC: compared, Family.REDUCTION: reduced,
    Family.LINEAR: linear}
WRITERS: dict[Op, Writer] = {
    **{op: _BY_FAMILY.get(op.family, missing) for op in Op},
    **dict.fromkeys(IN_PLACE, arithmetic), Op.NOT: turned, Op.NEGATIVE: turned,
    Op.POWER: power, Op.FUNCTION: function, Op.SQRT: function, Op.DIFFERENCE: called,
    Op.LIMIT_MULTIPLY: called, Op.LIMIT_CONTRACT: contract,
    Op.BELOW_MAX: arithmetic, Op.WHERE: where, Op.SCALE: scale, Op.SPREAD: spread,
    Op.PICK: pick, Op.PUT: put, Op.CONTRACT: contract, Op.IOTA: iota, Op.SIZE: size,
    Op.DIAGONAL: library_call, Op.PUT_DIAGONAL: library_call,
}
SIGNS[Op.BELOW_MAX] = SIGNS[Op.DIFFERENCE] = SIGNS[Op.SUBTRACT]
SIGNS[Op.LIMIT_MULTIPLY] = SIGNS[Op.MULTIPLY]


def function_of_key(key: str, library: str) -> Any:
    """How a library writes the functions of the table, by the key of their entries."""
    def text(name: str) -> str:
        code = str(getattr(standard_functions()[name], key))
        if not code:
            raise KernelError(f"the function {name} has no code for {library}; give its entry a "
                              "'definition'")
        return code

    return text
