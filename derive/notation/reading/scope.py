"""The names that a formula may use, with their kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any

from sympy import Expr, Integer

from derive.core.atoms import Dim, FunctionName, Index, Quantity, Tensor, Variable
from derive.core.heads import OPERATORS
from derive.core.kinds import DOMAINS, OVER_A_DIMENSION, VECTORS, Kind, fault_of_shape
from derive.errors import NotationError
from derive.functions.function_records import FunctionTable, standard_functions, unknown_functions
from derive.notation.reading.surface_forms import surface
from derive.notation.reading.surface_text import Surface
from derive.notation.reading.syntax import CONSTANTS
from derive.short_reprs import Brief
from derive.tables.notation_table import hint_for

NAME = re.compile(r"[^\W\d_]\w*\Z")
_KIND = re.compile(r"\s*([a-z]+)\s*(?:\(\s*(\w+)\s*\))?\s*(?:\[([^\]]*)\])?\s*\Z")
RESERVED = frozenset({"sum", "prod", "mean", "all", *OPERATORS, "argmax", *CONSTANTS, "if", "else",
                      "unique_maximum", "and", "or", "not", "for", "in", "is", "lambda"})
SHORT_AXIS = 8  # dimensions given as numbers up to this are taken as they are
CALLED = frozenset({*OPERATORS, "mean", "all"})  # reserved as functions, not as names


@dataclass(frozen=True)
class Array:
    """A whole array in a formula: its shape, and its element at given subscripts."""

    shape: tuple[Expr, ...]
    at: Callable[[tuple[Expr, ...]], Expr]


class Conditions(Array):
    """A condition for each element of an array."""


Value = Any  # a scalar expression, a condition, an Array, or Conditions


@dataclass
class Scope(Brief):
    """Declared names (scalars, tensors), dimensions and functions.

    `free_indices`: an undeclared name in a subscript becomes a free index of that axis.
    `later`: names that a line further down defines, or this one, with that line.
    `forms` are lines of formulas as they were typed.
    `as_typed`: formulas are read as written, nothing in them cancels (`core/typed_nodes.py`).
    """

    names: dict[str, Expr] = field(default_factory=dict)
    dims: dict[str, Expr] = field(default_factory=dict)
    functions: FunctionTable = field(default_factory=standard_functions)
    free_indices: bool = False
    as_typed: bool = False
    forms: Mapping[str, Surface] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)

    def copy(self) -> Scope:
        """An independent scope with the same names."""
        return replace(self, names=dict(self.names), dims=dict(self.dims))

    def typed(self) -> Scope:
        """The scope for reading a formula as it was written."""
        return replace(self.copy(), as_typed=True)

    @property
    def in_time(self) -> bool:
        """Whether formulas are those of a recurrent model, with places before and after its steps.

        They are where a quantity is declared, such as the loss of the model.
        """
        return any(isinstance(leaf, Quantity) for leaf in self.names.values())

    def declare(self, text: str) -> list[Expr]:
        """Declares the names of a line such as `o, z: real[K]` and returns their leaves.

        Raises NotationError for a line that is no declaration or a name that is taken.
        """
        if ":" not in text:
            raise NotationError("a declaration reads 'name: type', such as o: real[K]", text, 1)
        form = surface(text)
        try:
            return self._declared(form.text)
        except NotationError as error:
            raise form.blamed(error) from None

    def _declared(self, text: str) -> list[Expr]:
        left, _, right = text.partition(":")
        word = right.strip()
        function = word == "function"
        kind = Kind("real") if word in ("function", "quantity") else self.kind(
            right, text, len(left) + 2)
        declared: list[Expr] = []
        for part in left.split(","):
            name = part.strip()
            place = text.index(name) + 1 if name else 1
            self.check_name(name, text, place)
            if function:
                self.functions = {**self.functions, **unknown_functions(name)}
                declared.append(FunctionName(name, (name, 0)))
                continue
            leaf = Quantity(name, kind) if word == "quantity" else leaf_of(name, kind)
            known = self.names.get(name)
            if known is not None and known != leaf:
                raise NotationError(f"{name!r} is declared already, as {known.detail}", text, place)
            self.names[name] = leaf
            declared.append(leaf)
        return declared

    def check_name(self, name: str, text: str = "", place: int = 0) -> None:
        """Raises NotationError unless the name may be declared."""
        if not NAME.match(name) or "__" in name:
            raise NotationError(f"{name!r} is not a name; names are letters, digits and _",
                                text, place, max(1, len(name)))
        if name in (RESERVED - CALLED) or iskeyword(name):
            raise NotationError(f"{name!r} is a word of the notation; choose another name",
                                text, place, len(name))
        if name in self.dims:
            raise NotationError(f"{name!r} is a dimension already; choose another name",
                                text, place, len(name))

    def kind(self, text: str, line: str = "", place: int = 1) -> Kind:
        """Reads a type such as `real[H, D]` or `label(K)[T]`. Raises NotationError."""
        match = _KIND.match(text)
        lead = place + len(text) - len(text.lstrip())
        domain = match.group(1) if match else text.strip().partition("[")[0].partition("(")[0]

        def fail(message: str, width: int) -> NotationError:
            return NotationError(message, line or text, lead, max(1, width))

        if domain not in DOMAINS:
            types = ", ".join((*DOMAINS, "function", "quantity"))
            hint = hint_for(domain, list(DOMAINS), "type") or f"types are {types}"
            raise fail(f"unknown type {domain!r}; {hint}", len(domain))
        if match is None:
            raise fail("a type reads like real, real[H, D], label(K) or label(K)[T]",
                       len(text.strip()))
        over, axes = ([self.dimension(part.strip(), line or text, lead)
                       for part in group.split(",")] if group is not None else []
                      for group in match.groups()[1:])
        if bool(over) != (domain in OVER_A_DIMENSION):
            form = f"{domain}(K)" if domain in OVER_A_DIMENSION else domain
            raise fail(f"write this type as {form!r}", len(domain))
        fault = fault_of_shape(domain, axes)
        if fault:
            raise fail(fault, len(text.strip()))
        return Kind(domain, (*axes, *over) if domain in VECTORS else tuple(axes),
                    over[0] if over else None)

    def dimension(self, text: str, line: str, place: int) -> Expr:
        """A dimension by name or number; a capital letter makes a new one."""
        if text.isdecimal():
            if not 1 <= int(text) <= 10**12:
                raise NotationError(f"a dimension is a whole number from 1, not {text}",
                                    line, place)
            # A long axis is derived for every length, and so checked at short ones.
            return Integer(int(text)) if int(text) <= SHORT_AXIS else Dim(str(int(text)))
        if text in self.names:
            raise NotationError(f"{text!r} is declared as {self.names[text].detail}, so it cannot "
                                "be a dimension", line, place)
        if text not in self.dims:
            if not NAME.match(text) or "__" in text or text in RESERVED or iskeyword(text):
                raise NotationError(f"{text!r} is not a dimension; one is a letter such as K, or a "
                                    "whole number", line, place)
            self.dims[text] = Dim(text)
        return self.dims[text]

    def unknown(self, name: str) -> str:
        """What to say of a name that nothing declares."""
        if name in self.functions or name in RESERVED:
            return f"the function {name!r} needs its argument: {name}(…)"
        if name in self.later:
            return f"{name!r} is not defined yet: {self.later[name]}"
        return f"unknown name {name!r}; {self.near(name)}. Declare it, as in {name}: real"

    def near(self, name: str) -> str:
        """A hint that names the nearest declared name, or lists what there is."""
        known = [*self.names, *self.dims]
        close = get_close_matches(name, [*known, *self.functions], 1, 0.7)
        if close:
            return f"did you mean {close[0]!r}?"
        return f"declared are {', '.join(known)}" if known else "nothing is declared"


def leaf_of(name: str, kind: Kind) -> Expr:
    """The leaf that a declared name stands for."""
    if kind.domain == "index":
        return Index(name, kind.over)
    return Tensor(name, kind) if kind.shape else Variable(name, kind)
