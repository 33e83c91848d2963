"""The text of each operation in short code."""

from __future__ import annotations

import ast
import itertools
import re

from sympy import Integer

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.inline.dialects import (
    ATOM,
    INFIX,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    TEST,
)
from derive.arrays.targets.inline.short_statements import Statements, Text, Writer
from derive.errors import KernelError


def _infix(run: Statements, node: Node) -> Text:
    sign, level = INFIX[node.op]
    left, right = node.operands[:2]
    if node.op is Op.MULTIPLY and left == right and not left.number:
        return Text(f"{run.operand(left).inside(ATOM)}**2", POWER)
    first = run.operand(left).inside(ATOM if level == POWER else level)
    second = run.operand(right).inside(SIGN if level == POWER else level + 1)
    return Text(f"{first}{sign}{second}" if level == POWER else f"{first} {sign} {second}", level)


def _levelled(text: str) -> Text:
    """A text with the level of its outermost operator; brackets around all of it go."""
    if text.startswith("(") and text.endswith(")") and _balanced(text[1:-1]):
        text = text[1:-1]
    outer = ast.parse(text, mode="eval").body
    if isinstance(outer, ast.BinOp):
        return Text(text, _LEVELS.get(type(outer.op), TEST))
    return Text(text, ATOM if isinstance(outer, (ast.Call, ast.Name, ast.Constant)) else TEST)


def _balanced(text: str) -> bool:
    """Whether brackets close only what they open."""
    depths = list(itertools.accumulate((c == "(") - (c == ")") for c in text))
    return min(depths, default=0) >= 0


_LEVELS: dict[type[ast.operator], int] = {
    ast.Add: SUM, ast.Sub: SUM, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.Pow: POWER}


def _negative(run: Statements, node: Node) -> Text:
    """Minus a product is minus its first factor, times the others."""
    text = run.operand(node.operands[0])
    return Text(f"-{text.inside(PRODUCT)}", PRODUCT if text.level == PRODUCT else SIGN)


def _not(run: Statements, node: Node) -> Text:
    return Text(f"~{run.operand(node.operands[0]).inside(ATOM)}", SIGN)


def _function(run: Statements, node: Node) -> Text:
    function = run.dialect.function(node.detail[0], node.kind == "s")
    operands = [run.operand(o) for o in node.operands]
    if "{" in function:
        named = [o if function.count(f"{{{n}}}") == 1 or o.text.isidentifier()
                 else run.assign(("argument", o.text), o, "u") for n, o in enumerate(operands)]
        alone = re.sub(r"(?<=[(,] )\{(\d)\}(?=[),])|(?<=\()\{(\d)\}(?=[),])",  # arguments of a call
                       lambda m: named[int(m.group(1) or m.group(2))].text, function)
        return _levelled(alone.format(*(o.inside(ATOM) for o in named)))
    return Text(f"{function}({', '.join(o.text for o in operands)})")


def _call(name: str) -> Writer:
    return lambda run, node: Text(
        f"{run.dialect.module(node.kind == 's')}.{name}("
        f"{', '.join(run.operand(o).text for o in node.operands)})")


def _float(run: Statements, operand: Operand) -> Text:
    """An operand; an integer as a float."""
    text = run.operand(operand)
    return Text(f"{text.text}.0", text.level) if operand.number and \
        isinstance(operand.source, Integer) else text


def _where(run: Statements, node: Node) -> Text:
    """A choice by a condition; numbers in it are floats, or integers alone would make integers."""
    texts = [_float(run, o).text for o in node.operands]
    return Text(f"{run.dialect.prefix}.where({', '.join(texts)})")


def _axis(inner: Node, place: int) -> int:
    """An axis, counted from the last."""
    return place - len(inner.dims)


def _reduce(run: Statements, node: Node) -> Text:
    source, place = node.operands[0], node.detail[0]
    inner, text = run.program.node(source), run.text(source.source).text
    if len(node.operands) > 1:
        text = run.dialect.words(f"np.where({run.places(place, inner, node.operands[1])}, "
                                 f"{run.dialect.number(node.op.neutral)[0]}, {text})")
    return Text(f"{run.dialect.reduction(node.op)}({text}, axis={_axis(inner, place)})")


def _pick(run: Statements, node: Node) -> Text:
    vector, label = node.operands
    axis, shifted, _ = node.detail
    inner, text = run.program.node(vector), run.text(vector.source).inside(ATOM)
    if label.number and not shifted:
        slots = [":"] * len(inner.dims)
        slots[axis] = str(int(label.source))
        return Text(f"{text}[{', '.join((['...'] if run.vary[vector.source] else []) + slots)}]")
    if shifted or len(inner.dims) != 1 or label.axes:
        raise KernelError("short code reads labels along the only axis of a vector; `derive "
                          "kernel` writes a module for NumPy that does more")
    at = run.operand(label)
    if not run.vary[vector.source]:
        return Text(f"{text}[{at.text}]")
    along = run.dialect.words("np.take_along_axis")
    return Text(f"{along}({text}, {at.inside(ATOM)}[..., None], axis=-1)[..., 0]")


def _put(run: Statements, node: Node) -> Text:
    base, label, amount = node.operands
    axis, = node.detail
    places = run.places(axis, node, label)
    value, rest = (_float(run, o) for o in (amount, base))
    if not amount.number:
        behind = [":" if n != axis else "None" for n in range(len(node.dims))]
        mark = ["..."] if run.vary[amount.source] else []
        value = Text(f"{value.inside(ATOM)}[{', '.join([*mark, *behind])}]")
    return Text(f"{run.dialect.prefix}.where({places}, {value.text}, {rest.text})")


def _put_diagonal(run: Statements, node: Node) -> Text:
    base, amount = node.operands
    if len(node.dims) != 2:
        raise KernelError("short code sets diagonals of matrices alone")
    eye = f"{run.dialect.prefix}.eye({run.size(node.dims[0])}, dtype=bool)"
    value, rest = (_float(run, o) for o in (amount, base))
    if not amount.number and (run.vary[amount.source] or run.program.node(amount).dims):
        value = Text(f"{value.inside(ATOM)}[..., None]")
    return Text(f"{run.dialect.prefix}.where({eye}, {value.text}, {rest.text})")


def _diagonal(run: Statements, node: Node) -> Text:
    source, = node.operands
    if len(run.program.node(source).dims) != 2:
        raise KernelError("short code reads diagonals of matrices alone")
    return Text(f"{run.dialect.prefix}.diagonal({run.text(source.source).text}, 0, -2, -1)")


def _contract(run: Statements, node: Node) -> Text:
    *words, out = node.detail
    parts = [("..." if run.vary[o.source] else "") + letters
             for letters, o in zip(words, node.operands, strict=True)]
    texts = ", ".join(run.text(o.source).text for o in node.operands)
    return Text(f"{run.dialect.prefix}.einsum(\"{','.join(parts)}->...{out}\", {texts})")


def _spread(run: Statements, node: Node) -> Text:
    """A value for each example: ones of an argument with all of the axes give the shape."""
    source, = node.operands
    if not source.number and run.program.node(source).dims == node.dims and \
            run.vary[source.source]:
        return run.operand(source)
    return Text(f"{run.operand(source).inside(PRODUCT)} * {run.ones(node)}", PRODUCT)


WRITERS: dict[Op, Writer] = {
    **dict.fromkeys(INFIX, _infix), Op.NEGATIVE: _negative, Op.NOT: _not,
    **{op: _reduce for op in Op if op.family is Family.REDUCTION},
    Op.INPUT: lambda run, node: Text(run.names[node.detail[0]]),
    Op.SIZE: lambda run, node: Text(run.size(node.detail[0])),
    Op.IOTA: lambda run, node: Text(f"{run.dialect.prefix}.arange({run.size(node.dims[0])})"),
    Op.SQRT: _call("sqrt"), Op.WHERE: _where, Op.FUNCTION: _function,
    Op.PICK: _pick, Op.PUT: _put, Op.PUT_DIAGONAL: _put_diagonal, Op.DIAGONAL: _diagonal,
    Op.CONTRACT: _contract, Op.LIMIT_CONTRACT: _contract, Op.SPREAD: _spread,
}
