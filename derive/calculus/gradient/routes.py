"""One gradient by several routes: the loss rewritten first, the chain rule, or the way back."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derive.calculus.cost.equality import same
from derive.calculus.cost.potential import cost
from derive.calculus.gradient.chain_rule import grad_through
from derive.calculus.gradient.partial_derivative import derivative, headline, loss_name
from derive.calculus.problem import Problem, unfolded, variable
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.factors import difference
from derive.core.indexing import free_names, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, UnknownNameError
from derive.notation.reading.specification import read_loss_definitions
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Setting
from derive.tables.route_table import FieldForm, Route, route_for


def grad_by_route(posed: Problem, name: str, rulebook: Rulebook) -> Derivation:
    """The gradient by the route of that name; see `rules/routes.toml`.

    Raises UnknownNameError where there is no such route, or where it does not lead through this
    loss.
    """
    route = route_for(name)
    gradient = _by_matching(posed, route, rulebook) if route.fields else \
        _by_rewriting(posed, route, rulebook)
    title = headline(posed, "gradient " + route.title)
    return replace(gradient, title=title, remarks=(*gradient.remarks, ("route", route.says)))


def _by_rewriting(posed: Problem, route: Route, rulebook: Rulebook) -> Derivation:
    """The loss rewritten by the route's rules, then differentiated through its intermediates."""
    at, indices = variable(posed.wrt, posed.scope)
    specification = posed.specification
    loss = unfolded(specification.loss, specification.definitions)
    work = Work(loss, rulebook)
    for rule in route.first:
        work.name(rulebook[rule])
    if route.first and not work.steps:
        raise _does_not_lead(route)
    name = loss_name(posed)
    rewritten = work.derivation(
        f"{name}, rewritten", "loss", name, specification.declared, source=route.source,
        assumptions=specification.conditions, definitions=specification.definitions)
    posed = replace(posed, specification=replace(specification, loss=work.line))
    gradient = _through(posed, route, rulebook) if route.through else \
        derivative(posed, work.line, name, at, indices, rulebook, "")
    parts = (rewritten, *gradient.parts) if work.steps else gradient.parts
    return replace(gradient, parts=parts, original=heads.Partial(loss, at))


def _through(posed: Problem, route: Route, rulebook: Rulebook) -> Derivation:
    """The chain rule through the route's intermediates, in the names of this loss."""
    x = root(variable(posed.wrt, posed.scope)[0])
    shape = x.kind.shape if isinstance(x, Tensor) else ()
    if any("{K}" in line for line in route.through) and not shape:
        raise _does_not_lead(route)
    lines = [line.format(x=x.name, K=shape[-1] if shape else "") for line in route.through]
    names = [line.partition("=")[0].strip() for line in lines]
    fresh = [line for line, name in zip(lines, names, strict=True)
             if posed.specification.definition(name) is None]
    try:
        with_names = read_loss_definitions(fresh, posed.specification)
        return grad_through(replace(posed, specification=with_names), names, rulebook)
    except DeriveError:
        raise _does_not_lead(route) from None


def _does_not_lead(route: Route) -> UnknownNameError:
    return UnknownNameError(f"the route {route.name!r} ({route.title}) does not lead through this "
                            "loss; leave out --route, or try another")


def _by_matching(posed: Problem, route: Route, rulebook: Rulebook) -> Derivation:
    """The gradient as the field whose cost is the loss."""
    at, indices = variable(posed.wrt, posed.scope)
    specification = posed.specification
    loss = unfolded(specification.loss, specification.definitions)
    for form in route.fields:
        for target in _others(loss, root(at)):
            matching = _cost_of(form, target, posed, rulebook)
            if matching is not None and _is(matching.result, loss, at, rulebook):
                return _from_field(posed, route, form, matching, (loss, at, indices), rulebook)
    raise _does_not_lead(route)


def _others(loss: Expr, x: Expr) -> list[str]:
    """The other names of the loss, one of which is the target."""
    return sorted(leaf.name for leaf in free_names(loss)
                  if isinstance(leaf, (Variable, Tensor)) and leaf != x)


def _cost_of(form: FieldForm, target: str, posed: Problem, rulebook: Rulebook,
             ) -> Derivation | None:
    """The cost of a field in the names of this loss; None where the field does not fit them."""
    x = root(variable(posed.wrt, posed.scope)[0]).name
    field, wrt = form.field.format(x=x, t=target), form.wrt.format(x=x)
    try:
        return cost(field, given=_declared(posed, x, target), wrt=wrt, rules=rulebook)
    except DeriveError:
        return None


def _declared(posed: Problem, *names: str) -> list[str]:
    """The declarations of the names in question, one each."""
    return [f"{name}: {posed.scope.names[name].kind}" for name in names]


def _is(candidate: Expr, loss: Expr, at: Expr, rulebook: Rulebook) -> bool:
    """Whether a cost is the loss, but for what the variable is not in."""
    x = root(at)
    if same(candidate, loss, rulebook):
        return True
    gap = Work(difference(loss, candidate), rulebook).run("gradient").run("outspread").line
    return not occurs(x, gap)


def _from_field(posed: Problem, route: Route, form: FieldForm, matching: Derivation,
                of: tuple[Expr, Expr, tuple[Expr, ...]], rulebook: Rulebook) -> Derivation:
    """The last part: the loss is the cost, so its gradient is the field."""
    loss, at, indices = of
    work = Work(heads.Partial(loss, at), rulebook)
    work.use(MATCHING, {
        "quantity": matching.quantity, "result": matching.result, "indices": matching.indices,
        "field": matching.field, "source": route.source}, "finish")
    potential = _potential(form, posed, rulebook)
    parts = (matching,) if potential is None else \
        (matching, replace(potential, note=route.bregman))
    specification = posed.specification
    return work.derivation(
        "", "gradient", heads.Partial(loss_name(posed), at), specification.declared,
        indices=indices, parts=parts, assumptions=specification.conditions,
        definitions=specification.definitions, source=posed.source,
        note="The loss is this cost, so the field is its gradient.")


def _matched(line: Expr, setting: Setting) -> Expr:
    """The field of a cost in place of the derivative of a loss that is this cost."""
    if not isinstance(line, heads.Partial):
        return line
    loss, at = line.args
    subscripts = at.indices if isinstance(at, heads.Element) else ()
    if len(subscripts) != len(setting["indices"]) or not _is(
            setting["result"], loss, at, setting.rulebook):
        return line
    return substitute(setting["field"], dict(zip(setting["indices"], subscripts, strict=True)))


def _matching_in_words(setting: Setting) -> Words:
    return Words("The loss is the cost derived above, but for what does not depend on the "
                 "variable, so its gradient is the field.",
                 f"the cost {setting['quantity']} above has this gradient", setting["source"])


MATCHING = stated("matching-loss", _matched, _matching_in_words)


def _potential(form: FieldForm, posed: Problem, rulebook: Rulebook) -> Derivation | None:
    """The function whose gradient is the output alone, called Φ."""
    x = root(variable(posed.wrt, posed.scope)[0]).name
    try:
        potential = cost(form.potential.format(x=x), given=_declared(posed, x),
                         wrt=form.wrt.format(x=x), constant="none", rules=rulebook)
    except DeriveError:
        return None
    return replace(potential, quantity=Variable("Phi", Kind("real")), parts=(), sequel=None,
                   remarks=(), title="potential")
