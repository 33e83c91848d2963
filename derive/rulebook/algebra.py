"""Polynomial arithmetic on opaque atoms: multiply out, collect, factor, common denominators.

Everything that is not a sum, product or power counts as an atom, so no index is ever touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from sympy import Add, Integer, Mul, Pow, S
from sympy.core.numbers import Rational, igcd
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from derive.core.walk import mapped
from derive.limits import tick
from derive.rulebook.exponentials import as_powers, commensurable, joined
from derive.rulebook.measure import measure, shortest

_SMALL = (Integer(2), Integer(3))
_DEEPEST, _MOST_GROUPS = 3, 4  # how far a sum is taken apart in search of a shorter form
MOST_LENGTH = 400  # a longer expression is not tidied
MOST_TERMS = 48  # a product that would grow beyond this is left as it is


def multiplied_out(node: Any) -> Any:
    """Products and small powers of sums multiplied out, like terms collected."""
    return Add(*_terms(node))


def _terms(node: Any) -> list[Any]:
    if isinstance(node, Add):
        return list(Add.make_args(Add(*(t for a in node.args for t in _terms(a)))))
    if isinstance(node, Pow) and isinstance(node.args[0], Add) and node.args[1] in _SMALL:
        node = Mul(*[node.args[0]] * int(node.args[1]), evaluate=False)
    elif not isinstance(node, Mul):
        return [node]
    parts = [_terms(a) for a in node.args]
    count = 1
    for part in parts:
        count *= len(part)
    if count == 1 or count > MOST_TERMS:
        return [multiplied(*node.args)]
    return list(Add.make_args(Add(*(multiplied(*choice) for choice in product(*parts)))))


def _powers(term: Any, faces: set[Any] | None = None) -> tuple[Rational, dict[Any, Any]]:
    """A term as coefficient and {base: exponent}; equal bases joined.

    Of a - b and b - a the one that comes first in `faces` stands for both.
    """
    tick("collecting terms")
    faces = set() if faces is None else faces
    coefficient, bases = S.One, dict[Any, Any]()
    for factor in Mul.make_args(term):
        if isinstance(factor, Rational):
            coefficient *= factor
            continue
        base, exponent = factor.args if isinstance(factor, Pow) else (factor, S.One)
        if isinstance(base, Add) and exponent.is_Integer and base not in faces:
            turned = _negated_sum(base)
            if turned in faces:
                base = turned
                if exponent.p % 2:
                    coefficient = -coefficient
            else:
                faces.add(base)
        known = bases.get(base)
        bases[base] = exponent if known is None else Add(known, exponent)
    return coefficient, bases


def _negated_sum(node: Any) -> Any:
    return Add(*(Mul(S.NegativeOne, t) for t in node.args))


def _difference(node: Any) -> bool:
    """A sum such as a - b, which turns into b - a; but 2 y - 1 is rather kept together."""
    return isinstance(node, Add) and all(
        _powers(t)[0] in (S.One, S.NegativeOne) for t in node.args)


def multiplied(*factors: Any) -> Any:
    """A product with equal bases joined, a minus sign taken into a sum where there is one."""
    coefficient, bases = _powers(Mul(*factors))
    parts = [Pow(b, e) for b, e in bases.items()]
    if coefficient.p < 0:
        for place, (base, exponent) in enumerate(bases.items()):
            if exponent is S.One and _difference(base):
                parts[place] = _negated_sum(base)
                coefficient = -coefficient
                break
    return Mul(coefficient, *parts)


def factored(node: Any, depth: int = 0) -> Any:
    """A sum with what all its terms share taken out; the rest factored further where shorter."""
    if not isinstance(node, Add):
        return node
    common = _common_factor(node.args)
    inner = Add(*(multiplied(term, Pow(common, -1)) for term in node.args))
    if depth < _DEEPEST:
        inner = shortest((inner, *_grouped(inner, depth)))
    return multiplied(common, inner)


def _common_factor(terms: Iterable[Any]) -> Any:
    faces: set[Any] = set()
    split = [_powers(t, faces) for t in terms]
    first, *others = split
    shared = []
    for base, exponent in first[1].items():
        exponents = [exponent, *(bases.get(base) for _, bases in others)]
        if None in exponents:
            continue
        if all(e.is_Rational for e in exponents):
            # The lowest power divides every term; 1/b**2 + 1/b leaves 1 + b inside.
            low = min(exponents)
            shared.append(Pow(base, low))
        elif len(set(exponents)) == 1:
            shared.append(Pow(base, exponent))
    content = Integer(0)
    for coefficient, _ in split:
        content = Integer(igcd(content, coefficient.p))
    bottoms = {coefficient.q for coefficient, _ in split}
    scale = Rational(content, max(bottoms)) if len(bottoms) == 1 else S.One
    if bottoms == {1} or len(bottoms) == 1:
        shared.append(scale)
    if all(coefficient.p < 0 for coefficient, _ in split):
        shared.append(S.NegativeOne)
    return Mul(*shared)


def _grouped(node: Any, depth: int) -> Iterator[Any]:
    """A sum with one factor taken out of those terms that have it."""
    if not isinstance(node, Add) or not 3 <= len(node.args) <= 12:
        return
    faces: set[Any] = set()
    split = [(t, _powers(t, faces)[1]) for t in node.args]
    counts: dict[Any, int] = {}
    for _, bases in split:
        for base in bases:
            counts[base] = counts.get(base, 0) + 1
    for base, count in sorted(counts.items(), key=lambda c: -c[1])[:_MOST_GROUPS]:
        if 2 <= count < len(split):
            mine = [t for t, bases in split if base in bases]
            rest = [t for t, bases in split if base not in bases]
            yield Add(factored(Add(*mine), depth + 1), *rest)


def over_common_denominator(node: Any) -> Any:
    """A sum of fractions as one fraction, its numerator multiplied out."""
    if not isinstance(node, Add):
        return node
    denominators: dict[Any, Any] = {}
    faces: set[Any] = set()
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


def divided(node: Any) -> Any:
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


def _quotient(top: Any, bottom: Any) -> Any | None:
    """The exact quotient of two sums as polynomials in their atoms, or None."""
    split = [[_powers(t) for t in multiplied_out(s).args] for s in (top, bottom)]
    atoms = list(dict.fromkeys(b for s in split for _, bases in s for b in bases))
    whole = all(e.is_Integer and e > 0 for s in split for _, bases in s for e in bases.values())
    inside = {b for _, bases in split[1] for b in bases} <= {b for _, bases in split[0]
                                                             for b in bases}
    if not whole or not inside or not atoms:
        return None
    domain = ring([f"x{n}" for n in range(len(atoms))], QQ)[0]
    polynomials = [domain.from_dict({tuple(int(bases.get(a, 0)) for a in atoms):
                                     QQ(int(c.p), int(c.q)) for c, bases in s}) for s in split]
    quotient, rest = polynomials[0].div(polynomials[1])
    if rest:
        return None
    return Add(*(Mul(Rational(int(c.numerator), int(c.denominator)),
                     *(Pow(a, e) for a, e in zip(atoms, powers, strict=True)))
                 for powers, c in quotient.terms()))


_ADVANTAGE = 0.75  # how much shorter a form must be to replace the one that is there


@lru_cache(maxsize=20_000)
def collected(node: Any) -> Any:
    """The shortest among a sum or product as it is, multiplied out, factored, and as one fraction.

    What is hardly shorter leaves the expression as it is, so that doing it twice changes nothing.
    """
    if not isinstance(node, (Add, Mul)) or _plain_product(node) or measure(node) > MOST_LENGTH:
        return node
    flat = multiplied_out(node)
    candidates = [flat, factored(node), over_common_denominator(node)]
    if flat != node:
        candidates += [factored(flat), over_common_denominator(flat)]
    if commensurable(node):
        even = as_powers(node)
        even_flat = multiplied_out(even)
        candidates += [joined(c) for c in (even_flat, factored(even_flat),
                                           over_common_denominator(even_flat))]
    if isinstance(node, Mul):
        candidates.append(divided(node))
        turned = multiplied(*node.args)
        if measure(turned) < measure(node):
            node = turned
    best = _facing(shortest(candidates), set(_sums(node)))
    return best if measure(best) <= measure(node) - _ADVANTAGE else node


def _plain_product(node: Any) -> bool:
    """A product of different atoms and their powers: there is nothing to collect."""
    if not isinstance(node, Mul):
        return False
    bases = [a.args[0] if isinstance(a, Pow) else a for a in node.args]
    return len(set(bases)) == len(bases) and not any(isinstance(b, Add) for b in bases)


def _sums(node: Any) -> Iterator[Any]:
    """The sums that stand as factors or terms of a node."""
    if isinstance(node, Add):
        yield node
    if isinstance(node, (Add, Mul, Pow)):
        for argument in node.args:
            yield from _sums(argument)


def _facing(node: Any, known: set[Any]) -> Any:
    """Even powers of a sum with the sign that the sum had before."""
    if isinstance(node, Pow) and isinstance(node.args[0], Add) and node.args[1].is_even:
        turned = _negated_sum(node.args[0])
        return Pow(turned, node.args[1]) if turned in known else node
    if isinstance(node, (Add, Mul)):
        return mapped(node, lambda part: _facing(part, known))
    return node


def flattened(node: Any) -> Any:
    """a - (b - c) as a - b + c: nested sums joined, nothing else multiplied out."""
    if not isinstance(node, Add):
        return node
    terms = []
    for term in node.args:
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(rest, Add) and coefficient is S.NegativeOne:
            terms += [Mul(coefficient, t) for t in rest.args]
        else:
            terms.append(term)
    return Add(*terms)


def negated(node: Any) -> Any:
    """-(a - b) as b - a."""
    if isinstance(node, Mul) and len(node.args) == 2 and node.args[0] is S.NegativeOne \
            and isinstance(node.args[1], Add):
        return _negated_sum(node.args[1])
    return node
