"""Gradient, Jacobian and Hessian: the partial derivative pushed inwards by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr

from derive.calculus.asking import on_record
from derive.calculus.gradient.chain_rule import grad_through
from derive.calculus.gradient.kept_names import Keep, gradient_in_names, in_names, kept
from derive.calculus.gradient.named_loss import loss_by
from derive.calculus.gradient.partial_derivative import (
    check_differentiated,
    derivative,
    first_partial,
    headline,
    last_forms,
    loss_name,
    unconstrained,
)
from derive.calculus.problem import problem, variable, with_unknown
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.rules.user_functions import Functions
from derive.notation.reading.declaration_lines import Given
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure


@on_record
def grad(target: str, *, given: Given = (), wrt: str | None = None, through: Sequence[str] = (),
         route: str | None = None, keep: Keep = True, rules: Rulebook | None = None,
         functions: Functions | None = None) -> Derivation:
    """The gradient of a loss, as a derivation.

    `target` is a catalogue name, a formula, or a specification; `given` its declarations; `wrt`
    the variable (`o`, `o[i]`, `W[i, j]`); `through` the intermediates for the chain rule; `route`
    a way of `rules/routes.toml` instead (`lse`, `jacobian`, `matching`); `keep` which names of
    the specification stay in the result: True for all, each where it is shorter so, names for
    these in any case, False for none; `functions` the user's own functions: paths of files like
    `rules/functions.toml`, each checked before its first use.
    Raises DeriveError: NotationError at a column, UnknownNameError, NotDifferentiableError.
    """
    posed = problem(target, given, wrt, through, functions=functions)
    rulebook = with_unknown(rules, posed.scope)
    if route:
        if through:
            raise DeriveError("give a route or intermediates to go through, not both")
        # Loaded here: a route may lead through costs and integrals, which others do not need.
        from derive.calculus.gradient.routes import grad_by_route

        return replace(grad_by_route(posed, route, rulebook), typed=posed.typed)
    at, indices = variable(posed.wrt, posed.scope)
    names = kept(posed, keep, at)
    if through:
        gradient = in_names(grad_through(posed, through, rulebook), names, rulebook)
    else:
        gradient = gradient_in_names(posed, at, indices, names, rulebook)
    return replace(gradient, typed=posed.typed)


@on_record
def jacobian(target: str, *, given: Given = (), wrt: str | None = None, keep: Keep = True,
             rules: Rulebook | None = None, functions: Functions | None = None) -> Derivation:
    """The Jacobian of a vector formula: rows from its index, columns from the variable's.

    Arguments and errors as for `grad`; the formula may be a whole array.
    """
    posed = problem(target, given, wrt, arrays=True, functions=functions)
    rows = posed.specification.rows
    at, columns = variable(posed.wrt, posed.scope, [r.name for r in rows])
    rulebook = with_unknown(rules, posed.scope)
    name: Expr = loss_name(posed)
    if rows:
        name = heads.Element(Tensor(name.name, Kind("real", tuple(r.dim for r in rows))), *rows)
    matrix = derivative(posed, loss_by(posed, at, rulebook), name, at, (*rows, *columns), rulebook,
                        headline(posed, "Jacobian"))
    return replace(in_names(matrix, kept(posed, keep, at), rulebook), typed=posed.typed)


@on_record
def hessian(target: str, *, given: Given = (), wrt: str | None = None, keep: Keep = True,
            rules: Rulebook | None = None, functions: Functions | None = None) -> Derivation:
    """The Hessian of a loss: the gradient, and its derivative with respect to every component.

    Arguments and errors as for `grad`; the derivation of the gradient is among `parts`.
    """
    posed = problem(target, given, wrt, functions=functions)
    rulebook = with_unknown(rules, posed.scope)
    at, first = variable(posed.wrt, posed.scope)
    at, loss = unconstrained(at, loss_by(posed, at, rulebook))
    name = loss_name(posed)
    gradient = derivative(posed, loss, name, at, first, rulebook,
                          headline(posed, "gradient"))
    taken = (*posed.scope.names, *posed.scope.dims, *(i.name for i in first))
    others: tuple[Index, ...] = fresh_indices([i.dim for i in first], taken) if first else ()
    second = substitute(at, dict(zip(first, others, strict=True)))
    works = [Work(heads.Partial(line, second), rulebook).run("again")
             for line in last_forms(gradient)]
    work = min(works, key=lambda w: (first_partial(w.line) is not None, measure(w.line)))
    check_differentiated(work.line, rulebook)
    specification = posed.specification
    second_derivative = work.derivation(
        headline(posed, "Hessian"), "hessian", heads.Partial(heads.Partial(name, at), second),
        specification.declared, indices=(*first, *others), parts=(gradient,),
        assumptions=specification.conditions, definitions=specification.definitions,
        original=heads.Partial(heads.Partial(loss, at), second), source=posed.source,
        typed=posed.typed, domain=gradient.domain)
    return in_names(second_derivative, kept(posed, keep, at), rulebook)
