"""A short formula that has given values at given points, if there is one: by linear equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, pi

from derive.core.atoms import Variable
from derive.core.heads import Apply, apply
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate

_DIGITS = 40
_EXACT = mpf(10) ** -18
_MOST_BELOW = 24
SPARE = 3  # so many points more than there are unknowns


@dataclass(frozen=True)
class Shape:
    """A family of formulas that is linear in its coefficients, after a change of the value."""

    basis: Callable[[Sequence[Variable]], list[Expr]]
    changed: Callable[[Number], Number]
    back: Callable[[Expr], Expr]
    factors: bool = False  # whether the value is a product: its logarithm is linear


def _logarithms(leaves: Sequence[Variable]) -> list[Expr]:
    return [apply("log", apply("abs", x) if x.kind.domain == "real" else x) for x in leaves]


def _monomials(leaves: Sequence[Variable]) -> list[Expr]:
    below = [apply("log", Add(Integer(1), Mul(-1, x))) for x in leaves
             if x.kind.domain == "probability"]
    return [Integer(1), *_logarithms(leaves), *leaves, *below]


def _powers(leaves: Sequence[Variable]) -> list[Expr]:
    """Products, the exponents of which may be other names."""
    positive = [x for x in leaves if x.kind.domain != "real"]
    crossed = [Mul(apply("log", x), factor) for x in positive for other in leaves
               for factor in (other, Pow(other, -1))]
    return [*_monomials(leaves), *crossed, *(Pow(x, 2) for x in leaves),
            *(Mul(a, Pow(b, n)) for a, b in permutations(leaves, 2) for n in (-1, 1)
              if n < 0 or leaves.index(a) < leaves.index(b))]


def _polynomials(leaves: Sequence[Variable]) -> list[Expr]:
    positive = [x for x in leaves if x.kind.domain != "real"]
    return [Integer(1), *leaves, *_logarithms(positive), *(Pow(x, -1) for x in leaves),
            *(Pow(x, 2) for x in leaves), *(Mul(a, b) for a, b in combinations(leaves, 2))]


def _products(leaves: Sequence[Variable]) -> list[Expr]:
    """Sums with quotients, and with logarithms and exponentials before other names."""
    positive = [x for x in leaves if x.kind.domain != "real"]
    return [*_polynomials(leaves), *(Mul(a, Pow(b, -1)) for a, b in permutations(leaves, 2)),
            *(Mul(a, apply("log", b)) for b in positive for a in leaves),
            *(apply("exp", x) for x in leaves)]


_SHAPES = (
    Shape(_monomials, lambda v: mp.log(abs(v)), lambda e: e, True),
    Shape(_polynomials, lambda v: v, lambda e: e),
    Shape(_monomials, lambda v: mp.log(v / (1 - v)), lambda e: apply("sigmoid", e)),
    Shape(_polynomials, lambda v: 1 / v, lambda e: Pow(e, -1)),
    Shape(_polynomials, lambda v: v**2, lambda e: Pow(e, Rational(1, 2))),
    Shape(_polynomials, lambda v: 1 / v**2, lambda e: Pow(e, Rational(-1, 2))),
    Shape(_powers, lambda v: mp.log(abs(v)), lambda e: e, True),
    Shape(_products, lambda v: v, lambda e: e),
    Shape(_products, lambda v: 1 / v, lambda e: Pow(e, -1)),
)


def fitted(sample: Callable[[int], Sequence[tuple[Point, Number]]], leaves: Sequence[Variable],
           ) -> Expr | None:
    """A formula of the names with the values of a sample; None where there is no short one.

    `sample` gives as many points as are asked for, each with the value there, or fewer.
    """
    with mp.workdps(_DIGITS):
        for shape in _SHAPES:
            basis = shape.basis(leaves)
            seen = sample(len(basis) + SPARE)
            formula = _of_shape(shape, basis, seen) if len(seen) == len(basis) + SPARE else None
            if formula is not None:
                return formula
    return None


def _of_shape(shape: Shape, basis: Sequence[Expr], seen: Sequence[tuple[Point, Number]],
              ) -> Expr | None:
    count = len(basis)
    try:
        right = [shape.changed(v) for _, v in seen]
        if any(isinstance(v, mp.mpc) for v in right):
            return None
        rows = [[evaluate(term, point, _DIGITS) for term in basis] for point, _ in seen]
        solved = list(mp.lu_solve(mp.matrix(rows[:count]), mp.matrix(right[:count])))
    except (EvaluationError, ZeroDivisionError, ValueError):
        return None
    for row, value in zip(rows, right, strict=True):
        if abs(mp.fsum(map(mp.fmul, row, solved)) - value) > _EXACT * max(1, abs(value)):
            return None
    formula = _factors(solved, basis) if shape.factors else _terms(solved, basis, shape)
    if formula is None:
        return None
    return next((f for f in (formula, Mul(-1, formula)) if _has_values(f, seen)), None)


def _terms(solved: Sequence[Number], basis: Sequence[Expr], shape: Shape) -> Expr | None:
    """The sum of the basis with rational coefficients."""
    numbers = [rational(c) for c in solved]
    if any(n is None for n in numbers):
        return None
    terms = [Mul(n, term) for n, term in zip(numbers, basis, strict=True) if n]
    odds = shape.basis is _monomials
    if odds:  # a logarithm of odds: a sigmoid of a sum of logarithms is a quotient
        powers = _factors(solved, basis)
        logarithmic = any(n for n, t in zip(numbers, basis, strict=True) if _is_log(t))
        if powers is not None and (logarithmic or (len(terms) == 1 and numbers[0])):
            return Pow(Add(Integer(1), Pow(powers, -1)), -1)
    return shape.back(Add(*terms))


def _is_log(term: Expr) -> bool:
    return isinstance(term, Apply) and bool(term.name == "log")


def _factors(solved: Sequence[Number], basis: Sequence[Expr]) -> Expr | None:
    """exp of the sum: powers of the names, an exponential, and a number before them."""
    first, within = _factor_of(mp.exp(solved[0])), rational(solved[0])
    if first is None and within is not None:
        first = apply("exp", within)
    numbers = [rational(c) for c in solved[1:]]
    if first is None or any(n is None for n in numbers):
        return None
    exponents, powers = list[Expr](), [first]
    for number, term in zip(numbers, basis[1:], strict=True):
        if number:
            power = _power_of_name(number, term)
            (exponents if power is None else powers).append(power or Mul(number, term))
    return Mul(*powers, *([apply("exp", Add(*exponents))] if exponents else []))


def _power_of_name(number: Expr, term: Expr) -> Expr | None:
    """exp(number * term) as a power, where a logarithm stands in the term."""
    logs = [f for f in Mul.make_args(term) if _is_log(f)]
    if not logs:
        return None
    inner = logs[0].args[1]
    base = inner.args[1] if isinstance(inner, Apply) and inner.name == "abs" else inner
    return Pow(base, Mul(number, *(f for f in Mul.make_args(term) if not _is_log(f))))


def _factor_of(value: Number) -> Expr | None:
    """A rational number, the root of one, or a multiple of pi."""
    if (number := rational(value)) is not None:
        return number
    if (number := rational(value**2)) is not None:
        return Pow(number, Rational(1, 2))
    if (number := rational(value / mp.pi)) is not None:
        return Mul(number, pi)
    return None


def rational(value: Number) -> Rational | None:
    """The rational number of small terms that a value is; None where it is none."""
    if not mp.isfinite(value):
        return None
    near = Fraction(str(mp.nstr(value, 25))).limit_denominator(_MOST_BELOW)
    if abs(mpf(near.numerator) / near.denominator - value) > _EXACT * max(1, abs(value)):
        return None
    return Rational(near.numerator, near.denominator)


def _has_values(formula: Expr, seen: Sequence[tuple[Point, Number]]) -> bool:
    try:
        return all(abs(evaluate(formula, point, _DIGITS) - v) <= _EXACT * max(1, abs(v))
                   for point, v in seen)
    except EvaluationError:
        return False
