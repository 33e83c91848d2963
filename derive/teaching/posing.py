"""From the header and the task line of an exercise to the task."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from derive.calculus.gradient.chain_rule import chain_through
from derive.calculus.gradient.gradient import loss_by
from derive.calculus.gradient.partial_derivative import loss_name, unconstrained
from derive.calculus.problem import Problem, problem, unfolded, variable, with_unknown
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import root
from derive.core.walk import substitute
from derive.errors import DeriveError, UnknownNameError
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.specification import (
    Definition,
    Specification,
    declare_or_assume,
    define,
    fresh_indices,
    is_definition,
)
from derive.notation.reading.values import CONDITIONS
from derive.notation.reading.whole_arrays import axes
from derive.rulebook.loading import standard_rulebook
from derive.tables.loss_table import find_entry
from derive.teaching.exercise_source import ExerciseError, Row
from derive.teaching.field_task import cost_task
from derive.teaching.grounding import Grounding
from derive.teaching.latex_lines import in_latex, read_row, variable_text
from derive.teaching.task import Task, Wording, names_for_lines, worded

_AND = re.compile(r"\s+and\s+|,(?![^\[]*\])")
_VARIABLE = "say the variable: 'with respect to o[i]'"


@dataclass
class Header:
    """What stands before the task line, as far as it could be read without the task.

    `open` are rows that could not; a loss of the catalogue brings the names that they miss.
    """

    scope: Scope = field(default_factory=Scope)
    declared: list[Row] = field(default_factory=list)
    conditions: list[Any] = field(default_factory=list)
    definitions: list[tuple[Row, Definition]] = field(default_factory=list)
    open: list[Row] = field(default_factory=list)
    failure: ExerciseError | None = None


def pose(header: Header, row: Row) -> Task:
    """The task. Raises ExerciseError at the place in the file."""
    wording = worded(row.text)
    if wording is None or not wording.formula.strip():
        raise row.error("the task names no formula, as in 'gradient of E with respect to o[i]'",
                        len(row.text))
    if wording.kind != "simplify" and not wording.variable.strip():
        raise row.error(_VARIABLE, len(row.text))
    try:
        if in_latex(wording.formula):
            reading = read_row(row, header.scope, wording.formula, wording.start)[-1]
            wording = replace(wording, formula=reading.notation)
        wording = replace(wording, variable=variable_text(wording.variable, header.scope))
        posed, typed = _posed(header, row, wording)
        made = _MAKERS[wording.kind](posed, typed, wording, row)
    except ExerciseError:
        raise
    except DeriveError as error:
        raise row.at_fault(error) from None
    return made


def _posed(header: Header, row: Row, wording: Wording) -> tuple[Problem, Any]:
    """The problem, and the formula as an array, a condition or a number."""
    known = header.scope.names.get(wording.formula.strip())
    entry = None
    if known is None:
        try:
            entry = find_entry(wording.formula, bool(header.scope.names))
        except UnknownNameError as error:
            raise row.error(str(error), wording.start + 1, len(wording.formula)) from None
    if entry is not None:
        return _of_the_catalogue(entry.name, header)
    if header.failure is not None:
        raise header.failure
    spec = _specification(header.scope, [r.text.strip() for r in header.declared],
                          header.conditions, [d for _, d in header.definitions])
    own = spec.definition(wording.formula.strip())
    if own is not None and not own.indices:
        spec = replace(spec, definitions=tuple(d for d in spec.definitions if d != own),
                       loss=own.body, name=own.name)
        return Problem("", spec, wording.variable), own.body
    inner = spec.scope.copy()
    inner.free_indices = wording.kind in ("jacobian", "simplify", "cost")
    value = parse_value(wording.formula, inner, row.text[:wording.start])
    if isinstance(value, CONDITIONS):
        raise row.error("this is a condition, not a number", wording.start + 1)
    loss = 0 if isinstance(value, Array) else value
    return Problem("", replace(spec, loss=loss), wording.variable), value


def _specification(scope: Scope, declared: list[str], conditions: list[Any],
                   definitions: list[Definition]) -> Specification:
    name = "L" if "L" not in (*scope.names, *scope.dims) else "C"
    return Specification(scope, tuple(declared), tuple(conditions), tuple(definitions), 0, name)


def _of_the_catalogue(name: str, header: Header) -> tuple[Problem, Any]:
    """A loss of the catalogue; what the header declares beside it, and defines of its names."""
    rows = sorted([*header.declared, *(r for r, _ in header.definitions), *header.open],
                  key=lambda r: r.number)
    posed = problem(name)
    spec = posed.specification
    scope, conditions = spec.scope.copy(), list(spec.conditions)
    declared, definitions = list(spec.declared), list(spec.definitions)
    for row in rows:
        try:
            if is_definition(row.text):
                known = row.text.partition("=")[0].partition("[")[0].strip()
                if spec.definition(known) is not None:
                    scope.names.pop(known)
                    definitions = [d for d in definitions if d.name != known]
                definitions.append(define(row.text, scope))
            else:
                conditions += declare_or_assume(row.text, scope)
                declared.append(row.text.strip())
        except DeriveError as error:
            raise row.at_fault(error) from None
    spec = replace(spec, scope=scope, conditions=tuple(conditions), declared=tuple(declared),
                   definitions=tuple(definitions))
    return replace(posed, specification=spec), spec.loss


def _variables(posed: Problem, wording: Wording, row: Row, taken: tuple[str, ...] = (),
               ) -> list[tuple[Any, tuple[Any, ...]]]:
    """The variables of the task with their free indices."""
    found, start = [], 0
    text = wording.variable
    cuts = [(m.start(), m.end()) for m in _AND.finditer(text)]
    for left, right in [*cuts, (len(text), len(text))]:
        part = text[start:left]
        lead = wording.variable_start + start + len(part) - len(part.lstrip())
        try:
            at, free = variable(part.strip(), posed.scope, taken)
        except DeriveError as error:
            raise row.at_fault(error, lead) from None
        if isinstance(at, heads.Element):
            free = tuple(dict.fromkeys(i for i in at.indices if isinstance(i, Index)))
        found.append((at, free))
        start = right
    return found


def _single(value: Any, row: Row, wording: Wording) -> Any:
    """A formula that is one number. Raises ExerciseError for an array."""
    if isinstance(value, Array):
        raise row.error(f"the formula is a whole array of shape ({axes(value.shape)}); sum it, "
                        "take one element, or ask for its jacobian", wording.start + 1,
                        len(wording.formula))
    return value


def _gradient(posed: Problem, value: Any, wording: Wording, row: Row) -> Task:
    _single(value, row, wording)
    found = _variables(posed, wording, row)
    if len(found) != 1:
        raise row.error("a gradient is taken with respect to one variable; a second derivative "
                        "is a 'hessian'", wording.variable_start + 1)
    (at, indices), = found
    return _task(posed, wording, row, (at,), indices)


def _hessian(posed: Problem, value: Any, wording: Wording, row: Row) -> Task:
    _single(value, row, wording)
    found = _variables(posed, wording, row)
    if len(found) > 2:
        raise row.error("a second derivative is taken by two variables, such as o[i], o[j]",
                        wording.variable_start + 1)
    first, indices = found[0]
    if len(found) == 2:
        second, more = found[1]
    else:
        taken = (*posed.scope.names, *posed.scope.dims, *(i.name for i in indices))
        more = fresh_indices([i.dim for i in indices], taken, "jinmpqrsuvwl")
        second = substitute(first, dict(zip(indices, more, strict=True)))
    every = tuple(dict.fromkeys((*indices, *more)))
    return _task(posed, wording, row, (first, second), every)


def _jacobian(posed: Problem, value: Any, wording: Wording, row: Row) -> Task:
    rows: tuple[Any, ...] = ()
    if isinstance(value, Array):
        letter = wording.variable.partition("[")[2].rstrip("] ")
        taken = (*posed.scope.names, *posed.scope.dims,
                 *(part.strip() for part in letter.split(",")))
        rows = fresh_indices(value.shape, taken, "jimnpqrsuvwl" if letter else "ijmnpqrsuvwl")
        value = value.at(rows)
    free = tuple(dict.fromkeys((*rows, *_free_indices(value))))
    posed = replace(posed, specification=replace(posed.specification, loss=value))
    found = _variables(posed, wording, row, tuple(r.name for r in free))
    if len(found) != 1:
        raise row.error("a Jacobian is taken with respect to one variable",
                        wording.variable_start + 1)
    (at, columns), = found
    return _task(posed, wording, row, (at,), tuple(dict.fromkeys((*free, *columns))))


def _free_indices(node: Any) -> tuple[Any, ...]:
    return tuple(sorted((n for n in node.atoms(Index)), key=lambda i: str(i.name)))


def _simplify(posed: Problem, value: Any, wording: Wording, row: Row) -> Task:
    value = _single(value, row, wording)
    return _task(posed, wording, row, (), _free_indices(value))


def _task(posed: Problem, wording: Wording, row: Row, at: tuple[Any, ...],
          indices: tuple[Any, ...]) -> Task:
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
    ground = Grounding(spec.definitions, name, loss, lambda s: _through(posed, s, rulebook),
                       frozenset(root(v) for v in at) & {d.symbol for d in spec.definitions})
    return Task(wording.kind, row.text.strip(), posed, at, indices, truth, quantity,
                names_for_lines(spec.scope, name, at, indices), ground, rulebook,
                wording.formula.strip())


def _through(posed: Problem, symbol: Any, rulebook: Any) -> Any:
    """The formula in terms of an intermediate; as it is, where it does not contain it."""
    definitions = [d for d in posed.specification.definitions if d.symbol != symbol]
    try:
        loss = chain_through(posed, [symbol.name], rulebook).loss
    except UnknownNameError:
        loss = posed.specification.loss
    return unfolded(loss, definitions)


_MAKERS = {"gradient": _gradient, "hessian": _hessian, "jacobian": _jacobian, "cost": cost_task,
           "simplify": _simplify}
