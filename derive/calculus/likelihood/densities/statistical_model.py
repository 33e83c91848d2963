"""A statistical model: a density of one observation, its parameters, and a sample of N of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sympy import Expr, Integer

from derive.calculus.asked_variables import separated
from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.narrowed_types import narrowed, narrowly_specified
from derive.calculus.likelihood.statements.stated_entries import ConditionalEntry
from derive.calculus.problem import Problem, real_names, typed_requirements, unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import depends, exact, occurs
from derive.core.kinds import Kind
from derive.core.walk import transform
from derive.errors import DeriveError
from derive.judge.rules.user_functions import Functions, function_table
from derive.judge.trees.tree_point import Law
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.notation.reading.scope import Scope, leaf_of
from derive.notation.reading.specification import Definition, Specification, fresh_indices, specify
from derive.notation.reading.surface_forms import in_notation
from derive.premises import Typed
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_operators import entry_of
from derive.tables.distribution_table import Distribution

ELL = "ell"  # the name of the log-likelihood
SIZES = ("N", "T", "S")  # names for the number of observations
_COUNTERS = "nmijkpqrs"  # letters for the index of an observation
Parameter = Variable | Tensor


def joined_names(leaves: Iterable[Expr]) -> str:
    """Names in a sentence: a, b and c."""
    *others, last = [pretty(leaf) for leaf in leaves]
    return f"{', '.join(others)} and {last}" if others else last


@dataclass(frozen=True)
class Model:
    """A density with the names of its parameters and of what is observed.

    `parameters` are what is asked about, `observed` one observation; `conditions` are those on
    both. `definitions` say what names of the entry are in terms of the parameters. `joint` says
    that `density` is of a sample, `domain` where it has a value, `unchecked` what was not seen.
    """

    title: str
    source: str
    scope: Scope
    given: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    observed: tuple[Parameter, ...]
    density: Expr
    conditions: tuple[Expr, ...]
    entry: Distribution | None = None
    joint: bool = False
    definitions: tuple[Definition, ...] = ()
    typed: Typed | None = None
    domain: tuple[Expr, ...] = ()
    unchecked: str = ""

    @property
    def positive(self) -> tuple[Expr, ...]:
        """The conditions, and that the density is positive: observations are within the support."""
        return (*self.conditions, heads.Less(Integer(0), self.density))

    @property
    def logarithm(self) -> str:
        """What the logarithm of the density is called."""
        return "log-likelihood and log-prior" if self.has_priors else "log-likelihood"

    @property
    def has_priors(self) -> bool:
        """Whether the density is that of the observations and the parameters."""
        return isinstance(self.entry, ConditionalEntry) and bool(self.entry.priors)

    @property
    def support(self) -> tuple[Expr, ...]:
        """The conditions on an observation."""
        return tuple(c for c in self.conditions if any(occurs(y, c) for y in self.observed))

    @property
    def law(self) -> Law:
        """The law of one observation."""
        return Law(self.observed[0], self.density, self.support)

    def problem(self, body: Expr, name: str, title: str = "") -> Problem:
        """A formula of the model as a problem of the engine."""
        specification = Specification(self.scope, self.given, self.conditions, (), body, name)
        return Problem(title or self.title, specification, "", self.source)

    def at(self, parameter: Parameter, taken: Iterable[str] = (),
           ) -> tuple[Expr, tuple[Index, ...]]:
        """A parameter with free indices for its axes."""
        if not isinstance(parameter, Tensor):
            return parameter, ()
        indices = fresh_indices(parameter.kind.shape, (*self.scope.names, *self.scope.dims, *taken))
        return heads.Element(parameter, *indices), indices


@exact
def read_model(target: str | Distribution, given: Given = (),
               wrt: str | Iterable[str] | None = None,
               observed: str | None = None, functions: Functions | None = None) -> Model:
    """A distribution, by name or an entry, or a user's own density with its declarations.

    `wrt` names the parameters (all of an entry's; of a formula all real names but the
    observation, which is `observed`, or y). Raises DeriveError for what cannot be read.
    """
    lines = lines_of(given)
    table = function_table(functions)
    entry = target if isinstance(target, Distribution) else entry_of(target, bool(lines))
    if entry is None:
        text = str(target)
        specification = narrowly_specified(text, lines, table)
        declared = (*lines, *specification.assumed)
        seen = _observation(specification, observed)
    else:
        declared = (*entry.given, *entry.known, *entry.observed, *lines)
        if entry is target:  # made of a statement, with conditions of the user's arguments
            declared = narrowed(declared)
        text = "\n".join((*entry.define, entry.density or entry.likelihood))
        specification = specify(text, declared, functions=table)
        seen = tuple(specification.scope.names[n] for n in _observed_names(entry, observed))
    scope = specification.scope
    domain = typed_requirements(specification)
    density = unfolded(specification.loss, specification.definitions)
    for definition in specification.definitions:
        scope.names.pop(definition.name, None)
    own = declared_names(entry.given) if entry else _parameters(specification, seen)
    names = own if wrt is None else _asked(wrt, own, scope, density, seen)
    return Model(
        title=entry.title if entry else "Own density", source=entry.source if entry else "",
        scope=scope, given=specification.declared, observed=seen, density=density,
        parameters=tuple(scope.names[n] for n in names), entry=entry,
        conditions=tuple(unfolded(c, specification.definitions)
                         for c in specification.conditions),
        joint=bool(entry and entry.likelihood),
        definitions=specification.definitions,
        typed=Typed(text, declared, ", ".join(names),
                    (("observed", ", ".join(y.name for y in seen)),), specification.assumed),
        domain=domain)


def _observed_names(entry: Distribution, observed: str | None) -> tuple[str, ...]:
    """What an entry observes. Raises DeriveError where another name is asked for."""
    own = declared_names(entry.observed)
    asked = in_notation(observed or "").split(",")
    for name in filter(None, map(str.strip, asked)):
        if name not in own:
            raise DeriveError(f"{name!r} is not what {entry.name} observes; that is "
                              f"{', '.join(own)}")
    return own


def _observation(specification: Specification, observed: str | None) -> tuple[Expr, ...]:
    """What is observed at once, by its names. Raises DeriveError for what is no observation."""
    names = [n.strip() for n in in_notation(observed or "y").split(",")]
    leaves = []
    for name in names:
        leaf = specification.scope.names.get(name)
        if not isinstance(leaf, (Variable, Tensor)):
            raise DeriveError(f"{name!r} is not declared; say which name is the observation, as in "
                              '--given "y: real" or --observed x, --observed y1,y2 for two')
        if not any(occurs(leaf, n) for n in (specification.loss, *specification.conditions)):
            raise DeriveError(f"the density does not contain the observation {name!r}; say which "
                              "name is, with --observed")
        leaves.append(leaf)
    return tuple(dict.fromkeys(leaves))


def _parameters(specification: Specification, seen: tuple[Expr, ...]) -> tuple[str, ...]:
    """All real names of a formula but the observation."""
    parameters = tuple(real_names(specification.scope, {
        *(d.name for d in specification.definitions), *(y.name for y in seen)}))
    if not parameters:
        raise DeriveError("the density has no parameter; declare one, as in --given "
                          '"theta: positive"')
    return parameters


def _asked(wrt: str | Iterable[str], own: tuple[str, ...], scope: Scope, density: Expr,
           seen: tuple[Expr, ...]) -> tuple[str, ...]:
    """The parameters that were asked for. Raises DeriveError for what is none."""
    names = tuple(filter(None, map(in_notation, separated(wrt))))
    if names == ("all",):
        return own
    for name in names:
        leaf = scope.names.get(name)
        if leaf is None or not depends(density, leaf):
            raise DeriveError(f"the density does not contain a parameter {name!r}; its parameters "
                              f"are {', '.join(own)}")
        if leaf in seen:
            raise DeriveError(f"{name!r} is the observation, no parameter; the parameters are "
                              f"{', '.join(own)}")
        if isinstance(leaf, Index) or not leaf.kind.differentiable:
            raise DeriveError(f"{name!r} is of type {leaf.detail}, which takes separate values; "
                              f"its parameters are {', '.join(own)}")
    return names


@dataclass(frozen=True)
class Sample:
    """N independent observations of a model: their names, and the index that counts them."""

    index: Index
    dim: Dim
    observed: tuple[Tensor, ...]
    given: tuple[str, ...]
    conditions: tuple[Expr, ...]
    scope: Scope
    model: Model

    def nth(self, body: Expr) -> Expr:
        """A formula of one observation for that of the index."""
        if self.model.joint:
            return body
        sample = dict(zip(self.model.observed, self.observed, strict=True))
        return at_observation(body, sample, self.index)

    def total(self, body: Expr) -> Expr:
        """The sum of a formula over all observations."""
        return body if self.model.joint else heads.Sum.over(self.nth(body), self.index)


@exact
def sample_of(model: Model, sizes: tuple[str, ...] = SIZES) -> Sample:
    """The sample of a model: y becomes y[n]; a model of a whole sample is one already.

    `sizes` are names for the number of observations, of which the first that is free is taken.
    """
    if model.joint:
        dim = model.observed[0].kind.shape[0]
        return Sample(fresh_indices([dim], model.scope.names, _COUNTERS)[0], dim, model.observed,
                      model.given, model.conditions, model.scope, model)
    taken = {*model.scope.dims, *model.scope.names}
    dim = Dim(free_name(taken, *sizes))
    index = fresh_indices([dim], taken, _COUNTERS)[0]
    observed = tuple(leaf_of(y.name, Kind(y.kind.domain, (dim, *y.kind.shape), y.kind.over))
                     for y in model.observed)
    scope = model.scope.copy()
    scope.dims[dim.name] = dim
    scope.names.update({y.name: y for y in observed})
    names = [y.name for y in model.observed]
    given = [line for line in model.given if not _is_about(line, names)]
    sample = Sample(index, dim, observed, (*given, *(f"{y.name}: {y.kind}" for y in observed)), (),
                    scope, model)
    conditions = tuple(c for c in model.conditions if c not in model.support)
    return replace(sample, conditions=(*conditions, *map(sample.nth, model.support)))


def _is_about(line: str, names: Iterable[str]) -> bool:
    """Whether a line declares one of some names, or is a condition on one."""
    if ":" in line:
        return not set(declared_names([line])).isdisjoint(names)
    return any(re.search(rf"\b{name}\b", line) for name in names)


def at_observation(body: Expr, sample: Mapping[Expr, Expr], index: Expr) -> Expr:
    """A formula of one observation for that of an index; `sample` are names of all for its own."""
    def visit(part: Expr) -> Expr | None:
        if isinstance(part, heads.Element) and part.tensor in sample:
            return heads.Element(sample[part.tensor], index, *part.indices)
        return heads.Element(sample[part], index) if part in sample else None

    return transform(body, visit, (index,))


def log_density(model: Model, rulebook: Rulebook) -> Work:
    """The logarithm of the density, taken apart."""
    return Work(apply("log", model.density), rulebook).run("likelihood")
