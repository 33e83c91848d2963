"""The statements of a typed model as the judge takes them apart: which line is the loss."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from derive.errors import NotationError
from derive.judge.reading.formula_reader import lines_of

_LEFT = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]=]*\])?\s*=(?!=)")
_NAMES = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:(?!=)")
_PARAMETERS = re.compile(r"\s*(init|learned|frozen|data|input|target|weights|mask)\s+[^\W\d]")
_PREDICTS = re.compile(r"\s*predict\s*(\[[^\]=]*\])?\s*=(?!=)")
_WORD = re.compile(r"[^\W\d]\w*")
Assignment = tuple[str, str | None, str]  # name, subscripts, right side, as written


def model_statements(text: str) -> tuple[list[str], str]:
    """All lines but those on parameters and predictions, and the loss apart.

    The loss is a formula that stands alone, or the name without subscripts that no line reads:
    the last such name, where the last equation has one. Raises NotationError for none.
    """
    lines = [line for line in lines_of(text)
             if not _PARAMETERS.match(line) and not _PREDICTS.match(line)]
    stated = [line for line in lines if not _NAMES.match(line)]
    alone = [line for line in stated if not _LEFT.match(line)
             and (line is lines[-1] or not re.search("[<>]|==|!=", line))]
    ends = alone or _ends([line for line in stated if _LEFT.match(line)], list(lines_of(text)))
    if not ends:
        raise NotationError("the model has no loss")
    return [line for line in lines if line is not ends[-1]], ends[-1]


def _ends(assignments: Sequence[str], lines: Sequence[str]) -> list[str]:
    """The names without subscripts that nothing reads; the last statement, if all are read."""
    parts = {line: _LEFT.match(line) for line in lines if not _NAMES.match(line)}
    ends = []
    for line in assignments:
        own = parts[line]
        assert own is not None
        reading = (other[match.end():] if match else other for other, match in parts.items()
                   if other != line)
        if own[2] is None and not any(own[1] in _WORD.findall(right) for right in reading):
            ends.append(line)
    last = parts[assignments[-1]] if assignments else None
    return ends or [line for line in assignments[-1:] if last is not None and last[2] is None]


def as_they_are_known(assignments: Sequence[Assignment], *known: Container[str],
                      ) -> Iterator[Assignment]:
    """Assignments, each after those of undeclared names that it reads, as far as that goes."""
    waiting = list(assignments)
    while waiting:
        open_names = {name for name, _, _ in waiting if not any(name in names for names in known)}
        place = next((n for n, (_, _, right) in enumerate(waiting)
                      if not open_names & set(_WORD.findall(right))), 0)
        yield waiting.pop(place)
