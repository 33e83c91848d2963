"""A task on Python's own source: in which bracket, string or comment is each character?"""

from __future__ import annotations

import io
import sys
import sysconfig
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import usual_head
from derive.training.tasks.readings import Reading
from derive.training.tasks.registry import Limits
from derive.training.tasks.task_data import OF_CLASSES, Array, alphabet, encode, sha256
from derive.training.tasks.text_tasks import python_version

CLASSES = ("none", "(", "[", "{", "string", "comment")
SIZE = 1_250_000  # characters that are read
_OPEN = {"(": 1, "[": 2, "{": 3}
_STRING, _COMMENT = 4, 5


def label(source: str) -> Array:
    """(N,) the class of every character of a Python program.

    A bracket belongs to what it opens or closes, a quote to its string; the letters before a
    string's first quote do not. Brackets inside a string, an f-string too, are part of the
    string. Raises SyntaxError or tokenize.TokenError where the text is no Python.
    """
    lines = np.cumsum([0] + [len(line) for line in io.StringIO(source)])
    labels = np.zeros(len(source), np.int64)
    stack = [(0, 0)]  # (class, offset from which it holds)

    def close(upto: int) -> None:
        kind, start = stack.pop()
        labels[start:upto] = kind
        stack[-1] = (stack[-1][0], upto)

    def begin(kind: int, at: int) -> None:
        labels[stack[-1][1] : at] = stack[-1][0]
        stack.append((kind, at))

    for kind, text, first, last in _tokens(source):
        start, end = int(lines[first[0] - 1]) + first[1], int(lines[last[0] - 1]) + last[1]
        if kind in (_STRING, _COMMENT):
            quote = min((n for n in (text.find("'"), text.find('"')) if n >= 0), default=0)
            begin(kind, start + (quote if kind == _STRING else 0))
            close(end)
        elif text in _OPEN:
            begin(_OPEN[text], start)
        elif text in (")", "]", "}") and len(stack) > 1:
            close(end)
    labels[stack[-1][1] :] = stack[-1][0]
    return labels


_Place = tuple[int, int]


def _tokens(source: str) -> Iterator[tuple[int, str, _Place, _Place]]:
    """(class or 0, text, start, end) of strings, comments and operators.

    From Python 3.12 on an f-string comes in pieces: they are joined to one string again.
    """
    depth, first, opening = 0, (0, 0), ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name in ("FSTRING_START", "TSTRING_START"):
            if not depth:
                first, opening = token.start, token.string
            depth += 1
        elif name in ("FSTRING_END", "TSTRING_END"):
            depth -= 1
            if not depth:
                yield _STRING, opening, first, token.end
        elif depth:
            continue
        elif name == "STRING":
            yield _STRING, token.string, token.start, token.end
        elif name == "COMMENT":
            yield _COMMENT, token.string, token.start, token.end
        elif name == "OP":
            yield 0, token.string, token.start, token.end


@cache
def _labelled(size: int) -> tuple[str, Array]:
    """The first `size` characters of the modules of the standard library, sorted by name."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    texts: list[str] = []
    labels: list[Array] = []
    total = 0
    for path in sorted(folder.glob("*.py"), key=lambda path: path.name):
        if total >= size:
            break
        if path.stem not in sys.stdlib_module_names:
            continue
        try:
            text = path.read_text(encoding="utf-8")
            marks = label(text)
        except (OSError, UnicodeDecodeError, SyntaxError, tokenize.TokenError):
            continue
        texts.append(text)
        labels.append(marks)
        total += len(text)
    if not texts:
        raise DataError(f"no source of the standard library in {folder}; "
                        "use a Python that is installed with its *.py files", "brackets")
    return "".join(texts)[:size], np.concatenate(labels)[:size]


def brackets(seed: int, limits: Limits) -> Reading:
    """Labels the characters of the standard library's source; `seed` changes nothing."""
    text, labels = _labelled(min(SIZE, limits.steps or SIZE))
    symbols = alphabet(text)
    return Reading(f"standard library of Python {python_version()}, PSF-2.0",
                   encode(text, symbols), labels, usual_head(OF_CLASSES), symbols=symbols,
                   classes=CLASSES, digest=sha256(text))
