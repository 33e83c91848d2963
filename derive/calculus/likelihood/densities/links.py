"""Links: a parameter in terms of a network's output, and which link is the canonical one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sympy import Add, Expr, Mul, Pow

from derive.calculus.formulas import defined, free_name
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.densities.statistical_model import (
    ELL,
    Model,
    Parameter,
    log_density,
)
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.premises import Typed
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_table import Link, link_for, links

_OUTPUTS = ("z", "eta", "u", "o")
CANONICAL = "canonical"


@dataclass(frozen=True)
class Linked:
    """A model whose parameter is a link's inverse of an output.

    `place` and `output` are the parameter and the output (at an index, for a vector), `inverse`
    and `forward` one in terms of the other, `others` the parameters that stay.
    """

    link: Link
    model: Model
    place: Expr
    output: Expr
    inverse: Expr
    forward: Expr
    others: tuple[Parameter, ...]

    @property
    def typed(self) -> Typed | None:
        """What was typed, with the link as a definition of the parameter."""
        before, output = self.model.typed, root(self.output)
        if before is None:
            return None
        inverse = re.sub(r"\bz\b", output.name, self.link.inverse)
        names = ", ".join(leaf.name for leaf in self.model.parameters)
        return Typed(before.target, before.given, names, (
            *before.options, ("link", f"{root(self.place).name} = {inverse}"),
            ("output", f"{output.name}: {output.kind}")), before.assumed)


def main_parameter(model: Model) -> Parameter:
    """The parameter that a network puts out: that of the entry, or the first."""
    name = model.entry.of if model.entry is not None else ""
    return next((p for p in model.parameters if p.name == name), model.parameters[0])


def linked(model: Model, text: str, rulebook: Rulebook) -> Linked:
    """The model with a parameter put through a link: `LINK`, `NAME=LINK`, `canonical`.

    Raises DeriveError for a link whose values do not fit the parameter.
    """
    left, sign, right = text.partition("=")
    parameter = main_parameter(model)
    if sign:
        known = {p.name: p for p in model.parameters}
        if left.strip() not in known:
            raise DeriveError(f"{left.strip()!r} is no parameter here; there are: "
                              f"{', '.join(known)}")
        parameter = known[left.strip()]
    name = right if sign else left
    if name.strip() != CANONICAL:
        return put_through(model, parameter, link_for(name))
    link = _canonical(model, parameter, rulebook)
    try:
        return put_through(model, parameter, link)
    except DeriveError:
        others = " or ".join(other.name for other in fitting_links(parameter))
        raise DeriveError(f"the canonical link of {parameter.name} is the {link.title} link, whose "
                          f"inverse has values that {parameter.name} cannot have; use {others}"
                          ) from None


def _canonical(model: Model, parameter: Parameter, rulebook: Rulebook) -> Link:
    link, natural = natural_parameter(model, parameter, rulebook)
    if link is None:
        why = f"its natural parameter is {pretty(natural)}" if natural is not None else \
            "the density is of no exponential family in the observation itself"
        raise DeriveError(f"no link of the table is canonical for {parameter.name}: {why}")
    return link


def fitting_links(parameter: Parameter) -> list[Link]:
    """The links made for parameters such as this one, all of whose values it may have."""
    domain = parameter.kind.domain
    return [link for link in links() if _fits(parameter, link)
            and _domain(link) in (domain, "positive" if domain == "nonnegative" else domain)]


def _domain(link: Link) -> str:
    """The type of the parameters that a link is made for."""
    return link.of.partition(":")[2].strip().partition("(")[0]


def put_through(model: Model, parameter: Parameter, link: Link, name: str = "") -> Linked:
    """The model with an output in place of a parameter. Raises DeriveError for an improper link."""
    vector = isinstance(parameter, Tensor)
    letter = name or free_name({**model.scope.names, **model.scope.dims}, *_OUTPUTS)
    output: Parameter = Tensor(letter, Kind("real", parameter.kind.shape)) if vector else \
        Variable(letter, Kind("real"))
    _check_fit(parameter, link)
    place, indices = model.at(parameter)
    inverse = _formula(link.inverse, "z", output, indices, parameter.kind.domain == "simplex")
    meaning = defined(parameter, indices, inverse)

    def in_output(node: Expr) -> Expr:
        return unfolded(node, [meaning])

    scope = model.scope.copy()
    scope.names.pop(parameter.name)
    scope.names[letter] = output
    given = (_without_name(line, parameter.name) for line in model.given)
    others = tuple(p for p in model.parameters if p != parameter)
    definitions = tuple(replace(d, body=in_output(d.body)) for d in model.definitions)
    new = replace(model, scope=scope, parameters=(output, *others),
                  given=(f"{letter}: {output.kind}", *(line for line in given if line)),
                  density=in_output(model.density),
                  conditions=tuple(map(in_output, model.conditions)),
                  definitions=(*definitions, meaning))
    return Linked(link, new, place, heads.at(output, indices),
                  inverse, _formula(link.link, "p", parameter, indices, False), others)


def _without_name(line: str, name: str) -> str:
    """A declaration without one of its names; a condition on the name is left out."""
    if ":" not in line:
        return "" if name in line.split() else line
    names, _, kind = line.partition(":")
    left = [n.strip() for n in names.split(",") if n.strip() != name]
    return f"{', '.join(left)}:{kind}" if left else ""


def _check_fit(parameter: Parameter, link: Link) -> None:
    """Raises DeriveError for an improper link."""
    if not _fits(parameter, link):
        fitting = [other.name for other in fitting_links(parameter)]
        raise DeriveError(
            f"the {link.name} link is improper for {parameter.name}, which is of type "
            f"{parameter.kind}: the values of {link.inverse} are others; use "
            f"{' or '.join(fitting) or 'none'}")


def _fits(parameter: Parameter, link: Link) -> bool:
    """Whether the values of the inverse link are just those that the parameter may have."""
    of = _domain(link)
    if parameter.kind.domain == "simplex" or of == "simplex":
        return bool(of == parameter.kind.domain)
    have = interval(_formula(link.inverse, "z", Variable("z", Kind("real")), (), False))
    want = parameter.kind.interval
    return bool(have.low == want.low and have.high == want.high)


def _formula(text: str, name: str, leaf: Expr, at: tuple[Expr, ...], vector: bool) -> Expr:
    """A link's formula at a variable, at an element of a vector, or of the whole vector."""
    scope = Scope()
    scope.names[name] = leaf if vector or not at else heads.Element(leaf, *at)
    value = parse_value(text, scope)
    return value.at(at) if isinstance(value, Array) else value


def canonical_link(model: Model, rulebook: Rulebook) -> tuple[tuple[str, str], ...]:
    """A remark on the canonical link of the main parameter, where there is one."""
    parameter = main_parameter(model)
    link, natural = natural_parameter(model, parameter, rulebook)
    if link is not None:
        place, indices = model.at(parameter)
        forward = pretty(_formula(link.link, "p", parameter, indices, False))
        return (("canonical", f"the {link.title} link, z = "
                 f"{pretty(place) if link.unchanged else forward}"),)
    if natural is not None:
        return (("canonical", f"the link z = {pretty(natural)}, which has no name of its own"),)
    return ()


def natural_parameter(model: Model, parameter: Parameter, rulebook: Rulebook,
                      ) -> tuple[Link | None, Expr | None]:
    """The canonical link and the natural parameter, where log p is eta(theta) y - A(theta) + c(y).

    The link is None where the table has none that is eta but for a constant factor.
    """
    if len(model.observed) != 1 or model.joint:
        return None, None
    with assuming(model.positive):
        if isinstance(parameter, Tensor):
            return _of_the_simplex(model, parameter, rulebook), None
        natural = _natural(model, parameter, rulebook)
        if natural is None:
            return None, None
        domains = {parameter.kind.domain, "real"} | (
            {"positive"} if parameter.kind.interval.positive else set())
        forms = ((link, _formula(link.link, "p", parameter, (), False)) for link in links()
                 if _domain(link) in domains)
        return next((link for link, form in forms
                     if _proportional(natural, form, parameter, rulebook)), None), natural


def _natural(model: Model, parameter: Parameter, rulebook: Rulebook) -> Expr | None:
    """What stands before y in log p, if y stands nowhere else beside the parameter."""
    y = model.observed[0]
    if isinstance(y, Tensor) or y.kind.domain == "label":
        return None
    factors = []
    for term in Add.make_args(multiplied_out(log_density(model, rulebook).line)):
        if depends(term, y) and depends(term, parameter):
            inside = [f for f in Mul.make_args(term) if occurs(y, f)]
            if inside != [y]:
                return None
            factors.append(Mul(*(f for f in Mul.make_args(term) if f != y)))
    return Add(*factors) if factors else None


def _proportional(natural: Expr, forward: Expr, parameter: Parameter, rulebook: Rulebook) -> bool:
    """Whether two formulas of the parameter have slopes that differ by a constant factor."""
    slopes = [Work(heads.Partial(f, parameter), rulebook).run("gradient").line
              for f in (natural, forward)]
    if slopes[1] == 0:
        return False
    ratio = Work(Mul(slopes[0], Pow(slopes[1], -1)), rulebook).run("finish").line
    return not depends(ratio, parameter) and ratio != 0


def _of_the_simplex(model: Model, parameter: Parameter, rulebook: Rulebook) -> Link | None:
    """The link of a point of the simplex, where p_i times the score is free of p."""
    if parameter.kind.domain != "simplex":
        return None
    at, indices = model.at(parameter)
    free = Tensor(parameter.name, Kind("nonnegative", parameter.kind.shape))
    body = substitute(log_density(model, rulebook).line, {parameter: free})
    place = substitute(at, {parameter: free})
    try:
        score = derivative(model.problem(body, ELL), body, Variable(ELL, Kind("real")), place,
                           indices, rulebook, "")
    except DeriveError:
        return None
    scaled = Work(Mul(place, score.result), rulebook).run("finish").line
    if depends(scaled, free):
        scaled = Work(scaled, rulebook).run("symmetry").line
    return None if depends(scaled, free) else next(
        link for link in links() if "simplex" in link.of)
