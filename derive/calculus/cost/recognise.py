"""Which activation of the table a field is made of, and what its target is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Pow, S

from derive.calculus.cost.field import Field
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Dim, Tensor
from derive.core.factors import difference
from derive.core.indexing import depends, exact
from derive.core.walk import around, substitute
from derive.errors import DeriveError
from derive.notation.reading.parser import parse_condition, parse_value
from derive.notation.reading.scope import Array, Scope
from derive.rulebook.filling import fill
from derive.rulebook.loading import Rulebook
from derive.rulebook.matching import match
from derive.rulebook.patterns import Meta, MetaApply
from derive.rulebook.rule import fits
from derive.rulebook.term_places import flattened
from derive.tables.activation_table import Activation, activations

_ARGUMENT = "z\u00b7"  # the metavariable for what an activation is applied to


@dataclass(frozen=True)
class Recognised:
    """The activation of which a field is made: field = activation - target.

    `output` is the activation's formula at the field's indices, `values` its parameters.
    `argument` is what it is applied to, linear in the variable with the given `slope`. `entry` is
    None for an output that the user gave and that is not in the table.
    """

    entry: Activation | None
    output: Expr
    target: Expr
    values: dict[str, Any]
    argument: Expr | None = None
    slope: Expr = S.One


@exact
def recognise(field: Field, rulebook: Rulebook) -> Recognised | None:
    """The activation in a field, if there is one."""
    output_body = field.body if field.output is None else _given_output(field)
    body = field.body
    for form in ((output_body, body), (folded(output_body, rulebook), folded(body, rulebook))):
        varying = _varying(form[0], field)
        for entry in activations():
            if entry.of_vector and len(field.indices) != 1:
                continue
            for values, argument, slope in _matches(entry, varying, field, rulebook):
                output = _formula(entry.formula, entry, field, values, argument)
                return Recognised(entry, output, _less(output, form[1]), values, argument, slope)
    if field.output is not None:
        output = _given_output(field)
        return Recognised(None, output, _less(output, field.body), {})
    return None


def folded(node: Expr, rulebook: Rulebook) -> Expr:
    """A formula written with the functions that people know."""
    work = Work(node, rulebook)
    work.stage("fold")
    return work.line


def _less(output: Expr, body: Expr) -> Expr:
    """The target t of a field output - t."""
    return flattened(difference(output, body))


def _given_output(field: Field) -> Expr:
    """The user's output at the field's indices, in terms of the variable."""
    definition = field.output
    assert definition is not None
    there = dict(zip(definition.indices, field.indices, strict=False))
    definitions = field.posed.specification.definitions
    return substitute(unfolded(definition.body, definitions), there)


def _varying(node: Expr, field: Field) -> Expr:
    return Add(*(t for t in Add.make_args(node) if depends(t, field.at)))


def _matches(entry: Activation, varying: Expr, field: Field, rulebook: Rulebook,
             ) -> Iterator[tuple[dict[str, Any], Expr, Expr]]:
    """The parameters, the argument and its slope that make an activation the varying part."""
    pattern = _varying(_formula(entry.formula, entry, field, {}, None), field)
    domains = dict(line.replace(" ", "").split(":") for line in entry.given if ":" in line)
    if not entry.of_vector and pattern != field.at:
        pattern = substitute(pattern, {field.at: MetaApply(Meta(_ARGUMENT), field.at)})
    for bindings in match(pattern, varying, {}, around(varying), (field.at,)):
        values = dict(bindings)
        family = values.pop(_ARGUMENT, None)
        argument = field.at if family is None else family.body
        slope = S.One if argument == field.at else _slope(argument, field, rulebook)
        if slope is not None and all(fits(value, domains[name]) for name, value in values.items()
                                     if name in domains):
            yield values, argument, slope


def _slope(argument: Expr, field: Field, rulebook: Rulebook) -> Expr | None:
    """The slope of an argument that is linear in the variable, else None."""
    try:
        slope = Work(heads.Partial(argument, field.at), rulebook).run("again").line
        rest = Work(Add(argument, Mul(-1, slope, field.at)), rulebook).run("finish").line
    except DeriveError:
        return None
    linear = slope != 0 and not depends(slope, field.at) and not depends(rest, field.at)
    return slope if linear and not slope.has(heads.Delta) else None


def _formula(text: str, entry: Activation, field: Field, values: dict[str, Any], argument: Expr,
             ) -> Expr:
    """An activation's formula at the field's indices; parameters are metavariables or values."""
    scope = Scope()
    scope.names["z"] = field.tensor if entry.of_vector else \
        (field.at if argument is None else argument)
    for line in entry.given:
        name = line.partition(":")[0].strip()
        if ":" in line and name != "z":
            scope.names[name] = Meta(name)
    value = parse_value(text, scope)
    if isinstance(value, Array):
        value = value.at(field.indices)
    return fill(value, values) if values else value


@exact
def inverse_of(recognised: Recognised, output: Expr, field: Field) -> Expr | None:
    """The variable in terms of an output, or None where the table has no inverse."""
    if recognised.entry is None or not recognised.entry.inverse:
        return None
    scope = Scope()
    scope.names["y"] = output
    for name, value in recognised.values.items():
        scope.names[name] = value
    back = parse_value(recognised.entry.inverse, scope)
    if recognised.argument in (None, field.at):
        return back
    start = substitute(recognised.argument, {field.at: S.Zero})
    return Mul(difference(back, start), Pow(recognised.slope, -1))


@exact
def output_leaf(name: str, recognised: Recognised, field: Field) -> tuple[Expr, tuple[Expr, ...]]:
    """A name for the output, of the kind that the table says, and the conditions on it."""
    scope = Scope()
    entry = recognised.entry
    lines = entry.output if entry is not None and entry.output else ("y: real",)
    kind_text = lines[0].partition(":")[2]
    if field.indices:
        for dim in field.tensor.kind.shape:
            if isinstance(dim, Dim):
                scope.dims[dim.name] = dim
        axes = ", ".join(str(d) for d in field.tensor.kind.shape)
        kind_text = kind_text.replace("(K)", f"({axes})") if entry and entry.of_vector and \
            "(K)" in kind_text else f"{kind_text.partition('[')[0].strip()}[{axes}]"
    (leaf,) = scope.declare(f"{name}: {kind_text}")
    scope.names = {"y": leaf}
    conditions = () if isinstance(leaf, Tensor) else tuple(
        parse_condition(line, scope) for line in lines[1:])
    return leaf, conditions

