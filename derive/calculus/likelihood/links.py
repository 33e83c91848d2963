"""Links: a parameter in terms of a network's output, and which link is the canonical one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Mul, Pow

from derive.calculus.gradient.gradient import derivative
from derive.calculus.likelihood.statistical_model import ELL, Model, log_density
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import depends, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute, transform
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.functions.intervals import interval
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.specification import Definition
from derive.premises import Typed
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_table import Link, link_for, links

_OUTPUTS = ("z", "eta", "u", "o", "z1")
CANONICAL = "canonical"


@dataclass(frozen=True)
class Linked:
    """A model whose parameter is a link's inverse of an output.

    `place` and `output` are the parameter and the output (at an index, for a vector), `inverse`
    and `forward` one in terms of the other, `others` the parameters that stay.
    """

    link: Link
    model: Model
    place: Any
    output: Any
    inverse: Any
    forward: Any
    others: tuple[Any, ...]

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
            ("output", f"{output.name}: {output.kind}")))


def main_parameter(model: Model) -> Any:
    """The parameter that a network puts out: that of the entry, or the first."""
    wanted = model.entry.of if model.entry is not None else ""
    return next((p for p in model.parameters if p.name == wanted), model.parameters[0])


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
        others = " or ".join(one.name for one in fitting_links(parameter))
        raise DeriveError(f"the canonical link of {parameter.name} is the {link.title} link, whose "
                          f"inverse has values that {parameter.name} cannot have; use {others}"
                          ) from None


def _canonical(model: Model, parameter: Any, rulebook: Rulebook) -> Link:
    link, natural = natural_parameter(model, parameter, rulebook)
    if link is None:
        why = f"its natural parameter is {pretty(natural)}" if natural is not None else \
            "the density is of no exponential family in the observation itself"
        raise DeriveError(f"no link of the table is canonical for {parameter.name}: {why}")
    return link


def fitting_links(parameter: Any) -> list[Link]:
    """The links made for parameters such as this one, all of whose values it may have."""
    domain = parameter.kind.domain
    return [one for one in links() if _fits(parameter, one)
            and _domain(one) in (domain, "positive" if domain == "nonnegative" else domain)]


def _domain(link: Link) -> str:
    """The type of the parameters that a link is made for."""
    return link.of.partition(":")[2].strip().partition("(")[0]


def put_through(model: Model, parameter: Any, link: Link, name: str = "") -> Linked:
    """The model with an output in place of a parameter. Raises DeriveError for an improper link."""
    vector = isinstance(parameter, Tensor)
    simplex = parameter.kind.domain == "simplex"
    letter = name or next(c for c in _OUTPUTS
                          if c not in {**model.scope.names, **model.scope.dims})
    shape = parameter.kind.shape if vector else ()
    output = Tensor(letter, Kind("real", shape)) if vector else Variable(letter, Kind("real"))
    _check_fit(parameter, link, simplex)
    place, indices = model.at(parameter)

    def inverse_at(at: tuple[Any, ...]) -> Any:
        return _formula(link.inverse, "z", output, at, simplex)

    density = _replaced(model.density, parameter, inverse_at)
    scope = model.scope.copy()
    scope.names.pop(parameter.name)
    scope.names[letter] = output
    given = tuple(line for line in (_without_name(g, parameter.name) for g in model.given) if line)
    others = tuple(p for p in model.parameters if p != parameter)
    conditions = tuple(_replaced(c, parameter, inverse_at) for c in model.conditions)
    definitions = tuple(replace(d, body=_replaced(d.body, parameter, inverse_at))
                        for d in model.definitions)
    new = replace(model, scope=scope, given=(f"{letter}: {output.kind}", *given), density=density,
                  parameters=(output, *others), conditions=conditions,
                  definitions=(*definitions, _said(parameter, inverse_at)))
    forward = _formula(link.link, "p", parameter, indices, False)
    at_output = heads.Element(output, *indices) if indices else output
    return Linked(link, new, place, at_output, inverse_at(indices), forward, others)


def _said(parameter: Any, inverse_at: Any) -> Definition:
    """The parameter in terms of the output, as a definition."""
    if not isinstance(parameter, Tensor):
        return Definition(parameter, (), inverse_at(()))
    indices = tuple(Index(f"\u00b7{parameter.name}{n}", d)
                    for n, d in enumerate(parameter.kind.shape))
    return Definition(parameter, indices, inverse_at(indices))


def _without_name(line: str, name: str) -> str:
    """A declaration without one of its names; a condition on the name is left out."""
    if ":" not in line:
        return "" if name in line.split() else line
    names, _, kind = line.partition(":")
    left = [n.strip() for n in names.split(",") if n.strip() != name]
    return f"{', '.join(left)}:{kind}" if left else ""


def _check_fit(parameter: Any, link: Link, simplex: bool) -> None:
    """Raises DeriveError for an improper link."""
    of = _domain(link)
    fitting = [one.name for one in fitting_links(parameter)]
    if (of == "simplex") != simplex or not _fits(parameter, link):
        raise DeriveError(
            f"the {link.name} link is improper for {parameter.name}, which is of type "
            f"{parameter.kind}: the values of {link.inverse} are others; use "
            f"{' or '.join(fitting) or 'none'}")


def _fits(parameter: Any, link: Link) -> bool:
    """Whether the values of the inverse link are just those that the parameter may have."""
    of = _domain(link)
    if parameter.kind.domain == "simplex" or of == "simplex":
        return bool(of == parameter.kind.domain)
    have = interval(_formula(link.inverse, "z", Variable("z", Kind("real")), (), False))
    want = parameter.kind.interval
    return bool(have.low == want.low and have.high == want.high)


def _formula(text: str, name: str, leaf: Any, at: tuple[Any, ...], whole: bool) -> Any:
    """A link's formula at a variable, at an element of a vector, or of the whole vector."""
    scope = Scope()
    scope.names[name] = leaf if whole or not at else heads.Element(leaf, *at)
    value = parse_value(text, scope)
    return value.at(at) if isinstance(value, Array) else value


def _replaced(node: Any, parameter: Any, inverse_at: Any) -> Any:
    """A formula with the inverse link in place of the parameter."""
    if not isinstance(parameter, Tensor):
        return substitute(node, {parameter: inverse_at(())})
    return transform(node, lambda part: inverse_at(part.indices) if isinstance(
        part, heads.Element) and part.tensor == parameter else None)


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


def natural_parameter(model: Model, parameter: Any, rulebook: Rulebook) -> tuple[Link | None, Any]:
    """The canonical link and the natural parameter, where log p is eta(theta) y - A(theta) + c(y).

    The link is None where the table has none that is eta but for a constant factor.
    """
    if len(model.observed) != 1 or model.whole:
        return None, None
    with assuming(model.positive):
        if isinstance(parameter, Tensor):
            return (_of_the_simplex(model, parameter, rulebook), None)
        natural = _natural(model, parameter, rulebook)
        if natural is None:
            return None, None
        for link in links():
            of = _domain(link)
            if of == parameter.kind.domain or of == "real" or (
                    of == "positive" and parameter.kind.interval.positive):
                forward = _formula(link.link, "p", parameter, (), False)
                if _proportional(natural, forward, parameter, rulebook):
                    return link, natural
    return None, natural


def _natural(model: Model, parameter: Any, rulebook: Rulebook) -> Any | None:
    """What stands before y in log p, if y stands nowhere else beside the parameter."""
    y = model.observed[0]
    if isinstance(y, Tensor) or y.kind.domain == "label":
        return None
    line = multiplied_out(log_density(model, rulebook).line)
    parts = []
    for term in Add.make_args(line):
        if not (depends(term, y) and depends(term, parameter)):
            continue
        factors = [f for f in Mul.make_args(term) if occurs(y, f)]
        if factors != [y]:
            return None
        parts.append(Mul(*(f for f in Mul.make_args(term) if f is not factors[0])))
    natural = Add(*parts)
    return natural if parts else None


def _proportional(natural: Any, forward: Any, parameter: Any, rulebook: Rulebook) -> bool:
    """Whether two formulas of the parameter have slopes that differ by a constant factor."""
    slopes = [Work(heads.Partial(f, parameter), rulebook).run("gradient").line
              for f in (natural, forward)]
    if slopes[1] == 0:
        return False
    ratio = Work(Mul(slopes[0], Pow(slopes[1], -1)), rulebook).run("finish").line
    return not depends(ratio, parameter) and ratio != 0


def _of_the_simplex(model: Model, parameter: Any, rulebook: Rulebook) -> Link | None:
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
        one for one in links() if "simplex" in one.of)
