"""The entries of a matrix recognised as a formula of whole arrays: X.T @ X + lam * eye(D).

What is printed so reads back to the same entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from sympy import Add, Expr, Integer, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.indexing import occurs
from derive.core.walk import around, enter, with_arguments
from derive.functions.function_records import Function, function_of
from derive.notation.operator_table import ATOM, CONDITIONAL, MUL, OR, POWER
from derive.notation.printing.array_forms import WrittenMatrix
from derive.notation.printing.print_target import Target, Text


class MatrixPrinter(Protocol):
    """What prints the parts of a formula of matrices."""

    @property
    def target(self) -> Target:
        """The kind of print."""

    def show(self, node: Expr) -> Text:
        """The text of a node."""

    def placed(self, tensor: Tensor, indices: Sequence[Expr]) -> Text:
        """A tensor at its first subscripts."""

    def inside(self, node: Expr, level: int) -> str:
        """The text of a node, bracketed where it binds less."""

    def bracketed(self, text: Text, level: int) -> str:
        """A text, bracketed where it binds less."""

    def texts(self, nodes: Iterable[Expr]) -> list[str]:
        """The texts of nodes."""

    def brackets(self, text: str) -> str:
        """A text in round brackets."""

    def subscripted(self, base: str, indices: Sequence[Expr]) -> Text:
        """A text at subscripts."""

    def function(self, function: Function, arguments: Sequence[str]) -> Text:
        """A function applied to texts."""

    def matrices(self, tensors: Sequence[Tensor]) -> Text:
        """A product of whole arrays."""

    def opened(self, lam: heads.Lam) -> AbstractContextManager[tuple[Index, Expr, Expr]]:
        """A binder with a letter for its index."""

    def word(self, name: str, arguments: Sequence[str]) -> Text:
        """A word of the notation."""


def function_of_matrix(p: MatrixPrinter, node: Expr, function: Function) -> Text:
    """A function of a matrix, at its subscripts if it has some."""
    matrix, places = matrix_text(p, node.args[1]), node.args[2:]
    if function.power and not p.target.reparsed:
        exponent = p.show(Integer(function.power))
        text = p.target.power(p.bracketed(matrix, ATOM), exponent)
        return p.subscripted(p.brackets(text), places) if places else (text, POWER)
    text = p.function(function, [matrix[0]])[0]
    return p.subscripted(text, places) if places else (text, ATOM)


def matrix_text(p: MatrixPrinter, node: Expr) -> Text:
    """A matrix: its own formula where there is one, else its entries."""
    with p.opened(node) as (row, inner, _), p.opened(inner) as (column, body, _):
        made = MatrixFormula(row, column, p).of(body)
        if made is not None:
            return p.show(made)
        if p.target.layout:
            entry = p.target.fenced("[", p.show(body)[0], "]")
            return p.target.low(entry, p.texts((row, column))), ATOM
        level = OR if p.target.reparsed else CONDITIONAL
        return (f"{p.inside(body, level)} for {row.name} in {row.dim} "
                f"for {column.name} in {column.dim}"), CONDITIONAL


class MatrixFormula:
    """A matrix over a row and a column, with the printer of its parts."""

    def __init__(self, row: Expr, column: Expr, printer: MatrixPrinter) -> None:
        self.row, self.column, self.printer = row, column, printer

    def of(self, node: Expr) -> Expr | None:
        """A formula of whole arrays with these entries; None where it has no such form."""
        if not self.within(node):
            return node
        form = next((f for kind, f in _FORMS.items() if isinstance(node, kind)), None)
        return None if form is None else form(self, node)

    def within(self, node: Expr) -> bool:
        """Whether the row or the column occurs."""
        return occurs(self.row, node) or occurs(self.column, node)

    def written(self, text: Text) -> Expr:
        return WrittenMatrix(text[0], text)

    def turned(self, text: Text) -> Expr:
        """The transpose of a text."""
        transposed = self.printer.target.arrays.transposed(self.printer.bracketed(text, ATOM))
        return self.written((transposed, ATOM))

    def placed_as(self, places: Sequence[Expr], text: Callable[[], Text]) -> Expr | None:
        """A matrix of which these subscripts are an entry: as it is, or transposed."""
        if tuple(places) == (self.row, self.column):
            return self.written(text())
        return self.turned(text()) if tuple(places) == (self.column, self.row) else None

    def element(self, node: Expr) -> Expr | None:
        lead, places = node.indices[:-2], node.indices[-2:]
        if any(map(self.within, lead)):
            return None
        return self.placed_as(places, partial(self.printer.placed, node.tensor, lead))

    def delta(self, node: Expr) -> Expr | None:
        if set(node.args) != {self.row, self.column}:
            return None
        p = self.printer
        return self.written(p.word("eye", [str(self.row.dim)]) if p.target.reparsed
                            else (p.target.name("I"), ATOM))

    def function(self, node: Expr) -> Expr | None:
        function = function_of(node)
        if function.takes_matrix:
            name, matrix, *places = node.args
            bare = with_arguments(node, (name, matrix))
            return None if self.within(matrix) or not places else self.placed_as(
                places, lambda: function_of_matrix(self.printer, bare, function))
        if any(isinstance(a, heads.Lam) for a in node.args):
            return None
        return self.with_parts(node)

    def with_parts(self, node: Expr) -> Expr | None:
        """An operation by entries: every part is a number, or a matrix of the same shape."""
        parts = [self.of(a) for a in node.args]
        return None if None in parts else with_arguments(node, parts)

    def sum(self, node: Expr) -> Expr | None:
        """A sum of matrices; a number in it is added to every entry."""
        parts = [self.of(a) if self.within(a) else self.everywhere(a) for a in node.args]
        return None if None in parts else Add(*parts)

    def everywhere(self, node: Expr) -> Expr | None:
        """A matrix of which every entry is the same number."""
        if not self.printer.target.reparsed:
            return None
        ones = self.printer.word("ones", [str(i.dim) for i in (self.row, self.column)])
        return Mul(node, self.written(ones))

    def product(self, node: Expr) -> Expr | None:
        """Numbers times matrices by entries, a diagonal, or the outer product of two vectors."""
        ends = [f for f in node.args if self.within(f)]
        first, second = ([f for f in ends if occurs(i, f)] for i in (self.row, self.column))
        if any(isinstance(f, heads.Delta) for f in ends) and len(ends) > 1:
            return self.diagonal(node, ends)
        if any(f in second for f in first):
            return self.with_parts(node)
        return self.outer(node, first, second) if first and second else None

    def outer(self, node: Expr, first: list[Expr], second: list[Expr]) -> Expr | None:
        """Numbers times the outer product of two vectors."""
        ends = (*first, *second)
        vectors = self.vector(Mul(*first), self.row), self.vector(Mul(*second), self.column)
        if None in vectors or not self.printer.target.reparsed:
            return None
        outer = self.printer.word("outer", self.printer.texts(vectors))
        return Mul(*(f for f in node.args if f not in ends), self.written(outer))

    def diagonal(self, node: Expr, ends: list[Expr]) -> Expr | None:
        """A matrix with a vector on its diagonal."""
        others = Mul(*(f for f in ends if not isinstance(f, heads.Delta)))
        if heads.Delta(self.row, self.column) not in ends or occurs(self.column, others) or \
                not self.printer.target.reparsed:
            return None
        vector = self.vector(others, self.row)
        if vector is None:
            return None
        text = self.printer.word("diag", [self.printer.show(vector)[0]])
        return Mul(*(f for f in node.args if not self.within(f)), self.written(text))

    def vector(self, node: Expr, index: Expr) -> Expr | None:
        """A vector whose elements are given; numbers alone make none."""
        if not occurs(index, node):
            return node
        if isinstance(node, heads.Element) and node.indices[-1] == index and not any(
                occurs(index, i) for i in node.indices[:-1]):
            return self.written(self.printer.placed(node.tensor, node.indices[:-1]))
        if isinstance(node, (Add, Mul, Pow)):
            parts = [self.vector(a, index) for a in node.args]
            return None if None in parts else with_arguments(node, parts)
        return None

    def contraction(self, node: Expr) -> Expr | None:
        """A product of two matrices."""
        index, body, where, _ = enter(node.family, around(node, self.row, self.column))
        left = Mul(*(f for f in Mul.make_args(body) if occurs(self.row, f)))
        right = Mul(*(f for f in Mul.make_args(body) if not occurs(self.row, f)))
        ends = [occurs(index, left), occurs(index, right), occurs(self.column, right),
                not occurs(self.column, left), where is true]
        if not all(ends) or any(not occurs(index, f) and not occurs(self.column, f)
                                for f in Mul.make_args(right)):
            return None
        first = MatrixFormula(self.row, index, self.printer).of(left)
        second = MatrixFormula(index, self.column, self.printer).of(right)
        if first is None or second is None:
            return None
        p = self.printer
        text = p.inside(first, MUL) + p.target.signs["@"] + p.inside(second, ATOM)
        return self.written((text, MUL))


_FORMS: dict[type, Callable[[MatrixFormula, Expr], Expr | None]] = {
    heads.Element: MatrixFormula.element, heads.Delta: MatrixFormula.delta,
    heads.Apply: MatrixFormula.function,
    heads.Sum: MatrixFormula.contraction, Mul: MatrixFormula.product, Add: MatrixFormula.sum,
    Pow: MatrixFormula.with_parts,
}
