"""What public functions are given: read, or refused by name, in this one place.

A function says with `@public` what its arguments are; most are known by their names (`given`,
`wrt`, …). A wrong type, an unknown option and a missing argument are ArgumentErrors of one line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import wraps
from inspect import BoundArguments, Parameter, Signature, signature
from typing import Any, ParamSpec, TypeVar

from derive.argument_kinds import USUAL, Argument, is_paths, paths_in
from derive.errors import ArgumentError
from derive.provided import provided

_MOST_LEVELS = 8  # of lists in lists
P = ParamSpec("P")
R = TypeVar("R")


def public(**own: Argument) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A public function: what it is given is read, or refused by name, before it begins.

    `own` are the arguments that are peculiar to it; the rest are known by their names. Objects of
    SymPy become text, their assumptions declarations. Raises ArgumentError.
    """
    def make(function: Callable[P, R]) -> Callable[P, R]:
        known = signature(function)
        arguments = {name: own.get(name) or USUAL[name] for name, p in known.parameters.items()
                     if p.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)}
        options = {name: a for name, a in own.items() if name not in arguments}

        @wraps(function)
        def door(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = _bound(function.__name__, known, args, kwargs, arguments, options)
            for name, value in bound.arguments.items():
                if isinstance(value, Iterator):
                    bound.arguments[name] = list(value)
                elif _is_bottomless(value):
                    raise ArgumentError(f"{function.__name__} got lists in lists without end as "
                                        f"{name!r}; it takes {_MOST_LEVELS} levels at most")
            symbols = _without_sympy(bound.arguments, arguments)
            for name, value in list(_given(bound, known)):
                argument = arguments.get(name) or options[name]
                if not (argument.fits(value) or (value is None and argument.optional)):
                    raise _wrong(function.__name__, name, argument, value, known)
                if argument.read is not None and name in bound.arguments:
                    bound.arguments[name] = argument.read(value)
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
    names = [*arguments, *options]
    unknown = next((name for name in kwargs if name not in names), None)
    if unknown is not None:
        raise ArgumentError(f"{function} got an unknown option {unknown!r}; "
                            f"{_hint(unknown, names)}")
    try:
        return known.bind(*args, **kwargs)
    except TypeError:
        raise ArgumentError(f"{function} {_misfit(known, args, kwargs, arguments)}") from None


def _hint(unknown: str, names: list[str]) -> str:
    """What may have been meant by an option: one near to it, or with its initials."""
    initials = "".join(word[:1] for word in unknown.split("_"))
    near = [n for n in names if n == initials] or get_close_matches(unknown, names, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(names)}"


def _misfit(known: Signature, args: tuple[object, ...], kwargs: Mapping[str, object],
            arguments: Mapping[str, Argument]) -> str:
    """Why known names do not fit a function: the first is missing, one is there twice, or more."""
    first = next(iter(arguments), None)
    if first is not None and not args and first not in kwargs:
        return f"takes {arguments[first].takes}; there is none"
    twice = [n for n in list(arguments)[:len(args)] if n in kwargs]
    if twice:
        return f"got {twice[0]!r} twice"
    named = [n for n, p in known.parameters.items() if p.kind is Parameter.KEYWORD_ONLY]
    rest = f"; the options are named: {named[0]}=…" if named else ""
    return f"takes {len(arguments) - len(named)} argument without a name, not {len(args)}{rest}"


def _wrong(function: str, name: str, argument: Argument, value: object,
           known: Signature) -> ArgumentError:
    """The error for a value that does not fit: the first argument goes without its name."""
    first = name == next(iter(known.parameters))
    return ArgumentError(f"{function} takes {'' if first else name + '='}"
                         f"{'' if first else ' as '}{argument.takes}, not {described(value)}")


def described(value: object) -> str:
    """A value in a few words: a short one itself, else what it is."""
    kind, shown = type(value), ""
    if isinstance(value, (str, bytes, type(None), bool, int, float)):
        shown = repr(value)
        return shown if len(shown) <= 40 else f"{shown[:37]}…"
    if kind in (list, tuple, dict, set) and 0 < len(repr(value)) <= 40 and "<" not in repr(value):
        return repr(value)
    if kind.__module__.partition(".")[0] == "sympy":
        return f"the {kind.__name__} {value} of SymPy"[:80].replace("\n", " ")
    article = "an" if kind.__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {kind.__name__}"


def _is_bottomless(value: object) -> bool:
    """Whether a list holds lists deeper than anyone writes them, or itself."""
    level: list[Any] = [value]
    for _ in range(_MOST_LEVELS + 1):
        inner = {id(part): part for part in level if isinstance(part, (list, tuple, set))}
        level = [part for parts in inner.values() for part in parts]
        if not level:
            return False
    return True


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
    if rules is not None and is_paths(rules):
        table = provided("function_table")(arguments.get("functions"))
        arguments["rules"] = provided("checked_rules")(paths_in(rules), table)
