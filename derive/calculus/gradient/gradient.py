"""Gradient, Jacobian and Hessian: the partial derivative pushed inwards by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr

from derive.argument_kinds import Target
from derive.calculus.asked_variables import Wrt
from derive.calculus.asking import on_record
from derive.calculus.gradient.chain_rule import grad_through
from derive.calculus.gradient.kept_names import Keep, gradient_in_names, in_names, kept
from derive.calculus.gradient.named_loss import loss_by
from derive.calculus.gradient.partial_derivative import (
    check_differentiated,
    convention,
    derivative,
    first_partial,
    headline,
    last_forms,
    loss_name,
    unconstrained,
    unused_names,
)
from derive.calculus.gradient.several_variables import for_each, for_each_pair, variables
from derive.calculus.gradient.short_forms import shorten, shortened
from derive.calculus.problem import Problem, problem, variable, with_unknown
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
from derive.notation.reading.surface_forms import in_notation
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules
from derive.rulebook.measure import measure


@public()
@on_record
def grad(target: Target, *, given: Given = (), wrt: Wrt = None, through: str | Sequence[str] = (),
         route: str | None = None, keep: Keep = True, rules: Rules = None,
         functions: Functions | None = None) -> Derivation:
    """The gradient of a loss, as a derivation.

    `target` is a catalogue name, a formula, or a specification; `given` its declarations; `wrt`
    the variable (`o`, `o[i]`, `W[i, j]`) or several (`"w, b"`, a list, `"all"`), of which the
    first gives the result and the rest the `others`; `through` the intermediates for the chain
    rule; `route` a way of `rules/routes.toml` instead (`lse`, `jacobian`, `matching`); `keep`
    which names of the specification stay in the result: True for all, each where it is shorter
    so, names for these in any case, False for none; `rules` files of rules beside the standard
    ones, or what `derive.rules` made of them; `functions` the user's own functions: paths of
    files like `rules/functions.toml`, each checked before its first use.
    Raises DeriveError: NotationError at a column, UnknownNameError, NotDifferentiableError.

    >>> derive.grad("-log(softmax(o)[y])", given="o: real[K]; y: label(K)", wrt="o").notation
    'softmax(o)[i] - delta(i, y)'
    """
    if route and through:
        raise DeriveError("give a route or intermediates to go through, not both")

    def by(name: str | None) -> Derivation:
        posed = problem(target, given, name, through, functions=functions)
        return replace(_gradient(posed, through, route, keep, rules), typed=posed.typed)

    return for_each(variables(wrt, target, given, functions), by)


def _gradient(posed: Problem, through: Sequence[str], route: str | None, keep: Keep,
              rules: Rules) -> Derivation:
    """The gradient by one variable."""
    rulebook = with_unknown(rules, posed.scope)
    if route:
        # Loaded here: a route may lead through costs and integrals, which others do not need.
        from derive.calculus.gradient.routes import grad_by_route

        return grad_by_route(posed, route, rulebook)
    at, indices = variable(posed.wrt, posed.scope)
    names = kept(posed, keep, at)
    if through:
        texts = [in_notation(text) for text in through]
        return in_names(grad_through(posed, texts, rulebook), names, rulebook)
    gradient = gradient_in_names(posed, at, indices, names, rulebook)
    return replace(gradient, remarks=(*gradient.remarks, *convention(at),
                                     *unused_names(posed)))


@public()
@on_record
def jacobian(target: Target, *, given: Given = (), wrt: Wrt = None, keep: Keep = True,
             rules: Rules = None, functions: Functions | None = None) -> Derivation:
    """The Jacobian of a vector formula: rows from its index, columns from the variable's.

    Arguments and errors as for `grad`; the formula may be a whole array.

    >>> derive.jacobian("softmax(o)", wrt="o").notation
    'softmax(o)[i] * (delta(i, j) - softmax(o)[j])'
    """
    def by(name: str | None) -> Derivation:
        posed = problem(target, given, name, arrays=True, functions=functions)
        return replace(_jacobian(posed, keep, with_unknown(rules, posed.scope)), typed=posed.typed)

    return for_each(variables(wrt, target, given, functions, arrays=True), by)


def _jacobian(posed: Problem, keep: Keep, rulebook: Rulebook) -> Derivation:
    """The Jacobian by one variable."""
    rows = posed.specification.rows
    at, columns = variable(posed.wrt, posed.scope, [r.name for r in rows])
    name: Expr = loss_name(posed)
    if rows:
        name = heads.Element(Tensor(name.name, Kind("real", tuple(r.dim for r in rows))), *rows)
    matrix = derivative(posed, loss_by(posed, at, rulebook), name, at, (*rows, *columns), rulebook,
                        headline(posed, "Jacobian"))
    matrix = replace(shortened(matrix, rulebook), remarks=convention(at))
    return in_names(matrix, kept(posed, keep, at), rulebook)


@public()
@on_record
def hessian(target: Target, *, given: Given = (), wrt: Wrt = None, keep: Keep = True,
            rules: Rules = None, functions: Functions | None = None) -> Derivation:
    """The Hessian of a loss: the gradient, and its derivative with respect to every component.

    Arguments and errors as for `grad`; the derivation of the gradient is among `parts`. Of
    several variables these are the blocks: by w and w, by w and b, by b and b.

    >>> derive.hessian("log(sum(exp(o[k]) for k in K))", wrt="o").notation
    'softmax(o)[i] * (delta(i, j) - softmax(o)[j])'
    """
    def by(name: str | None, other: str | None) -> Derivation:
        posed = problem(target, given, name, functions=functions)
        block = _block(posed, other, keep, with_unknown(rules, posed.scope))
        return replace(block, typed=posed.typed)

    return for_each_pair(variables(wrt, target, given, functions), by)


def _block(posed: Problem, other: str | None, keep: Keep, rulebook: Rulebook) -> Derivation:
    """The second derivatives by a variable twice, or by it and another one."""
    at, first = variable(posed.wrt, posed.scope)
    remarks = convention(at)
    at, loss = unconstrained(at, loss_by(posed, at, rulebook))
    letters = [i.name for i in first]
    if other is None:
        others: tuple[Index, ...] = fresh_indices(
            [i.dim for i in first], (*posed.scope.names, *posed.scope.dims, *letters))
        second = substitute(at, dict(zip(first, others, strict=True)))
    else:
        second, others = variable(other, posed.scope, letters)
        remarks += convention(second)
        second, loss = unconstrained(second, loss)
    name = loss_name(posed)
    gradient = derivative(posed, loss, name, at, first, rulebook, headline(posed, "gradient"))
    works = [Work(heads.Partial(line, second), rulebook).run("again")
             for line in last_forms(gradient)]
    work = min(works, key=lambda w: (first_partial(w.line) is not None, measure(w.line)))
    check_differentiated(shorten(work).line, rulebook)
    specification = posed.specification
    second_derivative = work.derivation(
        headline(posed, "Hessian"), "hessian", heads.Partial(heads.Partial(name, at), second),
        specification.declared, indices=(*first, *others), parts=(gradient,),
        assumptions=specification.conditions, definitions=specification.definitions,
        original=heads.Partial(heads.Partial(loss, at), second), source=posed.source,
        domain=gradient.domain, remarks=remarks)
    return in_names(second_derivative, kept(posed, keep, at), rulebook)
