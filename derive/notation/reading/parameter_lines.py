"""Lines on the given names of a model: how parameters start, which are learned, what data is.

`init W: glorot`, `init g, s: 1`, `learned sigma`, `frozen E`, `data z`, and which name is the
`input`, the `target`, the `weights` of the steps and the `mask` of those that count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction

from sympy import Expr

from derive.core.atoms import Tensor, Variable
from derive.core.kinds import Kind
from derive.errors import ModelError

_LINE = re.compile(r"\s*(init|learned|frozen|data|input|target|weights|mask)\s+(.*?)\s*\Z", re.S)
ROLES = {"input": "x", "target": "y", "weights": "w", "mask": "m"}  # with their usual names
_METHOD = re.compile(r"\s*([a-z]\w*)\s*(?:\((.*)\))?\s*\Z", re.S)
_NAMES = re.compile(r"[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\Z")
# The methods by their numbers, and the least number of axes.
METHODS: dict[str, tuple[tuple[str, ...], int]] = {
    "glorot": ((), 2), "he": ((), 2), "lecun": ((), 2), "orthogonal": ((), 2), "identity": ((), 2),
    "uniform": (("low", "high"), 0), "normal": (("mean", "deviation"), 0),
    "zeros": ((), 0), "ones": ((), 0)}
_ALSO = {"xavier": "glorot", "kaiming": "he", "eye": "identity", "zero": "zeros", "one": "ones"}
_EXAMPLE = "write init W: glorot, or init b: 1"
# Which numbers a parameter of a domain may start at; all others are refused as parameters.
_BOUNDS: dict[str, tuple[Callable[[Fraction], bool], str]] = {
    "real": (lambda _: True, ""), "positive": (lambda v: v > 0, "above 0"),
    "nonnegative": (lambda v: v >= 0, "0 or above"), "negative": (lambda v: v < 0, "below 0"),
    "probability": (lambda v: 0 < v < 1, "between 0 and 1")}
LEARNED = tuple(_BOUNDS)  # the domains that a parameter may have


@dataclass(frozen=True)
class Initial:
    """How a parameter starts: a method with its numbers; `number` is the method of a number."""

    method: str
    numbers: tuple[Fraction, ...] = ()

    @property
    def text(self) -> str:
        """As it is written in a model."""
        if self.method == "number":
            return str(self.numbers[0])
        listed = ", ".join(map(str, self.numbers))
        return f"{self.method}({listed})" if listed else self.method


@dataclass
class Learning:
    """What the lines on parameters say."""

    initials: dict[str, Initial] = field(default_factory=dict)
    learned: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)

    def role(self, word: str) -> str:
        """The name of the input, the target, the weights or the mask."""
        return self.roles.get(word, ROLES[word])

    def is_weight(self, leaf: Expr) -> bool:
        """Whether a given name without time is a parameter, learned or frozen."""
        if leaf.name in (*self.data, *self.roles.values()):
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
        if word == "init":
            _read_init(line, rest, learning)
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


def _read_init(line: str, rest: str, learning: Learning) -> None:
    left, sign, right = _parted(rest)
    place = line.index(rest) + 1
    if not sign or not _NAMES.match(left) or not right:
        raise ModelError(f"an initial value reads init NAME: METHOD; {_EXAMPLE}", line, place,
                         max(1, len(rest)))
    initial = read_initial(right, line, line.rindex(right) + 1)
    for name in _split(left):
        if name in learning.initials:
            raise ModelError(f"{name} has an init line already; remove one", line, place)
        learning.initials[name] = initial


def _parted(rest: str) -> tuple[str, str, str]:
    """The names, the sign between, and the method of `W: glorot` or `g = 1`."""
    match = re.match(r"([^:=]*)([:=])(.*)\Z", rest, re.S)
    return (match.group(1).strip(), match.group(2), match.group(3).strip()) if match else \
        (rest, "", "")


def read_initial(text: str, line: str = "", place: int = 1) -> Initial:
    """A method such as `glorot`, `uniform(-1, 1)` or a number. Raises ModelError."""
    number = _number(text)
    if number is not None:
        return Initial("number", (number,))
    match = _METHOD.match(text)
    name = match.group(1) if match is not None else ""
    name = _ALSO.get(name, name)
    if match is None or name not in METHODS:
        near = _nearest(name, METHODS)
        hint = f"did you mean {near}?" if near else \
            f"there are {', '.join(map(_called, METHODS))}, and numbers"
        raise ModelError(f"{text!r} is no way to start a parameter; {hint}", line, place, len(text))
    words = METHODS[name][0]
    written = [part.strip() for part in match.group(2).split(",")] if match.group(2) else []
    numbers = [_number(part) for part in written]
    if len(numbers) != len(words) or None in numbers:
        raise ModelError(f"write {_called(name)} with numbers, as in {_with_numbers(name)}" if words
                         else f"{name} takes no numbers; write init W: {name}", line, place,
                         len(text))
    made = Initial(name, tuple(n for n in numbers if n is not None))
    if name == "uniform" and made.numbers[0] >= made.numbers[1]:
        raise ModelError(f"the bounds of {made.text} are not in order; write "
                         f"uniform({made.numbers[1]}, {made.numbers[0]})"
                         if made.numbers[0] > made.numbers[1] else
                         f"the bounds of {made.text} are the same; write {made.numbers[0]}",
                         line, place, len(text))
    if name == "normal" and made.numbers[1] <= 0:
        raise ModelError("the second number of normal(mean, deviation) is above 0", line,
                         place, len(text))
    return made


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, list(known), 1, 0.7)), None)


def _called(method: str) -> str:
    words = METHODS[method][0]
    return f"{method}({', '.join(words)})" if words else method


def _with_numbers(method: str) -> str:
    return {"uniform": "uniform(-0.1, 0.1)", "normal": "normal(0, 0.1)"}[method]


def _number(text: str) -> Fraction | None:
    """A number such as 1, -0.5, 1e-3 or 1/3; None for another text."""
    try:
        return Fraction(text.replace(" ", "").replace("\u2212", "-")) if len(text) < 40 else None
    except (ValueError, ZeroDivisionError):
        return None


def check_learning(learning: Learning, names: Mapping[str, Expr], defined: Iterable[str],
                   steps: Expr, lines: Iterable[str]) -> None:
    """Raises ModelError for lines on what is no parameter, or on values that cannot be."""
    known, listed = set(defined), list(lines)
    stated: dict[str, Iterable[str]] = {
        "init": learning.initials, "learned": learning.learned, "frozen": learning.frozen,
        "data": learning.data, **{word: (name,) for word, name in learning.roles.items()}}
    for word, listing in stated.items():
        for name in listing:
            why = _fault(name, names, known, steps if word in ("init", "learned", "frozen") else
                         None)
            if why is None and word in ("init", "learned", "frozen"):
                why = _fault_of_start(names[name].kind, learning.initials.get(name))
            if why is not None:
                line = _line_of(name, word, listed)
                place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
                raise ModelError(f"{name} {why}", line, place.start() + 1 if place else 1,
                                 len(name))
    data = {*learning.data, *learning.roles.values()}
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
        near = _nearest(name, names)
        hint = f"did you mean {near}?" if near else f"declare it, as in {name}: real"
        return f"is not declared; {hint}"
    if isinstance(leaf, Tensor) and leaf.kind.shape[0] == steps:
        return f"has a value at each step: it is data, and no parameter; remove {name} here"
    return None


def _fault_of_start(kind: Kind, initial: Initial | None) -> str | None:
    """Why a parameter of a type cannot start so, or can be none."""
    if kind.domain not in _BOUNDS:
        way = "the softmax of a real parameter" if kind.domain == "simplex" else \
            "real, positive, negative or a probability"
        return f"is {kind.domain}: a parameter that is learned is {way}"
    if initial is None:
        return None
    axes = METHODS[initial.method][1] if initial.method in METHODS else 0
    if len(kind.shape) < axes:
        other = "uniform(-0.1, 0.1), normal(0, 0.1)" + (" or a number" if kind.shape else "")
        return (f"has {('no axis', 'one axis')[len(kind.shape)]}, and {initial.method} is for "
                f"matrices; write {other}" if kind.shape else
                f"is one number, and {initial.method} is for matrices; write a number")
    fits, words = _BOUNDS[kind.domain]
    values = {"number": initial.numbers, "uniform": initial.numbers, "zeros": (Fraction(0),),
              "ones": (Fraction(1),)}.get(initial.method)
    if kind.domain != "real" and values is None:
        return (f"is {kind.domain}, and {initial.text} draws other numbers; write a number "
                f"{words}, or uniform(low, high)")
    strict = initial.method != "uniform"
    if values is not None and not all(fits(v) or (not strict and _edge(kind, v)) for v in values):
        return f"is {kind.domain}; it starts {words}, not at {initial.text}"
    return None


def _edge(kind: Kind, value: Fraction) -> bool:
    """Whether a number is an open end of a domain, between which uniform numbers are drawn."""
    return value in {"positive": (0,), "negative": (0,), "probability": (0, 1)}.get(kind.domain, ())
