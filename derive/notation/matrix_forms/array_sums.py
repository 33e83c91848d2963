"""Sums of whole arrays: shared factors stand before brackets, numbers are repeated in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.array_products import (
    UNIT,
    chain,
    outer,
    scaled,
    split,
)
from derive.notation.matrix_forms.form_length import length, shorter, spelled
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, require
from derive.notation.matrix_forms.signs_of_products import negated
from derive.notation.matrix_forms.transposes import oriented, turned

Term = tuple[bool, Node]  # whether it is subtracted, and what


def explicit(node: Node) -> Node:
    """A matrix with every number of a sum written as a multiple of a matrix of ones.

    Within elementwise operations numbers stay as they are.
    """
    if isinstance(node, m.ELEMENTWISE):
        return node
    if isinstance(node, m.Total):
        terms = tuple((sign, explicit(term)) for sign, term in node.terms)
        if len(node.axes) == 2:
            square = m.Outer(*(m.Ones((i,)) for i in node.axes))
            terms = tuple((sign, term if term.axes else scaled(UNIT, [term], square))
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
    turned_round = negated(parts.of) if negative and parts.of is not None else None
    if turned_round is None:
        return negative, node
    return False, scaled(parts.coefficient, parts.above, turned_round, parts.below)


def total(terms: Iterable[tuple[bool, Node]], axes: Axes, kept: bool = False,
          alike: bool = False) -> Node:
    """A sum; shared factors stand before brackets, and products first unless order is `kept`.

    Of terms that are `alike`, all have the axes that the sum has, under other names.
    """
    gathered = list(_flat(terms, axes))
    if axes:
        gathered = _with_shared_factors(_like_terms(gathered if alike else [
            (sign, _broadcast(node, axes)) for sign, node in gathered]))
        require(gathered)
    if len(gathered) == 1:
        ((negative, only),) = gathered
        return scaled(-UNIT, [], only) if negative else only
    if kept:
        return m.Total(axes, tuple(gathered))
    shared = _shared_numbers([split(node) for _, node in gathered])
    if shared is not None:
        gathered = [(sign, _without(node, shared)) for sign, node in gathered]
    gathered.sort(key=lambda t: (t[0], _place(t[1])))
    made = m.Total(axes, tuple(gathered))
    return made if shared is None else replace(shared, of=made)


def _like_terms(terms: list[Term]) -> list[Term]:
    """The terms, those that differ in their coefficients alone put together."""
    groups: dict[str, list[Term]] = {}
    for negative, term in terms:
        without = replace(split(term), coefficient=UNIT)
        groups.setdefault(spelled(without), []).append((negative, term))
    made = []
    for group in groups.values():
        if len(group) == 1:
            made += group
            continue
        coefficient = sum(split(term).coefficient * (-1 if sign else 1) for sign, term in group)
        first = split(group[0][1])
        if coefficient != 0:
            made.append(signed(scaled(coefficient, first.above, first.of, first.below), False))
    return made


def _flat(terms: Iterable[Term], axes: Axes) -> Iterator[Term]:
    """The terms with their signs, those of a sum among them one by one."""
    for negative, term in terms:
        sign, node = signed(term, negative)
        if isinstance(node, m.Total) and len(node.axes) == len(axes):
            for inner, part in node.terms:
                yield sign != inner, part
        else:
            yield sign, node


def _shared_numbers(terms: list[m.Scaled]) -> m.Scaled | None:
    """The numbers that all terms have before them or below the line, if there are any."""
    if not all(term.axes for term in terms):
        return None
    sizes = {abs(term.coefficient) for term in terms}
    above, below = list(terms[0].above), list(terms[0].below)
    for term in terms[1:]:
        above, below = _common(above, term.above)[0], _common(below, term.below)[0]
    coefficient = sizes.pop() if len(sizes) == 1 else UNIT
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
    if isinstance(node, m.UnitMatrix) or (
            isinstance(node, m.Scalar) and node.formula.is_Rational):
        return -1
    of = split(node).of
    if isinstance(of, m.Outer):
        return int(any(isinstance(side, m.Ones) for side in of.parts()))
    return _PLACES.get(type(of), 2 if isinstance(node, m.Turned) else 1)


_PLACES: dict[type, int] = {
    m.UnitMatrix: 3, m.Chain: 0, m.Hadamard: 0, m.Spread: 0}


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
    return node if plain or len(axes) > 1 else scaled(UNIT, [node], m.Ones(axes))


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
    factor = abs(left.coefficient) if same else UNIT
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


_SIDES: dict[str, Callable[[Node, Node], Node]] = {
    "left": lambda end, rest: chain(end, rest), "right": lambda end, rest: chain(rest, end),
    "row": lambda end, rest: outer(rest, end), "column": lambda end, rest: outer(end, rest)}


def array_of(node: Node, axes: Axes) -> Node:
    """The array over all of some axes, as it stands by itself."""
    return explicit(oriented(
        _repeated(node, axes) if any(i not in node.axes for i in axes) else node, axes))


def _repeated(node: Node, axes: Axes) -> Node:
    """An array that does not depend on some of its axes."""
    if node.axes:
        return total([(False, node)], axes)
    ones: Node = m.Ones(axes) if len(axes) == 1 else m.Outer(*(m.Ones((i,)) for i in axes))
    return scaled(UNIT, [node], ones)
