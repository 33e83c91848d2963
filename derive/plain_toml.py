"""Reads the plain part of TOML quickly; all else goes to `tomllib`.

Every process reads the rules before it derives anything. An entry of plain lines (`key = "text"`,
numbers, `true`, arrays and inline tables of these on one line) is read by regular expressions, any
other by `tomllib`, which also has the word on errors.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

_TEXT = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\["\\])*"'
_SCALAR = rf"(?:{_TEXT}|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)"
_KEY = r"[A-Za-z0-9_-]+"
_END = r"\s*(?:#[^\x00-\x08\x0a-\x1f\x7f]*)?\Z"
_ENTRY = re.compile(rf"\[({_KEY})\]{_END}")
_LINE = re.compile(rf"({_KEY})[ \t]*=[ \t]*(?:({_SCALAR})|\[[ \t]*((?:{_SCALAR}[ \t]*,[ \t]*)*"
                   rf"{_SCALAR}?)[ \t]*\]|\{{[ \t]*((?:{_KEY}[ \t]*=[ \t]*{_SCALAR}[ \t]*,[ \t]*)*"
                   rf"{_KEY}[ \t]*=[ \t]*{_SCALAR})[ \t]*\}}){_END}", re.ASCII)
_ITEM = re.compile(_SCALAR)
_PAIR = re.compile(rf"({_KEY})[ \t]*=[ \t]*({_SCALAR})")
_BEFORE_ENTRY = re.compile(r"^(?=\[)", re.M)
_ESCAPE = re.compile(r"\\(.)")


def loads(text: str) -> dict[str, Any]:
    """The content of a TOML text. Raises tomllib.TOMLDecodeError."""
    content: dict[str, Any] = {}
    for part in _BEFORE_ENTRY.split(text.replace("\r\n", "\n")):
        entry = _entry(part)
        if entry is None:
            try:
                entry = tomllib.loads(part)
            except tomllib.TOMLDecodeError:
                return tomllib.loads(text)  # what looked like the start of an entry was none
        if not content.keys().isdisjoint(entry):
            return tomllib.loads(text)
        content |= entry
    return content


def _entry(part: str) -> dict[str, Any] | None:
    """The content of an entry of plain lines; None for any other."""
    content: dict[str, Any] = {}
    table = content
    for raw in part.split("\n"):
        line = raw.strip(" \t")
        if not line or line[0] == "#":
            if not line.isprintable():
                return None
            continue
        match = _LINE.match(line)
        if match is None:
            match = _ENTRY.match(line)
            if match is None or content:
                return None
            table = content[match.group(1)] = {}
            continue
        key, scalar, items, pairs = match.groups()
        if key in table:
            return None
        if scalar is not None:
            table[key] = _scalar(scalar)
        elif items is not None:
            table[key] = [_scalar(item) for item in _ITEM.findall(items)]
        else:
            found = _PAIR.findall(pairs)
            table[key] = {name: _scalar(value) for name, value in found}
            if len(table[key]) < len(found):
                return None
    return content


def _scalar(text: str) -> Any:
    if text[0] == '"':
        return _ESCAPE.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    return float(text) if "." in text else int(text)
