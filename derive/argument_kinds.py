"""What an argument may be: in words, and as a test; those that are alike everywhere by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard, cast

if TYPE_CHECKING:  # no SymPy is loaded for texts
    from sympy.core.basic import Basic

Target: TypeAlias = "str | Basic"  # text, or an expression of SymPy
Names: TypeAlias = "str | Basic | Iterable[str | Basic] | None"  # variables
Declarations: TypeAlias = "str | Basic | Iterable[Any] | Mapping[Any, str]"


class Argument(NamedTuple):
    """What a function takes under a name: in words, and whether a value is that.

    `formula` marks what may be an object of SymPy, which becomes text before `fits` sees it.
    """

    takes: str
    fits: Callable[[object], bool]
    formula: bool = False
    optional: bool = False  # None stands for what is left out
    read: Callable[[Any], object] | None = None  # makes of it what the function takes


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return _text(value) or (_is_list(value) and all(map(_text, value)))


def _is_list(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray, Mapping))


def _declarations(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_text(k) and _text(v) for k, v in value.items())
    return _text(value) or (_is_list(value) and all(map(_declarations, value)))


def _path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    try:
        return isinstance(value, str) and value.strip() != "" and b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:  # half a sign
        return False


def is_paths(value: object) -> bool:
    """Whether a value is the path of a file, or a list of them."""
    return _path(value) or (_is_list(value) and all(map(_path, value)))


def paths_in(value: object) -> list[Path]:
    """The paths."""
    if _path(value):
        return [Path(value)]
    return [Path(path) for path in value if _path(path)] if _is_list(value) else []


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (hasattr(value, "columns") and
                                          hasattr(value, "__getitem__"))


def _columns_of(table: object) -> dict[str, object]:
    """The columns of a dict or a data frame by their names, as arrays or lists."""
    frame = cast("Any", table)
    columns = {str(name): frame[name] for name in (
        table if isinstance(table, Mapping) else frame.columns)}
    return {name: column.to_numpy() if hasattr(column, "to_numpy") else column
            for name, column in columns.items()}


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool)


def _integer(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _functions(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(made_of("Function"), value.values()))


def _flag(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ == "bool"  # that of NumPy, too


def made_of(*names: str) -> Callable[[object], bool]:
    """Whether a value is of a class of that name; the class need not be loaded."""
    return lambda value: any(c.__name__ in names for c in type(value).__mro__)


def _either(*tests: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: any(test(value) for test in tests)


def or_none(argument: Argument) -> Argument:
    """The same argument, for which None stands where it is left out."""
    return argument._replace(optional=True)


def choice(choices: Collection[str]) -> Argument:
    """One of a few words."""
    return Argument(" or ".join(map(repr, choices)), lambda v: _text(v) and v in choices)


def some_of(choices: Collection[str]) -> Argument:
    """Some of a few words, in a list or between commas."""
    return Argument(f"some of {', '.join(choices)}", lambda value: _texts(value)
                    and bool(names_in(value)) and set(names_in(value)) <= set(choices))


def names_in(value: object) -> tuple[str, ...]:
    """Names between commas, or in a list."""
    parts = value.split(",") if isinstance(value, str) else value if _is_list(value) else ()
    return tuple(dict.fromkeys(name for part in parts if (name := str(part).strip())))


def at_least(least: int) -> Argument:
    """A whole number from `least` on."""
    return Argument(f"a whole number of at least {least}",
                    lambda value: _integer(value) and value >= least)


def text_of(what: str) -> Argument:
    """A text that is `what`."""
    return Argument(f"{what} as text", _text)


def formula_of(what: str) -> Argument:
    """A text or an expression of SymPy that is `what`."""
    return Argument(f"{what} as text (or an expression of SymPy)", _text, formula=True)


TEXT = Argument("text", _text)
FLAG = Argument("True or False", _flag)
NUMBER = Argument("a number", _number)
POSITIVE = Argument("a positive number of seconds", lambda value: _number(value) and value > 0)
INTEGER = Argument("a whole number", _integer)
NAMES = Argument("names, as text or a list of texts", _texts)
PAIRS = Argument("values by name, such as {'R': 8}, or text such as 'R=8'",
                 lambda value: isinstance(value, Mapping) or _texts(value))
PATH = Argument("the path of a file", _path)
FORMULA = formula_of("a formula, a name of the catalogue or a specification")
DENSITY = formula_of("a name of the distributions or a density")
MODEL = Argument("the name of a cell, the text of a model, or the path of a file with one",
                 _either(_text, _path))
NUMBERS = Argument("a dict of names and numbers", lambda value: isinstance(value, Mapping)
                   and all(_text(k) and _number(v) for k, v in value.items()))
DATA = Argument("observations: text such as '0, 0, 1', a list of numbers or of rows, or a table: a "
                "dict of arrays, a data frame, the path of a file",
                lambda value: _path(value) or _text(value) or _is_list(value) or _is_table(value),
                read=lambda value: _columns_of(value) if _is_table(value) else str(value)
                if isinstance(value, os.PathLike) else value.tolist() if hasattr(value, "tolist")
                else value)
MAPPING = Argument("a dict", lambda value: isinstance(value, Mapping))
GIVEN = Argument("declarations and conditions: text such as 'o: real[K]', a list of such texts, or "
                 "a dict {'o': 'real[K]'}", _declarations, formula=True)
WRT = Argument("a variable such as 'o', 'o[i]' or 'w, b', or a list of them", _texts,
               formula=True, optional=True)
RULES = Argument("a rulebook, or the path of a file of rules, or several",
                 _either(made_of("Rulebook"), is_paths))
_DEFINITION = or_none(text_of("a definition such as 'y = sigmoid(z)'"))
USUAL = {  # arguments that are the same wherever they occur
    "target": FORMULA, "given": GIVEN, "wrt": WRT,
    "through": Argument("definitions or names, as text or a list of texts", _texts),
    "keep": Argument("True, False, or names", _either(_flag, _texts)),
    "rules": or_none(RULES),
    "functions": or_none(Argument("the path of a file of functions, or several", _either(
        is_paths, _functions))),
    "seconds": or_none(Argument("a number of seconds from 0 on",
                                lambda value: _number(value) and value >= 0)),
    "values": or_none(MAPPING),
    "observed": or_none(text_of("a name")), "link": or_none(text_of("a link")),
    "prior": or_none(Argument("a prior such as 'b ~ NAME(0, t)', or several", _texts)),
    "weights": or_none(text_of("a name")),
    "columns": or_none(Argument("columns of data, such as 'y = price; X = 1, area'",
                                lambda value: _texts(value) or isinstance(value, Mapping))),
    "route": or_none(text_of("a route")), "constant": text_of("'least', 'none' or a formula"),
    "output": _DEFINITION, "define": _DEFINITION,
}
