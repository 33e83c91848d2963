"""A function of the table as a SymPy expression: by its `sympy` key, or by its definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr

from derive.core.walk import substitute
from derive.errors import DataFileError, DeriveError
from derive.functions.function_records import Function, FunctionTable
from derive.functions.function_texts import read
from derive.functions.tree_target import TreeTarget

_ALLOWED = (
    "exp", "log", "sqrt", "Abs", "sign", "Max", "Min", "floor", "ceiling",
    "sinh", "cosh", "tanh", "coth", "asinh", "acosh", "atanh", "acoth",
    "sin", "cos", "tan", "cot", "asin", "acos", "atan", "acot",
    "erf", "erfc", "erfi", "erfinv", "erfcinv", "gamma", "loggamma", "digamma", "trigamma",
    "polygamma", "beta", "betainc_regularized", "lowergamma", "uppergamma", "zeta", "polylog",
    "lerchphi", "expint", "Ei", "li", "Li", "Si", "Ci", "Shi", "Chi", "besselj", "bessely",
    "besseli", "besselk", "airyai", "airybi", "LambertW", "elliptic_k", "elliptic_e", "hyper")
Family = tuple[Expr, tuple[Expr, Expr, Expr]]  # the body of a vector, and (index, first, last)
_MOST = 64  # a maximum of so many terms is written out


class Extreme(sympy.Function):  # type: ignore[misc]
    """The largest or smallest of f(0), …, f(n - 1); written out once n is a number."""

    choose: Callable[..., Expr] = sympy.Max

    @classmethod
    def eval(cls, family: Expr, count: Expr) -> Expr | None:
        """The terms one by one, or None to stay as it is."""
        if not (count.is_Integer and count <= _MOST and isinstance(family, sympy.Lambda)):
            return None
        return cls.choose(*(family(n) for n in range(int(count))))


class Largest(Extreme):
    """The largest term."""

    def _sympystr(self, printer: Any) -> str:
        return f"max({', '.join(map(printer.doprint, self.args))})"


class Smallest(Extreme):
    """The smallest term."""

    choose = sympy.Min

    def _sympystr(self, printer: Any) -> str:
        return f"min({', '.join(map(printer.doprint, self.args))})"


EXTREMES: dict[str, type[Extreme]] = {"max": Largest, "min": Smallest}


def cases(yes: Expr, test: Expr, no: Expr) -> Expr:
    """`yes if test else no`.

    Raises DeriveError for a test with a sum of cases, whose index SymPy would lose.
    """
    if any(a.has(sympy.Piecewise) for a in test.atoms(sympy.Sum, sympy.Product)):
        raise DeriveError("SymPy has no form for a condition on a sum of cases")
    return sympy.Piecewise((yes, test), (no, True))


def filtered(term: Expr, test: Expr, neutral: Expr) -> Expr:
    """A term where a test holds; counted terms by steps, which may stand in a condition."""
    step = _STEPS.get(type(test))
    if term.is_number and neutral == 0 and step is not None:
        return term * step(*test.args)
    return cases(term, test, neutral)


def sympy_of(function: Function, arguments: list[Expr | Family]) -> Expr:
    """A function applied to SymPy expressions; a vector comes as a `Family`, its place last.

    Raises DataFileError where the entry has no form that can be read.
    """
    if function.takes_matrix:
        raise DataFileError(f"{function.name} of a matrix of unknown size has no form in SymPy")
    names = (*function.parameters, *(["i"] if function.vector_valued else []))
    given = dict(zip(names, arguments, strict=True))
    table = None if function.sympy else function.table
    target = _Trees(table, {n: v for n, v in given.items() if isinstance(v, tuple)})
    text = function.sympy or function.definition
    if not text:
        raise DataFileError(f"{function.name} has no form in SymPy; give its entry a 'definition' "
                            "or the key 'sympy'")
    return read(text, target, given, function.dimension)


class _Trees(TreeTarget):
    """Expressions of SymPy; without a table, functions are SymPy's own."""

    def __init__(self, table: FunctionTable | None, vectors: dict[str, Family]) -> None:
        self.table, self.vectors = table, vectors

    def compare(self, sign: str, left: Expr, right: Expr) -> Expr:
        return _RELATIONS[sign](left, right)

    def join(self, word: str, parts: list[Expr]) -> Expr:
        return (sympy.And if word == "and" else sympy.Or)(*parts)

    def choice(self, test: Expr, yes: Callable[[], Expr], no: Callable[[], Expr]) -> Expr:
        if test in (sympy.true, sympy.false):
            return yes() if test is sympy.true else no()
        return cases(yes(), test, no())

    def call(self, name: str, arguments: list[Expr]) -> Expr:
        if self.table is None:
            if name not in _ALLOWED:
                raise DataFileError(f"{name!r} is no function of SymPy that is read here")
            return getattr(sympy, name)(*arguments)
        if name not in self.table:
            raise DataFileError(f"there is no function {name!r}")
        return sympy_of(self.table[name], arguments)

    def element(self, vector: str, at: Expr) -> Expr:
        body, (index, _, _) = self.vectors[vector]
        return substitute(body, {index: at})

    def size(self, dim: str) -> Expr:
        return next(iter(self.vectors.values()))[1][2] + 1

    def reduce(self, word: str, dim: str, body: Callable[[Expr], Expr],
               where: Callable[[Expr], Expr] | None) -> Expr:
        index = sympy.Dummy("k", integer=True)
        neutral = {"sum": 0, "prod": 1, "max": -sympy.oo, "min": sympy.oo}[word]
        term = body(index)
        if where is not None:
            term = filtered(term, where(index), neutral)
        if word in EXTREMES:
            return EXTREMES[word](sympy.Lambda(index, term), self.size(dim))
        return (sympy.Sum if word == "sum" else sympy.Product)(
            term, (index, 0, self.size(dim) - 1))


_STEPS: dict[type, Callable[[Expr, Expr], Expr]] = {
    sympy.Ge: lambda a, b: sympy.Heaviside(a - b, 1),
    sympy.Le: lambda a, b: sympy.Heaviside(b - a, 1),
    sympy.Gt: lambda a, b: sympy.Heaviside(a - b, 0),
    sympy.Lt: lambda a, b: sympy.Heaviside(b - a, 0)}
_RELATIONS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne}
