"""The judge's own reader of the notation: typed text to a function of points.

It shares nothing with the parser, rules and rewriting: Python's `ast` and mpmath alone.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import EvaluationError, KindError, NotationError
from derive.judge.reading.array_operations import CONDITION, Code, Law, Letter, Names, kept
from derive.judge.reading.call_reading import compiler_of
from derive.judge.reading.defined_elements import array_by_elements
from derive.judge.reading.lazy_arrays import (
    LOCK,
    VECTORS,
    Array,
    Dim,
    Place,
    Point,
    Run,
    Type,
    finite,
)
from derive.judge.reading.mpmath_numbers import FLOATS
from derive.judge.reading.precedence_reader import in_syntax
from derive.judge.reading.typed_matrices import MATRICES, check_square
from derive.judge.reading.typed_signs import plain_name, plain_names

_DECLARATION = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*:(?!=)(.*)\Z", re.S)
_DEFINITION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([\w\s,]*)\]\s*)?=(?!=)(.*)\Z", re.S)
_TYPE = re.compile(r"\s*([a-z]+)\s*(?:\(\s*(\w+)\s*\))?\s*(?:\[([^\]]*)\])?\s*\Z")
_DOMAINS = frozenset({"real", "positive", "nonnegative", "negative", "probability", "integer",
                      "count", "binary", "label", "simplex", "onehot", "index", *MATRICES})
MOST_LENGTH = 40_000
LARGEST_AXIS = 40  # a longer one takes the judge too long
_NONE: Mapping[str, Any] = MappingProxyType({})
_FAILURES = (ZeroDivisionError, OverflowError, ValueError, TypeError, ArithmeticError)


@dataclass(frozen=True)
class Reading:
    """A text that has been read: declared types, conditions, definitions, and the last formula."""
    names: Names
    conditions: tuple[Code, ...] = ()
    code: Code | None = None
    name: str = "L"
    defined: tuple[str, ...] = ()

    @property
    def types(self) -> dict[str, Type]:
        """The declared names."""
        return self.names.types

    @property
    def letters(self) -> dict[str, Letter]:
        """The free indices."""
        return self.names.letters

    @property
    def shape(self) -> tuple[Dim, ...]:
        """The axes of the formula; none for a number."""
        return () if self.code is None else self.code.shape

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions whose sizes a point chooses."""
        return tuple(d for d in self.names.dims.values() if isinstance(d, str))

    def value(self, point: Point, ctx: MPContext, place: Place = ()) -> Any:
        """The value of the formula, or of its entry at a place.

        Raises EvaluationError where it has none.
        """
        with LOCK:
            return self.run(Run(ctx, point), place)

    def run(self, run: Run, place: Place = ()) -> Any:
        """Like `value`, within an evaluation."""
        if self.code is None:
            raise NotationError("there is no formula")
        return computed(self.code, run, place)

    def holds(self, run: Run) -> bool:
        """Whether every condition has a value and holds, for all letters that it leaves open."""
        try:
            return all(computed(c, run) for c in self.conditions)
        except EvaluationError:
            return False


def computed(code: Code, run: Run, place: Place = ()) -> Any:
    """The value of a code. Raises EvaluationError where it has no finite real value."""
    try:
        value = code.call(run)
        value = value.at(place) if isinstance(value, Array) else value
        return value if code.kind == CONDITION else finite(run.ctx, value)
    except _FAILURES as error:
        raise EvaluationError(f"no value here: {error}") from None
    except (MemoryError, RecursionError):
        raise EvaluationError("the value is too large to compute") from None


def read(text: str, given: Iterable[str] = (), letters: Mapping[str, Dim] = _NONE,
         inferred: bool = False, shared: Mapping[str, Letter] = _NONE,
         own: Mapping[str, dict[str, Any]] = _NONE,
         laws: Mapping[str, Law] = _NONE) -> Reading:
    """Reads a specification: declarations and conditions (`given`), definitions, a formula.

    `letters` are free indices with their dimensions, those of another reading if `shared`; `own`
    are entries of functions beyond the standard ones, `laws` those of random variables. With
    `inferred`, unknown letters in subscripts are free indices too.
    Raises NotationError.
    """
    names = Names(inferred=inferred, own=own, laws=laws)
    stated = [line for block in given for line in lines_of(block) if not declaration(line, names)]
    for letter, over in letters.items():
        names.letters[letter] = shared.get(letter) or Letter(over)
        if isinstance(over, str):
            names.dims.setdefault(over, over)
    lines, defined = list(lines_of(text)), []
    if not lines:
        raise NotationError("the formula is empty")
    for line in lines[:-1]:
        match = _DEFINITION.match(line)
        if match is not None and not _DECLARATION.match(line):
            _define(match, names)
            defined.append(plain_name(match.group(1)))
        elif not declaration(line, names):
            stated.append(line)
    code, name = _last(lines[-1], names)
    conditions = tuple(_condition(line, names) for line in stated)
    return Reading(names, conditions, code, name, tuple(defined))


def _last(line: str, names: Names) -> tuple[Code, str]:
    """The last line of a specification: its formula, and the name that it gives it."""
    match = _DEFINITION.match(line)
    if match is None:
        return compiled(line, names), "L"
    name = plain_name(match.group(1))
    if match.group(2) is None:
        return compiled(match.group(3), names), name
    _define(match, names)
    return names.codes[name], name


def with_conditions(reading: Reading, texts: Iterable[str]) -> Reading:
    """The reading with conditions; an unknown letter there stands for every place of its axis."""
    conditions = []
    for text in texts:
        names = reading.names.inner({})
        names.inferred = True
        code = compiled(text, names)
        if code.kind != CONDITION:
            raise KindError(f"{text} is no condition")
        own = [names.letters[n] for n in names.letters if n not in reading.names.letters]
        if any(letter.over is None for letter in own):
            continue  # it speaks of a name of another part, which the formulas here do not hold
        conditions.append(_everywhere(code, own))
    return replace(reading, conditions=(*reading.conditions, *conditions))


def _everywhere(code: Code, letters: list[Letter]) -> Code:
    if not letters:
        return code

    def holds(run: Run) -> bool:
        for places in product(*(range(run.point.size(x.over or 1)) for x in letters)):
            run.env.update(zip((x.slot for x in letters), places, strict=True))
            if not code.call(run):
                return False
        return True

    return Code(CONDITION, holds)


def compiled(text: str, names: Names) -> Code:
    """The code of one formula."""
    if len(text) > MOST_LENGTH:
        raise NotationError(f"the text has {len(text):,} signs")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = in_syntax(text.strip())
            tree = ast.parse(source, mode="eval").body
        return compiler_of(names, FLOATS, source).code(tree)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise NotationError(f"this cannot be read as a formula: {error}") from None


def lines_of(text: str) -> Iterator[str]:
    """Lines without comments and blank ones; open brackets continue on the next line."""
    joined = ""
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = f"{joined} {raw.partition('#')[0]}" if joined else raw.partition("#")[0]
        depth = sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        joined = line if depth > 0 else ""
        if not joined and line.strip():
            yield line.strip()
    if joined.strip():
        yield joined.strip()


def _condition(line: str, names: Names) -> Code:
    """A condition that stands among the declarations."""
    code = compiled(line, names)
    if code.kind != CONDITION:
        raise NotationError(f"{line!r} is neither a declaration nor a condition")
    return code


def declaration(line: str, names: Names) -> bool:
    """Declares the names of a line; False for a line that is no declaration."""
    match = _DECLARATION.match(line)
    if match is None:
        return False
    listed = [n.strip() for n in plain_names(match.group(1)).split(",")]
    word = plain_names(match.group(2)).strip()
    if word == "function":
        for name in listed:
            for order, each in enumerate((name, f"d{name}", f"d2{name}", f"d3{name}")):
                names.functions[each] = (name, order)
        return True
    names.types.update(dict.fromkeys(listed, _type(word, names)))
    return True


def _type(text: str, names: Names) -> Type:
    match = _TYPE.match(text)
    if match is None or match.group(1) not in _DOMAINS:
        raise NotationError(f"unknown type {text!r}")
    domain, over_text, axes = match.groups()
    over = None if over_text is None else _dimension(over_text, names)
    shape = () if axes is None else tuple(_dimension(a.strip(), names) for a in axes.split(","))
    check_square(domain, shape)
    if domain in VECTORS and over is not None:
        shape = (*shape, over)
    return Type(domain, shape, over)


def _dimension(text: str, names: Names) -> Dim:
    if text.isdecimal():
        if int(text) > LARGEST_AXIS:
            raise NotationError(f"an axis of {text} is too long for the judge")
        return int(text)
    if not text.isidentifier():
        raise NotationError(f"{text!r} is no dimension")
    return names.dims.setdefault(text, text)


def _define(match: re.Match[str], names: Names) -> None:
    """A definition `p = softmax(o)` or `z[i] = …`; its name stands for its value."""
    name, written, text = plain_name(match.group(1)), match.group(2), match.group(3)
    if written is None:
        code = compiled(text, names)
        if code.kind == CONDITION:
            raise KindError(f"{name} is a condition, not a number")
        names.codes[name] = _overridable(name, code)
        names.types.pop(name, None)
        return
    names.codes[name] = _overridable(name, array_by_elements(name, written, text, names, compiled))
    names.types.pop(name, None)


def _overridable(name: str, code: Code) -> Code:
    """A definition that a point may hold as a value of its own: a variable in question."""
    call = kept(code.call, ())

    def value(run: Run) -> Any:
        return run.named(name) if name in run.point.values else call(run)

    return Code(code.kind, value, code.free, code.shape, code.over)

