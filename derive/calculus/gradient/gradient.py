"""Gradient, Jacobian and Hessian: the partial derivative pushed inwards by rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from derive.calculus.asking import on_record
from derive.calculus.problem import (
    Problem,
    problem,
    typed_requirements,
    unfolded,
    variable,
    with_unknown,
)
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Quantity, Tensor, Variable
from derive.core.indexing import exact, root, unreal
from derive.core.kinds import VECTORS, Kind
from derive.core.walk import places, substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, NotDifferentiableError
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.rulebook.measure import measure

Given = str | Iterable[str]


@on_record
@exact
def grad(target: str, *, given: Given = (), wrt: str | None = None, through: Sequence[str] = (),
         route: str | None = None, rules: Rulebook | None = None,
         functions: Functions | None = None) -> Derivation:
    """The gradient of a loss, as a derivation.

    `target` is a catalogue name, a formula, or a specification; `given` its declarations; `wrt`
    the variable (`o`, `o[i]`, `W[i, j]`); `through` the intermediates for the chain rule; `route`
    a way of `rules/routes.toml` instead (`lse`, `jacobian`, `matching`); `functions` the user's
    own functions: paths of files like `rules/functions.toml`, each checked before its first use.
    Raises DeriveError: NotationError at a column, UnknownNameError, NotDifferentiableError.
    """
    posed = problem(target, _once(given), wrt, through, functions=function_table(functions))
    rulebook = with_unknown(rules or standard_rulebook(), posed.scope)
    if route:
        if through:
            raise DeriveError("give a route or intermediates to go through, not both")
        from derive.calculus.gradient.routes import grad_by_route

        return replace(grad_by_route(posed, route, rulebook), typed=posed.typed)
    if through:
        from derive.calculus.gradient.chain_rule import grad_through

        return replace(grad_through(posed, through, rulebook), typed=posed.typed)
    at, indices = variable(posed.wrt, posed.scope)
    found = derivative(posed, loss_by(posed, at, rulebook), loss_name(posed), at, indices, rulebook,
                       headline(posed, "gradient"))
    return replace(found, typed=posed.typed)


@on_record
@exact
def jacobian(target: str, *, given: Given = (), wrt: str | None = None,
             rules: Rulebook | None = None, functions: Functions | None = None) -> Derivation:
    """The Jacobian of a vector formula: rows from its index, columns from the variable's.

    Arguments and errors as for `grad`; the formula may be a whole array.
    """
    posed = problem(target, _once(given), wrt, whole=True, functions=function_table(functions))
    rows = posed.specification.rows
    at, columns = variable(posed.wrt, posed.scope, [r.name for r in rows])
    rulebook = with_unknown(rules or standard_rulebook(), posed.scope)
    body = loss_by(posed, at, rulebook)
    name = loss_name(posed)
    if rows:
        name = heads.Element(Tensor(name.name, Kind("real", tuple(r.dim for r in rows))), *rows)
    found = derivative(posed, body, name, at, (*rows, *columns), rulebook,
                       headline(posed, "Jacobian"))
    return replace(found, typed=posed.typed)


@on_record
@exact
def hessian(target: str, *, given: Given = (), wrt: str | None = None,
            rules: Rulebook | None = None, functions: Functions | None = None) -> Derivation:
    """The Hessian of a loss: the gradient, and its derivative with respect to every component.

    Arguments and errors as for `grad`; the derivation of the gradient is among `parts`.
    """
    posed = problem(target, _once(given), wrt, functions=function_table(functions))
    rulebook = with_unknown(rules or standard_rulebook(), posed.scope)
    at, first = variable(posed.wrt, posed.scope)
    at, loss = unconstrained(at, loss_by(posed, at, rulebook))
    name = loss_name(posed)
    gradient = derivative(posed, loss, name, at, first, rulebook,
                          headline(posed, "gradient"))
    second = at
    at_second: tuple[Any, ...] = ()
    if first:
        taken = (*posed.scope.names, *posed.scope.dims, *(i.name for i in first))
        at_second = fresh_indices([i.dim for i in first], taken)
        second = substitute(at, dict(zip(first, at_second, strict=True)))
    starts = [heads.Partial(line, second) for line in last_forms(gradient)]
    works = [Work(start, rulebook).run("again") for start in starts]
    work = min(works, key=lambda w: (_first_partial(w.line) is not None, measure(w.line)))
    check_differentiated(work.line, rulebook)
    return Derivation(
        title=headline(posed, "Hessian"), goal="hessian", given=posed.specification.declared,
        quantity=heads.Partial(heads.Partial(name, at), second),
        start=starts[works.index(work)], steps=tuple(work.steps),
        indices=(*first, *at_second), parts=(gradient,),
        assumptions=posed.specification.conditions,
        definitions=posed.specification.definitions,
        original=heads.Partial(heads.Partial(loss, at), second), source=posed.source,
        typed=posed.typed, domain=gradient.domain)


def derivative(posed: Problem, body: Any, name: Any, at: Any, indices: tuple[Any, ...],
               rulebook: Rulebook, title: str, strategy: str = "gradient") -> Derivation:
    """The derivation of ∂body/∂at.

    Raises NotDifferentiableError where no rule applies.
    """
    start = heads.Partial(body, at)
    work = Work(start, rulebook).run(strategy)
    check_differentiated(work.line, rulebook)
    return Derivation(
        title=title, goal="gradient", given=posed.specification.declared,
        quantity=heads.Partial(name, at), start=start, steps=tuple(work.steps), indices=indices,
        assumptions=posed.specification.conditions, definitions=posed.specification.definitions,
        original=start, source=posed.source,
        domain=typed_requirements(posed.specification, at))


def loss_by(posed: Problem, at: Any, rulebook: Rulebook) -> Any:
    """The loss as a formula of the variable: a named intermediate stays, what uses it is put in."""
    definitions = posed.specification.definitions
    names = [d.symbol for d in definitions]
    if root(at) not in names:
        return unfolded(posed.specification.loss, definitions)
    from derive.calculus.gradient.chain_rule import chain_through

    chain = chain_through(posed, [root(at).name], rulebook)
    return unfolded(chain.loss, definitions[names.index(root(at)) + 1:])


def last_forms(gradient: Derivation) -> list[Any]:
    """The result, and the line before it was tidied: the shorter is not always the better to
    differentiate, as with (1 - y)/(1 - p) - y/p.
    """
    if not gradient.steps or not gradient.steps[-1].rule.tactic:
        return [gradient.result]
    untidied = [s.line for s in gradient.steps if s.round < gradient.steps[-1].round]
    return [gradient.result, untidied[-1] if untidied else gradient.start]


def unconstrained(at: Any, loss: Any) -> tuple[Any, Any]:
    """The variable and the loss with a point of the simplex taken as any nonnegative vector.

    A gradient may use that the entries sum to 1; its derivative may not.
    """
    tensor = root(at)
    if tensor.kind.domain not in VECTORS:
        return at, loss
    free = Tensor(tensor.name, Kind("nonnegative", tensor.kind.shape))
    return substitute(at, {tensor: free}), substitute(loss, {tensor: free})


def loss_name(posed: Problem) -> Variable:
    """The name that stands for the loss, L unless the specification says another."""
    return Variable(posed.specification.name, Kind("real"))


def check_differentiated(line: Any, rulebook: Rulebook) -> None:
    """Raises NotDifferentiableError if a derivative is left that no rule takes further."""
    if unreal(line):
        raise NotDifferentiableError("the derivative is infinite or undefined everywhere")
    left = _first_partial(line)
    if left is not None:
        body, at = left.args
        for rule in rulebook:
            failing = rule.failing_condition(left)
            if failing is not None:
                raise NotDifferentiableError(f"{plain(body)} has no derivative with respect to "
                                             f"{plain(at)}: {plain(failing)} never holds")
        raise NotDifferentiableError(
            f"no rule differentiates {plain(body)} with respect to {plain(at)}; "
            "give the function a derivative in rules/functions.toml, or a rule with --rules")


def _first_partial(line: Any) -> Any | None:
    return next((part for part, _ in places(line) if isinstance(part, heads.Partial)
                 and not isinstance(part.args[0], Quantity)), None)


def headline(posed: Problem, what: str) -> str:
    """The title of a derivation."""
    if posed.title:
        return f"{posed.title}: {what}"
    kind, space, through = what.partition(" ")
    return f"{kind[0].upper()}{kind[1:]} of {posed.specification.name}{space}{through}"


def _once(given: Given) -> list[str]:
    return [given] if isinstance(given, str) else list(given)
