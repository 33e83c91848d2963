"""Quotients of polynomials in the variable as sums of simpler ones; other names are parameters.

A quotient in which functions of the variable are factors is taken apart by their products, and
what cancels in each term is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy
from sympy import Add, Expr, Mul, Poly, Pow

from derive.calculus.integral.search_steps import Rewrite, Search, method, rewrite
from derive.calculus.integral.sympy_table import WatchedSymbol
from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import with_arguments
from derive.errors import PatienceError
from derive.limits import within
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

_LARGEST_DEGREE = 8
_MOST_OPERATIONS, _MOST_PARAMETERS = 40, 5
_SECONDS = 2.0


def partial_fractions(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ p / (q r) dx = ∫ (a / q + b / r) dx, for polynomials that have no factor in common."""
    if _taken_apart(*node.args) is not None:
        yield rewrite(FRACTIONS, search.tools, rule, node)


def _in_fractions(node: Expr, setting: Setting) -> Expr:
    body = _taken_apart(*node.args)
    return node if body is None else heads.Antiderivative(body, node.args[1])


FRACTIONS = method("partial-fractions", _in_fractions)


def _taken_apart(body: Expr, x: Expr) -> Expr | None:
    """The integrand as a sum of partial fractions; None where it is no such quotient, or one alone.
    """
    letters: dict[Expr, Expr] = {}
    base = _common_exponent(body, x)
    if base is not None:
        body = _in_powers(body, base)
    if not any(p.args[1].is_negative and depends(p, x) for p in body.atoms(Pow)):
        return None
    symbol = WatchedSymbol("x", real=True)
    quotient = _rational(body, x, symbol, letters)
    if len(letters) > _MOST_PARAMETERS or quotient.count_ops() > _MOST_OPERATIONS:
        return None
    moving = [letter for part, letter in letters.items() if depends(part, x)]
    terms = _within_bound(quotient, symbol, moving)
    names = {symbol: x, **{letter: part for part, letter in letters.items()}}
    after = Add(*(_back(t, names) for t in terms))
    factored = len(terms) == 1 and not moving and measure(after) < measure(body)
    return after if len(terms) > 1 or factored else None


def _within_bound(quotient: Expr, symbol: Expr, moving: list[Expr]) -> list[Expr]:
    """The terms that SymPy's algebra comes to in its time; none where it comes to no end."""
    try:
        with within(_SECONDS) as bound:
            return _by_functions(quotient, moving) if moving else _terms(quotient, symbol)
    except sympy.PolynomialError:
        return []
    except PatienceError as late:
        if late.bound is not bound:
            raise
        return []


def _rational(node: Expr, x: Expr, symbol: Expr, letters: dict[Expr, Expr]) -> Expr:
    """A quotient of polynomials in SymPy's symbols: a letter for each other part."""
    if node == x:
        return symbol
    if node.is_Rational:
        return node
    power = isinstance(node, Pow) and node.args[1].is_Integer and \
        abs(node.args[1]) <= _LARGEST_DEGREE
    if not power and not isinstance(node, (Add, Mul)):
        return letters.setdefault(node, sympy.Dummy(f"c{len(letters)}", real=True))
    return with_arguments(node, (a if a.is_Integer else _rational(a, x, symbol, letters)
                                 for a in node.args))


def _terms(quotient: Expr, symbol: Expr) -> list[Expr]:
    """The partial fractions; over a quadratic, what is its slope stands apart from the rest."""
    above, below = (Poly(p, symbol) for p in sympy.fraction(sympy.together(quotient)))
    if below.degree() < 1 or max(above.degree(), below.degree()) > _LARGEST_DEGREE:
        return []
    terms = Add.make_args(sympy.apart(above.as_expr() / below.as_expr(), symbol))
    return [part for term in terms for part in _slope_apart(term, symbol)]


def _by_functions(quotient: Expr, moving: list[Expr]) -> list[Expr]:
    """A term for each product of functions above the line, with what cancels cancelled."""
    above, below = sympy.fraction(sympy.cancel(sympy.together(quotient)))
    if below.is_number:
        return []
    for letter in moving:
        terms = Add.make_args(sympy.apart(above / below, letter))
        if len(terms) > 1:
            return list(terms)
    monomials = Poly(above, *moving).terms()
    return [sympy.cancel(factor * Mul(*map(Pow, moving, powers)) / below)
            for powers, factor in monomials]


def _slope_apart(term: Expr, symbol: Expr) -> list[Expr]:
    """(b x + c) / q**n as b/2 q′/q**n and the rest, for a quadratic q."""
    above, below = sympy.fraction(sympy.together(term))
    factor = next((f for f in Mul.make_args(sympy.factor(below)) if f.has(symbol)), sympy.S.One)
    base = Poly(factor.args[0] if isinstance(factor, Pow) else factor, symbol)
    top = Poly(above, symbol)
    if base.degree() == 2 and top.degree() == 0:
        return [_square_completed(term, factor, base, symbol)]
    if base.degree() != 2 or top.degree() != 1 or top.rem(base.diff(symbol)).is_zero:
        return [term]
    slope = base.diff(symbol)
    share = top.LC() / slope.LC()
    rest = (top - slope * share).as_expr()
    return [share * slope.as_expr() / below, rest / below]


def _square_completed(term: Expr, factor: Expr, base: Poly, symbol: Expr) -> Expr:
    """c / (p x² + q x + r)**n with (x + q/2p)² + r/p − q²/4p² below the line, for letters in it."""
    second, first, rest = base.all_coeffs()
    if first == 0 or all(c.is_number for c in base.all_coeffs()):
        return term
    shift = sympy.cancel(first / (2*second))
    square = (symbol + shift)**2 + sympy.cancel(rest / second - shift**2)
    power = factor.args[1] if isinstance(factor, Pow) else 1
    return sympy.cancel(term * factor / second**power) / square**power


def _common_exponent(body: Expr, x: Expr) -> Expr | None:
    """The t of which the exponents of all exponentials in x are multiples, where there are two.

    A formula of sigmoid functions alone stays as it is: its integrals are those of the table.
    """
    functions = [f for f in body.atoms(heads.Apply)
                 if f.name in ("exp", "sigmoid") and depends(f, x)]
    if all(f.name == "sigmoid" for f in functions):
        return None
    exponents = {f.args[1] for f in functions}
    first, *others = sorted(exponents, key=str) or [None]
    ratios = [sympy.cancel(e / first) for e in others]
    if not ratios or not all(r.is_Rational for r in ratios):
        return None
    share = sympy.gcd_list([sympy.S.One, *map(abs, ratios)])
    return Mul(share, first)


def _in_powers(node: Expr, base: Expr) -> Expr:
    """A formula with exp(k t) as powers of exp(t), a sigmoid function of k t as their quotient."""
    if isinstance(node, heads.Apply) and node.name in ("exp", "sigmoid"):
        count = sympy.cancel(node.args[1] / base)
        if count.is_Integer:
            power = Pow(heads.apply("exp", base), count)
            return power if node.name == "exp" else power / (1 + power)
    if isinstance(node, (Add, Mul, Pow)):
        return with_arguments(node, (_in_powers(a, base) for a in node.args))
    return node


def _back(node: Expr, names: dict[Expr, Expr]) -> Expr:
    """A formula of SymPy's symbols in ours."""
    if node in names:
        return names[node]
    if isinstance(node, Pow) and node.args[1].is_Integer and node.args[0] in names:
        part = names[node.args[0]]
        if isinstance(part, heads.Apply) and part.name == "exp":
            return heads.apply("exp", Mul(node.args[1], part.args[1]))
    return with_arguments(node, (_back(a, names) for a in node.args)) if node.args else node
