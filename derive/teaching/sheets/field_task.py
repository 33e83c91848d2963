"""The task of finding a cost: the field that a sheet asks about."""

from __future__ import annotations

from dataclasses import replace

from sympy.core.basic import Basic

from derive.calculus.cost.field import Field, name_of_cost, read_field
from derive.calculus.problem import Problem, with_unknown
from derive.core.atoms import Index, Tensor
from derive.core.indexing import root
from derive.core.walk import substitute
from derive.notation.reading.scope import Array
from derive.notation.reading.specification import Specification
from derive.rendering.derivation_rows import definition_line
from derive.rulebook.loading import standard_rulebook
from derive.teaching.sheets.grounding import Grounding
from derive.teaching.sheets.sheet_rows import Row
from derive.teaching.sheets.task import Task, Wording, names_for_lines


def cost_task(posed: Problem, value: Basic | Array, wording: Wording, row: Row) -> Task:
    """The task to find the cost of a field. Raises DeriveError for what is no field."""
    spec = posed.specification
    field_text = "\n".join([*definition_lines(spec), wording.formula.strip()])
    name, bracket, letters = wording.variable.strip().rstrip("]").partition("[")
    is_array = isinstance(value, Array) and bool(bracket)
    read = read_field(field_text, list(spec.declared),
                      name if is_array else wording.variable.strip(),
                      functions=posed.scope.functions)
    if is_array:
        read = _at_letters(read, [part.strip() for part in letters.split(",")], row, wording)
    named = name_of_cost(read)
    rulebook = with_unknown(standard_rulebook(), posed.scope)
    symbol = root(read.at)
    scope = names_for_lines(posed.scope, named, (read.at,), read.indices)
    if named.name not in posed.scope.names:
        scope.names.pop(named.name, None)  # a cost has no formula yet
    ground = Grounding(spec.definitions, None, None, _no_formula)
    if isinstance(symbol, Tensor) and symbol.kind != posed.scope.names[symbol.name].kind:
        ground = replace(ground, definitions=tuple(
            replace(d, body=substitute(d.body, {posed.scope.names[symbol.name]: symbol}))
            for d in spec.definitions))
    return Task(wording.kind, row.text.strip(), posed, (read.at,), read.indices, read.body, named,
                scope, ground, rulebook, wording.formula.strip(), read)


def _no_formula(_symbol: object) -> None:
    """A cost has no formula in terms of an intermediate."""


def _at_letters(read: Field, letters: list[str], row: Row, wording: Wording) -> Field:
    """A field that was typed as a whole array, at the indices that the variable was typed with."""
    if len(letters) != len(read.indices) or len(set(letters)) != len(letters) or \
            any(not c.isidentifier() or c in read.posed.scope.names for c in letters):
        raise row.error(f"the variable takes {len(read.indices)} free indices of its own",
                        wording.variable_start + 1, len(wording.variable))
    chosen = tuple(Index(c, i.dim) for c, i in zip(letters, read.indices, strict=True))
    there = dict(zip(read.indices, chosen, strict=True))
    return replace(read, at=substitute(read.at, there), indices=chosen,
                   body=substitute(read.body, there), typed=substitute(read.typed, there))


def definition_lines(spec: Specification) -> list[str]:
    """The definitions as lines of text."""
    taken = (*spec.scope.names, *spec.scope.dims)
    return [definition_line(definition, taken) for definition in spec.definitions]
