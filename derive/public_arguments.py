"""What public functions take: every argument is read, or refused by name, in this one place.

A function says with `@public` what its arguments are; most are known by their names (`given`,
`wrt`, …). A wrong type, an unknown option and a missing argument are ArgumentErrors of one line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import wraps
from inspect import BoundArguments, Parameter, Signature, signature
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeAlias, TypeGuard, TypeVar

from derive.errors import ArgumentError
from derive.provided import provided

if TYPE_CHECKING:  # no SymPy is loaded for texts
    from sympy.core.basic import Basic

P = ParamSpec("P")
R = TypeVar("R")
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
    return (isinstance(value, str) and value.strip() != "") or isinstance(value, os.PathLike)


def _paths(value: object) -> bool:
    return _path(value) or (_is_list(value) and all(map(_path, value)))


def _paths_in(value: object) -> list[Path]:
    if _path(value):
        return [Path(value)]
    return [Path(path) for path in value if _path(path)] if _is_list(value) else []


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _integer(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


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


def text_of(what: str) -> Argument:
    """A text that is `what`."""
    return Argument(f"{what} as text", _text)


def formula_of(what: str) -> Argument:
    """A text or an expression of SymPy that is `what`."""
    return Argument(f"{what} as text (or an expression of SymPy)", _text, formula=True)


FLAG = Argument("True or False", _flag)
NUMBER = Argument("a number", _number)
INTEGER = Argument("a whole number", _integer)
NAMES = Argument("names, as text or a list of texts", _texts)
PATH = Argument("the path of a file", _path)
FORMULA = formula_of("a formula, a name of the catalogue or a specification")
DENSITY = formula_of("a name of the distributions or a density")
MODEL = Argument("the name of a cell, the text of a model, or the path of a file with one",
                 _either(_text, _path))
DATA = Argument("observations: text such as '0, 0, 1', or a list of numbers or of rows",
                lambda value: _text(value) or _is_list(value))
MAPPING = Argument("a dict", lambda value: isinstance(value, Mapping))
GIVEN = Argument("declarations and conditions: text such as 'o: real[K]', a list of such texts, or "
                 "a dict {'o': 'real[K]'}", _declarations, formula=True)
WRT = Argument("a variable such as 'o', 'o[i]' or 'w, b', or a list of them", _texts,
               formula=True, optional=True)
RULES = Argument("a rulebook, or the path of a file of rules, or several",
                 _either(made_of("Rulebook"), _paths))
_DEFINITION = or_none(text_of("a definition such as 'y = sigmoid(z)'"))
_USUAL = {  # arguments that are the same wherever they occur
    "target": FORMULA, "given": GIVEN, "wrt": WRT,
    "through": Argument("definitions or names, as text or a list of texts", _texts),
    "keep": Argument("True, False, or names", _either(_flag, _texts)),
    "rules": or_none(RULES),
    "functions": or_none(Argument("the path of a file of functions, or several", _either(
        _paths, lambda value: isinstance(value, Mapping)))),
    "seconds": or_none(NUMBER), "values": or_none(MAPPING), "observed": or_none(text_of("a name")),
    "link": or_none(text_of("a link")), "route": or_none(text_of("a route")),
    "constant": text_of("'least', 'none' or a formula"),
    "output": _DEFINITION, "define": _DEFINITION,
}


def public(**own: Argument) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A public function: what it is given is read, or refused by name, before it begins.

    `own` are the arguments that are peculiar to it; the rest are known by their names. Objects of
    SymPy become text, their assumptions declarations. Raises ArgumentError.
    """
    def make(function: Callable[P, R]) -> Callable[P, R]:
        known = signature(function)
        arguments = {name: own.get(name) or _USUAL[name] for name, p in known.parameters.items()
                     if p.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)}
        options = {name: a for name, a in own.items() if name not in arguments}

        @wraps(function)
        def door(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = _bound(function.__name__, known, args, kwargs, arguments, options)
            for name, value in bound.arguments.items():
                if isinstance(value, Iterator):
                    bound.arguments[name] = list(value)
            symbols = _without_sympy(bound.arguments, arguments)
            for name, value in _given(bound, known):
                argument = arguments.get(name) or options[name]
                if not (argument.fits(value) or (value is None and argument.optional)):
                    raise _wrong(function.__name__, name, argument, value, known)
            _read_rules(bound.arguments)
            answer = function(*bound.args, **bound.kwargs)
            return provided("with_symbols")(answer, symbols) if symbols else answer

        return door

    return make


def _given(bound: BoundArguments, known: Signature) -> Iterator[tuple[str, Any]]:
    """The arguments that differ from their defaults, further options among them."""
    for name, value in bound.arguments.items():
        parameter = known.parameters[name]
        if parameter.kind is Parameter.VAR_KEYWORD:
            yield from value.items()
        elif value is not parameter.default:
            yield name, value


def _bound(function: str, known: Signature, args: tuple[object, ...], kwargs: Mapping[str, object],
           arguments: Mapping[str, Argument], options: Mapping[str, Argument]) -> BoundArguments:
    """The arguments by name. Raises ArgumentError for an unknown, a missing or a further one."""
    for name in kwargs:
        if name not in arguments and name not in options:
            names = [*arguments, *options]
            near = get_close_matches(name, names, 1, 0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(names)}"
            raise ArgumentError(f"{function} got an unknown option {name!r}; {hint}")
    try:
        return known.bind(*args, **kwargs)
    except TypeError:
        pass
    first = next(iter(arguments), None)
    if first is not None and not args and first not in kwargs:
        raise ArgumentError(f"{function} takes {arguments[first].takes}; there is none")
    twice = [n for n in list(arguments)[:len(args)] if n in kwargs]
    if twice:
        raise ArgumentError(f"{function} got {twice[0]!r} twice")
    named = [n for n, p in known.parameters.items() if p.kind is Parameter.KEYWORD_ONLY]
    rest = f"; the options are named: {named[0]}=…" if named else ""
    raise ArgumentError(f"{function} takes {len(arguments) - len(named)} argument without a name, "
                        f"not {len(args)}{rest}")


def _wrong(function: str, name: str, argument: Argument, value: object,
           known: Signature) -> ArgumentError:
    """The error for a value that does not fit: the first argument goes without its name."""
    first = name == next(iter(known.parameters))
    return ArgumentError(f"{function} takes {'' if first else name + '='}"
                         f"{'' if first else ' as '}{argument.takes}, not {described(value)}")


def described(value: object) -> str:
    """A value in a few words: a short one itself, else what it is."""
    if isinstance(value, (str, bytes, type(None), bool, int, float)):
        shown = repr(value)
        return shown if len(shown) <= 40 else f"{shown[:37]}…"
    kind = type(value)
    if kind.__module__.partition(".")[0] == "sympy":
        return f"the {kind.__name__} {value} of SymPy"[:80].replace("\n", " ")
    article = "an" if kind.__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {kind.__name__}"


# What is not text


def _without_sympy(arguments: dict[str, object], known: Mapping[str, Argument],
                   ) -> tuple[Any, ...]:
    """Puts text in place of objects of SymPy; gives what there is to know of their symbols."""
    sympy = sys.modules.get("sympy")
    if sympy is None:
        return ()
    taken = [n for n, v in arguments.items() if n in known and known[n].formula
             and any(isinstance(part, sympy.Basic) for part in _parts(v))]
    if not taken:
        return ()
    texts, symbols = provided("without_sympy")({n: v for n, v in arguments.items()
                                                if n in known and known[n].formula})
    arguments.update(texts)
    return tuple(symbols)


def _parts(value: object) -> Iterator[Any]:
    """A value, or what stands in a list or a dict."""
    if isinstance(value, Mapping):
        yield from value
    elif isinstance(value, (list, tuple, set)):
        for part in value:
            yield from _parts(part)
    else:
        yield value


def _read_rules(arguments: dict[str, object]) -> None:
    """Reads and checks the files of rules where paths are given."""
    rules = arguments.get("rules")
    if rules is not None and _paths(rules):
        table = provided("function_table")(arguments.get("functions"))
        arguments["rules"] = provided("checked_rules")(_paths_in(rules), table)
