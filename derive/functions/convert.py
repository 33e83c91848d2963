"""Our expressions as plain SymPy ones, for users who want to go on there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Tensor, Variable
from derive.core.kinds import Kind
from derive.core.walk import substitute, with_arguments

_ASSUMPTIONS: dict[str, dict[str, bool]] = {
    "positive": {"positive": True}, "negative": {"negative": True},
    "nonnegative": {"nonnegative": True},
    "probability": {"positive": True}, "integer": {"integer": True},
    "count": {"integer": True, "nonnegative": True},
    "binary": {"integer": True, "nonnegative": True},
    "label": {"integer": True, "nonnegative": True}, "simplex": {"nonnegative": True},
    "onehot": {"integer": True, "nonnegative": True},
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "log1p": lambda u: sympy.log(1 + u), "expm1": lambda u: sympy.exp(u) - 1,
    "abs": sympy.Abs, "max": sympy.Max, "min": sympy.Min,
    "Phi": lambda u: (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
    "phi": lambda u: sympy.exp(-u**2 / 2) / sympy.sqrt(2 * sympy.pi),
    "trigamma": lambda u: sympy.polygamma(1, u),
    "probit": lambda u: sympy.sqrt(2) * sympy.erfinv(2 * u - 1),
    "E1": lambda u: sympy.expint(1, u),
    "besseli0": lambda u: sympy.besseli(0, u), "besseli1": lambda u: sympy.besseli(1, u),
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
            term = sympy.Piecewise((term, self.value(where)), (neutral, True))
        return term, (self.value(bound), 0, self.value(lam.dim) - 1)

    def application(self, node: Any) -> Any:
        if node.name == "softmax":
            body, bounds = self.family(node.args[1])
            at = substitute(body, {bounds[0]: self.value(node.args[2])})
            return sympy.exp(at) / sympy.Sum(sympy.exp(body), bounds)
        if node.name == "logsumexp":
            body, bounds = self.family(node.args[1])
            return sympy.log(sympy.Sum(sympy.exp(body), bounds))
        function = FUNCTIONS.get(node.name) or getattr(sympy, node.name)
        return function(*(self.value(a) for a in node.args[1:]))

    def named_reduction(self, node: Any, name: str) -> Any:
        least = sympy.oo if name == "min" else -sympy.oo
        body, bounds = self.family(node.args[0], least)
        whole = {"integer": True} if name == "argmax" else {"real": True}
        head = sympy.Function(name, **whole)
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
    heads.Cond: lambda run, node: sympy.Piecewise(
        (run.value(node.args[1]), run.value(node.args[0])), (run.value(node.args[2]), True)),
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
