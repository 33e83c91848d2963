"""Definitions by elements, `h[j] = (j + 1)*e[j]`: the indices on the left side and their ranges."""

from __future__ import annotations

import re
from dataclasses import replace
from keyword import iskeyword

from sympy import Expr

from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.walk import substitute
from derive.deferred_dataclass import dataclass
from derive.errors import NotationError
from derive.notation.reading.index_ranges import UndecidedRangeError, declare_free_indices
from derive.notation.reading.parser import Parser, parse
from derive.notation.reading.scope import NAME, Scope
from derive.notation.reading.syntax import check_bounds, read

_RANGE = re.compile(r"\s*for\s+([^\W\d]\w*)\s+in\s+(\w+)\s*")


@dataclass(frozen=True)
class ElementLine:
    """A line `name[letters] = body for letter in dimension`, taken apart."""

    line: str
    name: str
    written: str  # what stands between the brackets
    place: int  # where that begins, from 0
    start: int  # where the right side begins

    @property
    def letters(self) -> list[str]:
        """The indices on the left side."""
        return [part.strip() for part in self.written.split(",")]

    def fail(self, letter: str, message: str) -> NotationError:
        """An error that points at a letter on the left side."""
        match = re.search(rf"(?<!\w){re.escape(letter)}(?!\w)", self.written) if letter else None
        lead = match.start() if match else 0
        return NotationError(message, self.line, self.place + lead + 1, max(1, len(letter)))


def read_elements(line: ElementLine, scope: Scope) -> tuple[tuple[Index, ...], Expr]:
    """The free indices and the body of a definition by elements. Raises NotationError."""
    inner = scope.copy()
    inner.free_indices = True
    for letter in line.letters:
        _check_letter(line, letter, scope)
    body_end, ranges = _ranges_behind(line, scope)
    inner.names.update(ranges)
    try:
        body = parse(line.line[line.start:body_end], inner, line.line[:line.start])
    except UndecidedRangeError as error:
        raise line.fail(error.letter, error.message) from None
    except NotationError as error:
        _check_decided(line, inner, error.message)  # the reason, where an index is unknown
        raise
    _check_decided(line, inner)
    for name, leaf in inner.names.items():
        if isinstance(leaf, Index) and name not in scope.names and name not in line.letters:
            match = re.compile(rf"(?<!\w){name}(?!\w)").search(line.line, line.start)
            raise NotationError(
                f"{name!r} stands on the right side alone; bind it there with 'for {name} in "
                f"{leaf.dim}', or make it an index of {line.name}", line.line,
                (match.start() if match else line.start) + 1, len(name))
    indices = [inner.names[letter] for letter in line.letters]
    fresh = tuple(Index(f"\u00b7{line.name}{n}", i.dim) for n, i in enumerate(indices))
    return fresh, substitute(body, dict(zip(indices, fresh, strict=True)))


def range_of_index(letter: str, line: str, start: int, scope: Scope) -> Expr | None:
    """What an index ranges over that is declared, or by its places on the right side of a line."""
    inner = replace(scope.copy(), free_indices=True)
    try:
        declare_free_indices(Parser(line, inner, None, start), read(line, start))
    except UndecidedRangeError:
        return None
    index = inner.names.get(letter)
    return index.dim if isinstance(index, Index) else None


def _check_decided(line: ElementLine, scope: Scope, fault: str | None = None) -> None:
    """Raises NotationError for an index without a range; of those in a fault, where one is given.
    """
    for letter in line.letters:
        if not isinstance(scope.names.get(letter), Index) and (fault is None or
                                                               repr(letter) in fault):
            raise line.fail(letter, f"{UndecidedRangeError(letter).message}, or write "
                            f"{line.name}[{line.written}] = … for {letter} in N")


def _check_letter(line: ElementLine, letter: str, scope: Scope) -> None:
    """Raises NotationError for what can be no index on a left side."""
    if letter.isdecimal():
        raise line.fail(letter, f"{line.name} is defined at all places together; write "
                        f"{line.name}[j] = (… if j == {letter} else …)")
    if not NAME.match(letter) or iskeyword(letter):
        raise line.fail(letter, "an index was expected here, a letter as in h[j] = …")
    if line.letters.count(letter) > 1:
        raise line.fail(letter, f"{letter!r} stands twice; give each axis a letter of its own, and "
                        "compare them on the right with delta(i, j)")
    known = scope.dims.get(letter, scope.names.get(letter))
    if known is not None and not isinstance(known, Index):
        raise line.fail(letter, f"{letter!r} is {_what(known)} here, so it cannot be an index of "
                        f"{line.name}; choose another letter")


def _what(leaf: Expr) -> str:
    if isinstance(leaf, Dim):
        return "a dimension"
    return f"declared as {leaf.kind}" if isinstance(leaf, (Variable, Tensor)) else "declared"


def _ranges_behind(line: ElementLine, scope: Scope) -> tuple[int, dict[str, Index]]:
    """Where the right side ends, and the indices whose range stands behind it: `… for j in N`."""
    text = line.line
    end = _first_for(text, line.start)
    ranges: dict[str, Index] = {}
    at = end
    while at < len(text.rstrip()):
        match = _RANGE.match(text, at)
        if match is None:
            raise NotationError("behind a definition by elements stand the ranges of its indices, "
                                "as in 'for j in N'; a condition reads (… if j > 0 else 0)", text,
                                at + 1, len(text.rstrip()) - at)
        letter, over = match.groups()
        if letter not in line.letters:
            raise NotationError(f"{letter!r} is no index of {line.name}[{line.written}]", text,
                                match.start(1) + 1, len(letter))
        dim = scope.dimension(over, text, match.start(2) + 1) if over.isdecimal() else \
            scope.dims.get(over)
        if dim is None:
            known = ", ".join(scope.dims) or "none is declared"
            raise NotationError(f"{over!r} is no dimension; dimensions here: {known}", text,
                                match.start(2) + 1, len(over))
        declared = scope.names.get(letter)
        if declared is not None and declared.dim != dim:
            raise NotationError(f"{letter!r} is declared over {declared.dim}, not over {dim}", text,
                                match.start(2) + 1, len(over))
        ranges[letter] = Index(letter, dim)
        at = match.end()
    return end, ranges


def _first_for(text: str, start: int) -> int:
    """Where the first 'for' outside all brackets stands, or the end of the text."""
    check_bounds(text)
    depth = 0
    for match in re.finditer(r"[(\[{]|[)\]}]|(?<!\w)for(?!\w)", text[start:]):
        sign = match.group()
        if sign == "for" and depth == 0:
            return start + match.start()
        depth += (sign in "([{") - (sign in ")]}")
    return len(text)
