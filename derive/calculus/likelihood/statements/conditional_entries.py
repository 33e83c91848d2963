"""Models of observations given covariates: `y ~ NAME(X @ b, s)` as an entry of the table.

The likelihood is the product of the density of the named distribution over the observations, the
arguments of the statement in place of its parameters. Names that have an entry for each
observation are data; all others are parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from derive.argument_kinds import Names
from derive.calculus.likelihood.statements.regression_statements import is_statement, read_statement
from derive.calculus.likelihood.statements.replaced_names import WORD
from derive.calculus.likelihood.statements.stated_entries import ConditionalEntry
from derive.calculus.likelihood.statements.statement_factors import Factor
from derive.calculus.problem import real_names
from derive.core.atoms import Dim, Tensor
from derive.core.indexing import exact
from derive.errors import DeriveError, UnknownNameError
from derive.functions.function_records import FunctionTable
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.notation.reading.specification import specify
from derive.tables.distribution_table import Distribution
from derive.tables.regression_table import Regression, regression_for


class Beside(NamedTuple):
    """What stands beside a statement: a link, priors, and the name of the weights."""

    link: str = ""
    priors: tuple[str, ...] = ()
    weights: str = ""


NOTHING_BESIDE = Beside()


def beside(link: str | None, prior: Names, weights: str | None) -> Beside:
    """The options of a direction."""
    priors = (prior,) if isinstance(prior, str) else tuple(map(str, prior or ()))
    return Beside(link or "", priors, weights or "")


@exact
def stated_entry(target: str, given: Given, options: Beside, functions: Functions | None,
                 ) -> Distribution | None:
    """The entry of a statement, typed or named; None for another target.

    Raises DeriveError for a statement that cannot be read, and for priors without one.
    """
    table = function_table(functions)
    if is_statement(target):
        return conditional_entry(target, lines_of(given), options, functions=table)
    with suppress(UnknownNameError):
        named = regression_for(target)
        lines = [*lines_of(given), *_left(named, lines_of(given))]
        made = conditional_entry(named.statement, lines, options._replace(
            priors=(*named.priors, *options.priors)), table, declared_names(named.known))
        return replace(made, name=named.name, title=named.title, source=named.source,
                       note=named.note, meaning=named.meaning)
    if options.priors or options.weights:
        raise DeriveError("priors and weights stand beside a statement, such as "
                          "y ~ NAME(X @ b, s)")
    return None


def _left(named: Regression, lines: list[str]) -> list[str]:
    """The declarations of a named model that a user's own do not take the place of."""
    own = set(declared_names(lines))
    return [line for line in _single((*named.given, *named.known, *named.observed))
            if own.isdisjoint(declared_names([line]))]


def conditional_entry(text: str, given: Iterable[str], options: Beside = NOTHING_BESIDE,
                      functions: FunctionTable | None = None, known: Iterable[str] = (),
                      ) -> Distribution:
    """A statement as an entry: `likelihood` is that of all observations, `known` are the data.

    Priors are statements on parameters, whose densities are further factors; the weights say how
    often each observation counts. Raises DeriveError and NotationError for what cannot be read.
    """
    factor = Factor(read_statement(text), given, functions, options.link)
    _check_sample(factor)
    lines, weights = factor.declared, options.weights
    if weights and weights not in declared_names(lines):
        lines = [*lines, f"{weights}: nonnegative[{factor.size}]"]
    body = factor.text(weights)
    own = {m[1] for m in WORD.finditer(body)} - set(known)  # what only a prior names is known
    for prior in options.priors:
        other = _prior(prior, lines, functions)
        lines = other.declared
        body += f" * {other.text()}"
    read = specify(body, lines, functions=functions)
    seen = [factor.values[n].text for n in declared_names(factor.entry.observed)]
    parameters = [n for n in real_names(read.scope, seen)
                  if n in own and not _is_data(read.scope.names[n], factor.size)]
    if not parameters:
        raise DeriveError("the statement has no parameter to estimate; name one, as in "
                          "y ~ NAME(X @ b, s)")
    made = _entry_of(factor, body, _single(read.declared), parameters, seen, weights)
    alike = not any(v.each for v in factor.arguments())
    if alike and made.row is not None and not (options.priors or weights):
        return made.row
    return replace(made, priors=options.priors)


def _check_sample(factor: Factor) -> None:
    """Raises DeriveError where a statement is on one observation."""
    first = factor.statement.observed[0]
    if not factor.size:
        raise DeriveError(f"{first} is one observation here, not an array; declare it with its "
                          f"number, as in {first}: real[N]")


def _entry_of(factor: Factor, body: str, declared: list[str], parameters: list[str],
              seen: list[str], weights: str) -> ConditionalEntry:
    """The entry with its declarations sorted: parameters, data, what is observed."""
    own = tuple(line for line in declared if ":" not in line or _about(line, parameters))
    known = tuple(line for line in declared if ":" in line
                  and not _about(line, [*parameters, *seen]))
    observed = tuple(line for line in declared if _about(line, seen))
    base = factor.entry
    return ConditionalEntry(
        base.name, f"{base.title} of {', '.join(seen)} given covariates",
        given=(*own, *factor.conditions()), known=known, observed=observed, likelihood=body,
        source=base.source, section="", censored=base.censored, up_to=base.up_to, note=base.note,
        weights=weights, row=factor.of_row(own, (
            line for line in known if not _about(line, [weights])), observed))


def _prior(text: str, lines: list[str], functions: FunctionTable | None) -> Factor:
    statement = read_statement(text)
    unknown = [n for n in statement.observed if n not in declared_names(lines)]
    if unknown:
        raise DeriveError(f"the prior {text.strip()} is on {unknown[0]}, which is no parameter of "
                          "the model")
    return Factor(statement, lines, functions)


def _single(lines: Iterable[str]) -> list[str]:
    """The lines with one declaration each."""
    return [part for line in lines for part in (
        [f"{n}: {line.partition(':')[2].strip()}" for n in declared_names([line])]
        if ":" in line else [line])]


def _about(line: str, names: Iterable[str]) -> bool:
    return ":" in line and line.partition(":")[0] in names


def _is_data(leaf: object, size: str) -> bool:
    return isinstance(leaf, Tensor) and any(
        isinstance(d, Dim) and str(d) == size for d in leaf.kind.shape)
