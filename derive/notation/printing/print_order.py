"""Terms and factors in the order of print: signs, fractions, roots of numbers."""

from __future__ import annotations

import re

from sympy import Add, EulerGamma, Expr, Integer, Mul, Pow, Rational, pi
from sympy.core.numbers import Rational as Number

from derive.core import heads
from derive.core.atoms import Dim, Index, Named
from derive.core.indexing import leaves, size
from derive.notation.printing.array_forms import WrittenMatrix

_NUMBERS = re.compile(r"([0-9]+)")


def ordered_terms(node: Expr) -> list[tuple[bool, Expr]]:
    """The terms of a sum as (is negative, term without its sign), in the order of print."""
    terms = []
    for argument in node.args:
        negative = is_negative(argument)
        terms.append((negative, Mul(Integer(-1), argument) if negative else argument))
    shift = all(isinstance(t, Index) or t.is_Rational for _, t in terms)  # i + 1, but 1 + exp(z)
    return sorted(terms, key=lambda t: (t[0], bool(t[1].is_Rational) == shift, size(t[1]),
                                        _Spelling(t[1])))


class _Spelling:
    """The text of a node for the order of print, made only where nothing else decides.

    Numbers in it are in their order: `a2` comes before `a10`.
    """

    __slots__ = ("node", "pieces")

    def __init__(self, node: Expr) -> None:
        self.node = node
        self.pieces: tuple[tuple[int, str], ...] = ()

    def spelled(self) -> tuple[tuple[int, str], ...]:
        """The text between numbers, and the numbers with how many digits they have."""
        if not self.pieces:
            self.pieces = tuple((len(p) if p.isdigit() else 0, p)
                                for p in _NUMBERS.split(str(self.node)))
        return self.pieces

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Spelling) and (
            self.node is other.node or self.spelled() == other.spelled())

    def __lt__(self, other: _Spelling) -> bool:
        return self.spelled() < other.spelled()

    __hash__ = None  # type: ignore[assignment]  # a key to sort by, in no table


def is_negative(node: Expr) -> bool:
    """Whether a term is printed with a minus sign."""
    coefficient = node.args[0] if isinstance(node, Mul) else node
    return bool(coefficient.is_Rational and coefficient < 0)


def split_fraction(node: Expr) -> tuple[bool, list[Expr], list[Expr]]:
    """Sign, factors above and factors below the line of a product or power, in order of print."""
    above, below, negative = [], [], False
    for factor in Mul.make_args(node):
        if isinstance(factor, Number):
            negative = factor < 0
            if abs(factor.p) != 1:
                above.append(Integer(abs(factor.p)))
            if factor.q != 1:
                below.append(Integer(factor.q))
        elif isinstance(factor, Pow) and factor.args[1].is_Rational and factor.args[1] < 0:
            below.append(Pow(factor.args[0], -factor.args[1]))
        else:
            above.append(factor)
    _join_radicals(above, below)
    return negative, sorted(above, key=_factor_key), sorted(below, key=_factor_key)


def _join_radicals(above: list[Expr], below: list[Expr]) -> None:
    """SymPy's sqrt(2)/(2 sqrt(pi)) as 1/sqrt(2 pi): what is read back is the same."""
    roots, under = ([f for f in group if _radical(f)] for group in (above, below))
    integers = [f for f in below if isinstance(f, Integer)]
    if not integers:
        for group, radicals in ((above, roots), (below, under)):
            if len(radicals) > 1:
                _replace_radicals(group, radicals, _square(radicals))
        return
    square = _square(under) * Mul(*integers) ** 2 / _square(roots)
    if not roots or any(f.is_Rational and f.q != 1 for f in Mul.make_args(square)):
        return
    for radical in roots:
        above.remove(radical)
    _replace_radicals(below, [*under, *integers], square)


def _square(radicals: list[Expr]) -> Expr:
    """The square of a product of square roots."""
    return Mul(*(radical.args[0] for radical in radicals))


def _replace_radicals(group: list[Expr], parts: list[Expr], square: Expr) -> None:
    """One square root in place of some factors."""
    for part in parts:
        group.remove(part)
    group.append(Pow(Mul(*Mul.make_args(square), evaluate=False), Rational(1, 2), evaluate=False))


def _radical(node: Expr) -> bool:
    """Whether a factor is the square root of a number."""
    return isinstance(node, Pow) and node.args[1] == Rational(1, 2) and \
        bool(node.args[0].is_number) and not node.has(heads.Head)


_RANKS: dict[type, int] = {Number: 0, type(pi): 1, type(EulerGamma): 1, Dim: 2, Named: 3,
                           heads.Element: 4, heads.Apply: 6, heads.Reduction: 7,
                           heads.Delta: 5, Add: 8, WrittenMatrix: 7,
                           heads.Cond: 9, heads.Partial: 10}


def _factor_key(node: Expr) -> tuple[int, int, _Spelling]:
    base = node.args[0] if isinstance(node, Pow) and node.args[1].is_Rational else node
    rank = next((_RANKS[k] for k in type(base).__mro__ if k in _RANKS), 5)
    if isinstance(base, Add) and all(isinstance(leaf, (Named, Number)) for leaf in leaves(base)) \
            and not base.has(heads.Head):
        rank = 5  # (1 - y) stands before a function
    return rank, size(base), _Spelling(base)
