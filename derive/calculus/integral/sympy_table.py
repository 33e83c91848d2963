"""SymPy's table of integrals, for formulas of one number; every answer is differentiated back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Pow

from derive.calculus.integral.integration_tools import Tools
from derive.calculus.integral.search_steps import Rewrite, Search, method, rewrite, tools_of
from derive.core import heads
from derive.core.factors import difference
from derive.core.heads import apply
from derive.core.indexing import depends, unreal
from derive.core.walk import with_arguments
from derive.errors import EvaluationError, PatienceError
from derive.functions.decisions import decide
from derive.functions.function_records import function_of, standard_functions
from derive.functions.intervals import interval
from derive.functions.sympy_forms import sympy_of
from derive.judge.closeness import agree_at
from derive.judge.trees.line_points import valid_points
from derive.limits import tick, within
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

_DIGITS = 40
_MOST_OPERATIONS = 12
_SECONDS = 2.0  # SymPy may look for so long
_LARGEST_POWER, _LARGEST_NUMBER = 12, 10**12


def from_table(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """The antiderivative that SymPy knows, if its derivative is the integrand."""
    body, x = node.args
    answer = _looked_up(body, x)
    if answer is not None:
        step = rewrite(FROM_TABLE, search.tools, rule, node, answer=answer)
        if step.match.after != node:
            yield step


def _from_table(node: Expr, setting: Setting) -> Expr:
    """The answer of a table, if its derivative is the integrand."""
    answer = setting["answer"]
    return answer if _is_antiderivative(tools_of(setting), answer, node) else node


def _owed_by_table(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    logarithms = (f for f in setting["answer"].atoms(heads.Apply) if f.name == "log")
    owed = [heads.NotEqual(a.args[1], sympy.Integer(0)) for f in logarithms for a in f.args[1:]
            if isinstance(a, heads.Apply) and a.name == "abs"]
    return tuple(o for o in owed if decide(o) is None)


FROM_TABLE = method("from-table", _from_table, _owed_by_table)


def _looked_up(body: Expr, x: Expr) -> Expr | None:
    """What SymPy finds; None where it finds nothing or is not asked.

    It is asked about short formulas alone, and for a few seconds.
    """
    letters: dict[Expr, Expr] = {}
    symbol = WatchedSymbol("x", real=True)
    try:
        asked = _plain(body, x, symbol, letters)
    except _Foreign:
        return None
    if not _short(asked):
        return None
    answer = _asked(asked, symbol)
    if answer is None or answer.has(sympy.Integral, sympy.Piecewise, sympy.I):
        return None
    try:
        return _ours(answer, {symbol: x, **{s: part for part, s in letters.items()}})
    except _Foreign:
        return None


class WatchedSymbol(sympy.Dummy):  # type: ignore[misc]
    """A symbol that looks at the clock whenever SymPy looks for it: in every search and sum."""

    def __hash__(self) -> int:
        tick("looking in SymPy's table of integrals")
        return int(super().__hash__())

    def _hashable_content(self) -> tuple[Any, ...]:
        tick("looking in SymPy's table of integrals")
        return tuple(super()._hashable_content())


def _asked(integrand: Expr, symbol: Expr) -> Expr | None:
    """SymPy's antiderivative; None where it says that it cannot, or comes to no end."""
    # Loaded here, as few integrals come so far and it takes as long to load as most take to solve.
    from sympy.integrals.manualintegrate import manualintegrate

    try:
        with within(_SECONDS) as bound:
            return manualintegrate(integrand, symbol)
    except (NotImplementedError, RecursionError, sympy.PolynomialError):
        return None
    except PatienceError as late:
        if late.bound is not bound:
            raise
        return None


def _short(integrand: Expr) -> bool:
    """Whether SymPy comes to an end soon: few operations, small powers and numbers.

    Several logarithms over a sum are taken by parts without end.
    """
    numbers = integrand.atoms(sympy.Rational)
    quotient = any(isinstance(p.args[0], Add) and p.args[1].is_negative
                   for p in integrand.atoms(Pow))
    return bool(integrand.count_ops() <= _MOST_OPERATIONS
                and (not quotient or len(integrand.atoms(sympy.log)) < 2)
                and all(max(abs(n.p), n.q) < _LARGEST_NUMBER for n in numbers)
                and all(abs(p.args[1]) <= _LARGEST_POWER for p in integrand.atoms(Pow)
                        if p.args[1].is_Rational))


class _Foreign(Exception):
    """A part that SymPy, or our notation, has no name for."""


def _plain(node: Expr, x: Expr, symbol: Expr, letters: dict[Expr, Expr]) -> Expr:
    """A formula as a SymPy expression in one symbol; what does not depend on x is a letter."""
    if node == x:
        return symbol
    if node.is_number:
        return node
    if not depends(node, x):
        if node not in letters:
            letters[node] = sympy.Dummy(f"c{len(letters)}", real=True,
                                        positive=interval(node).positive or None)
        return letters[node]
    if isinstance(node, (Add, Mul, Pow)):
        return with_arguments(node, (_plain(a, x, symbol, letters) for a in node.args))
    if isinstance(node, heads.Apply) and not any(isinstance(a, heads.Lam) for a in node.args):
        function = function_of(node)
        if function.sympy or function.definition:
            return sympy_of(function, [_plain(a, x, symbol, letters) for a in node.args[1:]])
    raise _Foreign


def _ours(node: Expr, known: dict[Expr, Expr]) -> Expr:
    """A SymPy expression in our heads."""
    if node in known:
        return known[node]
    if node is sympy.E:
        return apply("exp", sympy.Integer(1))
    if node.is_Rational or node in (sympy.pi, sympy.EulerGamma):
        return node
    parts = [_ours(a, known) for a in node.args]
    if isinstance(node, (Add, Mul, Pow)):
        return with_arguments(node, parts)
    if isinstance(node, sympy.log):
        sure = interval(parts[0]).positive
        return apply("log", parts[0] if sure else apply("abs", parts[0]))
    name = _names_back().get(type(node).__name__)
    if name is None or len(parts) != len(standard_functions()[name].arguments):
        raise _Foreign
    return apply(name, *parts)


@cache
def _names_back() -> dict[str, str]:
    """Our function for each of SymPy's that an entry is just another name of."""
    calls = {f.name: (f.sympy.partition("(")[0], f"{', '.join(f.parameters)})")
             for f in standard_functions().values() if f.sympy}
    return {head: name for name, (head, rest) in calls.items()
            if standard_functions()[name].sympy == f"{head}({rest}"}


def _is_antiderivative(tools: Tools, answer: Expr, node: Expr) -> bool:
    """Whether the derivative of an answer is the integrand, by rules or at points in 40 digits."""
    body, x = node.args
    slope = tools.slope(answer, x)
    if slope is None or unreal(slope):
        return False
    gap = tools.simplified(difference(slope, body))
    if gap == 0:
        return True
    compared = 0
    for _, point in valid_points((body, slope), (), (), 7, _DIGITS):
        try:
            if not agree_at(body, slope, point, _DIGITS, 10 ** (10 - _DIGITS)):
                return False
        except EvaluationError:
            return False
        compared += 1
    return compared >= 4
