"""The equations of a head that has a recurrence of its own, in names that a model has free."""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.notation.reading.declaration_lines import declared_names, is_prediction
from derive.tables.cell_table import Head

_NAME = re.compile(r"[^\W\d]\w*")
_LEFT = re.compile(r"\s*([^\W\d]\w*)\s*\[([^\]]*)\]\s*=(?!=)")
_BOUND = re.compile(r"\bfor\s+(\w+)\s+in\b")


def own_names(head: Head) -> tuple[str, ...]:
    """The names of a head that are not its outputs or targets, and the letters of its indices."""
    lines = (*head.given, *head.equations, *(e for e in head.decode if not is_prediction(e)))
    left = [match for line in lines if (match := _LEFT.match(line))]
    letters = [n for match in left for n in _NAME.findall(match.group(2)) if n not in ("t", "T")]
    letters += [n for line in (*lines, head.step_loss, head.sequence_loss)
                for n in _BOUND.findall(line)]
    typed = [line for line in lines if not _LEFT.match(line)]
    declared = (*declared_names(typed), *_dimensions(typed))
    return tuple(dict.fromkeys((*declared, *(m.group(1) for m in left), *letters)))


def _dimensions(declared: list[str]) -> list[str]:
    """The dimensions of a head's own: all but time and the classes."""
    return [d for line in declared for d in _NAME.findall(line.partition(":")[2])
            if d[:1].isupper() and d not in ("T", "K")]


def own_lines(head: Head, naming: dict[str, str]) -> tuple[list[str], list[str]]:
    """The declarations and the equations of a head, in the names of a model."""
    lines = renamed_in((*head.given, *head.equations), naming)
    return ([line for line in lines if not _LEFT.match(line)],
            [line for line in lines if _LEFT.match(line)])


def reads_target(head: Head, name: str) -> bool:
    """Whether a head with equations of its own reads a target of its loss."""
    lines = (*head.equations, head.step_loss, head.sequence_loss)
    return any(name in _NAME.findall(line) for line in lines)


def decoding_lines(head: Head, naming: dict[str, str]) -> list[str]:
    """The lines of what a head predicts, in the names of a model, which may have a step."""
    return renamed_in(head.decode, {n: old.removesuffix("[t]") for n, old in naming.items()})


def directions(equations: list[str]) -> tuple[list[str], list[str]]:
    """Equations that run forwards in time, and those that run backwards."""
    back = [e for e in equations if (match := _LEFT.match(e))
            and re.search(rf"(?<!\w){match.group(1)}\[\s*t\s*\+", e)]
    return [e for e in equations if e not in back], back


def renamed_in(lines: tuple[str, ...], naming: dict[str, str]) -> list[str]:
    """Lines with other names."""
    def name(match: re.Match[str]) -> str:
        return naming.get(match.group(), match.group())

    return [_NAME.sub(name, line) for line in lines]


def free_names(head: Head, free: Callable[[str], str]) -> dict[str, str]:
    """What the head's own names are called, where `free` gives a name that is not taken."""
    naming: dict[str, str] = {}
    for name in own_names(head):
        made = free(name)
        taken = set(naming.values())
        naming[name] = made if made not in taken else next(
            n for k in range(2, 99) if (n := f"{name}_{k}") not in taken and free(n) == n)
    return naming
