"""Expressions of SymPy as text in the notation: what it has no word for is refused by name."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from math import isfinite
from typing import Any

import sympy
from sympy.core.basic import Basic
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter
from sympy.tensor.indexed import Idx

from derive.errors import DeriveError
from derive.functions.function_records import standard_functions
from derive.notation.sympy_in.sympy_matrices import MATRICES, NoArrayText, array_text
from derive.notation.sympy_in.sympy_ranges import ranges_of, subscripts_of

# Functions that the notation has no name for, by those that it has.
_IN_OTHERS = {
    "sec": "1/cos({0})", "csc": "1/sin({0})", "cot": "cos({0})/sin({0})", "sech": "1/cosh({0})",
    "csch": "1/sinh({0})", "erfc": "1 - erf({0})", "gamma": "exp(loggamma({0}))",
    "factorial": "exp(loggamma({0} + 1))",
    "beta": "exp(loggamma({0}) + loggamma({1}) - loggamma({0} + {1}))",
    "Heaviside": "(1 if {0} > 0 else {1} if {0} == 0 else 0)", "KroneckerDelta": "delta({0}, {1})"}
_READ = (sympy.Add, sympy.Mul, sympy.Pow, sympy.Integer, sympy.Rational, sympy.Float,
         sympy.NumberSymbol, sympy.Symbol, Idx, sympy.Indexed, sympy.Function, sympy.Sum,
         sympy.Product, sympy.Derivative, sympy.Integral, sympy.core.relational.Relational,
         sympy.And, sympy.Or, sympy.Not, sympy.logic.boolalg.BooleanAtom, MatrixElement,
         sympy.Max, sympy.Min)
_CONSTANTS = {"Pi": "pi", "Exp1": "exp(1)", "EulerGamma": "euler_gamma"}


class Text(StrPrinter):  # type: ignore[misc]
    """The text of an expression. Raises DeriveError at a node that the notation does not have."""

    printmethod = "_derive_text"  # no class of SymPy prints itself

    def __init__(self, names: dict[Basic, str], free: Collection[str],
                 bound: Collection[Basic]) -> None:
        super().__init__({"full_prec": False})
        self.names, self.taken, self.bound = names, set(free), bound

    def _print(self, expr: Basic, **kwargs: object) -> str:
        if isinstance(expr, MATRICES):
            return self._array(expr)
        if isinstance(expr, Basic) and not isinstance(expr, _READ):
            raise unreadable(expr)
        return str(super()._print(expr, **kwargs))

    def emptyPrinter(self, expr: Basic) -> str:
        """Nothing is printed that has no method here or in SymPy."""
        raise unreadable(expr)

    def formula(self, expr: Basic) -> str:
        """The text of a whole formula."""
        text = str(self.doprint(expr))
        outer = isinstance(expr, MATRICES) and text[:1] == "(" and text[-1:] == ")"
        return text[1:-1] if outer else text

    def _array(self, expr: Basic) -> str:
        """A matrix expression; one of one row and one column is a number."""
        if isinstance(expr, sympy.MatrixSymbol):
            return self.names[expr]
        try:
            return array_text(expr, self._print).inside()
        except NoArrayText as missing:
            raise unreadable(missing.node) from None

    def _print_Symbol(self, expr: Basic) -> str:
        return self.names[expr]

    _print_Dummy = _print_Idx = _print_Symbol  # noqa: N815

    def _print_NumberSymbol(self, expr: Basic) -> str:
        name = type(expr).__name__
        if name not in _CONSTANTS:
            raise unreadable(expr)
        return _CONSTANTS[name]

    _print_Pi = _print_Exp1 = _print_EulerGamma = _print_NumberSymbol  # noqa: N815
    _print_GoldenRatio = _print_Catalan = _print_NumberSymbol  # noqa: N815

    def _print_Float(self, expr: Basic) -> str:
        plain = float(expr)  # may be infinite or 0 where the number is not
        short = expr._prec <= 53 and isfinite(plain) and (plain != 0) == (expr != 0)
        return repr(plain) if short else str(expr)

    def _print_Indexed(self, expr: Basic) -> str:
        return f"{self.names[expr.base]}[{self.stringify(subscripts_of(expr), ', ')}]"

    def _print_MatrixElement(self, expr: Basic) -> str:
        if expr.parent not in self.names:
            raise unreadable(expr.parent)
        return f"{self.names[expr.parent]}[{self.stringify(subscripts_of(expr), ', ')}]"

    def _print_Function(self, expr: Basic) -> str:
        name = type(expr).__name__
        if isinstance(expr, AppliedUndef):
            if len(expr.args) != 1:
                raise unreadable(expr, "an unknown function takes one argument")
            return f"{self.names[expr.func]}({self._print(expr.args[0])})"
        if name == "polygamma":
            return self._polygamma(*expr.args)
        if name in ("Max", "Min"):  # of two each
            return self._extreme(name.lower(), [self._print(a) for a in self._ordered(expr)])
        if name in _IN_OTHERS:
            code = _IN_OTHERS[name].format(*(self.parenthesize(a, PRECEDENCE["Atom"], strict=True)
                                             for a in expr.args))
            return code if code.startswith(("(", "exp", "delta")) else f"({code})"
        if name not in known_functions():
            raise unreadable(expr)
        return f"{known_functions()[name]}({self.stringify(expr.args, ', ')})"

    # SymPy has methods of its own for these.
    _print_Heaviside = _print_gamma = _print_KroneckerDelta = _print_Function  # noqa: N815
    _print_Max = _print_Min = _print_LatticeOp = _print_Function  # noqa: N815

    def _extreme(self, word: str, texts: list[str]) -> str:
        last = texts[-1] if len(texts) == 2 else self._extreme(word, texts[1:])
        return f"{word}({texts[0]}, {last})"

    def _polygamma(self, order: Basic, argument: Basic) -> str:
        if not order.is_Integer or order < 0:
            raise unreadable(sympy.polygamma(order, argument))
        names = {0: "digamma(", 1: "trigamma("}
        return f"{names.get(int(order), f'polygamma({order}, ')}{self._print(argument)})"

    def _print_Piecewise(self, expr: Basic) -> str:
        *cases, (last, test) = expr.args
        if test != sympy.true and sympy.Or(test, *(c for _, c in cases)) != sympy.true:
            raise unreadable(expr, "its last case needs the condition True")
        text = self._print(last)
        for value, condition in reversed(cases):
            text = f"{self._print(value)} if {self._print(condition)} else {text}"
        return f"({text})"

    def _print_Relational(self, expr: Basic) -> str:
        sign = {"Equality": "==", "Unequality": "!="}.get(type(expr).__name__, expr.rel_op)
        left, right = (self.parenthesize(side, precedence(expr)) for side in expr.args)
        return f"{left} {sign} {right}"

    def _print_And(self, expr: Basic) -> str:
        return " and ".join(f"({self._print(a)})" for a in self._ordered(expr))

    def _print_Or(self, expr: Basic) -> str:
        return " or ".join(f"({self._print(a)})" for a in self._ordered(expr))

    def _ordered(self, expr: Basic) -> list[Any]:
        return sorted(expr.args, key=sympy.default_sort_key)

    def _print_Not(self, expr: Basic) -> str:
        return f"(not ({self._print(expr.args[0])}))"

    def _print_Sum(self, expr: Basic) -> str:
        return self._reduced("sum", expr)

    def _print_Product(self, expr: Basic) -> str:
        return self._reduced("prod", expr)

    def _reduced(self, word: str, expr: Basic) -> str:
        """The body with a word for each index, the innermost first."""
        ranges = ranges_of(expr, self.bound)
        before, around = dict(self.names), set(self.taken)
        for each in ranges.each:
            self.names[each.index] = self._fresh(self.names[each.index])
            self.taken.add(self.names[each.index])
        text = self._print(ranges.body)
        for each in ranges.each:
            test = f" if {self._print(each.test)}" if each.test is not None else ""
            text = f"{word}({text} for {self.names[each.index]} in {self._print(each.size)}{test})"
        self.names, self.taken = before, around
        return text

    def _fresh(self, name: str) -> str:
        """A name of an index that is nothing's name outside, nor that of an index around it."""
        while name in self.taken:
            name += "_"
        return name

    def _print_Derivative(self, expr: Basic) -> str:
        text = self._print(expr.expr)
        for variable, count in expr.variable_count:
            if not count.is_Integer:
                raise unreadable(expr)
            for _ in range(int(count)):
                text = f"d({text}, {self._print(variable)})"
        return text

    def _print_Integral(self, expr: Basic) -> str:
        text = self._print(expr.function)
        for limits in expr.limits:
            if len(limits) != 1:
                raise unreadable(expr, "integrals have no limits here")
            text = f"integral({text}, {self._print(limits[0])})"
        return text


def unreadable(node: Basic, why: str = "") -> DeriveError:
    """The error that names the node that the notation does not have."""
    if isinstance(node, (sympy.MatrixBase, MatrixExpr)):
        why = why or "a formula is a number; give its elements, as in W[i, j]"
    shown = " ".join(str(node).split())
    shown = shown if len(shown) <= 50 else f"{shown[:49]}…"
    hint = why or "the notation has no word for it; `derive notation` lists those that there are"
    return DeriveError(f"cannot read {type(node).__name__} in an expression of SymPy ({shown}): "
                       f"{hint}")


@cache
def known_functions() -> dict[str, str]:
    """The functions of SymPy that are functions of the notation: name there → name here."""
    known = {}
    for function in standard_functions().values():
        head, _, rest = function.sympy.partition("(")
        if rest == ", ".join(function.parameters) + ")":
            known[head] = function.name
    return known
