"""Lines on the edges of time: `h[-1] = h0` before the first step, `h[T] = g0` after the last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sympy import Expr, Integer

from derive.core.atoms import Dim, Index, Tensor
from derive.errors import ModelError, NotationError
from derive.notation.reading.array_values import axes
from derive.notation.reading.line_kinds import EDGE, EQUATION
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.specification import Definition, fresh_indices

_LABELS = ("label", "index")


def end_of(line: str) -> int:
    """Which edge a line is about: -1 before the first step, 1 after the last."""
    match = EQUATION.match(line)
    return -1 if match is not None and (match.group(2) or "").strip().startswith("-") else 1


def read_edge(line: str, scope: Scope, defined: Collection[str]) -> Definition:
    """The value of a state beyond the steps: an expression; of data, a number.

    `defined` are the names that have an equation.
    """
    match = EQUATION.match(line)
    edge = EDGE.match(match.group(2)) if match is not None else None
    assert match is not None
    assert edge is not None
    name, written = match.group(1), edge.group(1)
    letters = [letter.strip() for letter in edge.group(2).split(",")[1:]]
    known = scope.names.get(name)
    if not isinstance(known, Tensor):
        raise NotationError(f"{name!r} has an initial value and no equation; write one, as in "
                            f"{name}[t] = …, or remove this line", line, match.start(1) + 1,
                            len(name))
    if not written.startswith("-") and written != str(known.kind.shape[0]):
        raise ModelError(f"{name}[{written}] is no step; the value after the last step "
                         f"is {name}[{known.kind.shape[0]}]", line, match.start(2) + 1,
                         len(written))
    inner, own = _opened(letters, known, scope, line, match.start(2) + 1)
    value = parse_value(line[match.end():], inner, line[: match.end()])
    shape = known.kind.shape[1 + len(own):]
    place = match.end() + 1 + len(line[match.end():]) - len(line[match.end():].lstrip())
    if isinstance(value, Array) and value.shape != shape:
        raise ModelError(f"the initial value of {name} has shape ({axes(value.shape)}), "
                         f"{name}[t] has ({axes(shape)})", line, place)
    indices = fresh_indices(shape, (*scope.names, *scope.dims, *letters))
    body = value.at(indices) if isinstance(value, Array) else value
    if name not in defined:
        _check_data(known, body, line, place)
    return Definition(known, (*own, *indices), body)


def _opened(letters: Sequence[str], known: Tensor, scope: Scope, line: str, place: int,
            ) -> tuple[Scope, tuple[Expr, ...]]:
    """The scope with the indices of an edge, as in `a[-1, s] = …`, and those."""
    inner = scope.copy()
    over = dict(zip(letters, known.kind.shape[1:], strict=False))
    if len(over) < len(letters):
        raise ModelError(f"{known.name} has the axes ({axes(known.kind.shape)}); its initial "
                         "value has one index for each but the first", line, place)
    for letter, dim in over.items():
        if inner.names.get(letter, index := Index(letter, dim)) != index:
            raise NotationError(f"{letter!r} is declared already; give the index of the "
                                "initial value another letter", line, place)
        inner.names[letter] = index
    return inner, tuple(inner.names[letter] for letter in over)


def _check_data(known: Tensor, body: Expr, line: str, place: int) -> None:
    """Raises ModelError for a value of data beyond the steps that is no number, or no label."""
    name, kind = known.name, known.kind
    if kind.domain in _LABELS:
        below = getattr(kind.over, "fixed", kind.over)
        fits = isinstance(body, Integer) and body >= 0 and not (
            isinstance(below, (int, Integer)) and body >= below)
        if not fits:
            raise ModelError(f"{name} is a label: what stands before the first step is one, such "
                             f"as {name}[-1] = 0", line, place)
        return
    if not body.is_Rational:
        raise ModelError(f"{name} is data, and beyond the steps it is a number; for another value "
                         f"define a name of its own, u[t] = {name}[t] and u[-1] = …, and read "
                         "u[t-1]", line, place)


def classes_needed(edge: Definition) -> list[str]:
    """The condition that there is a class for the label beyond the steps, `K > 2`."""
    over = edge.symbol.kind.over
    if not isinstance(over, Dim) or over.fixed or edge.symbol.kind.domain not in _LABELS or \
            not edge.body.is_Integer or edge.body == 0:
        return []
    return [f"{over} > {edge.body}"]
