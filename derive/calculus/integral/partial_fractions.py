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
    if not any(isinstance(p, Pow) and p.args[1].is_negative and depends(p, x)
               for p in Mul.make_args(body)):
        return None
    letters: dict[Expr, Expr] = {}
    symbol = WatchedSymbol("x", real=True)
    quotient = _rational(body, x, symbol, letters)
    if len(letters) > _MOST_PARAMETERS or quotient.count_ops() > _MOST_OPERATIONS:
        return None
    moving = [letter for part, letter in letters.items() if depends(part, x)]
    try:
        with within(_SECONDS) as bound:
            terms = _by_functions(quotient, moving) if moving else _terms(quotient, symbol)
    except sympy.PolynomialError:
        return None
    except PatienceError as late:
        if late.bound is not bound:
            raise
        return None
    names = {symbol: x, **{letter: part for part, letter in letters.items()}}
    after = Add(*(_back(t, names) for t in terms))
    factored = len(terms) == 1 and not moving and measure(after) < measure(body)
    return after if len(terms) > 1 or factored else None


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
    above, below = sympy.fraction(sympy.together(quotient))
    monomials = Poly(above, *moving).terms()
    if len(monomials) < 2 or below.is_number:
        return []
    return [sympy.cancel(factor * Mul(*map(Pow, moving, powers)) / below)
            for powers, factor in monomials]


def _slope_apart(term: Expr, symbol: Expr) -> list[Expr]:
    """(b x + c) / q**n as b/2 q′/q**n and the rest, for a quadratic q."""
    above, below = sympy.fraction(sympy.together(term))
    factor = next((f for f in Mul.make_args(sympy.factor(below)) if f.has(symbol)), sympy.S.One)
    base = Poly(factor.args[0] if isinstance(factor, Pow) else factor, symbol)
    top = Poly(above, symbol)
    if base.degree() != 2 or top.degree() != 1 or top.rem(base.diff(symbol)).is_zero:
        return [term]
    slope = base.diff(symbol)
    share = top.LC() / slope.LC()
    rest = (top - slope * share).as_expr()
    return [share * slope.as_expr() / below, rest / below]


def _back(node: Expr, names: dict[Expr, Expr]) -> Expr:
    """A formula of SymPy's symbols in ours."""
    if node in names:
        return names[node]
    return with_arguments(node, (_back(a, names) for a in node.args)) if node.args else node
