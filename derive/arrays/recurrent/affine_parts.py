"""A model made ready for array code: one-hot inputs written out, products with parameters apart.

Every sum over an index that contains a parameter (`W @ h[t-1]`) becomes a term of an equation of
its own, so that a step is made of affine equations and elementwise ones, and so is its adjoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from sympy import Add, Expr, Integer, Mul

from derive.arrays.recurrent.named_parts import Parts, multiplies, named_parts
from derive.arrays.recurrent.step_forms import StepForms
from derive.arrays.recurrent.tied_values import moving_at_ties
from derive.arrays.recurrent.time_classes import TimeClasses, steps_apart
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.comparisons import negated
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
    carried = _read_elsewhere(model)
    discrete = [e for e in model.equations
                if not e.symbol.kind.differentiable and e.symbol not in carried]
    kept = [e for e in model.equations if e not in discrete]
    written = [replace(e, body=_written(e.body, discrete, rulebook)) for e in kept]
    scope, predict = model.scope.copy(), model.predict
    for equation in discrete:
        scope.names.pop(equation.name)
    if predict is not None:
        predict = replace(predict, body=_written(predict.body, discrete, rulebook))
    made = replace(model, equations=tuple(written), scope=scope, predict=predict)
    forms = StepForms(rulebook)
    made = forms.recognised(made)  # parts of a softmax would overflow by themselves
    made = moving_at_ties(made)
    parts = named_parts(made, rulebook, sizes or {}, TimeClasses(made).plain)
    return replace(parts, model=steps_apart(Splitter(parts.model).split()),
                   recast=frozenset(forms.recast))


def _read_elsewhere(model: Model) -> set[Expr]:
    """The names that some equation reads at another step than its own: they need a place."""
    readers = (*model.equations, *((model.predict,) if model.predict else ()))
    return {symbol for e in readers for symbol, shift in model.reads(e)
            if shift or (shift is None and model.timed(symbol))}


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
        self.guards: list[Expr] = []
        self.scope: Scope = model.scope.copy()

    def split(self) -> Model:
        """The model with the parts as equations, each before the one that reads it."""
        equations: list[Definition] = []
        for equation in self.model.equations:
            self.added = []
            body = self.visit(equation.body, equation, (), True) \
                if equation.symbol.kind.differentiable else equation.body
            equations += [*self.added, replace(equation, body=body)]
        return replace(self.model, equations=tuple(equations), scope=self.scope)

    def visit(self, node: Expr, equation: Definition, opened: tuple[Index, ...],
              root: bool) -> Expr:
        """The formula with its affine parts named, inner ones first."""
        if not node.args:
            return node
        affine = any(self.linear(term) for term in Add.make_args(node))
        if isinstance(node, Add) and affine:
            apart = self.by_steps(node, equation, opened)
            if apart is not None:
                return apart
            made = Add(*(self.term(term, equation, opened) for term in node.args))
            return made if root else self.named(made, equation, opened)
        if affine:
            made = self.term(node, equation, opened)
            return made if root else self.named(made, equation, opened)
        if isinstance(node, heads.Lam):
            index, body, where, _ = enter(node, around(*opened))
            with self.guarded(where):
                return heads.Lam(index, self.visit(body, equation, (*opened, index), False), where)
        if isinstance(node, heads.Cond):
            test, *cases = node.args
            made_cases = []
            for case, condition in zip(cases, (test, negated(test)), strict=True):
                with self.guarded(condition):
                    made_cases.append(self.visit(case, equation, opened, False))
            return heads.Cond(self.visit(test, equation, opened, False), *made_cases)
        return with_arguments(node, (self.visit(a, equation, opened, False) for a in node.args))

    @contextmanager
    def guarded(self, condition: Expr) -> Iterator[None]:
        """Visits what is read under a condition alone."""
        self.guards.append(condition)
        yield
        self.guards.pop()

    def under_guards(self, body: Expr, axes: tuple[Index, ...]) -> Expr:
        """A part of two steps, 0 where the formula that it is a part of does not read it."""
        steps = {t.dim for t in self.model.times}
        if sum(i.dim in steps for i in axes) < 2:
            return body
        for guard in self.guards:
            used = {leaf for leaf in leaves(guard) if isinstance(leaf, Index)}
            if used and used <= set(axes) and any(i.dim in steps for i in used):
                body = heads.Cond(guard, body, Integer(0))
        return body

    def by_steps(self, node: Expr, equation: Definition, opened: tuple[Index, ...],
                 ) -> Expr | None:
        """A sum of affine parts that read different steps, a name for each; None for others."""
        time = self.model.time_of(equation.symbol)
        steps = {t.dim for t in self.model.times}
        others = [i for i in (*equation.indices, *opened) if i.dim in steps and i != time]
        groups: dict[frozenset[Expr], list[Expr]] = {}
        for term in node.args:
            used = leaves(term)
            groups.setdefault(frozenset({time, *others}.intersection(used)), []).append(term)
        if len(groups) < 2 or not any(set(others) & key for key in groups):
            return None
        return Add(*(self.visit(Add(*terms), equation, opened, False)
                     for terms in groups.values()))

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
        if isinstance(body, heads.Sum):
            with self.guarded(where):
                body = heads.Sum(self.inside(body.family, equation, (*opened, index)))
        else:
            with self.guarded(where):
                body = Mul(*(f if self.is_parameter(f) else
                             self.visit(f, equation, (*opened, index), False)
                             for f in Mul.make_args(body)))
        made: heads.Lam = heads.Lam(index, body, where)
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
        return isinstance(term, heads.Sum) and multiplies(term, self.parameters)

    def named(self, body: Expr, equation: Definition, opened: tuple[Index, ...]) -> Expr:
        """A name for a part, with an axis for each index that it depends on."""
        used, time = set(leaves(body)), self.model.time_of(equation.symbol)
        indices = tuple(i for i in (*equation.indices, *opened) if i in used and i != time)
        steps = {t.dim for t in self.model.times}
        other = next((i for i in indices if i.dim in steps), None) if time not in used else None
        if other is not None:  # W @ h[s] is computed at each step, and read at s
            axes = (other, *(i for i in indices if i != other))
        else:
            axes = (*((time,) if time is not None else ()), *indices)
        body = self.under_guards(body, axes)
        symbol = self.known(body, axes) or self.added_part(body, axes)
        return heads.at(symbol, axes)

    def known(self, body: Expr, axes: tuple[Index, ...]) -> Expr:
        """The name of an equal part of the same equation, if there is one."""
        return next((d.symbol for d in self.added if len(d.indices) == len(axes) and substitute(
            d.body, dict(zip(d.indices, axes, strict=True))) == body), None)

    def added_part(self, body: Expr, axes: tuple[Index, ...]) -> Expr:
        """The name of a new equation."""
        name = next(n for n in (f"a_{k}" for k in self.serial) if n not in self.names)
        symbol = leaf_of(name, Kind("real", tuple(i.dim for i in axes)))
        times = {t.dim: t for t in self.model.times}
        fresh = tuple(times[i.dim] if n == 0 and i.dim in times else
                      Index(f"\u00b7{name}{n}", i.dim) for n, i in enumerate(axes))
        self.scope.names[name] = symbol
        self.added.append(Definition(symbol, fresh, substitute(
            body, dict(zip(axes, fresh, strict=True)))))
        return symbol
