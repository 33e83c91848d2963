"""A model made ready for array code: one-hot inputs written out, products with parameters apart.

Every sum over an index that contains a parameter (`W @ h[t-1]`) becomes a term of an equation of
its own, so that a step is made of affine equations and elementwise ones, and so is its adjoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

from sympy import Add, Expr, Mul

from derive.arrays.recurrent.named_parts import Parts, named_parts
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves
from derive.core.kinds import Kind
from derive.core.walk import around, enter, substitute, with_arguments
from derive.notation.reading.model_equations import Model
from derive.notation.reading.scope import Scope, leaf_of
from derive.notation.reading.specification import Definition
from derive.rulebook.loading import Rulebook


def prepared(model: Model, rulebook: Rulebook, sizes: Mapping[str, int] | None = None) -> Parts:
    """The model with one-hot vectors written out and every affine part named.

    With the equations of what parameters alone give, which are no part of a step.
    """
    discrete = [e for e in model.equations if not e.symbol.kind.differentiable]
    kept = [e for e in model.equations if e.symbol.kind.differentiable]
    written = [replace(e, body=_written(e.body, discrete, rulebook)) for e in kept]
    scope, predict = model.scope.copy(), model.predict
    for equation in discrete:
        scope.names.pop(equation.name)
    if predict is not None:
        predict = replace(predict, body=_written(predict.body, discrete, rulebook))
    parts = named_parts(replace(model, equations=tuple(written), scope=scope, predict=predict),
                        rulebook, sizes or {})
    return replace(parts, model=Splitter(parts.model).split())


def _written(body: Expr, discrete: list[Definition], rulebook: Rulebook) -> Expr:
    if not discrete:
        return body
    work = Work(unfolded(body, discrete), rulebook)
    work.stage("sift")
    return work.line


class Splitter:
    """Names the affine parts of a model's equations."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.parameters = set(model.weights)
        self.names = {str(n) for n in model.scope.names}
        self.serial = count(1)
        self.added: list[Definition] = []
        self.scope: Scope = model.scope.copy()

    def split(self) -> Model:
        """The model with the parts as equations, each before the one that reads it."""
        equations: list[Definition] = []
        for equation in self.model.equations:
            self.added = []
            body = self.visit(equation.body, equation, (), True)
            equations += [*self.added, replace(equation, body=body)]
        return replace(self.model, equations=tuple(equations), scope=self.scope)

    def visit(self, node: Expr, equation: Definition, opened: tuple[Index, ...],
              root: bool) -> Expr:
        """The formula with its affine parts named, inner ones first."""
        if not node.args:
            return node
        affine = any(self.linear(term) for term in Add.make_args(node))
        if isinstance(node, Add) and affine:
            made = Add(*(self.term(term, equation, opened) for term in node.args))
            return made if root else self.named(made, equation, opened)
        if affine:
            made = self.term(node, equation, opened)
            return made if root else self.named(made, equation, opened)
        if isinstance(node, heads.Lam):
            index, body, where, _ = enter(node, around(*opened))
            return heads.Lam(index, self.visit(body, equation, (*opened, index), False), where)
        return with_arguments(node, (self.visit(a, equation, opened, False) for a in node.args))

    def term(self, term: Expr, equation: Definition, opened: tuple[Index, ...]) -> Expr:
        """One term of an affine part; what stands inside its sum may have parts of its own."""
        if not self.linear(term) or isinstance(term, heads.Element):
            return self.visit(term, equation, opened, False) if not self.linear(term) else term
        if isinstance(term, heads.Sum):
            return heads.Sum(self.inside(term.family, equation, opened))
        return Mul(*(self.term(f, equation, opened) if self.linear(f) else
                     self.visit(f, equation, opened, False) for f in term.args))

    def inside(self, lam: heads.Lam, equation: Definition, opened: tuple[Index, ...]) -> heads.Lam:
        index, body, where, _ = enter(lam, around(*opened))
        factors = [f if self.is_parameter(f) else self.visit(f, equation, (*opened, index), False)
                   for f in Mul.make_args(body)]
        made: heads.Lam = heads.Lam(index, Mul(*factors), where)
        return made

    def is_parameter(self, node: Expr) -> bool:
        return isinstance(node, heads.Element) and node.tensor in self.parameters

    def linear(self, term: Expr) -> bool:
        """Whether a term is a product with a parameter matrix, or a row of one by label."""
        if self.is_parameter(term):
            return any(not isinstance(i, Index) for i in term.indices)
        if isinstance(term, Mul):
            rest = [f for f in term.args if not f.is_Rational]
            return len(rest) == 1 and self.linear(rest[0])
        if not isinstance(term, heads.Sum):
            return False
        return any(self.is_parameter(f) and term.family.args[0] in f.indices
                   for f in Mul.make_args(term.family.args[1]))

    def named(self, body: Expr, equation: Definition, opened: tuple[Index, ...]) -> Expr:
        """A name for a part, with an axis for each index that it depends on."""
        used, time = set(leaves(body)), self.model.time
        timed = time in equation.indices
        axes = ((time,) if timed else ()) + tuple(
            i for i in (*equation.indices, *opened) if i in used and i != time)
        symbol = self.known(body, axes) or self.added_part(body, axes)
        return heads.Element(symbol, *axes) if axes else symbol

    def known(self, body: Expr, axes: tuple[Index, ...]) -> Expr:
        """The name of an equal part of the same equation, if there is one."""
        return next((d.symbol for d in self.added if len(d.indices) == len(axes) and substitute(
            d.body, dict(zip(d.indices, axes, strict=True))) == body), None)

    def added_part(self, body: Expr, axes: tuple[Index, ...]) -> Expr:
        """The name of a new equation."""
        name = next(n for n in (f"a_{k}" for k in self.serial) if n not in self.names)
        symbol = leaf_of(name, Kind("real", tuple(i.dim for i in axes)))
        fresh = tuple(i if i == self.model.time else Index(f"\u00b7{name}{n}", i.dim)
                      for n, i in enumerate(axes))
        self.scope.names[name] = symbol
        self.added.append(Definition(symbol, fresh, substitute(
            body, dict(zip(axes, fresh, strict=True)))))
        return symbol
