"""What every form shows of a derivation, in order: its parts, and the rows of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sympy import Integer
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves, names, occurs
from derive.core.walk import is_opened, substitute
from derive.derivation import Derivation, Line, Step
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import Definition, fresh_indices

_ABOVE = " from above"


class Row(NamedTuple):
    """An equation: what stands left of the sign, or None; the line; its rules, and their steps."""

    left: Basic | None
    line: Basic
    labels: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def rules(self) -> str:
        """The names of the rules; those of parts above are joined: ∂o/∂h, ∂h/∂h from above."""
        above = [label.removesuffix(_ABOVE) for label in self.labels if label.endswith(_ABOVE)]
        others = [label for label in self.labels if not label.endswith(_ABOVE)]
        return "; ".join([*([", ".join(above) + _ABOVE] if above else []), *others])


def sections(derivation: Derivation, detail: str = "normal") -> list[Derivation]:
    """What is printed, in order: inner parts first, each quantity of a formula once.

    Of a recurrent model, local derivatives are left out where the `detail` is brief.
    """
    tops = (derivation, *derivation.others, *derivation.checks)
    recurrent = derivation.time is not None
    if recurrent and detail == "brief":
        return list(tops)
    own = {(p.quantity, p.original) for p in tops} if recurrent else set()
    parts: list[Derivation] = []
    for top in tops:
        alone = replace(top, others=(), checks=(), sequel=None, longhand=None)
        inner = [p for p in alone.all_parts() if (p.quantity, p.original) not in own]
        parts += [p for p in (*inner, top) if p not in parts]
    # the same quantity may stand for another field: the result tells the parts apart
    return list({(p.quantity, p.original, p.result): p for p in reversed(parts)}.values())[::-1]


def rows_of(part: Derivation, detail: str) -> list[Row]:
    """The rows of one part; what stands left of the sign stands there once.

    A sequel goes on below. The root of a formula is printed as the equation that it solves.
    """
    lines: list[tuple[Basic, tuple[str, ...], tuple[Step, ...]]] = []
    for derivation in (part, *([part.sequel] if part.sequel else [])):
        shown = derivation.lines(detail)
        if derivation.time is not None and detail == "brief":
            shown = shown[-1:]
        lines += [(line.expression, line.labels, line.steps) for line in _apart(shown)]
    if part.start != part.quantity or not lines:
        lines.insert(0, (part.start, (), ()))
    rows: list[Row] = []
    before: Basic | None = None
    for line, labels, steps in lines:
        if isinstance(line, heads.Root):
            before = Integer(0)
            rows.append(Row(before, line.args[0], labels, steps))
        else:
            rows.append(Row(None if part.quantity == before else part.quantity, line, labels,
                            steps))
            before = part.quantity
    return rows


def printed_lines(derivation: Derivation, detail: str = "normal") -> int:
    """How many equations a derivation is printed with, those of its parts counted."""
    return sum(len(rows_of(part, detail)) for part in sections(derivation, detail))


def _apart(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines without those that are printed as the line before: their steps stand beside it."""
    kept: Line | None = None
    for line in lines:
        if kept is not None and pretty(kept.expression) == pretty(line.expression):
            kept = Line(line.expression, (*kept.steps, *line.steps))
            continue
        if kept is not None:
            yield kept
        kept = line
    if kept is not None:
        yield kept


def names_in(derivation: Derivation) -> list[str]:
    """The definitions of the names that stand in a derivative, and of those that these use."""
    if derivation.goal not in ("gradient", "hessian") or derivation.time is not None:
        return []
    formulas, lines = [derivation.result], list[str]()
    for definition in reversed(derivation.definitions):
        if any(occurs(definition.symbol, formula) for formula in formulas):
            formulas.append(definition.body)
            lines.insert(0, definition_line(definition, derivation.reserved, derivation.indices))
    return lines


def definition_line(definition: Definition, reserved: Sequence[str],
                    indices: Sequence[Index] = ()) -> str:
    """A definition as a line of the notation, with the `indices` where they fit."""
    left, body = definition_sides(definition, reserved, indices)
    return f"{plain(left)} = {plain(body, reserved)}"


def definition_sides(definition: Definition, reserved: Sequence[str],
                     indices: Sequence[Index] = ()) -> tuple[Basic, Basic]:
    """Both sides of a definition, with the `indices` where they fit."""
    dims, taken = [i.dim for i in definition.indices], names(definition.body)
    letters: Sequence[Index] = [i for i in indices if i.name not in taken]
    if [i.dim for i in letters] != dims:
        letters = fresh_indices(dims, (*taken, *reserved))
    body = substitute(definition.body, dict(zip(definition.indices, letters, strict=True)))
    symbol = definition.symbol
    return heads.at(symbol, letters), body


def binds_indices(condition: Basic) -> bool:
    """Whether a condition holds an index that is bound outside of it: it is one for each."""
    return any(map(is_opened, leaves(condition)))


def result_equation(derivation: Derivation) -> str:
    """What was derived and its result, in the notation."""
    return f"{plain(derivation.quantity, derivation.reserved)} = {derivation.notation}"
