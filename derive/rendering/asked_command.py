"""What was asked for, spelled so that it can be asked again: as a command, as a call in Python."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from derive.premises import Asked

_TABLE = "TABLE"  # stands for columns of data that were given by name
_FILE = "FILE"  # stands for a file of the user's, whose name is not on record
_LONG = 72  # signs of a command that has a line of its own
_SHORTEST = 2  # words before the first option: derive grad NAME
_OPTION = re.compile(r"--?[a-z][a-z-]*")
_FLAGS = {"masked": "mask", "output": "define"}  # of a cost, where it has its older name


def asked_command(asked: Asked, own_rules: bool = False, /, **printing: str) -> str:
    """The command line, quoted for a POSIX shell.

    `own_rules` says that rules of the user took part; `printing` are further options (detail,
    format).
    """
    by_name = asked.function == "matching_loss"
    words = ["derive", "cost" if by_name else asked.function,
             *(["--activation"] if by_name else []), asked.target]
    for line in _given(asked):
        words += ["-g", line]
    for name, value in asked.options:
        words += _SPELLED.get(name, _plain)(name, value)
    words += ["--rules", _FILE] * own_rules + ["--functions", _FILE] * bool(asked.functions)
    words += [word for name, value in printing.items() for word in (f"--{name}", value)]
    return shlex.join(words)


def page_command(asked: Asked, detail: str = "normal", own_rules: bool = False) -> str:
    """The command that makes a page of this detail; a long one in lines that a shell joins."""
    shown = {} if detail == "normal" else {"detail": detail}
    command = asked_command(asked, own_rules, **shown, format="html")
    if len(command) <= _LONG:
        return command
    lines: list[list[str]] = [[]]
    for place, word in enumerate(shlex.split(command)):
        if place > _SHORTEST and _OPTION.fullmatch(word):
            lines.append([])
        lines[-1].append(word)
    return " \\\n  ".join(map(shlex.join, lines))


def asked_call(asked: Asked, own_rules: bool = False) -> str:
    """The call in Python, with its import."""
    given = _given(asked)
    arguments = [literal(asked.target), *([f"given={literal(given)}"] if given else []),
                 *(f"{name}={literal(_shown(name, value))}" if not _is_table(name, value)
                   else f"{name}={_TABLE}" for name, value in asked.options),
                 *(["rules=RULES"] if own_rules else []),
                 *([f"functions={literal(_FILE)}"] if asked.functions else [])]
    line = f"derive.{asked.function}({', '.join(arguments)})"
    if len(line) > 88 and len(arguments) > 1:
        line = f"derive.{asked.function}(\n    " + ",\n    ".join(arguments) + ")"
    own = "# RULES are the standard rules with yours.\n" if own_rules else ""
    if any(_is_table(*option) for option in asked.options):
        own += f"# {_TABLE} is your table of data.\n"
    return f"import derive\n\n{own}{line}"


def _is_table(name: str, value: object) -> bool:
    return name == "data" and isinstance(value, Mapping)


def _shown(name: str, value: object) -> object:
    """An option's value; observations that are text without what is blank around them."""
    return value.strip() if name == "data" and isinstance(value, str) else value


def _given(asked: Asked) -> list[str]:
    """The given lines, one by one."""
    lines = (line.strip() for text in asked.given for line in text.splitlines())
    return [line for line in lines if line]


def literal(value: Any) -> str:
    """Data as Python: texts between double quotes, several lines between three."""
    if isinstance(value, str):
        if "\n" in value and '"""' not in value and "\\" not in value and value[-1] != '"':
            return f'"""{value}"""'
        return json.dumps(value, ensure_ascii=False) if value.isprintable() and (
            "\\" not in value and '"' not in value) else repr(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def _plain(name: str, value: Any) -> list[str]:
    """An option by its name: a flag, or with one text after another."""
    option = f"--{_FLAGS.get(name, name)}"
    if isinstance(value, bool):
        return [option] * value
    return [word for text in _several(value) for word in (option, str(text))]


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _kept(_name: str, value: Any) -> list[str]:
    """Names that stay: all where nothing is said, or none, or these."""
    return ["--no-keep"] * (not value) if isinstance(value, bool) else _plain("keep", value)


def _data(_name: str, value: Any) -> list[str]:
    """Observations: 0,0,1; rows as 1 2; 3 4."""
    if isinstance(value, str):
        return ["--data", value.strip()]
    if isinstance(value, Mapping):
        return ["--data", _FILE]
    rows = [" ".join(map(str, row)) if isinstance(row, (list, tuple)) else str(row)
            for row in _several(value)]
    nested = any(isinstance(row, (list, tuple)) for row in _several(value))
    return ["--data", ("; " if nested else ",").join(rows)]


def _columns(_name: str, value: Any) -> list[str]:
    """Which columns of a table names take."""
    texts = _several(value) if not isinstance(value, Mapping) else (
        f"{name} = {', '.join(map(str, _several(columns)))}" for name, columns in value.items())
    return [word for text in texts for word in ("--assign", str(text))]


def _values(_name: str, value: Any) -> list[str]:
    """Values of names that are not estimated."""
    return [word for name, number in dict(value).items()
            for word in ("--value", f"{name}={number}")]


_SPELLED: Mapping[str, Callable[[str, Any], list[str]]] = {
    "keep": _kept, "data": _data, "columns": _columns, "values": _values}
