"""Definitions by elements in the judge's reading: `h[j] = (j + 1)*e[j]`, at every place.

What an index ranges over is learned by compiling the right side, again until nothing more is
learned: a subscript tells it, and what it is compared with once that is known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from derive.errors import KindError, NotationError
from derive.judge.reading.array_operations import ARRAY, NUMBER, Code, Letter, Names, kept
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run

Compiled = Callable[[str, Names], Code]


def array_by_elements(name: str, written: str, text: str, names: Names, compiled: Compiled) -> Code:
    """The array that `name[written] = text` defines. Raises NotationError."""
    body_text, ranges = _ranges_behind(text, names)
    letters = {}
    for part in written.split(","):
        letter = part.strip()
        if not letter.isidentifier() or letter in letters or letter in names.dims:
            raise NotationError(f"{letter!r} is no index of {name}")
        letters[letter] = Letter(ranges.pop(letter, declared_range(letter, names)))
    if ranges:
        raise NotationError(f"{', '.join(ranges)} is no index of {name}")
    body = settled(body_text, letters, names, compiled)
    if body.kind != NUMBER:
        raise KindError(f"an element of {name} is a number, not the {body.kind} {body_text}")
    axes = tuple(x.over for x in letters.values() if x.over is not None)
    slots = [x.slot for x in letters.values()]

    def array(run: Run) -> Array:
        def entry(place: Place) -> Any:
            run.env.update(zip(slots, place, strict=True))
            return body.call(run)

        return Array(run.point.shape(axes), entry)

    return Code(ARRAY, kept(array, ()), frozenset(), axes)


def settled(text: str, letters: dict[str, Letter], names: Names, compiled: Compiled) -> Code:
    """The right side, compiled when the range of every index is known. Raises NotationError."""
    known, spans = names.letters.keys() | letters.keys(), len(names.spans)
    while True:
        inner = names.inner(letters)
        inner.inferred = True
        before = [(x.over, x.loose) for x in letters.values()]
        del names.spans[spans:]  # the magnitudes of a text count once
        body = compiled(text, inner)
        if [(x.over, x.loose) for x in letters.values()] == before:
            break
    _complain("unknown", inner.letters.keys() - known)
    _complain("no range for", [n for n, x in letters.items() if x.over is None])
    return body


def _complain(what: str, names: Iterable[str]) -> None:
    listed = ", ".join(sorted(names))
    if listed:
        raise NotationError(f"{what}: {listed}")


def declared_range(letter: str, names: Names) -> Dim | None:
    """The range of an index that is declared. Raises NotationError for another declared name."""
    kind = names.types.get(letter)
    if kind is None:
        return None
    if kind.domain != "index":
        raise NotationError(f"{letter!r} is declared, and no index")
    return kind.over


def _ranges_behind(text: str, names: Names) -> tuple[str, dict[str, Dim]]:
    """The right side without `for j in N` behind it, and the ranges that this states."""
    try:
        tree = ast.parse(f"({text.strip()})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text, {}  # what is wrong with it is found where it is compiled
    if not isinstance(tree, ast.GeneratorExp):
        return text, {}
    ranges: dict[str, Dim] = {}
    for each in tree.generators:
        over = ast.unparse(each.iter)
        if each.ifs or not isinstance(each.target, ast.Name) or \
                (over not in names.dims and not over.isdecimal()):
            raise NotationError(f"an index ranges over a dimension, not {over}")
        ranges[each.target.id] = names.dims[over] if over in names.dims else int(over)
    return ast.get_source_segment(f"({text.strip()})", tree.elt) or text, ranges
