"""Random masks of training: `dropout(h[t], 0.2)`, `zoneout(new, old, 0.1)`, as data of a model.

A call becomes a product with a name of its own, `h[t]*drop_1[t]`, which is declared like an input,
and a line `dropout drop_1: 0.2` that tells how it is drawn. Such lines may be written, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from sympy import Expr

from derive.errors import ModelError
from derive.notation.reading.declaration_lines import between_commas
from derive.notation.reading.number_bounds import bounded_fraction
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.syntax import closing_bracket

_CALL = re.compile(r"(?<![\w.])(dropout|zoneout)\s*\(")
_PREFIX = {"dropout": "drop", "zoneout": "zone"}
_ARGUMENTS = {"dropout": "dropout(h[t], 0.2)", "zoneout": "zoneout(new[t], h[t-1], 0.1)"}


@dataclass(frozen=True)
class RandomMask:
    """How a mask is drawn: with the part that is dropped, or kept as it was before.

    `dropout` is 0 for that part, else 1 / (1 - part); its mean is 1. `zoneout` is 1 for that part,
    else 0; its mean is the part.
    """

    word: str
    part: Fraction

    @property
    def mean(self) -> float:
        """What stands in its place where nothing is drawn: in evaluation and prediction."""
        return 1.0 if self.word == "dropout" else float(self.part)


def read_mask(word: str, text: str, line: str = "", place: int = 1) -> RandomMask:
    """A mask with the part that is written. Raises ModelError for what is no part of 1."""
    try:
        part = bounded_fraction(text.strip()) if len(text) < 40 else Fraction(-1)
    except (ValueError, ZeroDivisionError, OverflowError):
        part = Fraction(-1)
    if not 0 <= part < 1:
        raise ModelError(f"the part of {word} is a number from 0 to 1, such as 0.2, not "
                         f"{text.strip()!r}", line, place, max(1, len(text)))
    return RandomMask(word, part)


@dataclass
class MaskedLines:
    """The masks that calls in equations make: their declarations, and the lines as rewritten."""

    declared: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)  # that follow from other lines

    def text(self, typed: str, lines: list[str]) -> str:
        """The text of a model with its masks as names; the typed one where it has none."""
        if not self.about and not self.conditions:
            return typed
        return "\n".join([*self.declared, *self.conditions,
                          *(self.instead.get(x, x) for x in lines), *self.about]) + "\n"

    def written_out(self, line: str, begin: int, scope: Scope, indices: tuple[Expr, ...],
                    outer: Scope) -> str:
        """An equation without calls of masks; those are declared in both scopes."""
        original = line
        while (match := _last_call(line, begin, outer)) is not None:
            end = closing_bracket(line, match.end() - 1)
            word, parts = match.group(1), between_commas(line[match.end():end])
            if len(parts) != (2 if word == "dropout" else 3):
                raise ModelError(f"{word} is written {_ARGUMENTS[word]}, its part last", line,
                                 match.start() + 1, len(word))
            mask = read_mask(word, parts[-1], original)
            values = [parse_value(part.strip(), scope) for part in parts[:-1]]
            name = self._declare(word, mask, values, indices, scope, outer, line)
            left = [f"({part.strip()})" for part in parts[:-1]]
            product = f"({left[0]}*{name})" if word == "dropout" else \
                f"({name}*{left[1]} + (1 - {name})*{left[0]})"
            line = line[:match.start()] + product + line[end + 1:]
        if line != original:
            self.instead[original] = line
        return line

    def _declare(self, word: str, mask: RandomMask, values: list[object],
                 indices: tuple[Expr, ...], scope: Scope, outer: Scope, line: str) -> str:
        """The mask of a call as a name with its subscripts."""
        if not indices:
            raise ModelError(f"{word} stands in an equation of a step, h[t] = …", line, 1)
        shape = next((v.shape for v in values if isinstance(v, Array)), ())
        number = len(self.about) + 1
        while f"{_PREFIX[word]}_{number}" in outer.names:
            number += 1
        name = f"{_PREFIX[word]}_{number}"
        axes = ", ".join(map(str, (*(i.dim for i in indices), *shape)))
        declaration = f"{name}: nonnegative[{axes}]"
        for known in (scope, outer):
            known.declare(declaration)
        self.declared.append(declaration)
        self.about.append(f"{word} {name}: {mask.part}")
        return f"{name}[{', '.join(i.name for i in indices)}]"


def _last_call(line: str, begin: int, scope: Scope) -> re.Match[str] | None:
    """The last call of a mask in a line, which has none inside; none of a user's functions."""
    calls = [m for m in _CALL.finditer(line, begin) if m.group(1) not in scope.functions]
    return calls[-1] if calls else None
