"""Polynomial arithmetic on opaque atoms: multiply out, collect, factor, common denominators.

Everything that is not a sum, product or power counts as an atom, so no index is ever touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, reduce
from itertools import product
from math import inf, prod

from sympy import Add, Expr, Integer, Mul, Pow, S
from sympy.core.numbers import Rational, igcd
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyElement, PolyRing, ring

from derive.core.factors import base_and_exponent, turned
from derive.core.walk import mapped
from derive.limits import tick
from derive.rulebook.exponentials import as_powers, commensurable, joined
from derive.rulebook.measure import measure, shortest

_SMALL = (Integer(2), Integer(3))
_DEEPEST, _MOST_GROUPS = 3, 4  # how far a sum is taken apart in search of a shorter form
MOST_LENGTH = 400  # a longer expression is not tidied
MOST_TERMS = 48  # a product that would grow beyond this is left as it is


@lru_cache(maxsize=16_384)
def multiplied_out(node: Expr) -> Expr:
    """Products and small powers of sums multiplied out, like terms collected."""
    return Add(*distributed(node, lambda _: True, multiplied, _collected_terms, MOST_TERMS))


def distributed(node: Expr, opens: Callable[[Expr], bool], join: Callable[..., Expr] = Mul,
                gather: Callable[[Iterable[Expr]], list[Expr]] = list, most: float = inf,
                ) -> list[Expr]:
    """The terms of a formula, multiplied out where `opens(bracket)`.

    `join` makes a term of its factors, `gather` a list of the terms of one product or sum. A
    product of more than `most` terms stays as it is.
    """
    if isinstance(node, Add):
        return gather(t for a in node.args for t in distributed(a, opens, join, gather, most))
    base, exponent = base_and_exponent(node)
    if isinstance(base, Add) and exponent in _SMALL and opens(base):
        node = Mul(*[base] * int(exponent), evaluate=False)
    elif not isinstance(node, Mul):
        return [node]
    rows = [[a] if isinstance(a, Add) and not opens(a) else
            distributed(a, opens, join, gather, most) for a in node.args]
    if prod(map(len, rows)) > most:
        return [join(*node.args)]
    return gather(join(*choice) for choice in product(*rows))


def _collected_terms(terms: Iterable[Expr]) -> list[Expr]:
    return list(Add.make_args(Add(*terms)))


Term = tuple[Rational, dict[Expr, Expr]]  # its coefficient, and the exponent of each base


def _powers(term: Expr, faces: set[Expr] | None = None) -> Term:
    """A term as coefficient and {base: exponent}; equal bases joined.

    Of a - b and b - a the one that comes first in `faces` stands for both.
    """
    tick("collecting terms")
    faces = set() if faces is None else faces
    coefficient, bases = S.One, dict[Expr, Expr]()
    for factor in sorted(Mul.make_args(term), key=lambda f: not f.is_Pow or f.exp.is_Integer):
        if isinstance(factor, Rational):
            coefficient *= factor
            continue
        base, exponent = base_and_exponent(factor)
        if isinstance(base, Add) and base not in faces:
            face = turned(base)
            if face in faces and exponent.is_Integer:
                base = face
                if exponent.p % 2:
                    coefficient = -coefficient
            else:
                faces.add(base)
        known = bases.get(base)
        bases[base] = exponent if known is None else Add(known, exponent)
    return coefficient, bases


def _difference(node: Expr) -> bool:
    """A sum such as a - b, which turns into b - a; but 2 y - 1 is rather kept together."""
    return isinstance(node, Add) and all(
        _powers(t)[0] in (S.One, S.NegativeOne) for t in node.args)


def multiplied(*factors: Expr) -> Expr:
    """A product with equal bases joined, a minus sign taken into a sum where there is one."""
    coefficient, bases = _powers(Mul(*factors))
    parts = [Pow(b, e) for b, e in bases.items()]
    if coefficient.p < 0:
        for place, (base, exponent) in enumerate(bases.items()):
            if exponent is S.One and _difference(base):
                parts[place] = turned(base)
                coefficient = -coefficient
                break
    return Mul(coefficient, *parts)


def factored(node: Expr, depth: int = 0, lowest: bool = True) -> Expr:
    """A sum with what all its terms share taken out; the rest factored further where shorter.

    Of the powers of one base the lowest is taken out, or the highest: 1/b**2 + 1/b is
    (1 + b)/b**2, or (1 + 1/b)/b.
    """
    if not isinstance(node, Add):
        return node
    common = _common_factor(node.args, min if lowest else max)
    inner = Add(*(multiplied(term, Pow(common, -1)) for term in node.args))
    if depth < _DEEPEST:
        inner = shortest((inner, *_grouped(inner, depth)))
    return multiplied(common, inner)


def _common_factor(terms: Iterable[Expr], choose: Callable[..., Expr] = min) -> Expr:
    faces: set[Expr] = set()
    split = [_powers(t, faces) for t in terms]
    first, *others = split
    shared = []
    for base, exponent in first[1].items():
        exponents = [exponent, *(bases.get(base) for _, bases in others)]
        if None in exponents:
            continue
        if all(e.is_Rational for e in exponents):
            shared.append(Pow(base, choose(exponents)))
        elif len(set(exponents)) == 1:
            shared.append(Pow(base, exponent))
    coefficients = [coefficient for coefficient, _ in split]
    bottoms = {coefficient.q for coefficient in coefficients}
    if len(bottoms) == 1:
        content = reduce(igcd, (coefficient.p for coefficient in coefficients), 0)
        shared.append(Rational(content, bottoms.pop()))
    if all(coefficient.p < 0 for coefficient in coefficients):
        shared.append(S.NegativeOne)
    return Mul(*shared)


def _grouped(node: Expr, depth: int) -> Iterator[Expr]:
    """A sum with one factor taken out of those terms that have it."""
    if not isinstance(node, Add) or not 3 <= len(node.args) <= 12:
        return
    faces: set[Expr] = set()
    split = [(t, _powers(t, faces)[1]) for t in node.args]
    counts: dict[Expr, int] = {}
    for _, bases in split:
        for base in bases:
            counts[base] = counts.get(base, 0) + 1
    for base, count in sorted(counts.items(), key=lambda c: -c[1])[:_MOST_GROUPS]:
        if 2 <= count < len(split):
            mine = [t for t, bases in split if base in bases]
            rest = [t for t, bases in split if base not in bases]
            yield Add(factored(Add(*mine), depth + 1), *rest)


def over_common_denominator(node: Expr) -> Expr:
    """A sum of fractions as one fraction, its numerator multiplied out."""
    if not isinstance(node, Add):
        return node
    denominators: dict[Expr, Expr] = {}
    faces: set[Expr] = set()
    for term in node.args:
        for base, exponent in _powers(term, faces)[1].items():
            if isinstance(exponent, Rational) and exponent.p < 0:
                denominators[base] = max(denominators.get(base, S.Zero), -exponent)
    if not denominators:
        return node
    below = Mul(*(Pow(b, e) for b, e in denominators.items()))
    above = Add(*(multiplied(term, below) for term in node.args))
    flat = multiplied_out(above)
    top = shortest((above, flat, factored(flat)))
    return divided(multiplied(top, Pow(below, -1)))


def divided(node: Expr) -> Expr:
    """A fraction with a sum below the line that divides the sum above: carried out."""
    _, bases = _powers(node)
    below = [b for b, e in bases.items() if isinstance(b, Add) and e.is_Integer and e.p < 0]
    above = [b for b, e in bases.items() if isinstance(b, Add) and e.is_Integer and e.p > 0]
    for bottom in below:
        for top in above:
            quotient = _quotient(top, bottom)
            if quotient is not None:
                rest = multiplied(node, Pow(top, -1), bottom)
                return divided(multiplied(rest, quotient))
    return node


def _quotient(top: Expr, bottom: Expr) -> Expr | None:
    """The exact quotient of two sums as polynomials in their atoms, or None."""
    above, below = ([_powers(t) for t in multiplied_out(s).args] for s in (top, bottom))
    atoms = _atoms(above)
    if not atoms or not set(_atoms(below)) <= set(atoms) or not _is_polynomial(above + below):
        return None
    domain = ring([f"x{n}" for n in range(len(atoms))], QQ)[0]
    quotient, rest = _polynomial(domain, above, atoms).div(_polynomial(domain, below, atoms))
    if rest:
        return None
    return Add(*(Mul(Rational(int(c.numerator), int(c.denominator)), *map(Pow, atoms, powers))
                 for powers, c in quotient.terms()))


def _atoms(terms: list[Term]) -> list[Expr]:
    return list(dict.fromkeys(base for _, bases in terms for base in bases))


def _is_polynomial(terms: list[Term]) -> bool:
    return all(e.is_Integer and e > 0 for _, bases in terms for e in bases.values())


def _polynomial(domain: PolyRing, terms: list[Term], atoms: list[Expr]) -> PolyElement:
    return domain.from_dict({tuple(int(bases.get(a, 0)) for a in atoms): QQ(int(c.p), int(c.q))
                             for c, bases in terms})


_ADVANTAGE = 0.75  # how much shorter a form must be to replace the one that is there


@lru_cache(maxsize=16_384)
def collected(node: Expr) -> Expr:
    """The shortest among a sum or product as it is, multiplied out, factored, and as one fraction.

    What is hardly shorter leaves the expression as it is, so that doing it twice changes nothing.
    """
    if not isinstance(node, (Add, Mul)) or _plain_product(node) or measure(node) > MOST_LENGTH:
        return node
    flat = multiplied_out(node)
    candidates = [flat, factored(node), over_common_denominator(node)]
    if _is_fraction(node):
        candidates.append(factored(node, lowest=False))
    if flat != node:
        candidates += [factored(flat), over_common_denominator(flat)]
    if commensurable(node):
        even = as_powers(node)
        even_flat = multiplied_out(even)
        candidates += [joined(c) for c in (even_flat, factored(even_flat),
                                           over_common_denominator(even_flat))]
    if isinstance(node, Mul):
        candidates.append(divided(node))
        node = shortest((node, multiplied(*node.args)))
    best = _facing(shortest(candidates), set(_sums(node)))
    return best if measure(best) <= measure(node) - _ADVANTAGE else node


def _is_fraction(node: Expr) -> bool:
    """Whether terms of a sum have something below the line."""
    return isinstance(node, Add) and sum(
        any(isinstance(f, Pow) and f.args[1].is_Rational and f.args[1] < 0
            for f in Mul.make_args(t)) for t in node.args) > 1


def _plain_product(node: Expr) -> bool:
    """A product of different atoms and their powers: there is nothing to collect."""
    if not isinstance(node, Mul):
        return False
    bases = [base_and_exponent(a)[0] for a in node.args]
    return len(set(bases)) == len(bases) and not any(isinstance(b, Add) for b in bases)


def _sums(node: Expr) -> Iterator[Expr]:
    """The sums that stand as factors or terms of a node."""
    if isinstance(node, Add):
        yield node
    if isinstance(node, (Add, Mul, Pow)):
        for argument in node.args:
            yield from _sums(argument)


def _facing(node: Expr, known: set[Expr]) -> Expr:
    """Even powers of a sum with the sign that the sum had before."""
    if isinstance(node, Pow) and isinstance(node.args[0], Add) and node.args[1].is_even:
        face = turned(node.args[0])
        return Pow(face, node.args[1]) if face in known else node
    if isinstance(node, (Add, Mul)):
        return mapped(node, lambda part: _facing(part, known))
    return node
