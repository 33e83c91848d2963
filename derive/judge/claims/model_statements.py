"""The statements of a typed model as the judge takes them apart: which line is the loss."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from derive.errors import NotationError
from derive.judge.reading.formula_reader import lines_of

_LEFT = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]=]*\])?\s*=(?!=)")
_NAMES = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:(?!=)")
_PARAMETERS = re.compile(
    r"\s*(init|learned|frozen|data|input|target|weights|mask|events|spaced|last|dropout|zoneout)\s+[^\W\d]")
_PREDICTS = re.compile(r"\s*predict\s*(\[[^\]=]*\])?\s*=(?!=)")
_CONDITION = re.compile("[<>]|==|!=")
_WORD = re.compile(r"[^\W\d]\w*")
Assignment = tuple[str, str | None, str]  # name, subscripts, right side, as written


def model_statements(text: str) -> tuple[list[str], str]:
    """All lines but those on parameters, and the loss apart, which is no prediction.

    The loss is a formula that stands alone, or the name without subscripts that no line reads:
    the last such name, where the last equation has one. Raises NotationError for none.
    """
    lines = [line for line in lines_of(text) if not _PARAMETERS.match(line)]
    ends = _ends(lines)
    if not ends:
        raise NotationError("the model has no loss")
    return [line for line in lines if line is not ends[-1]], ends[-1]


def _ends(lines: Sequence[str]) -> list[str]:
    """The lines that may be the loss: formulas that stand alone, else names that nothing reads."""
    stated = [line for line in lines if not _NAMES.match(line) and not _PREDICTS.match(line)]
    assigned = [line for line in stated if _LEFT.match(line)]
    formulas = [line for line in stated if line not in assigned]
    alone = [line for line in formulas if line is lines[-1] or not _CONDITION.search(line)]
    return alone or _unread(assigned, lines)


def _unread(assigned: Sequence[str], lines: Sequence[str]) -> list[str]:
    """The names without subscripts that nothing reads; the last statement, if all are read."""
    free = [line for line in assigned if _left(line)[1] is None]
    return [line for line in free if not any(
        _left(line)[0] in _WORD.findall(_left(other)[2]) for other in lines
        if other is not line and not _NAMES.match(other))] or \
        [line for line in free if line is assigned[-1]]


def _left(line: str) -> Assignment:
    """The name, the subscripts and the right side of a line; all of it is right without a name."""
    match = _LEFT.match(line)
    return (match[1], match[2], line[match.end():]) if match else ("", None, line)


def as_they_are_known(assignments: Sequence[Assignment], *known: Container[str],
                      ) -> Iterator[Assignment]:
    """Assignments, each after those of undeclared names that it reads, as far as that goes."""
    waiting = list(assignments)
    while waiting:
        open_names = {name for name, _, _ in waiting if not any(name in names for names in known)}
        place = next((n for n, (_, _, right) in enumerate(waiting)
                      if not open_names & set(_WORD.findall(right))), 0)
        yield waiting.pop(place)
