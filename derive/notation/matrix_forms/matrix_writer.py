"""Trees of whole arrays → text in one style, with the brackets that it needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from sympy import Expr, Integer, Rational

from derive.core import heads
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.number_writer import LEAVES, NumberWriter
from derive.notation.operator_table import ADD, ATOM, CONDITIONAL, MUL, POWER
from derive.notation.printing.print_target import Text

_HALF = Rational(1, 2)


class ArrayWriter(NumberWriter):
    """Writes trees of whole arrays in a style."""

    # Leaves

    def declared(self, node: m.Declared) -> Text:
        text, level = self.printer.placed(node.tensor, node.lead)
        return text, POWER if node.lead and not self.reparsed else level

    def slope(self, node: m.Slope) -> Text:
        text = self.target.partial(self.plain(node.of)[0], self.show(node.by)[0])
        return text, ATOM if self.reparsed else POWER

    def hot(self, node: m.Hot) -> Text:
        label = node.label
        text = self.show(label) if isinstance(label, m.Declared) else self.plain(label)
        return self.arrays.onehot(text[0]), ATOM

    def size(self, index: Expr) -> str:
        return self.plain(index.dim)[0]

    def unit_matrix(self, node: m.UnitMatrix) -> Text:
        if "I" in self.printer.reserved and not self.reparsed:
            return self.target.name("Id"), ATOM
        return self.style.unit(self.size(node.axes[0])), ATOM

    def mask(self, node: m.Mask) -> Text:
        if self.reparsed:
            return f"array({self.family(node.test, node.axes)})", ATOM
        return self.style.mask(self.comparison(node)), ATOM

    def comparison(self, node: m.Mask | m.Case) -> str:
        """A comparison of arrays or numbers; x > 0 is read before 0 < x."""
        sides, signs = [self.inside(n, ADD) for n in node.sides], self.signs
        if isinstance(node.sides[0], m.Scalar) and type(node.test) in self.style.above:
            sides, signs = sides[::-1], self.style.above
        return signs[type(node.test)].join(sides)

    def family(self, test: Expr, axes: m.Axes) -> str:
        """`1 if … else 0 for k in K`."""
        body: Expr = heads.Cond(test, Integer(1), Integer(0))
        loops = ""
        with ExitStack() as binders:
            for index in axes:
                letter, body, _ = self.printer.named(heads.Lam(index, body))
                binders.enter_context(self.printer.inside_binder(letter))
                loops += f" for {letter.name} in {self.size(index)}"
            return self.plain(body)[0] + loops

    # Products

    def turned(self, node: m.Turned) -> Text:
        if isinstance(node.of, m.OfMatrix) and node.of.function.power and not self.reparsed:
            return self.style.inverse_row(self.inside(node.of.of, ATOM)), POWER
        return self.arrays.transposed(self.inside(node.of, ATOM)), \
            ATOM if self.reparsed else POWER

    def chain(self, node: m.Chain) -> Text:
        first, *others = node.factors
        row = len(first.axes) == 1 and not self.reparsed
        start = self.row(first) if row else self.inside(first, POWER)
        rest = [self.inside(f, POWER) for f in others]
        return self.arrays.times.join([start, *rest]), MUL if self.reparsed else POWER

    def row(self, node: m.Node) -> str:
        """A vector as a row: a product with names is turned factor by factor."""
        if isinstance(node, m.Chain) and all(map(_is_plain, node.factors[:-1])):
            *matrices, last = node.factors
            turned = [self.inside(_transposed(f), POWER) for f in reversed(matrices)]
            return self.arrays.times.join([self.row(last), *turned])
        return self.arrays.transposed(self.inside(node, ATOM))

    def outer(self, node: m.Outer) -> Text:
        if self.reparsed:
            return self.word("outer", node.left, node.right)
        return f"{self.inside(node.left, POWER)}{self.arrays.times}{self.row(node.right)}", POWER

    def hadamard(self, node: m.Hadamard) -> Text:
        return self.arrays.elementwise.join(self.inside(f, POWER) for f in node.factors), MUL

    def quotient(self, node: m.Quotient) -> Text:
        above = self.target.digits("1") if node.above is None else \
            self.inside(node.above, MUL if self.reparsed else POWER)
        chained = isinstance(node.below, m.Chain) and not self.reparsed
        below = self.inside(node.below, ATOM if chained else POWER)
        return f"{above}{self.style.divided}{below}", MUL

    # Sums and elementwise functions

    def total(self, node: m.Total) -> Text:
        (negative, first), *others = node.terms
        text = self.signs["-"] * negative + self.inside(first, MUL)
        for negative, term in others:
            text += self.signs["minus" if negative else "plus"] + self.inside(term, MUL)
        return text, ADD

    def power(self, node: m.Power) -> Text:
        base, exponent = node.base, node.exponent
        if isinstance(base, m.Squares) and self.norms:
            return self.norm_power(base.of, 2 * exponent)
        shown = self.show(base)
        if exponent == _HALF:
            return self.target.root(shown), ATOM
        if len(node.axes) == 2 and not self.reparsed:
            above = self.plain(exponent)[0]
            return self.style.raised(self.printer.bracketed(shown, ATOM), above), POWER
        applied = isinstance(base, m.Applied) and heads.Apply in self.target.bracketed
        below = self.printer.bracketed(shown, ATOM + 1 if applied else ATOM)
        return self.target.power(below, self.plain(exponent)), POWER

    def norm_power(self, of: m.Node, exponent: Expr) -> Text:
        text = self.style.norm(self.show(of)[0])
        return (text, ATOM) if exponent == 1 else (
            self.target.power(text, self.plain(exponent)), POWER)

    def squares(self, node: m.Squares) -> Text:
        of = node.of
        if len(of.axes) == 2:
            return self.style.frobenius(self.show(of)[0]), ATOM
        if self.norms:
            return self.norm_power(of, Integer(2))
        if isinstance(of, LEAVES):
            start = self.show(of)[0] if self.reparsed else self.row(of)
            return f"{start}{self.arrays.times}{self.inside(of, POWER)}", \
                MUL if self.reparsed else POWER
        if self.reparsed:
            return f"sum({self.target.power(self.inside(of, ATOM), ('2', ATOM))})", ATOM
        return self.norm_power(of, Integer(2))

    def products(self, node: m.Products) -> Text:
        if self.reparsed:
            return f"sum({self.inside(node.left, POWER)} * {self.inside(node.right, POWER)})", ATOM
        chain = m.Chain((_transposed(node.left), node.right))
        return self.style.word("tr", [self.show(chain)[0]]), ATOM

    def sum_of(self, node: m.SumOf) -> Text:
        if self.reparsed:
            return f"sum({self.show(node.of)[0]})", ATOM
        ones = self.style.ones("")
        end = [ones] if len(node.of.axes) == 2 else []
        parts = [self.arrays.transposed(ones), self.inside(node.of, POWER), *end]
        return self.arrays.times.join(parts), POWER

    def applied(self, node: m.Applied) -> Text:
        texts = [self.show(a)[0] for a in node.arguments]
        return self.printer.function(node.function, texts)[0], ATOM

    def of_matrix(self, node: m.OfMatrix) -> Text:
        if node.function.power and not self.reparsed:
            return self.style.inverse(self.inside(node.of, ATOM)), POWER
        return self.printer.function(node.function, [self.show(node.of)[0]])[0], ATOM

    def case(self, node: m.Case) -> Text:
        test = self.comparison(node) if node.sides else self.plain(node.test)[0]
        if self.target.cases is not None:
            yes, no = self.show(node.yes)[0], self.show(node.no)[0]
            return self.target.cases([(yes, test)], no), ATOM
        return f"{self.inside(node.yes, ADD)} if {test} else {self.show(node.no)[0]}", CONDITIONAL

    def over_time(self, node: m.OverTime) -> Text:
        name = node.index.name
        with self.printer.inside_binder(node.index):
            inner = self.show(node.of)
        if self.reparsed:
            return f"sum({inner[0]} for {name} in {node.index.dim})", ATOM
        text = self.printer.bracketed(inner, MUL)
        if text.startswith(self.signs["-"]):
            text = self.printer.brackets(text)
        sign = self.target.under(self.signs[heads.Sum], self.target.name(name))
        return f"{sign}{self.target.space}{text}", MUL


def _is_plain(node: m.Node) -> bool:
    """Whether a factor is a name, turned or not: its transpose is as short."""
    inner = node.of if isinstance(node, m.Turned) else node
    if isinstance(inner, m.OfMatrix):
        return bool(inner.function.power) and _is_plain(inner.of)
    return isinstance(inner, m.Ones) or (isinstance(inner, m.Declared) and not inner.lead)


def _transposed(node: m.Node) -> m.Node:
    if isinstance(node, m.Turned):
        return node.of
    return node if node.symmetric else m.Turned(node)


_WRITERS: dict[type[m.Node], Callable[..., Text]] = {
    m.Scalar: lambda w, node: w.plain(node.formula),
    m.Declared: ArrayWriter.declared, m.Slope: ArrayWriter.slope, m.Hot: ArrayWriter.hot,
    m.Ones: lambda w, node: (w.style.ones(w.size(node.axes[0])), ATOM),
    m.UnitMatrix: ArrayWriter.unit_matrix,
    m.Spread: lambda w, node: w.word("diag", node.of),
    m.Diagonal: lambda w, node: w.word("diag", node.of),
    m.Mean: lambda w, node: w.word("mean", node.of),
    m.Trace: lambda w, node: w.word("trace" if w.reparsed else "tr", node.of),
    m.Turned: ArrayWriter.turned, m.Chain: ArrayWriter.chain, m.Outer: ArrayWriter.outer,
    m.Hadamard: ArrayWriter.hadamard, m.Quotient: ArrayWriter.quotient,
    m.Scaled: ArrayWriter.scaled, m.Total: ArrayWriter.total, m.Power: ArrayWriter.power,
    m.Applied: ArrayWriter.applied, m.OfMatrix: ArrayWriter.of_matrix,
    m.Case: ArrayWriter.case, m.Mask: ArrayWriter.mask,
    m.OverTime: ArrayWriter.over_time, m.Squares: ArrayWriter.squares,
    m.Products: ArrayWriter.products, m.SumOf: ArrayWriter.sum_of,
}
ArrayWriter.writers = _WRITERS
