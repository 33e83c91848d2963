"""Lines on the given names of a model: how parameters start, which are learned, what data is.

`init W: glorot`, `init g, s: 1`, `learned sigma`, `frozen E`, `data z`, and which name is the
`input`, the `target`, the `weights` of the steps and the `mask` of those that count; `spaced` is a
target with blanks around its labels, `last` the place of the last blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sympy import Expr

from derive.core.atoms import Tensor, Variable
from derive.errors import ModelError
from derive.notation.reading.declaration_lines import ABOUT, ROLES
from derive.notation.reading.initial_lines import Initial, fault_of_start, read_initial
from derive.notation.reading.random_masks import RandomMask, read_mask

_LINE = re.compile(rf"\s*({'|'.join(ABOUT)})\s+(.*?)\s*\Z", re.S)
_NAMES = re.compile(r"[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\Z")
_OF_PARAMETERS = ("init", "learned", "frozen")
_EXAMPLE = "write init W: glorot, or init b: 1"


@dataclass
class Learning:
    """What the lines on parameters say."""

    initials: dict[str, Initial] = field(default_factory=dict)
    learned: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    masks: dict[str, RandomMask] = field(default_factory=dict)

    @property
    def stated(self) -> dict[str, list[str]]:
        """The names in lines of each word."""
        return {"init": [*self.initials], "learned": [*self.learned], "frozen": [*self.frozen],
                "data": [*self.data], **{word: [name] for word, name in self.roles.items()},
                **{word: [n for n, m in self.masks.items() if m.word == word]
                   for word in ("dropout", "zoneout")}}

    def role(self, word: str) -> str:
        """The name of the input, the target, the weights or the mask."""
        return self.roles.get(word, ROLES[word])

    def is_weight(self, leaf: Expr) -> bool:
        """Whether a given name without time is a parameter, learned or frozen."""
        if leaf.name in (*self.data, *self.roles.values(), *self.masks):
            return False
        return leaf.name in (*self.initials, *self.learned) or (
            leaf.kind.domain == "real" and leaf.name != self.role("target"))


def read_parameter_lines(lines: Iterable[str]) -> Learning:
    """Reads the lines, names unchecked. Raises ModelError for what cannot be read."""
    learning = Learning()
    for line in lines:
        match = _LINE.match(line)
        assert match is not None
        word, rest = match.groups()
        if word in ("init", "dropout", "zoneout"):
            _read_value(line, word, rest, learning)
            continue
        if not _NAMES.match(rest):
            raise ModelError(f"{word!r} is followed by names, with commas between them, as in "
                             f"{word} W, U", line, match.start(2) + 1, len(rest))
        names = _split(rest)
        if word in ROLES:
            _read_role(line, word, names, learning)
            continue
        for name in names:
            if name in (*learning.learned, *learning.frozen, *learning.data):
                raise ModelError(f"{name} is in two lines; remove one", line,
                                 line.index(name, match.start(2)) + 1, len(name))
        setattr(learning, word, (*getattr(learning, word), *names))
    return learning


def _read_role(line: str, word: str, names: tuple[str, ...], learning: Learning) -> None:
    if len(names) > 1 or word in learning.roles:
        raise ModelError(f"a model has one {word}; name one, as in {word} {names[0]}", line,
                         line.index(names[-1]) + 1, len(names[-1]))
    learning.roles[word] = names[0]


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


def _read_value(line: str, word: str, rest: str, learning: Learning) -> None:
    """A line that gives names a value: how they start, or how they are drawn."""
    left, sign, right = _parted(rest)
    place = line.index(rest) + 1
    if not sign or not _NAMES.match(left) or not right:
        raise ModelError(f"an initial value reads init NAME: METHOD; {_EXAMPLE}" if word == "init"
                         else f"a random mask reads {word} NAME: PART, as in {word} d: 0.2", line,
                         place, max(1, len(rest)))
    at = line.rindex(right) + 1
    value: Initial | RandomMask = read_initial(right, line, at) if word == "init" else \
        read_mask(word, right, line, at)
    for name in _split(left):
        if name in learning.initials or name in learning.masks:
            raise ModelError(f"{name} has such a line already; remove one", line, place)
        if isinstance(value, Initial):
            learning.initials[name] = value
        else:
            learning.masks[name] = value


def _parted(rest: str) -> tuple[str, str, str]:
    """The names, the sign between, and the method of `W: glorot` or `g = 1`."""
    match = re.match(r"([^:=]*)([:=])(.*)\Z", rest, re.S)
    return (match.group(1).strip(), match.group(2), match.group(3).strip()) if match else \
        (rest, "", "")


def check_learning(learning: Learning, names: Mapping[str, Expr], defined: Iterable[str],
                   steps: Expr, lines: Iterable[str]) -> None:
    """Raises ModelError for lines on what is no parameter, or on values that cannot be."""
    known, listed = set(defined), list(lines)
    for word, listing in learning.stated.items():
        for name in listing:
            why = _fault(name, names, known, steps if word in _OF_PARAMETERS else None)
            if why is None and word in _OF_PARAMETERS:
                why = fault_of_start(names[name].kind, learning.initials.get(name))
            if why is not None:
                line = _line_of(name, word, listed)
                place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
                raise ModelError(f"{name} {why}", line, place.start() + 1 if place else 1,
                                 len(name))
    data = {*learning.data, *learning.roles.values(), *learning.masks}
    both = ({*learning.initials, *learning.learned, *learning.frozen} & data)
    if both:
        raise ModelError(f"{min(both)} is data, and so no parameter; remove one of its two lines",
                         next(line for line in listed if min(both) in line), 1)


def _line_of(name: str, word: str, lines: list[str]) -> str:
    pattern = re.compile(rf"\s*{word}\s.*(?<!\w){re.escape(name)}(?!\w)")
    return next((line for line in lines if pattern.match(line)), "")


def _fault(name: str, names: Mapping[str, Expr], defined: set[str], steps: Expr | None,
           ) -> str | None:
    """Why a name is no parameter, or is not given; None where it may be one."""
    leaf = names.get(name)
    if name in defined:
        return (f"has an equation, and so is not given; the value before the first step is a line "
                f"{name}[-1] = …")
    if not isinstance(leaf, (Variable, Tensor)):
        near = next(iter(get_close_matches(name, list(names), 1, 0.7)), None)
        given = ", ".join(n for n in names if n not in defined)
        hint = f"did you mean {near}?" if near else f"declared are {given}"
        return f"is not declared; {hint}"
    if isinstance(leaf, Tensor) and leaf.kind.shape[0] == steps:
        return f"has a value at each step: it is data, and no parameter; remove {name} here"
    return None
