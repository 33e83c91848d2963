"""Lines of a model: its prediction, `predict = EXPR`, its loss, and the axes of an equation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sympy import Expr

from derive.core.atoms import Dim, Tensor
from derive.core.indexing import occurs
from derive.notation.reading.declaration_lines import PREDICTION
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Definition, fresh_indices


def subscripts(line: re.Match[str], time: Expr | None) -> str | None:
    """The subscripts on the left of an equation; None where it has none.

    A prediction without any that reads values at a step, `predict = softmax(o[t])`, is that of
    every step.
    """
    name, written = line.group(1), line.group(2)
    if name != PREDICTION or written is not None or time is None:
        return written
    return str(time.name) if re.search(rf"\[\s*{time.name}(?!\w)", line.string) else None


def array_indices(shape: Sequence[Expr], taken: Sequence[str], time: Expr | None,
                  ) -> tuple[Expr, ...]:
    """Free indices for an array; the first one is the time, where the array has that axis."""
    if time is None or not shape or shape[0] != time.dim:
        return fresh_indices(shape, taken)
    return (time, *fresh_indices(shape[1:], (*taken, time.name)))


def first_axis(names: Iterable[Expr]) -> Expr:
    """The first axis of the first declared array: time, where nothing says so yet."""
    return next((leaf.kind.shape[0] for leaf in names
                 if isinstance(leaf, Tensor) and isinstance(leaf.kind.shape[0], Dim)), None)


def axis_read(letter: str, text: str, names: Mapping[str, Expr]) -> Expr:
    """The first axis of a declared array that is read at this index: x[t], h[t-1]."""
    for name in re.findall(rf"([^\W\d]\w*)\[\s*{letter}\s*(?:[-+]\s*1\s*)?[],]", text):
        known = names.get(name)
        if isinstance(known, Tensor):
            return known.kind.shape[0]
    return None


def prediction_apart(equations: Sequence[Definition], loss: Expr,
                     initial: Mapping[Expr, Definition], scope: Scope,
                     ) -> tuple[Definition | None, tuple[Definition, ...]]:
    """The prediction, and the equations of a model: it is one of them where the model reads it.

    A prediction that is none of the equations is no name of the `scope` either.
    """
    known = next((e for e in equations if e.name == PREDICTION), None)
    bodies = (loss, *(e.body for e in (*equations, *initial.values())))
    if known is None or any(occurs(known.symbol, body) for body in bodies):
        return known, tuple(equations)
    scope.names.pop(known.name)
    return known, tuple(e for e in equations if e is not known)
