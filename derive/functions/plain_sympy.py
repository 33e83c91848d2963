"""Our expressions as plain SymPy ones, for users who want to go on there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import sympy
from sympy import Expr

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Tensor, Variable
from derive.core.walk import substitute, with_arguments
from derive.errors import DeriveError
from derive.functions.function_records import function_of
from derive.functions.sympy_forms import EXTREMES, Family, cases, filtered, sympy_of

_ASSUMPTIONS: dict[str, tuple[str, ...]] = {
    "positive": ("positive",), "negative": ("negative",), "nonnegative": ("nonnegative",),
    "probability": ("positive",), "simplex": ("nonnegative",), "integer": ("integer",),
    **dict.fromkeys(("count", "binary", "label", "onehot"), ("integer", "nonnegative"))}


def to_sympy(node: Expr) -> Expr:
    """The expression with SymPy's own symbols, Indexed, Sum, KroneckerDelta, Piecewise.

    Indices run from 0 to K - 1. Unevaluated derivatives stay `Derivative`.
    """
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        return handler(node)
    alike = _ALIKE.get(type(node))
    if alike is not None:
        return alike(*map(to_sympy, node.args))
    return with_arguments(node, map(to_sympy, node.args)) if node.args else node


class Solved(Protocol):
    """A derivation, as far as it is needed here."""

    @property
    def result(self) -> Expr:
        """Its last line."""

    @property
    def written_out(self) -> Solved | None:
        """The same with every name written out."""

    @property
    def asked(self) -> Asked | None:
        """The question."""


class Asked(Protocol):
    """A question, as far as it is needed here."""

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The symbols with which it was asked."""


def result_in_sympy(derivation: Solved) -> Expr:
    """The result of a derivation, with the symbols of SymPy with which its question was asked."""
    expression = to_sympy((derivation.written_out or derivation).result)
    symbols = () if derivation.asked is None else derivation.asked.symbols
    known = {name: (typed, kind, dict(assumed)) for name, typed, kind, assumed in symbols}
    put: dict[Expr, Expr] = {}
    for leaf in expression.atoms(sympy.Symbol, sympy.IndexedBase):
        typed, kind, assumed = known.get(str(leaf), (None, "", {}))
        if typed is not None and (kind == "array") == isinstance(leaf, sympy.IndexedBase):
            put[leaf] = (sympy.IndexedBase if kind == "array" else sympy.Symbol)(typed, **assumed)
    return substitute(expression, put)


def _symbol(leaf: Variable) -> Expr:
    assumed = _ASSUMPTIONS.get(leaf.kind.domain, ("real",))
    return sympy.Symbol(leaf.name, **dict.fromkeys(assumed, True))


def _array(leaf: Tensor) -> Expr:
    return sympy.IndexedBase(leaf.name, real=True)


def _dimension(leaf: Dim) -> Expr:
    return sympy.Integer(leaf.fixed) if leaf.fixed else sympy.Symbol(
        leaf.name, integer=True, positive=True)


def _index(leaf: Index | BoundIndex) -> Expr:
    """The symbol of an index; a bound one gets a name that occurs nowhere else."""
    return sympy.Symbol(leaf.name if isinstance(leaf, Index) else f"k_{leaf.name}", integer=True)


def _family(lam: heads.Lam, neutral: Expr = sympy.S.Zero) -> Family:
    """Body and range of a binder; terms that a condition keeps out become `neutral`."""
    bound, body, where = lam.args
    term = to_sympy(body)
    if where is not sympy.true:
        term = filtered(term, to_sympy(where), neutral)
    return term, (to_sympy(bound), sympy.S.Zero, to_sympy(lam.dim) - 1)


def _reduced(kind: Callable[..., Expr], family: Family) -> Expr:
    """A sum or a product over a family.

    Raises DeriveError where SymPy takes cases out of a sum within, whose index they then lose.
    """
    body, (index, first, last) = family
    made = kind(body, (index, first, last))
    if made.free_symbols - body.free_symbols - last.free_symbols:
        raise DeriveError("SymPy has no form for a sum of sums of cases")
    return made


def _application(node: heads.Apply) -> Expr:
    arguments = [_family(a) if isinstance(a, heads.Lam) else to_sympy(a) for a in node.args[1:]]
    unknown = node.args[0].unknown
    if unknown is None:
        return sympy_of(function_of(node), arguments)
    base, order = unknown
    head = sympy.Function(base, real=True)
    slot = sympy.Dummy("u", real=True)
    return sympy.Subs(head(slot).diff(slot, order), slot, arguments[0]) if order \
        else head(*arguments)


def _extreme(name: str) -> Callable[[heads.Reduction], Expr]:
    least = sympy.oo if name == "min" else -sympy.oo
    head: Any = EXTREMES.get(name) or sympy.Function(name, integer=True)

    def converted(node: heads.Reduction) -> Expr:
        body, (index, _, last) = _family(node.family, least)
        return head(sympy.Lambda(index, body), last + 1)

    return converted


_ALIKE: dict[type[Expr], Callable[..., Expr]] = {  # SymPy's head takes the same arguments
    heads.Delta: sympy.KroneckerDelta, heads.Partial: sympy.Derivative,
    heads.Antiderivative: sympy.Integral, heads.Total: sympy.Function("total"),
    heads.Expect: sympy.Function("expect"), heads.Root: sympy.Function("root"),
    heads.Less: sympy.Lt, heads.LessEqual: sympy.Le, heads.Equal: sympy.Eq,
    heads.NotEqual: sympy.Ne, heads.Both: sympy.And, heads.Either: sympy.Or, heads.Not: sympy.Not,
    heads.Cond: lambda test, yes, no: cases(yes, test, no),
}
_HANDLERS: dict[type[Expr], Callable[[Any], Expr]] = {
    Variable: _symbol, Tensor: _array, Dim: _dimension, Index: _index, BoundIndex: _index,
    heads.Element: lambda node: _array(node.tensor)[tuple(map(to_sympy, node.indices))],
    heads.Sum: lambda node: _reduced(sympy.Sum, _family(node.family)),
    heads.Product: lambda node: _reduced(sympy.Product, _family(node.family, sympy.S.One)),
    heads.Maximum: _extreme("max"), heads.Minimum: _extreme("min"),
    heads.ArgMax: _extreme("argmax"), heads.Apply: _application,
}
