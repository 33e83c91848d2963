"""How a function and its arguments are printed, by what the function's record says of print."""

from __future__ import annotations

from derive.functions.function_records import Function
from derive.notation.printing.precedence import ATOM, Text


class FunctionPrinter:
    """The part of a printer that applies functions; the printers say how each piece looks."""

    def function(self, function: Function, arguments: list[str]) -> Text:
        """A function applied to arguments, by what its record says of print."""
        if function.fence:
            return self.fenced(function.fence, arguments[0]), ATOM
        if function.infix:
            return self.between(function.infix, arguments)
        low, inside = arguments[:function.subscripts], arguments[function.subscripts:]
        return self.called(self.sign(function), low, inside), ATOM

    def sign(self, function: Function) -> str:
        """The sign of a function."""
        return function.unicode

    def fenced(self, bar: str, inner: str) -> str:
        """An argument between bars."""
        return f"{bar}{inner}{bar}"

    def between(self, sign: str, arguments: list[str]) -> Text:
        """Arguments with a sign between them."""
        raise NotImplementedError

    def called(self, sign: str, low: list[str], arguments: list[str]) -> str:
        """A sign with subscripts, if any, and its arguments in brackets."""
        raise NotImplementedError
