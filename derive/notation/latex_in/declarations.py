"""Declarations in LaTeX: `y \\in \\{0, 1\\}` is `y: binary`."""

from __future__ import annotations

import re

from derive.errors import NotationError
from derive.notation.latex_in.latex_sides import read_side
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.statements import read_display
from derive.notation.latex_in.token_records import fail
from derive.notation.latex_in.tokens import tokens
from derive.notation.latex_in.tree import Scripted, Symbol
from derive.notation.reading.scope import RESERVED, Scope

_SPACE = re.compile(r"\\[,;:! ]|\\quad|\\left|\\right|[\s~]")
_DOTS = r",(?:\\l?dots|\\cdots|\.\.\.),"
_DIM = r"([A-Za-z]|[0-9]+)"
# What stands right of ∈, and the type; the groups are dimensions.
_SETS: tuple[tuple[str, str], ...] = (
    (r"\\\{0,1\\\}", "binary"), (r"\\mathbb\{?R\}?", "real"), (r"\\mathbb\{?Z\}?", "integer"),
    (r"\\mathbb\{?R\}?_\{?(?:>0|\+\+)\}?", "positive"),
    (r"\\mathbb\{?R\}?_\{?\\geq?0\}?", "nonnegative"),
    (r"\\mathbb\{?R\}?_\{?<0\}?", "negative"), (r"\\mathbb\{?N\}?_\{?0\}?", "count"),
    (r"\(0,1\)", "probability"), (rf"\\Delta\^\{{{_DIM}-1\}}", "simplex({0})"),
    (rf"\\\{{1{_DOTS}{_DIM}\\\}}", "label({0})"), (rf"\\\{{0{_DOTS}{_DIM}-1\\\}}", "label({0})"),
)
_AXES = re.compile(rf"(.*?)\^(?:{_DIM}|\{{((?:{_DIM}(?:\\times)?)+)\}})\Z")
_SIGNED = {"> 0": "positive", "\\ge 0": "nonnegative", "\\geq 0": "nonnegative", "< 0": "negative"}
_MEMBER = re.compile(r"\\in(?![A-Za-z])")
_BOUND = re.compile(r"(>|<|\\geq?(?![A-Za-z]))\s*0\s*\Z")


def read_latex_declaration(text: str) -> str:
    r"""A declaration in LaTeX in the notation: `y \in \{0, 1\}` is `y: binary`.

    Sets that are read: {0, 1}, {1, …, K}, {0, …, K-1}, (0, 1), ℝ, ℤ, ℕ₀, ℝ with > 0, ≥ 0 or < 0
    below, the simplex Δ^{K-1}, and powers of them, ℝ^K, ℝ^{H × D}; also σ > 0, γ ≥ 0.
    Raises NotationError at the column of what is not read.
    """
    left, kind, text = _sides(text)
    return f"{', '.join(_left_names(left, text))}: {kind}"


def read_element_types(text: str) -> dict[str, str]:
    r"""The types of the entries of arrays, `y_i \in \{0, 1\}`, by the names of the arrays.

    Names without subscripts are among them. Raises NotationError for what is not read so, and for
    labels, whose dimension the entries do not tell.
    """
    left, kind, text = _sides(text)
    if "(" in kind or "[" in kind:
        raise fail(text, 0, len(text), "declare the array, as in y: label(K)[N]")
    (statement,) = read_display(left).statements
    (side,) = statement.sides
    node = read_side(left, side, Names(left, Scope()).questions())
    base = node.base if isinstance(node, Scripted) and node.power is None else node
    if not isinstance(base, Symbol):
        raise fail(text, 0, len(left), "a name was expected here, perhaps with subscripts")
    return {all_names(base)[0]: kind}


def _sides(text: str) -> tuple[str, str, str]:
    """What a declaration names, the type that it gives, and the text without dollar signs."""
    text = text.strip().strip("$")
    tokens(_MEMBER.sub("   ", text).replace("\\mathbb", "       "))  # what cannot be read at all
    member, bound = _MEMBER.search(text), _BOUND.search(text)
    if member is not None:
        right = text[member.end():]
        kind = _set(_SPACE.sub("", right).rstrip(".,;"))
        if kind is None:
            raise fail(text, member.end(), len(text), "this set is not read; write the declaration "
                       "in the notation, such as y: label(K)")
        left = text[: member.start()]
    elif bound is not None:
        sign = {"\\geq": "\\ge"}.get(bound.group(1), bound.group(1))
        left, kind = text[: bound.start()], _SIGNED[f"{sign} 0"]
    else:
        raise fail(text, 0, len(text), "a declaration was expected, such as y \\in \\{0, 1\\} or "
                   "\\sigma > 0")
    return left, kind, text


def _set(text: str) -> str | None:
    """The type for a set, with its axes."""
    for pattern, kind in _SETS:
        match = re.fullmatch(pattern, text)
        if match is not None:
            return kind.format(*map(_dimension, match.groups()))
    match = _AXES.match(text)
    inner = _set(match.group(1)) if match is not None else None
    if match is None or inner is None or "[" in inner:
        return None
    axes = ", ".join(map(_dimension, (match.group(2) or match.group(3)).split("\\times")))
    return f"{inner}[{axes}]"


def _dimension(text: str) -> str:
    """The name of a dimension: d is a word of the notation, so that D stands for it."""
    return text.upper() if text in RESERVED else text


def _left_names(left: str, text: str) -> list[str]:
    """The names to the left of ∈."""
    names: list[str] = []
    start = 0
    for part in left.split(","):
        try:
            (statement,) = read_display(" " * start + part).statements
            nodes = [read_side(text, side, Names(text, Scope()).questions())
                     for side in statement.sides]
        except NotationError as error:
            raise NotationError(error.message, text, error.column, error.length) from None
        node = nodes[0]
        if len(nodes) != 1 or not isinstance(node, Symbol):
            raise fail(text, start, start + len(part), "a name was expected here; an array is "
                       "declared whole, as in \\mathbf{o} \\in \\mathbb{R}^K")
        names.append(all_names(node)[0])
        start += len(part) + 1
    return names
