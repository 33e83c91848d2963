"""From the header and the task line of a sheet to the task."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from sympy.core.basic import Basic

from derive.calculus.gradient.named_loss import chain_through, loss_by
from derive.calculus.gradient.partial_derivative import loss_name, unconstrained
from derive.calculus.problem import Problem, problem, unfolded, variable, with_unknown
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import root
from derive.core.walk import substitute
from derive.errors import DeriveError, UnknownNameError
from derive.notation.reading.array_values import axes
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array
from derive.notation.reading.specification import (
    Definition,
    fresh_indices,
    is_definition,
)
from derive.notation.reading.values import CONDITIONS
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.tables.loss_table import find_entry
from derive.teaching.sheets.distribution_task import with_distribution
from derive.teaching.sheets.field_task import cost_task
from derive.teaching.sheets.grounding import Grounding
from derive.teaching.sheets.latex_lines import (
    in_latex,
    read_row,
    variable_text,
)
from derive.teaching.sheets.sheet_header import (
    WITH_FREE_INDICES,
    Header,
    with_assumed,
    with_inferred,
)
from derive.teaching.sheets.sheet_rows import Row
from derive.teaching.sheets.task import Task, Wording, names_for_lines, worded

_AND = re.compile(r"\s+and\s+|,(?![^\[]*\])")
Parsed: TypeAlias = "Basic | Array"  # a formula as it was typed: a number, or a whole array
Name = Variable | Tensor
_VARIABLE = "say the variable: 'with respect to o[i]'"


def pose(header: Header, row: Row) -> Task:
    """The task. Raises SheetError at the place in the file."""
    wording = worded(row.text)
    if wording is None or not wording.formula.strip():
        raise row.error("the task names no formula, as in 'gradient of E with respect to o[i]'",
                        len(row.text))
    if wording.kind != "simplify" and not wording.variable.strip():
        raise row.error(_VARIABLE, len(row.text))
    try:
        header, wording = with_distribution(header, wording, row)
        if in_latex(wording.formula):
            header = with_inferred(header, wording)
            reading = read_row(row, header.scope, wording.formula, wording.start)[-1]
            wording = replace(wording, formula=reading.notation)
        wording = replace(wording, variable=variable_text(wording.variable, header.scope))
        if not in_latex(wording.variable):
            header = with_assumed(header, wording)
        posed, typed = _posed(header, row, wording)
        return _MAKERS[wording.kind](posed, typed, wording, row)
    except DeriveError as error:
        raise row.at_fault(error) from None


def _posed(header: Header, row: Row, wording: Wording) -> tuple[Problem, Parsed]:
    """The problem, and the formula as an array, a condition or a number."""
    text = wording.formula.strip()
    if text not in header.scope.names:
        try:
            entry = find_entry(wording.formula, bool(header.scope.names))
        except UnknownNameError as error:
            raise row.error(str(error), wording.start + 1, len(wording.formula)) from None
        if entry is not None:
            return _of_the_catalogue(entry.name, header)
    if header.failure is not None:
        raise header.failure
    taken = (*header.scope.names, *header.scope.dims)
    spec = header.specification(0, "C" if "L" in taken else "L")
    own = spec.definition(text)
    if own is not None and not own.indices:
        spec = replace(spec, definitions=tuple(d for d in spec.definitions if d != own),
                       loss=own.body, name=own.name)
        return Problem("", spec, wording.variable), own.body
    inner = spec.scope.copy()
    inner.free_indices = wording.kind in WITH_FREE_INDICES
    value = parse_value(wording.formula, inner, row.text[:wording.start])
    if isinstance(value, CONDITIONS):
        raise row.error("this is a condition, not a number", wording.start + 1)
    loss = 0 if isinstance(value, Array) else value
    return Problem("", replace(spec, loss=loss), wording.variable), value


def _of_the_catalogue(name: str, header: Header) -> tuple[Problem, Parsed]:
    """A loss of the catalogue; what the header declares beside it, and defines of its names."""
    posed = problem(name, functions=header.scope.functions)
    spec = posed.specification
    names = Header(spec.scope.copy(), list(spec.declared), list(spec.conditions),
                   list(spec.definitions))
    for row in header.rows:
        own = row.text.partition("=")[0].partition("[")[0].strip() \
            if is_definition(row.text) else ""
        if spec.definition(own) is not None:  # it is defined anew
            names.scope.names.pop(own)
            names.definitions = [d for d in names.definitions if d.name != own]
        try:
            names.read(row)
        except DeriveError as error:
            raise row.at_fault(error) from None
    return replace(posed, specification=names.specification(spec.loss, spec.name)), spec.loss


_MOST = {
    "gradient": (1, "a gradient is taken with respect to one variable; a second derivative is a "
                    "'hessian'"),
    "estimate": (1, "an estimate is of one variable"),
    "hessian": (2, "a second derivative is taken by two variables, such as o[i], o[j]"),
    "jacobian": (1, "a Jacobian is taken with respect to one variable")}


def _variables(posed: Problem, wording: Wording, row: Row, taken: Iterable[str] = (),
               ) -> list[tuple[Basic, tuple[Index, ...]]]:
    """The variables of the task with their free indices. Raises SheetError."""
    variables, start = [], 0
    text = wording.variable
    for left, right in [*(m.span() for m in _AND.finditer(text)), (len(text), len(text))]:
        part = text[start:left]
        lead = wording.variable_start + start + len(part) - len(part.lstrip())
        try:
            at, free = variable(part.strip(), posed.scope, tuple(taken))
        except DeriveError as error:
            raise row.at_fault(error, lead) from None
        if isinstance(at, heads.Element):
            free = tuple(dict.fromkeys(i for i in at.indices if isinstance(i, Index)))
        variables.append((at, free))
        start = right
    most, message = _MOST[wording.kind]
    if len(variables) > most:
        raise row.error(message, wording.variable_start + 1)
    return variables


def _single(value: Parsed, row: Row, wording: Wording) -> Basic:
    """A formula that is one number. Raises SheetError for an array."""
    if isinstance(value, Array):
        raise row.error(f"the formula is a whole array of shape ({axes(value.shape)}); sum it, "
                        "take one element, or ask for its jacobian", wording.start + 1,
                        len(wording.formula))
    return value


def _gradient(posed: Problem, value: Parsed, wording: Wording, row: Row) -> Task:
    _single(value, row, wording)
    (at, indices), = _variables(posed, wording, row)
    return _task(posed, wording, row, (at,), indices)


def _hessian(posed: Problem, value: Parsed, wording: Wording, row: Row) -> Task:
    _single(value, row, wording)
    (first, indices), *others = _variables(posed, wording, row)
    if others:
        (second, more), = others
    else:
        taken = (*posed.scope.names, *posed.scope.dims, *(i.name for i in indices))
        more = fresh_indices([i.dim for i in indices], taken, "jinmpqrsuvwl")
        second = substitute(first, dict(zip(indices, more, strict=True)))
    return _task(posed, wording, row, (first, second), tuple(dict.fromkeys((*indices, *more))))


def _jacobian(posed: Problem, value: Parsed, wording: Wording, row: Row) -> Task:
    rows: tuple[Index, ...] = ()
    if isinstance(value, Array):
        letter = wording.variable.partition("[")[2].rstrip("] ")
        taken = (*posed.scope.names, *posed.scope.dims,
                 *(part.strip() for part in letter.split(",")))
        rows = fresh_indices(value.shape, taken, "jimnpqrsuvwl" if letter else "ijmnpqrsuvwl")
        value = value.at(rows)
    free = tuple(dict.fromkeys((*rows, *_free_indices(value))))
    posed = replace(posed, specification=replace(posed.specification, loss=value))
    (at, columns), = _variables(posed, wording, row, (i.name for i in free))
    return _task(posed, wording, row, (at,), tuple(dict.fromkeys((*free, *columns))))


def _free_indices(node: Basic) -> tuple[Index, ...]:
    return tuple(sorted(node.atoms(Index), key=lambda i: str(i.name)))


def _simplify(posed: Problem, value: Parsed, wording: Wording, row: Row) -> Task:
    value = _single(value, row, wording)
    return _task(posed, wording, row, (), _free_indices(value))


def _task(posed: Problem, wording: Wording, row: Row, at: tuple[Basic, ...],
          indices: tuple[Index, ...]) -> Task:
    """The task of a formula that is differentiated, or not at all."""
    spec = posed.specification
    rulebook = with_unknown(standard_rulebook(), posed.scope)
    loss = loss_by(posed, at[0], rulebook) if at else unfolded(spec.loss, spec.definitions)
    if len(at) == 2:
        free, loss = unconstrained(at[0], loss)
        at = (free, substitute(at[1], {root(at[0]): root(free)}))
    name = loss_name(posed)
    truth, quantity = loss, (name if at else spec.loss)
    for variable_ in at:
        truth, quantity = heads.Partial(truth, variable_), heads.Partial(quantity, variable_)
    ground = Grounding(spec.definitions, name, loss, partial(_through, posed, rulebook),
                       frozenset(root(v) for v in at) & {d.symbol for d in spec.definitions})
    return Task(wording.kind, row.text.strip(), posed, at, indices, truth, quantity,
                names_for_lines(spec.scope, name, at, indices), ground, rulebook,
                wording.formula.strip())


def with_definitions(task: Task, own: Iterable[Definition]) -> Task:
    """The task with further definitions, in which its formula may be written."""
    spec, extra = task.posed.specification, tuple(own)
    scope = spec.scope.copy()
    scope.names |= {d.name: d.symbol for d in extra}
    posed = replace(task.posed, specification=replace(
        spec, scope=scope, definitions=(*spec.definitions, *extra)))
    names = task.scope.copy()
    names.names |= {d.name: d.symbol for d in extra}
    ground = replace(task.ground, definitions=(*task.ground.definitions, *extra), formulas={},
                     through=partial(_through, posed, task.rulebook))
    return replace(task, posed=posed, scope=names, ground=ground)


def _through(posed: Problem, rulebook: Rulebook, symbol: Name) -> Basic:
    """The formula in terms of an intermediate; as it is, where it does not contain it."""
    definitions = [d for d in posed.specification.definitions if d.symbol != symbol]
    try:
        loss = chain_through(posed, [symbol.name], rulebook).loss
    except UnknownNameError:
        loss = posed.specification.loss
    return unfolded(loss, definitions)


_MAKERS = {"gradient": _gradient, "hessian": _hessian, "jacobian": _jacobian, "cost": cost_task,
           "estimate": _gradient,
           "simplify": _simplify}
