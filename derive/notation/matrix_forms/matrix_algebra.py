"""Products, sums and transposes of whole arrays in the form in which they are published.

Transposes stand at single factors, numbers before products, factors that terms share before
brackets; of two forms the one that is shorter to read is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeGuard

from sympy import Add, Integer, Mul, Pow, Rational

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, require
from derive.notation.matrix_forms.matrix_writer import length, spelled
from derive.notation.printing.print_order import split_fraction

_ONE = Integer(1)


def shorter(first: Node, second: Node) -> Node:
    """The one of two equal forms that is shorter to read; the first where both are alike."""
    return second if length(second) < length(first) else first


def oriented(node: Node, axes: Axes) -> Node:
    """An array with exactly these axes, turned where they are exchanged."""
    if node.axes == axes:
        return node
    require(len(axes) == 2 and node.axes == axes[::-1])
    return turned(node)


def turned(node: Node) -> Node:
    """The transpose of a matrix, carried to its factors."""
    if len(node.axes) < 2:
        return node
    if isinstance(node, m.Turned):
        return node.of
    if isinstance(node, (m.Identity, m.Spread)) or (isinstance(node, m.Declared)
                                                    and node.symmetric):
        return replace(node, over=node.axes[::-1])
    if isinstance(node, m.Outer):
        return m.Outer(node.right, node.left)
    if isinstance(node, m.Chain):
        return m.Chain(tuple(turned(f) for f in reversed(node.factors)))
    if isinstance(node, m.Scaled):
        assert node.of is not None
        return replace(node, of=turned(node.of))
    inner = _turned_inside(node)
    return m.Turned(node) if inner is None else shorter(m.Turned(node), inner)


def _turned_inside(node: Node) -> Node | None:
    """An elementwise operation on transposes in place of the transpose of one."""
    back = node.axes[::-1]
    if isinstance(node, m.Hadamard):
        return m.Hadamard(tuple(map(turned, node.factors)))
    if isinstance(node, m.Total):
        return m.Total(back, tuple((sign, turned(t)) for sign, t in node.terms))
    if isinstance(node, m.Power):
        return replace(node, base=turned(node.base))
    if isinstance(node, m.Quotient):
        return m.Quotient(None if node.above is None else turned(node.above), turned(node.below))
    if isinstance(node, m.Applied) and not (node.function.takes_vector):
        return m.Applied(back, node.function, tuple(map(turned, node.arguments)))
    return None


# Products


def scaled(coefficient: Rational, above: Iterable[Node], of: Node | None,
           below: Iterable[Node] = ()) -> Node:
    """Numbers times an array, over numbers; numbers within it are put together with them."""
    numbers: list[Node] = list(above)
    divisors = list(below)
    if of is not None and not of.axes:
        numbers, of = [*numbers, of], None
    if isinstance(of, m.Scaled):
        coefficient = coefficient * of.coefficient
        numbers, divisors, of = [*numbers, *of.above], [*divisors, *of.below], of.of
    top: list[Node] = []
    for number in [part for n in numbers for part in _fraction(n)]:
        if isinstance(number, m.Scaled):
            coefficient = coefficient * number.coefficient
            top += [n for n in number.above if not _is_rational(n)]
            for n in number.above:
                coefficient = coefficient * (n.formula if _is_rational(n) else 1)
            divisors += number.below
        elif _is_rational(number):
            coefficient = coefficient * number.formula
        else:
            top.append(number)
    top, coefficient = _positive(top, coefficient)
    top.sort(key=lambda n: not isinstance(n, m.Scalar))
    top, divisors = _with_means(top, divisors)
    if coefficient < 0:
        of, coefficient = _with_sign(of, coefficient)
    if coefficient < 0 and of is None:
        top, coefficient = _sums_with_sign(top, coefficient)
    if coefficient == 1 and not divisors:
        if of is not None and not top:
            return of
        if of is None and len(top) == 1:
            return top[0]
    if of is None and not top and not divisors:
        return m.Scalar(coefficient)
    return m.Scaled(coefficient, tuple(top), of, tuple(divisors))


def _positive(nodes: Iterable[Node], coefficient: Rational) -> tuple[list[Node], Rational]:
    """Factors, and the number before them with the signs of sums that are negative throughout."""
    made = []
    for node in nodes:
        if isinstance(node, m.Total) and all(sign for sign, _ in node.terms):
            node, coefficient = m.Total(node.axes, tuple(
                (False, term) for _, term in node.terms)), -coefficient
        made.append(node)
    return made, coefficient


def _fraction(number: Node) -> list[Node]:
    """A formula of numbers by its factors, those below the line as one over them."""
    if not isinstance(number, m.Scalar) or not isinstance(number.formula, (Mul, Pow)):
        return [number]
    negative, above, below = split_fraction(number.formula)
    if not below:
        return [number]
    sign = -_ONE if negative else _ONE
    return [m.Scaled(sign, tuple(map(m.Scalar, above)), None, tuple(map(m.Scalar, below)))]


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


def _with_sign(of: Node | None, coefficient: Rational) -> tuple[Node | None, Rational]:
    """An array with the sign of a number before it: b − a for −(a − b)."""
    changed = None if of is None else _negated(of)
    return (of, coefficient) if changed is None else (changed, -coefficient)


def _sums_with_sign(above: list[Node], coefficient: Rational) -> tuple[list[Node], Rational]:
    """Numbers with the sign before them carried into the sum of all elements of a difference."""
    for place, number in enumerate(above):
        inner = _negated(number.of) if isinstance(number, (m.SumOf, m.Mean)) else None
        if inner is not None:
            changed = m.SumOf(inner) if isinstance(number, m.SumOf) else m.Mean(inner)
            return [*above[:place], changed, *above[place + 1:]], -coefficient
    return above, coefficient


def _negated(node: Node) -> Node | None:
    """A product with the opposite sign, where a difference in it can be turned round."""
    if isinstance(node, m.Total) and any(sign for sign, _ in node.terms):
        terms = [(not sign, term) for sign, term in node.terms]
        return m.Total(node.axes, tuple(sorted(terms, key=lambda t: t[0])))
    if isinstance(node, (m.Chain, m.Hadamard)):
        for place, factor in enumerate(node.factors):
            new = _negated(factor)
            if new is not None:
                return type(node)((*node.factors[:place], new, *node.factors[place + 1:]))
    if isinstance(node, m.Outer):
        left, right = _negated(node.left), _negated(node.right)
        if left is not None:
            return m.Outer(left, node.right)
        return None if right is None else m.Outer(node.left, right)
    if isinstance(node, m.Turned):
        inner = _negated(node.of)
        return None if inner is None else m.Turned(inner)
    return None


def _is_rational(node: Node) -> TypeGuard[m.Scalar]:
    return isinstance(node, m.Scalar) and bool(node.formula.is_Rational)


def split(node: Node) -> m.Scaled:
    """A node as numbers and what they multiply."""
    return node if isinstance(node, m.Scaled) else m.Scaled(_ONE, (), node, ())


def _without_numbers(nodes: Iterable[Node]) -> tuple[list[Node], Rational, list[Node], list[Node]]:
    """The arrays of some nodes, and the numbers before them: coefficient, above, below."""
    arrays, coefficient, above, below = [], _ONE, list[Node](), list[Node]()
    for node in nodes:
        parts = split(node)
        assert parts.of is not None
        arrays.append(parts.of)
        coefficient = coefficient * parts.coefficient
        above += parts.above
        below += parts.below
    arrays, coefficient = _positive(arrays, coefficient)
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
    return m.Chain((before[-1], *(turned(f) for f in reversed(before[:-1])), *after))


def outer(left: Node, right: Node) -> Node:
    """A column times a row, of two vectors."""
    (first, second), coefficient, above, below = _without_numbers((left, right))
    return scaled(coefficient, above, m.Outer(first, second), below)


def spread(vector: Node, axes: Axes) -> Node:
    """The diagonal matrix of a vector; of numbers, a multiple of the identity."""
    parts = split(vector)
    if parts.of is None or not parts.axes:
        return scaled(_ONE, [vector], m.Identity(axes))
    made = m.Identity(axes) if isinstance(parts.of, m.Ones) else m.Spread(axes, parts.of)
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
    if len(factors) < 2:
        return factors[0] if factors else None
    return m.Hadamard(tuple(factors))


def _powers(group: list[Node]) -> Node:
    """Powers of one base, put together."""
    if len(group) == 1:
        return group[0]
    pairs = [(f.base, f.exponent) if isinstance(f, m.Power) else (f, _ONE) for f in group]
    return m.Power(pairs[0][0], Add(*(exponent for _, exponent in pairs)))


# Sums


def explicit(node: Node) -> Node:
    """A matrix with every number of a sum written as a multiple of a matrix of ones.

    Within elementwise operations numbers stay as they are.
    """
    if isinstance(node, m.ELEMENTWISE) or not any(len(p.axes) == 2 for p in node.within()):
        return node
    if isinstance(node, m.Total):
        terms = tuple((sign, explicit(term)) for sign, term in node.terms)
        if len(node.axes) == 2:
            square = m.Outer(*(m.Ones((i,)) for i in node.axes))
            terms = tuple((sign, term if term.axes else scaled(_ONE, [term], square))
                          for sign, term in terms)
        return m.Total(node.axes, terms)
    if isinstance(node, (m.Turned, m.Scaled)):
        return node if node.of is None else replace(node, of=explicit(node.of))
    if isinstance(node, m.Chain):
        return m.Chain(tuple(map(explicit, node.factors)))
    if isinstance(node, m.Outer):
        return m.Outer(explicit(node.left), explicit(node.right))
    if isinstance(node, m.OverTime):
        return replace(node, of=explicit(node.of))
    return node


def signed(node: Node, negative: bool) -> tuple[bool, Node]:
    """A term with its sign apart; + c (b − a) for − c (a − b)."""
    parts = split(node)
    if parts.coefficient < 0:
        negative = not negative
        node = scaled(-parts.coefficient, parts.above, parts.of, parts.below)
        parts = split(node)
    turned_round = _negated(parts.of) if negative and parts.of is not None else None
    if turned_round is None:
        return negative, node
    return False, scaled(parts.coefficient, parts.above, turned_round, parts.below)


def total(terms: Iterable[tuple[bool, Node]], axes: Axes, kept: bool = False,
          alike: bool = False) -> Node:
    """A sum; shared factors stand before brackets, and products first unless order is `kept`.

    Of terms that are `alike`, all have the axes that the sum has, under other names.
    """
    gathered: list[tuple[bool, Node]] = []
    for negative, term in terms:
        sign, node = signed(term, negative)
        if isinstance(node, m.Total) and (len(node.axes) == len(axes)):
            gathered += [(sign != inner, part) for inner, part in node.terms]
        else:
            gathered.append((sign, node))
    if axes:
        gathered = _with_shared_factors(gathered if alike else [
            (sign, _broadcast(node, axes)) for sign, node in gathered])
    if len(gathered) == 1:
        (negative, node), = gathered
        return scaled(-_ONE, [], node) if negative else node
    if kept:
        return m.Total(axes, tuple(gathered))
    shared = _shared_numbers([split(node) for _, node in gathered]) if axes else None
    if shared is not None:
        gathered = [(sign, _without(node, shared)) for sign, node in gathered]
    gathered.sort(key=lambda t: (t[0], _place(t[1])))
    made = m.Total(axes, tuple(gathered))
    return made if shared is None else replace(shared, of=made)


def _shared_numbers(terms: list[m.Scaled]) -> m.Scaled | None:
    """The numbers that all terms have before them or below the line, if there are any."""
    if not all(term.axes for term in terms):
        return None
    sizes = {abs(term.coefficient) for term in terms}
    above, below = list(terms[0].above), list(terms[0].below)
    for term in terms[1:]:
        above, below = _common(above, term.above)[0], _common(below, term.below)[0]
    coefficient = sizes.pop() if len(sizes) == 1 else _ONE
    if coefficient == 1 and not above and not below:
        return None
    return m.Scaled(coefficient, tuple(above), None, tuple(below))


def _without(node: Node, shared: m.Scaled) -> Node:
    """A term without numbers that all terms share."""
    parts = split(node)
    above, below = _common(shared.above, parts.above)[2], _common(shared.below, parts.below)[2]
    return scaled(parts.coefficient / shared.coefficient, above, parts.of, below)


def _place(node: Node) -> int:
    """Numbers stand first, then products, names, their transposes, and multiples of I."""
    if _is_rational(node) or isinstance(node, m.Identity):
        return -1
    of = split(node).of
    if isinstance(of, (m.Outer, m.Identity)):
        return 3 if isinstance(of, m.Identity) else int(any(
            isinstance(side, m.Ones) for side in of.parts()))
    return 0 if isinstance(of, (m.Chain, m.Hadamard, m.Spread)) else \
        2 if isinstance(node, m.Turned) else 1


def _broadcast(node: Node, axes: Axes) -> Node:
    """A term as an array over all axes: a vector is repeated; a number stays as it is."""
    if not node.axes:
        return _repeated_number(node, axes)
    if len(node.axes) == len(axes):
        return oriented(node, axes)
    rows, columns = axes
    require(node.axes[0] in axes)
    return outer(node, m.Ones((columns,))) if node.axes == (rows,) else \
        outer(m.Ones((rows,)), node)


def _repeated_number(node: Node, axes: Axes) -> Node:
    """A number in a sum of arrays; of vectors, one that is made of arrays is repeated."""
    plain = isinstance(node, m.Mean) or not any(part.axes for part in node.within())
    return node if plain or len(axes) > 1 else scaled(_ONE, [node], m.Ones(axes))


Term = tuple[bool, Node]


def _with_shared_factors(terms: list[Term]) -> list[Term]:
    """Terms, those with a common first or last factor put together where that is shorter."""
    for place, (sign, first) in enumerate(terms):
        for other in range(place + 1, len(terms)):
            sign_2, second = terms[other]
            merged = _merged(first, second, sign != sign_2)
            if merged is not None and length(merged) <= length(first) + length(second) + 3:
                rest = [t for n, t in enumerate(terms) if n not in (place, other)]
                return _with_shared_factors(
                    [*rest[:place], signed(merged, sign), *rest[place:]])
    return terms


def _merged(first: Node, second: Node, opposite: bool) -> Node | None:
    """first ± second with what both have at an end before or behind brackets."""
    left, right = split(first), split(second)
    above, *own_above = _common(left.above, right.above)
    below, *own_below = _common(left.below, right.below)
    same = abs(left.coefficient) == abs(right.coefficient)
    factor = abs(left.coefficient) if same else _ONE
    options = [_shared(a, b) for a in _ends(left.of) for b in _ends(right.of)
               if a[0] == b[0] and spelled(a[1]) == spelled(b[1])]
    best: Node | None = None
    for option in options:
        side, end, rests = option
        inner = [scaled(p.coefficient / factor, own, rest, under) for p, own, rest, under in zip(
            (left, right), own_above, rests, own_below, strict=True)]
        bracket = total([(False, inner[0]), (opposite, inner[1])], rests[0].axes, alike=True)
        product = scaled(factor, above, _SIDES[side](end, bracket), below)
        best = product if best is None else shorter(best, product)
    return best


def _common(first: Sequence[Node], second: Sequence[Node],
            ) -> tuple[list[Node], list[Node], list[Node]]:
    """The factors that both have, and those that each has alone."""
    shared, others = list[Node](), list(second)
    own = []
    for factor in first:
        twin = next((o for o in others if spelled(o) == spelled(factor)), None)
        if twin is None:
            own.append(factor)
        else:
            others.remove(twin)
            shared.append(factor)
    return shared, own, others


End = tuple[str, Node, Node]  # where a factor stands, the factor, and what is left without it


def _ends(node: Node | None) -> list[End]:
    """The factors at the ends of a product, each with the rest of it."""
    if isinstance(node, m.Chain) and len(node.axes) > 0:
        first, *others = node.factors
        *firsts, last = node.factors
        return [("left", first, _product(others)), ("right", last, _product(firsts))]
    if isinstance(node, m.Outer):
        ends: list[End] = [("row", node.right, node.left), ("column", node.left, node.right)]
        if isinstance(node.left, m.Chain):
            first, *others = node.left.factors
            ends.append(("left", first, m.Outer(_product(others), node.right)))
        if isinstance(node.right, m.Chain):
            first, *others = node.right.factors
            ends.append(("right", turned(first), m.Outer(node.left, _product(others))))
        return ends
    return []


def _product(factors: Sequence[Node]) -> Node:
    return factors[0] if len(factors) == 1 else m.Chain(tuple(factors))


def _shared(first: End, second: End) -> tuple[str, Node, tuple[Node, Node]]:
    return first[0], first[1], (first[2], second[2])


_SIDES = {"left": lambda end, rest: chain(end, rest), "right": lambda end, rest: chain(rest, end),
          "row": lambda end, rest: outer(rest, end), "column": lambda end, rest: outer(end, rest)}

