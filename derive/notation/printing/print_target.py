"""What a kind of print is made of: its signs, and how it puts the parts of a formula together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from sympy import Expr

from derive.deferred_dataclass import dataclass
from derive.functions.function_records import Function

Text = tuple[str, int]  # printed text, and how tightly its outermost operator binds
Join = Callable[[str, str], str]


@dataclass(frozen=True)
class ArraySigns:
    """How products of whole vectors and matrices look.

    `space` stands between numbers, `link` between numbers and arrays, `times` in a product of
    matrices; `over` divides by a number.
    """

    times: str
    elementwise: str
    space: str
    link: str
    transposed: Callable[[str], str]
    onehot: Callable[[str], str]
    over: Join


@dataclass(frozen=True, eq=False)
class Target:
    """One kind of print. Functions take texts; `forms` print heads in a way of their own.

    `signs` are found by a word ("minus") or by the head whose sign they are. A target with
    `layout` sets fractions, limits and cases above each other. What a `reparsed` target prints
    is read back by the parser: its functions and sums are words with brackets. `bracketed` are
    the heads that stand in brackets as the base of a power; `looked_up` is what prints the types
    of nodes met so far.
    """

    signs: Mapping[object, str]
    arrays: ArraySigns
    name: Callable[[str], str]
    words: Callable[[str], str]
    fenced: Callable[[str, str, str], str]
    subscripted: Callable[[str, Sequence[str]], str]
    fraction: Join
    joint: Join  # what stands between two factors
    root: Callable[[Text], str]
    power: Callable[[str, Text], str]
    partial: Join
    integral: Join
    reparsed: bool = False
    layout: bool = False
    space: str = " "
    application: str = ""  # between a function and its brackets
    bracketed: tuple[type, ...] = ()
    stepped: Callable[[str, str, Sequence[str]], str] | None = None
    digits: Callable[[str], str] = str
    under: Join = str.__add__  # a large sign with what stands below it
    low: Callable[[str, Sequence[str]], str] = lambda sign, parts: sign  # a sign with subscripts
    function: Callable[[Function], str] = lambda function: str(function.name)
    between: Callable[[str], str] = str
    primed: Callable[[str, int], str] = lambda name, order: name
    listed: Callable[[Sequence[str]], str] = ", ".join
    cases: Callable[[Sequence[tuple[str, str]], str], str] | None = None
    bare: Callable[[str], str] = str  # what is read of a text
    arrayed: Callable[..., Expr | None] | None = None  # a family as one formula of arrays
    finish: Callable[[Expr, Text], Text] | None = None  # a last change to the text of each node
    forms: Mapping[type, Callable[..., Text]] = field(default_factory=dict)
    looked_up: dict[type, Callable[..., Text]] = field(default_factory=dict, init=False)
