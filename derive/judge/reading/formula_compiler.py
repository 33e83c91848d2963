"""From Python's syntax tree of a formula to closures that compute it; the judge's own reading.

Whole arrays stay arrays here, computed entry by entry when they are asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import log10
from typing import Any

from derive.errors import KindError, NotationError
from derive.judge.reading.array_operations import (
    ARRAY,
    CONDITION,
    CONDITIONS,
    NUMBER,
    Call,
    Code,
    Letter,
    Names,
    Numbers,
    conditions,
    elementwise,
    kept,
    matmul,
    whole_number,
)
from derive.judge.reading.lazy_arrays import Array, Dim, Run

_MOST_DIGITS = 400
_TESTS = (CONDITION, CONDITIONS)
_CONSTANTS: dict[str, Call] = {"pi": lambda run: +run.ctx.pi,
                               "euler_gamma": lambda run: +run.ctx.euler}


class Compiler:
    """Compiles the syntax nodes of one formula, to closures over a number system.

    The `table` has what compiles each type of syntax nodes; other types are no notation.
    """

    def __init__(self, names: Names, numbers: Numbers, table: Table, source: str = "") -> None:
        self.names, self.numbers, self.table, self.source = names, numbers, table, source

    def within(self, names: Names) -> Compiler:
        """A compiler of a part of the same text, in which other names are known."""
        return Compiler(names, self.numbers, self.table, self.source)

    def parsed(self, text: str) -> Code:
        """The code of another text, such as one of the entry of a function."""
        self.source = text
        return self.code(ast.parse(text, mode="eval").body)

    def code(self, node: ast.AST) -> Code:
        """The code of a node. Raises NotationError for what is no part of the notation."""
        translate = self.table.get(type(node))
        if translate is None:
            kind = type(node).__name__.lower()
            raise NotationError(f"{ast.unparse(node)!r} is not read: {kind} is no part of the "
                                "notation")
        return translate(self, node)

    def number(self, node: ast.AST) -> Code:
        """The code of a scalar."""
        made = self.code(node)
        if made.kind != NUMBER:
            raise KindError(f"a number was expected, not the {made.kind} {ast.unparse(node)}")
        return made

    def condition(self, node: ast.AST) -> Code:
        """The code of a condition."""
        made = self.test(node)
        if made.kind != CONDITION:
            raise KindError(f"a single condition was expected, not {ast.unparse(node)}")
        return made

    def test(self, node: ast.AST) -> Code:
        """The code of a condition, or of a condition for each entry of an array."""
        made = self.code(node)
        if made.kind not in _TESTS:
            raise KindError(f"a condition was expected, not {ast.unparse(node)}")
        return made

    def quantity(self, node: ast.AST) -> Code:
        """The code of a number or of an array of numbers."""
        made = self.code(node)
        if made.kind in _TESTS:
            raise KindError("a number was expected, not a condition")
        return made

    # Leaves

    def on_constant(self, node: ast.Constant) -> Code:
        value = node.value
        if isinstance(value, bool):
            return Code(CONDITION, lambda run: value)
        if isinstance(value, int):
            self.names.numbers.add(Fraction(value))
            return Code(NUMBER, lambda run: value)
        if not isinstance(value, float):
            raise NotationError(f"{ast.unparse(node)!r} is not read: only numbers and names are")
        return self.rational(self.decimal(node))

    def decimal(self, node: ast.Constant) -> Fraction:
        """A decimal as it was written, not as a float."""
        text = ast.get_source_segment(self.source, node) or repr(node.value)
        text = text.replace("_", "")
        exponent = text.lower().partition("e")[2]
        if len(text) > _MOST_DIGITS or (exponent and abs(int(exponent)) > _MOST_DIGITS):
            raise NotationError(f"a number has at most {_MOST_DIGITS} digits")
        return Fraction(text)

    def rational(self, value: Fraction) -> Code:
        """The code of a constant fraction."""
        self.names.numbers.add(value)
        rational = self.numbers.rational
        return Code(NUMBER, kept(lambda run: rational(run, value), ()))

    def on_name(self, node: ast.Name) -> Code:
        name, names = node.id, self.names
        if name in names.letters:
            letter = names.letters[name]
            slot = letter.slot
            return Code(NUMBER, lambda run: run.env[slot], frozenset((slot,)), over=letter.over)
        if name in names.codes:
            return names.codes[name]
        if name in names.types:
            kind = names.types[name]
            what = ARRAY if kind.shape else NUMBER
            return Code(what, lambda run: run.named(name), shape=kind.shape, over=kind.over
                        if kind.domain in ("label", "index") else None)
        if name in names.dims:
            dim = names.dims[name]
            return Code(NUMBER, lambda run: run.point.size(dim))
        if name in _CONSTANTS:
            return Code(NUMBER, kept(_CONSTANTS[name], ()))
        if names.inferred:
            names.letters[name] = Letter()
            return self.on_name(node)
        raise NotationError(f"unknown name {name!r}")

    # Operations

    def on_binop(self, node: ast.BinOp) -> Code:
        chain = [node]  # a long sum is no deep one: its terms are read one after another
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        first = chain.pop()
        made = self.code(ast.Call(ast.Name("exp"), [first.right], [])) if self.of_euler(first) \
            else self.joined(first, self.quantity(first.left))
        for each in reversed(chain):
            made = self.joined(each, made)
        assert made is not None  # a chain has a link
        return made

    def joined(self, node: ast.BinOp, left: Code) -> Code:
        """The code of an operation whose left side has been read."""
        right = self.quantity(node.right)
        _check_readings(node, left, right)
        if isinstance(node.op, ast.MatMult):
            return matmul(left, right)
        operation = self.numbers.arithmetic.get(type(node.op))
        if operation is None:
            raise NotationError("this operator is no part of the notation")
        if isinstance(node.op, ast.Pow):
            self.note_power(node)
        inner, made = unshifted(node), elementwise(operation, left, right)
        if inner is node or made.kind != NUMBER:
            return made
        return replace(made, over=self.range_of(inner, left if inner is node.left else right))

    def of_euler(self, node: ast.BinOp) -> bool:
        """Whether this is a power of e, and no e is declared."""
        names = self.names
        return isinstance(node.op, ast.Pow) and getattr(node.left, "id", "") == "e" and not any(
            "e" in known for known in (names.letters, names.codes, names.types, names.dims))

    def note_power(self, node: ast.BinOp) -> None:
        """Notes the magnitude of a constant power such as 10**-60."""
        try:
            base, exponent = (Fraction(ast.unparse(n)) for n in (node.left, node.right))
        except ValueError:
            return
        if base:
            span = abs(log10(abs(base.numerator)) - log10(base.denominator)) * abs(exponent)
            self.names.spans.append(float(span) if span > 3 else 0.0)

    def on_unaryop(self, node: ast.UnaryOp) -> Code:
        if isinstance(node.op, ast.Not):
            return conditions(lambda run, holds: not holds, self.test(node.operand))
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise NotationError("this operator is no part of the notation")
        made = self.quantity(node.operand)
        return made if isinstance(node.op, ast.UAdd) else elementwise(lambda run, a: -a, made)

    def range_alike(self, first: ast.expr, second: ast.expr) -> None:
        """A letter without a range of its own has that of the index it is compared with."""
        for here, there in ((first, second), (second, first)):
            name = unshifted(here)
            letter = self.names.letters.get(name.id) if isinstance(name, ast.Name) else None
            if letter is not None and letter.over is None:
                letter.over = self.code(there).over
                letter.loose = letter.over is not None

    def range_of(self, node: ast.expr, made: Code) -> Dim | None:
        """What a shifted index ranges over; N in the last place N - 1 counts as one."""
        if isinstance(node, ast.Name) and node.id not in self.names.letters:
            return self.names.dims.get(node.id, made.over)
        return made.over

    # Subscripts

    def on_subscript(self, node: ast.Subscript) -> Code:
        array = self.code(node.value)
        slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if array.kind != ARRAY or len(slots) > len(array.shape):
            raise KindError(f"{ast.unparse(node.value)} does not take {len(slots)} subscripts")
        indices = [self.index(s, d) for s, d in zip(slots, array.shape, strict=False)]
        free = array.free.union(*(i.free for i in indices))
        calls, rest, of = [i.call for i in indices], array.shape[len(slots):], array.call
        if rest:
            def rows(run: Run) -> Array:
                value, lead = of(run), tuple([int(c(run)) for c in calls])
                return Array(run.point.shape(rest), lambda place: value.at((*lead, *place)))

            return Code(ARRAY, kept(rows, free), free, rest, array.over)
        if len(calls) == 1:
            only = calls[0]
            return Code(NUMBER, lambda run: of(run).at((whole_number(only(run)),)), free,
                        over=array.over)

        def entry(run: Run) -> Any:
            return of(run).at(tuple([whole_number(c(run)) for c in calls]))

        return Code(NUMBER, entry, free, over=array.over)

    def index(self, node: ast.expr, dim: Dim) -> Code:
        """The code of a subscript of an axis; an unknown letter gets its dimension from it."""
        if isinstance(node, ast.Name):
            name, names = node.id, self.names
            if names.inferred and not any(name in known for known in (
                    names.letters, names.codes, names.types, names.dims)):
                names.letters[name] = Letter(dim)
            letter = names.letters.get(name)
            if letter is not None and (letter.over is None or letter.loose):
                letter.over, letter.loose = dim, False
        elif isinstance(inner := unshifted(node), ast.Name):
            shifted = self.names.letters.get(inner.id)
            if shifted is not None and shifted.over is None:
                shifted.over, shifted.loose = dim, True
        if isinstance(node, ast.Constant) and type(node.value) is int and isinstance(dim, str):
            self.names.least[dim] = max(self.names.least.get(dim, 1), node.value + 1)
        return self.number(node)


def unshifted(node: ast.expr) -> ast.expr:
    """The index in `k + 1`, `1 + k` or `k - 1`; another node as it is."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sides = (node.left, node.right)
        for inner, step in (sides, sides[::-1])[:2 if isinstance(node.op, ast.Add) else 1]:
            if isinstance(step, ast.Constant) and type(step.value) is int:
                return inner
    return node


def _check_readings(node: ast.BinOp, left: Code, right: Code) -> None:
    """Raises KindError for `a @ b.T` of vectors and `A**-1`, which have two readings."""
    if isinstance(node.op, ast.MatMult) and isinstance(node.right, ast.Attribute) and \
            len(left.shape) == len(right.shape) == 1:
        raise KindError(f"{ast.unparse(node)} is a matrix to some, a number to others")
    square = len(left.shape) == 2 and left.shape[0] == left.shape[1]
    if isinstance(node.op, ast.Pow) and square and ast.unparse(node.right).strip("()") == "-1":
        raise KindError(f"{ast.unparse(node)} is an inverse to some, 1/A to others")


Table = Mapping[type[ast.AST], Callable[[Compiler, Any], Code]]

OPERATIONS: Table = {
    ast.Constant: Compiler.on_constant,
    ast.Name: Compiler.on_name,
    ast.BinOp: Compiler.on_binop,
    ast.UnaryOp: Compiler.on_unaryop,
    ast.Subscript: Compiler.on_subscript,
}
