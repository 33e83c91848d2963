"""Polynomial arithmetic on opaque atoms: multiply out, collect, factor, common denominators.

Everything that is not a sum, product or power counts as an atom, so no index is ever touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from sympy import Add, Integer, Mul, Pow, S
from sympy.core.numbers import Rational, igcd

from derive.expressions import heads
from derive.expressions.atoms import Named

MOST_TERMS = 48  # a product that would grow beyond this is left as it is


def measure(node: Any) -> float:
    """The length of an expression as a person would write it: names, numbers, signs, brackets."""
    if isinstance(node, Rational):
        return 1 if node.q == 1 else 2.5
    if isinstance(node, Named) or not node.args:
        return 1
    if isinstance(node, Add):
        signs = sum(1 for a in node.args if _negative(a))
        lead = 0.5 if signs == len(node.args) else 0
        return sum(measure(_without_sign(a)) for a in node.args) + len(node.args) - 1 + lead
    if isinstance(node, Mul):
        return _measure_product(node)
    if isinstance(node, Pow):
        return _measure_power(node)
    return 1 + sum(measure(a) for a in node.args)


def _measure_product(node: Any) -> float:
    total, places = 0.0, -1
    for factor in node.args:
        if factor is S.NegativeOne:
            total += 0.5
            continue
        total += measure(factor) + (0.5 if isinstance(factor, Add) else 0)
        places += 1
    return total + max(0, places)


def _measure_power(node: Any) -> float:
    base, exponent = node.args
    brackets = 0.5 if isinstance(base, (Add, Mul, heads.Apply)) else 0
    if exponent == -1:
        return measure(base) + 1 + brackets
    return measure(base) + 1 + brackets + (
        1 if exponent.is_Rational and abs(exponent.p) < 10 else measure(exponent))


def _negative(node: Any) -> bool:
    coefficient = node.args[0] if isinstance(node, Mul) else node
    return bool(coefficient.is_Rational and coefficient < 0)


def _without_sign(node: Any) -> Any:
    return Mul(Integer(-1), node) if _negative(node) else node


def shortest(candidates: Iterable[Any]) -> Any:
    """The shortest of some equal expressions; the first of those of equal length."""
    return min(candidates, key=measure)


def multiplied_out(node: Any) -> Any:
    """Products and small powers of sums multiplied out, like terms collected."""
    return Add(*_terms(node))


def _terms(node: Any) -> list[Any]:
    if isinstance(node, Add):
        return list(Add.make_args(Add(*(t for a in node.args for t in _terms(a)))))
    if isinstance(node, Pow) and isinstance(node.args[0], Add) and node.args[1] in (2, 3):
        node = Mul(*[node.args[0]] * int(node.args[1]), evaluate=False)
    elif not isinstance(node, Mul):
        return [node]
    parts = [_terms(a) for a in node.args]
    count = 1
    for part in parts:
        count *= len(part)
    if count == 1 or count > MOST_TERMS:
        return [Mul(*node.args)]
    return list(Add.make_args(Add(*(Mul(*choice) for choice in product(*parts)))))


def _powers(term: Any) -> tuple[Rational, dict[Any, Any]]:
    """A term as coefficient and {base: exponent}."""
    coefficient, bases = S.One, {}
    for factor in Mul.make_args(term):
        if isinstance(factor, Rational):
            coefficient *= factor
        elif isinstance(factor, Pow):
            bases[factor.args[0]] = factor.args[1]
        else:
            bases[factor] = S.One
    return coefficient, bases


def factored(node: Any) -> Any:
    """A sum with what all its terms share taken out; the rest factored further where shorter."""
    if not isinstance(node, Add):
        return node
    common = _common_factor(node.args)
    inner = Add(*(Mul(term, Pow(common, -1)) for term in node.args))
    inner = shortest((inner, *_grouped(inner)))
    return Mul(common, inner)


def _common_factor(terms: Iterable[Any]) -> Any:
    split = [_powers(t) for t in terms]
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
    if all(coefficient < 0 for coefficient, _ in split):
        shared.append(S.NegativeOne)
    return Mul(*shared)


def _grouped(node: Any) -> Iterator[Any]:
    """A sum with one factor taken out of those terms that have it."""
    if not isinstance(node, Add) or not 3 <= len(node.args) <= 12:
        return
    split = [(t, _powers(t)[1]) for t in node.args]
    counts: dict[Any, int] = {}
    for _, bases in split:
        for base in bases:
            counts[base] = counts.get(base, 0) + 1
    for base, count in counts.items():
        if 2 <= count < len(split):
            mine = [t for t, bases in split if base in bases]
            rest = [t for t, bases in split if base not in bases]
            yield Add(factored(Add(*mine)), *rest)


def over_common_denominator(node: Any) -> Any:
    """A sum of fractions as one fraction, its numerator multiplied out."""
    if not isinstance(node, Add):
        return node
    denominators: dict[Any, Any] = {}
    for term in node.args:
        for base, exponent in _powers(term)[1].items():
            if exponent.is_Rational and exponent < 0:
                denominators[base] = max(denominators.get(base, S.Zero), -exponent)
    if not denominators:
        return node
    below = Mul(*(Pow(b, e) for b, e in denominators.items()))
    above = Add(*(Mul(term, below) for term in node.args))
    flat = multiplied_out(above)
    return Mul(shortest((above, flat, factored(flat))), Pow(below, -1))


def collected(node: Any) -> Any:
    """The shortest among a sum or product as it is, multiplied out, factored, and as one fraction.

    Equal lengths leave the expression as it is, so that doing it twice changes nothing.
    """
    if not isinstance(node, (Add, Mul)):
        return node
    flat = multiplied_out(node)
    candidates = [node, flat, factored(node), factored(flat), over_common_denominator(node),
                  over_common_denominator(flat)]
    if isinstance(node, Mul):
        candidates.append(Mul(*(collected(a) if isinstance(a, Add) else a for a in node.args)))
    return shortest(candidates)


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
        return Add(*(Mul(S.NegativeOne, t) for t in node.args[1].args))
    return node


def compared(node: Any) -> Any:
    """A comparison with like terms on its two sides brought together."""
    if not isinstance(node, (heads.Less, heads.LessEqual)):
        return node
    left, right = node.args
    gap = collected(Add(right, Mul(Integer(-1), left)))
    negative = [t for t in Add.make_args(gap) if _negative(t)]
    positive = [t for t in Add.make_args(gap) if not _negative(t)]
    moved = node.func(Mul(Integer(-1), Add(*negative)) if len(negative) < 2 else
                      Add(*(Mul(Integer(-1), t) for t in negative)), Add(*positive))
    return shortest((node, moved))
