"""Numbers and arrays, and fractions of them, as text: what any part of a formula stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from sympy import Expr, Integer, Mul

from derive.limits import tick
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.array_styles import STYLES
from derive.notation.operator_table import ATOM, MUL, POWER
from derive.notation.printing.index_letters import name_opened
from derive.notation.printing.print_target import Text
from derive.notation.printing.printer import Printer

LEAVES = (m.Declared, m.Slope)


class NumberWriter:
    """Writes numbers times arrays in a style; `reserved` names are given to no bound index.

    `writers` has what writes each type of parts.
    """

    writers: ClassVar[dict[type[m.Node], Callable[..., Text]]] = {}

    def __init__(self, style: str, reserved: Iterable[str] = (), time: Expr | None = None) -> None:
        self.style, self.target = STYLES[style], STYLES[style].target
        self.signs, self.arrays = self.target.signs, self.target.arrays
        self.printer = Printer(self.target, reserved, time)
        self.reparsed = self.target.reparsed
        self.norms = False  # whether sums of squares are written as norms

    def __call__(self, node: m.Node) -> str:
        """The text of a formula."""
        self.norms = any(isinstance(p, m.Power) and isinstance(p.base, m.Squares)
                         and not p.exponent.is_Integer for p in node.within())
        return self.show(node)[0]

    def show(self, node: m.Node) -> Text:
        """The text of a part, and how tightly it binds."""
        tick("writing in matrices")
        return self.writers[type(node)](self, node)

    def inside(self, node: m.Node, level: int) -> str:
        """The text of a part, in brackets where it binds less than `level`."""
        return self.printer.bracketed(self.show(node), level)

    def plain(self, formula: Expr) -> Text:
        """A formula of numbers, as formulas of elements are printed."""
        return self.printer.show(name_opened(formula, self.printer.reserved))

    def word(self, name: str, *nodes: m.Node) -> Text:
        """A word applied to arrays."""
        return self.style.word(name, [self.show(n)[0] for n in nodes]), ATOM

    def scaled(self, node: m.Scaled) -> Text:
        sign = self.signs["-"] if node.coefficient < 0 else ""
        above = [*self.digits(abs(node.coefficient.p)), *node.above]
        below = [*self.digits(node.coefficient.q), *node.below]
        if node.of is None:
            text = self.ratio(above, below)
        elif self.target.layout and not all(isinstance(n, m.Scalar) for n in below):
            text = self.target.fraction(self.before(above, node.of)[0],
                                        self.joined(below)[0]), MUL
        elif self.target.layout and below:
            number = m.Scaled(abs(node.coefficient), node.above, None, node.below)
            text = self.before([number], node.of)
        else:
            text = self.before(above, node.of)
            if below:
                over = self.printer.bracketed(self.under(below), POWER)
                text = self.arrays.over(self.printer.bracketed(text, MUL), over), MUL
        return (sign + self.printer.bracketed(text, MUL), MUL) if sign else text

    def before(self, numbers: Sequence[m.Node], array: m.Node) -> Text:
        """Numbers before an array."""
        if not numbers:
            return self.show(array)
        level = MUL if isinstance(array, m.Chain) and self.reparsed else POWER
        parts = [self.factor(n, False) for n in numbers]
        return self.arrays.link.join([*parts, self.inside(array, level)]), MUL

    def digits(self, number: int) -> list[m.Node]:
        return [m.Scalar(Integer(number))] if number != 1 else []

    def factor(self, node: m.Node, last: bool) -> str:
        """A number among factors; a product of arrays stands in brackets, unless at the end."""
        text = self.show(node)
        return self.printer.brackets(text[0]) if self.is_wide(node) and not last else \
            self.printer.bracketed(text, POWER)

    def joined(self, factors: Sequence[m.Node]) -> Text:
        """A product of numbers."""
        if len(factors) == 1:
            return self.show(factors[0])
        numbers = [n.formula for n in factors if isinstance(n, m.Scalar)]
        if len(numbers) == len(factors):
            return self.plain(Mul(*numbers))
        text = self.arrays.space.join(
            self.factor(n, n is factors[-1] and not self.reparsed) for n in factors)
        return text, MUL

    def ratio(self, above: Sequence[m.Node], below: Sequence[m.Node]) -> Text:
        """A product of numbers over another."""
        top = self.joined(above) if above else (self.target.digits("1"), ATOM)
        return self.printer.fraction(top, self.under(below)) if below else top

    def under(self, factors: Sequence[m.Node]) -> Text:
        """What stands below the line: a product of arrays in brackets."""
        text, level = self.joined(factors)
        return text, MUL if self.is_wide(factors[-1]) and not self.target.layout else level

    def is_wide(self, node: m.Node) -> bool:
        """Whether a number is written as a product of arrays."""
        return isinstance(node, m.Chain if self.reparsed else (m.Chain, m.SumOf)) or (
            isinstance(node, m.Squares) and not self.norms and isinstance(node.of, LEAVES))
