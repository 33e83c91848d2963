"""Products of whole arrays: numbers stand before them, and neighbours that can be joined are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace

from sympy import Add, Integer, Mul, Pow, Rational

from derive.deferred_dataclass import dataclass
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.form_length import shorter, spelled
from derive.notation.matrix_forms.matrix_nodes import Axes, Node
from derive.notation.matrix_forms.signs_of_products import (
    negated,
    positive,
    sums_with_sign,
    with_sign,
)
from derive.notation.matrix_forms.transposes import turned
from derive.notation.printing.print_order import split_fraction

UNIT = Integer(1)


@dataclass
class _Numbers:
    """Numbers of a product: a rational one, others above and below the line."""

    coefficient: Rational
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)

    def add(self, number: Node) -> None:
        """A further factor, itself by its factors where it is a fraction."""
        if isinstance(number, m.Scaled):
            self.coefficient = self.coefficient * number.coefficient
            for part in number.above:
                self.add(part)
            self.below += number.below
        elif isinstance(number, m.Scalar) and number.formula.is_Rational:
            self.coefficient = self.coefficient * number.formula
        elif isinstance(number, m.Scalar) and isinstance(number.formula, (Mul, Pow)):
            self.add_fraction(number)
        else:
            self.above.append(number)

    def add_fraction(self, number: m.Scalar) -> None:
        """A factor that is a formula of numbers; one without a line stays in a piece."""
        negative, above, below = split_fraction(number.formula)
        if not below:
            self.above.append(number)
            return
        self.coefficient = -self.coefficient if negative else self.coefficient
        for factor in above:
            self.add(m.Scalar(factor))
        self.below += map(m.Scalar, below)

    def tidy(self, of: Node | None) -> Node | None:
        """Puts means for sums and signs into differences; the array that they stand before."""
        self.above, self.coefficient = positive(self.above, self.coefficient)
        self.above.sort(key=lambda n: not isinstance(n, m.Scalar))
        self.above, self.below = _with_means(self.above, self.below)
        for number in self.below:
            if isinstance(number, m.Scalar) and number.formula.is_Rational:
                self.coefficient = self.coefficient / number.formula
        self.below = [n for n in self.below if not (
            isinstance(n, m.Scalar) and n.formula.is_Rational)]
        if self.coefficient < 0:
            of, self.coefficient = with_sign(of, self.coefficient)
        if self.coefficient < 0 and of is None:
            self.above, self.coefficient = sums_with_sign(self.above, self.coefficient)
        return of


def scaled(coefficient: Rational, above: Iterable[Node], of: Node | None,
           below: Iterable[Node] = ()) -> Node:
    """Numbers times an array, over numbers; numbers within it are put together with them."""
    numbers = _Numbers(coefficient, below=list(below))
    for number in above:
        numbers.add(number)
    if of is not None and not of.axes:
        numbers.add(of)
        of = None
    elif isinstance(of, m.Scaled):
        numbers.add(replace(of, of=None))
        of = of.of
    of = numbers.tidy(of)
    parts = [*numbers.above, *([] if of is None else [of])]
    if numbers.coefficient == 1 and not numbers.below and len(parts) == 1:
        return parts[0]
    if not parts and not numbers.below:
        return m.Scalar(numbers.coefficient)
    return m.Scaled(numbers.coefficient, tuple(numbers.above), of, tuple(numbers.below))


def _with_means(above: list[Node], below: list[Node]) -> tuple[list[Node], list[Node]]:
    """Factors above and below the line, with means in place of sums over their number."""
    for number in above:
        if isinstance(number, m.SumOf) and len(number.of.axes) == 1:
            size = next((n for n in below if isinstance(n, m.Scalar)
                         and n.formula == number.of.axes[0].dim), None)
            if size is not None:
                return _with_means([m.Mean(number.of) if n is number else n for n in above],
                                   [n for n in below if n is not size])
    return above, below


def split(node: Node) -> m.Scaled:
    """A node as numbers and what they multiply."""
    return node if isinstance(node, m.Scaled) else m.Scaled(UNIT, (), node, ())


def _without_numbers(nodes: Iterable[Node]) -> tuple[list[Node], Rational, list[Node], list[Node]]:
    """The arrays of some nodes, and the numbers before them: coefficient, above, below."""
    arrays, coefficient, above, below = [], UNIT, list[Node](), list[Node]()
    for node in nodes:
        parts = split(node)
        assert parts.of is not None
        arrays.append(parts.of)
        coefficient = coefficient * parts.coefficient
        above += parts.above
        below += parts.below
    arrays, coefficient = positive(arrays, coefficient)
    return arrays, coefficient, above, below


def chain(*nodes: Node) -> Node:
    """A product of matrices, with a vector at its end where the last one is."""
    arrays, coefficient, above, below = _without_numbers(nodes)
    factors: list[Node] = []
    for array in arrays:
        factors += array.factors if isinstance(array, m.Chain) else [array]
    *matrices, last = factors
    if len(last.axes) == 1 and matrices and isinstance(matrices[-1], m.Outer):
        column = matrices[-1]
        number = dot(column.right, last)
        return scaled(coefficient, [*above, number], chain(*matrices[:-1], column.left), below)
    if len(last.axes) == 1 and len(matrices) == 1 and isinstance(matrices[0], m.Spread):
        product = hadamard([matrices[0].of, last])
        return scaled(coefficient, above, product, below)
    made = m.Chain(tuple(factors)) if matrices else last
    return scaled(coefficient, above, made, below)


def dot(left: Node, right: Node) -> Node:
    """The sum of the products of the elements of two vectors, as a row times a column."""
    arrays, coefficient, above, below = _without_numbers((left, right))
    first, second = arrays
    if isinstance(first, m.Ones) or isinstance(second, m.Ones):
        number: Node = m.SumOf(second if isinstance(first, m.Ones) else first)
    elif spelled(first) == spelled(second):
        number = m.Squares(first)
    else:
        number = shorter(_row_times_column(first, second), _row_times_column(second, first))
    return scaled(coefficient, [*above, number], None, below)


def _row_times_column(left: Node, right: Node) -> Node:
    """leftᵀ right; the matrices of the left side are turned to stand before the right one."""
    before = list(left.factors) if isinstance(left, m.Chain) else [left]
    after = list(right.factors) if isinstance(right, m.Chain) else [right]
    factors = (before[-1], *(turned(f) for f in reversed(before[:-1])), *after)
    half = len(factors) // 2
    if 2 * half == len(factors) and all(
            spelled(turned(a)) == spelled(b)
            for a, b in zip(factors[:half], reversed(factors), strict=False)):
        return m.Squares(m.Chain(factors[half:]))  # xᵀ Aᵀ A x
    return m.Chain(factors)


def outer(left: Node, right: Node) -> Node:
    """A column times a row, of two vectors."""
    (first, second), coefficient, above, below = _without_numbers((left, right))
    opposite = negated(first)
    if opposite is not None and spelled(opposite) == spelled(second):  # −a aᵀ for (−a) aᵀ
        first, coefficient = opposite, -coefficient
    return scaled(coefficient, above, m.Outer(first, second), below)


def spread(vector: Node, axes: Axes) -> Node:
    """The diagonal matrix of a vector; of numbers, a multiple of the unit matrix."""
    parts = split(vector)
    if parts.of is None or not parts.axes:
        return scaled(UNIT, [vector], m.UnitMatrix(axes))
    made = m.UnitMatrix(axes) if isinstance(parts.of, m.Ones) else m.Spread(axes, parts.of)
    return scaled(parts.coefficient, parts.above, made, parts.below)


def hadamard(nodes: Sequence[Node]) -> Node:
    """The elementwise product of arrays with the same axes, quotients joined."""
    arrays, coefficient, above, below = _without_numbers(nodes)
    axes, tops, bottoms = arrays[0].axes, list[Node](), list[Node]()
    for array in arrays:
        if isinstance(array, m.Quotient):
            tops += [] if array.above is None else _factors(array.above)
            bottoms += _factors(array.below)
        else:
            tops += _factors(array)
    tops = [t for t in tops if not isinstance(t, m.Ones)]
    product = _joined(tops)
    if bottoms:
        divisor = _joined(bottoms)
        assert divisor is not None
        product = m.Quotient(product, divisor)
    return scaled(coefficient, above, product or m.Ones(axes), below)


def _factors(node: Node) -> list[Node]:
    return list(node.factors) if isinstance(node, m.Hadamard) else [node]


def _joined(factors: list[Node]) -> Node | None:
    """An elementwise product, equal factors as a power."""
    groups: dict[str, list[Node]] = {}
    for factor in factors:
        base = factor.base if isinstance(factor, m.Power) else factor
        groups.setdefault(spelled(base), []).append(factor)
    factors = [_powers(group) for group in groups.values()]
    if isinstance(factors[0] if factors else None, m.Mask):  # names stand before conditions
        factors.sort(key=lambda n: not isinstance(n, m.Declared))
    if len(factors) < 2:
        return factors[0] if factors else None
    return m.Hadamard(tuple(factors))


def _powers(group: list[Node]) -> Node:
    """Powers of one base, put together."""
    if len(group) == 1:
        return group[0]
    pairs = [(f.base, f.exponent) if isinstance(f, m.Power) else (f, UNIT) for f in group]
    return m.Power(pairs[0][0], Add(*(exponent for _, exponent in pairs)))
