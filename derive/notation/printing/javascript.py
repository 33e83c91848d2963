"""Formulas of numbers as JavaScript, for the plots of pages: `Math.exp(x) / p["theta"]`.

Functions that JavaScript lacks are called on F, which `plot_functions.js` supplies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from sympy import Add, EulerGamma, Expr, Mul, Pow, Rational, pi
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import Named
from derive.errors import DeriveError
from derive.functions.function_records import Function, FunctionTable, function_of
from derive.functions.function_texts import Target, read
from derive.notation.operator_table import BY_HEAD
from derive.notation.printing.plain import plain

_CONSTANTS = {"pi": "Math.PI", "euler_gamma": "0.5772156649015329"}
_SIGNS = {"==": "===", "!=": "!==", "and": "&&", "or": "||"}


def javascript(node: Expr, names: Mapping[str, str] | None = None) -> str:
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
        return f"({f' {_SIGNS[word]} '.join(parts)})"

    def choice(self, test: str, yes: Callable[[], str], no: Callable[[], str]) -> str:
        return f"({test} ? {yes()} : {no()})"

    def call(self, name: str, arguments: list[str]) -> str:
        if name not in self.table:
            raise DeriveError(f"there is no function {name!r}")
        return javascript_of(self.table[name], arguments)


class _Writer:
    """Writes one formula."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names, self.script = names, _Script({})

    def text(self, node: Expr) -> str:
        for kind in type(node).__mro__:
            if kind in _FORMS:
                return _FORMS[kind](self, node)
        raise self.refused(node)

    def texts(self, nodes: Iterable[Expr]) -> list[str]:
        return [self.text(node) for node in nodes]

    def refused(self, node: Expr) -> DeriveError:
        return DeriveError(f"a plot cannot compute {plain(node)}; give it as numbers")

    def power(self, node: Expr) -> str:
        base, exponent = node.args
        root = f"Math.sqrt({self.text(base)})" if exponent in (
            Rational(1, 2), Rational(-1, 2)) else ""
        if exponent in (-1, Rational(-1, 2)):
            return f"(1 / {root or self.text(base)})"
        return root or self.script.operation("**", *self.texts(node.args))

    def apply(self, node: Expr) -> str:
        if node.args[0].unknown is not None:
            raise self.refused(node)
        if any(isinstance(a, heads.Lam) for a in node.args):
            raise DeriveError(f"a plot computes numbers, and {node.name} takes a whole "
                              f"{'matrix' if function_of(node).takes_matrix else 'vector'}; "
                              f"give {plain(node)} as a number")
        return javascript_of(function_of(node), self.texts(node.args[1:]))

    def element(self, node: Expr) -> str:
        return self.text(node.tensor) + "".join(f"[{i}]" for i in self.texts(node.indices))

    def conditional(self, node: Expr) -> str:
        test, yes, no = self.texts(node.args)
        return self.script.choice(test, lambda: yes, lambda: no)

    def operator(self, node: Expr) -> str:
        """A condition of two sides."""
        sign = BY_HEAD[type(node)].sign
        if type(node) in _JUNCTIONS:
            return self.script.join(sign, self.texts(node.args))
        return self.script.compare(sign, *self.texts(node.args))


def _joined(sign: str) -> Callable[[_Writer, Expr], str]:
    return lambda writer, node: f"({f' {sign} '.join(writer.texts(node.args))})"


def _constant(text: str) -> Callable[[_Writer, Expr], str]:
    return lambda writer, node: text


_JUNCTIONS = (heads.Both, heads.Either)
_FORMS: dict[type, Callable[[_Writer, Expr], str]] = {
    **dict.fromkeys(BY_HEAD, _Writer.operator),
    Rational: lambda w, node: w.script.number(Fraction(node.p, node.q)),
    Named: lambda w, node: w.names.get(node.name, f"p[{json.dumps(node.name)}]"),
    Pow: _Writer.power, Add: _joined("+"), Mul: _joined("*"),
    heads.Apply: _Writer.apply, heads.Element: _Writer.element, heads.Cond: _Writer.conditional,
    heads.Delta: lambda w, node: f"({w.script.compare('==', *w.texts(node.args))} ? 1 : 0)",
    heads.Not: lambda w, node: f"(!{w.text(node.args[0])})",
    type(pi): _constant(_CONSTANTS["pi"]), type(EulerGamma): _constant(_CONSTANTS["euler_gamma"]),
    BooleanTrue: _constant("true"), BooleanFalse: _constant("false"),
}
