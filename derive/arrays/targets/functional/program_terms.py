"""What the values of a program are, in words and signs of the formula: names and remarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import Rational

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand, Program

LONGEST = 56
_SIGNS = {Op.ADD: "+", Op.SUBTRACT: "-", Op.MULTIPLY: "*", Op.DIVIDE: "/", Op.POWER: "**",
          Op.DIFFERENCE: "-", Op.BELOW_MAX: "-", Op.LIMIT_MULTIPLY: "*",
          Op.LESS: "<", Op.LESS_EQUAL: "<=",
          Op.EQUAL: "==", Op.NOT_EQUAL: "!=", Op.AND: "and", Op.OR: "or"}
_STRENGTH = {"**": 4, "*": 3, "/": 3, "+": 2, "-": 2}
_NAMES = {Op.ADD: "total", Op.SUBTRACT: "gap", Op.MULTIPLY: "product", Op.DIVIDE: "ratio",
          Op.NEGATIVE: "minus", Op.SQRT: "root", Op.POWER: "power", Op.DIFFERENCE: "margin",
          Op.BELOW_MAX: "below", Op.WHERE: "case", Op.SUM: "total", Op.PRODUCT: "product",
          Op.MAX: "top", Op.MIN: "least", Op.ARGMAX: "first", Op.PICK: "at", Op.PUT: "row",
          Op.LIMIT_MULTIPLY: "product", Op.CONTRACT: "dot", Op.LIMIT_CONTRACT: "dot",
          Op.SPREAD: "filled", Op.LOG_DETERMINANT: "logdet"}

_OF_FUNCTIONS = {"exp": "exponential", "log": "logarithm", "abs": "size", "max": "larger",
                 "min": "smaller"}


class Terms:
    """The term that each value computes, written with the names of values that have one."""

    def __init__(self, program: Program, names: Mapping[str, str]) -> None:
        self.program, self.names = program, names
        self.known: dict[int, tuple[str, int]] = {}  # a text, and how strongly it binds

    def name(self, number: int) -> str:
        """The stem of a name for a value."""
        node = self.program.nodes[number]
        if node.op is Op.FUNCTION:
            return _OF_FUNCTIONS.get(node.detail[0], f"{node.detail[0].lower()}_value")
        if node.op is Op.PICK and not node.operands[1].number:
            vector, label = (self.program.node(o) for o in node.operands)
            if vector.op is Op.INPUT and label.op is Op.INPUT:
                return f"{self.names[vector.detail[0]]}_{self.names[label.detail[0]]}"
        if node.op.family is Family.COMPARISON or node.op.family is Family.LOGIC:
            return "where"
        return _NAMES.get(node.op, node.op.label.replace(" ", "_"))

    def named(self, number: int, name: str) -> str:
        """The term of a value; from now on a long one is called by its name."""
        text, _ = self.term(number)
        if len(text) > LONGEST // 2:
            self.known[number] = name, 9
        return text

    def term(self, number: int) -> tuple[str, int]:
        """The term of a value, and how strongly it binds."""
        if number not in self.known:
            node = self.program.nodes[number]
            self.known[number] = _WRITERS.get(node.op, _called)(self, node)
        return self.known[number]

    def of(self, operand: Operand, strength: int = 0) -> str:
        """An operand's term, in brackets where it binds less strongly."""
        if operand.number:
            value = operand.source
            text = str(value) if not isinstance(value, float) else ("-" * (value < 0) + "oo")
            own = 9 if text.isalnum() else 1 if isinstance(value, Rational) else 2
        else:
            text, own = self.term(operand.source)
        return text if own >= strength else f"({text})"


Term = tuple[str, int]


def _input(run: Terms, node: Node) -> Term:
    letters = ", ".join("ijklmn"[n] for n in range(len(node.dims)))
    name = run.names.get(node.detail[0], node.detail[0])
    return (f"{name}[{letters}]" if letters else name), 9


def _infix(run: Terms, node: Node) -> Term:
    sign = _SIGNS[node.op]
    strength = _STRENGTH.get(sign, 1)
    left, right = node.operands
    if node.op is Op.MULTIPLY and left == right:
        return f"{run.of(left, 9)}**2", _STRENGTH["**"]
    return f"{run.of(left, strength)} {sign} {run.of(right, strength + 1)}", strength


def _below(run: Terms, node: Node) -> Term:
    return f"{run.of(node.operands[0], 2)} - {run.of(node.operands[1], 3)}", 2


def _called(run: Terms, node: Node) -> Term:
    name = node.detail[0] if node.op is Op.FUNCTION else node.op.label.replace(" ", "_")
    return f"{name}({', '.join(run.of(o) for o in node.operands)})", 9


def _reduced(run: Terms, node: Node) -> Term:
    label = f" but at {run.of(node.operands[1])}" if len(node.operands) > 1 else ""
    return f"{node.op.label}({run.of(node.operands[0])}{label})", 9


def _where(run: Terms, node: Node) -> Term:
    test, then, other = map(run.of, node.operands)
    return f"{then} if {test} else {other}", 0


def _pick(run: Terms, node: Node) -> Term:
    vector, label = node.operands
    inner = run.program.node(vector)
    if inner.op is Op.INPUT and len(inner.dims) == 1:
        return f"{run.names.get(inner.detail[0], inner.detail[0])}[{run.of(label)}]", 9
    return f"({run.of(vector)})[{run.of(label)}]", 9


def _put(run: Terms, node: Node) -> Term:
    base, label, amount = node.operands
    return f"{run.of(amount)} at {run.of(label)}, {run.of(base)} elsewhere", 0


def _contract(run: Terms, node: Node) -> Term:
    left, right = node.operands
    return f"sum({run.of(left, 3)} * {run.of(right, 4)})", 9


def _size(run: Terms, node: Node) -> Term:
    return str(node.detail[0]), 9


_WRITERS: dict[Op, Callable[[Terms, Node], Term]] = {
    **dict.fromkeys(_SIGNS, _infix), Op.INPUT: _input, Op.BELOW_MAX: _below, Op.SIZE: _size,
    Op.NEGATIVE: lambda run, node: (f"-{run.of(node.operands[0], 3)}", 2),
    Op.NOT: lambda run, node: (f"not {run.of(node.operands[0], 9)}", 1),
    Op.WHERE: _where, Op.PICK: _pick, Op.PUT: _put, Op.CONTRACT: _contract,
    Op.LIMIT_CONTRACT: _contract,
    Op.SCALE: lambda run, node: (run.of(node.operands[0]), 0),
    Op.SPREAD: lambda run, node: (run.of(node.operands[0]), 0),
    **dict.fromkeys((Op.SUM, Op.PRODUCT, Op.MAX, Op.MIN, Op.ARGMAX, Op.MEDIAN), _reduced),
}
