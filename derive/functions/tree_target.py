"""Texts of the table's entries read into trees: their numbers and arithmetic."""

from __future__ import annotations

from fractions import Fraction

from sympy import EulerGamma, Expr, Rational, pi

from derive.functions.function_texts import ARITHMETIC, Target


class TreeTarget(Target[Expr]):
    """Trees of SymPy: numbers, and the arithmetic of any of them."""

    def number(self, value: Fraction) -> Expr:
        return Rational(value.numerator, value.denominator)

    def constant(self, name: str) -> Expr:
        return pi if name == "pi" else EulerGamma

    def operation(self, sign: str, left: Expr, right: Expr) -> Expr:
        return ARITHMETIC[sign](left, right)
