"""Formulas of numbers as JavaScript, for the plots of pages: `Math.exp(x) / p["theta"]`.

Functions that JavaScript lacks are called on F, which `plot.js` supplies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sympy import Add, EulerGamma, Mul, Pow, Rational, pi
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import Named
from derive.errors import DeriveError
from derive.functions.function_records import Function, FunctionTable, function_of
from derive.functions.function_texts import Target, read
from derive.notation.printing.plain import plain

_COMPARISONS: dict[type, str] = {heads.Less: "<", heads.LessEqual: "<=", heads.Equal: "===",
                                 heads.NotEqual: "!==", heads.Delta: "==="}
_JUNCTIONS: dict[type, str] = {heads.Both: "&&", heads.Either: "||"}
_CONSTANTS = {"pi": "Math.PI", "euler_gamma": "0.5772156649015329"}
_SIGNS = {"==": "===", "!=": "!=="}


def javascript(node: Any, names: Mapping[str, str] | None = None) -> str:
    """One JavaScript expression in doubles, every part of it in brackets.

    `names` says what stands for a name of the formula (`{"z": "x"}`); others are looked up in the
    object p, `p["theta"]`. Raises DeriveError for what no number can be computed of: sums over an
    unknown dimension, unevaluated derivatives, functions without a JavaScript form.
    """
    return _Writer(names or {}).text(node)


def javascript_of(function: Function, arguments: list[str]) -> str:
    """A function of numbers applied to JavaScript: by its key `javascript`, or its definition.

    Raises DeriveError where its entry has neither.
    """
    form = function.javascript
    if form:
        return f"({form.format(*arguments)})" if "{" in form else \
            f"{form}({', '.join(arguments)})"
    if not function.definition:
        raise DeriveError(f"a plot cannot compute {function.name}; give its entry a 'definition'")
    names = dict(zip(function.parameters, arguments, strict=True))
    return read(function.definition, _Script(function.table), names)


class _Script(Target[str]):
    """Definitions as JavaScript, every part of it in brackets."""

    name = "JavaScript of numbers"

    def __init__(self, table: FunctionTable) -> None:
        self.table = table

    def number(self, value: Fraction) -> str:
        return str(value) if value >= 0 and value.denominator == 1 else \
            f"({value.numerator})" if value.denominator == 1 else \
            f"({value.numerator} / {value.denominator})"

    def constant(self, name: str) -> str:
        return _CONSTANTS[name]

    def operation(self, sign: str, left: str, right: str) -> str:
        return f"Math.pow({left}, {right})" if sign == "**" else f"({left} {sign} {right})"

    def compare(self, sign: str, left: str, right: str) -> str:
        return f"({left} {_SIGNS.get(sign, sign)} {right})"

    def join(self, word: str, parts: list[str]) -> str:
        return f"({(' && ' if word == 'and' else ' || ').join(parts)})"

    def choice(self, test: str, yes: Callable[[], str], no: Callable[[], str]) -> str:
        return f"({test} ? {yes()} : {no()})"

    def call(self, name: str, arguments: list[str]) -> str:
        if name not in self.table:
            raise DeriveError(f"there is no function {name!r}")
        return javascript_of(self.table[name], arguments)


class _Writer:
    """Writes one formula."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def text(self, node: Any) -> str:
        for kind in type(node).__mro__:
            if kind in _FORMS:
                return _FORMS[kind](self, node)
        for table in (_COMPARISONS, _JUNCTIONS):
            if type(node) in table:
                left, right = map(self.text, node.args)
                told = f"({left} {table[type(node)]} {right})"
                return f"({told} ? 1 : 0)" if isinstance(node, heads.Delta) else told
        raise self.refused(node)

    def refused(self, node: Any) -> DeriveError:
        return DeriveError(f"a plot cannot compute {plain(node)}; give it as numbers")

    def joined(self, sign: str, node: Any) -> str:
        return f"({f' {sign} '.join(map(self.text, node.args))})"

    def leaf(self, node: Any) -> str:
        return self.names.get(node.name, f"p[{json.dumps(node.name)}]")

    def power(self, node: Any) -> str:
        base, exponent = node.args
        if exponent == Rational(1, 2):
            return f"Math.sqrt({self.text(base)})"
        if exponent == Rational(-1, 2):
            return f"(1 / Math.sqrt({self.text(base)}))"
        if exponent == -1:
            return f"(1 / {self.text(base)})"
        return f"Math.pow({self.text(base)}, {self.text(exponent)})"

    def rational(self, node: Any) -> str:
        return str(node.p) if node.q == 1 and node.p >= 0 else \
            f"({node.p})" if node.q == 1 else f"({node.p} / {node.q})"

    def apply(self, node: Any) -> str:
        if node.args[0].unknown is not None:
            raise self.refused(node)
        if any(isinstance(a, heads.Lam) for a in node.args):
            raise DeriveError(f"a plot computes numbers, and {node.name} takes a whole vector; "
                              f"give {plain(node)} as a number")
        return javascript_of(function_of(node), list(map(self.text, node.args[1:])))

    def element(self, node: Any) -> str:
        return self.text(node.tensor) + "".join(f"[{self.text(i)}]" for i in node.indices)

    def conditional(self, node: Any) -> str:
        test, yes, no = map(self.text, node.args)
        return f"({test} ? {yes} : {no})"


_FORMS: dict[type, Callable[[_Writer, Any], str]] = {
    Rational: _Writer.rational, Named: _Writer.leaf, Pow: _Writer.power,
    Add: lambda w, node: w.joined("+", node), Mul: lambda w, node: w.joined("*", node),
    heads.Apply: _Writer.apply, heads.Element: _Writer.element, heads.Cond: _Writer.conditional,
    heads.Not: lambda w, node: f"(!{w.text(node.args[0])})",
    type(pi): lambda w, node: _CONSTANTS["pi"],
    type(EulerGamma): lambda w, node: _CONSTANTS["euler_gamma"],
    BooleanTrue: lambda w, node: "true", BooleanFalse: lambda w, node: "false",
}
