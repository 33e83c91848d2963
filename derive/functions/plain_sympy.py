"""Our expressions as plain SymPy ones, for users who want to go on there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Tensor, Variable
from derive.core.kinds import Kind
from derive.core.walk import with_arguments
from derive.functions.function_records import function_of
from derive.functions.sympy_forms import EXTREMES, cases, filtered, sympy_of

_ASSUMPTIONS: dict[str, dict[str, bool]] = {
    "positive": {"positive": True}, "negative": {"negative": True},
    "nonnegative": {"nonnegative": True},
    "probability": {"positive": True}, "integer": {"integer": True},
    "count": {"integer": True, "nonnegative": True},
    "binary": {"integer": True, "nonnegative": True},
    "label": {"integer": True, "nonnegative": True}, "simplex": {"nonnegative": True},
    "onehot": {"integer": True, "nonnegative": True},
}


def to_sympy(node: Any) -> Any:
    """The expression with SymPy's own symbols, Indexed, Sum, KroneckerDelta, Piecewise.

    Indices run from 0 to K - 1. Unevaluated derivatives stay `Derivative`.
    """
    return _Conversion().value(node)


class _Conversion:
    """One conversion; bound indices get names that occur nowhere else."""

    def value(self, node: Any) -> Any:
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        if not node.args:
            return node
        return with_arguments(node, (self.value(a) for a in node.args))

    def symbol(self, leaf: Any) -> Any:
        kind: Kind = leaf.kind
        return sympy.Symbol(leaf.name, **_ASSUMPTIONS.get(kind.domain, {"real": True}))

    def element(self, node: Any) -> Any:
        base = sympy.IndexedBase(node.tensor.name, real=True)
        return base[tuple(self.value(i) for i in node.indices)]

    def family(self, lam: heads.Lam, neutral: Any = 0) -> tuple[Any, Any]:
        """Body and range of a binder; terms that a condition keeps out become `neutral`."""
        bound, body, where = lam.args
        term = self.value(body)
        if where is not sympy.true:
            term = filtered(term, self.value(where), neutral)
        return term, (self.value(bound), 0, self.value(lam.dim) - 1)

    def application(self, node: Any) -> Any:
        arguments = [self.family(a) if isinstance(a, heads.Lam) else self.value(a)
                     for a in node.args[1:]]
        unknown = node.args[0].unknown
        if unknown is None:
            return sympy_of(function_of(node), arguments)
        base, order = unknown
        head = sympy.Function(base, real=True)
        slot = sympy.Dummy("u", real=True)
        return sympy.Subs(head(slot).diff(slot, order), slot, arguments[0]) if order \
            else head(*arguments)

    def named_reduction(self, node: Any, name: str) -> Any:
        least = sympy.oo if name == "min" else -sympy.oo
        body, bounds = self.family(node.args[0], least)
        head = EXTREMES.get(name) or sympy.Function(name, integer=True)
        return head(sympy.Lambda(bounds[0], body), bounds[2] + 1)


def _index(_run: _Conversion, leaf: Any) -> Any:
    return sympy.Symbol(leaf.name if isinstance(leaf, Index) else f"k_{leaf.name}", integer=True)


_HANDLERS: dict[type, Callable[[_Conversion, Any], Any]] = {
    Variable: _Conversion.symbol,
    Tensor: lambda run, leaf: sympy.IndexedBase(leaf.name, real=True),
    Dim: lambda run, leaf: sympy.Integer(leaf.fixed) if leaf.fixed else sympy.Symbol(
        leaf.name, integer=True, positive=True),
    Index: _index, BoundIndex: _index,
    heads.Element: _Conversion.element,
    heads.Sum: lambda run, node: sympy.Sum(*run.family(node.args[0])),
    heads.Product: lambda run, node: sympy.Product(*run.family(node.args[0], 1)),
    heads.Maximum: lambda run, node: run.named_reduction(node, "max"),
    heads.Minimum: lambda run, node: run.named_reduction(node, "min"),
    heads.ArgMax: lambda run, node: run.named_reduction(node, "argmax"),
    heads.Delta: lambda run, node: sympy.KroneckerDelta(*map(run.value, node.args)),
    heads.Cond: lambda run, node: cases(
        *(run.value(node.args[place]) for place in (1, 0, 2))),
    heads.Apply: _Conversion.application,
    heads.Partial: lambda run, node: sympy.Derivative(*map(run.value, node.args)),
    **dict.fromkeys((heads.Total, heads.Expect, heads.Root), lambda run, node: sympy.Function(
        type(node).__name__.lower())(*map(run.value, node.args))),
    heads.Antiderivative: lambda run, node: sympy.Integral(*map(run.value, node.args)),
    heads.Less: lambda run, node: sympy.Lt(*map(run.value, node.args)),
    heads.LessEqual: lambda run, node: sympy.Le(*map(run.value, node.args)),
    heads.Equal: lambda run, node: sympy.Eq(*map(run.value, node.args)),
    heads.NotEqual: lambda run, node: sympy.Ne(*map(run.value, node.args)),
    heads.Both: lambda run, node: sympy.And(*map(run.value, node.args)),
    heads.Either: lambda run, node: sympy.Or(*map(run.value, node.args)),
    heads.Not: lambda run, node: sympy.Not(*map(run.value, node.args)),
}
