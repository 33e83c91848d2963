"""An array program: assignments of array operations to names, in order.

Operations are SymPy nodes, so that SymPy's own printer and lambdify can take them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sympy import Symbol
from sympy.core.expr import Expr
from sympy.core.symbol import Str
from sympy.printing.numpy import NumPyPrinter


class Op(Expr):  # type: ignore[misc]
    """One array operation: a template of NumPy code such as `np.exp({0})`, and its operands."""

    __slots__ = ()
    is_commutative = True

    def __new__(cls, template: Any, *operands: Any) -> Op:
        """Makes the operation; operands are names of the program or numbers."""
        text = template if isinstance(template, Str) else Str(template)
        return Expr.__new__(cls, text, *operands)  # type: ignore[no-any-return]


class ArrayPrinter(NumPyPrinter):  # type: ignore[misc]
    """Prints array operations as NumPy code; everything else as SymPy does."""

    def _print_Op(self, node: Op) -> str:
        template, *operands = node.args
        return str(template.name.format(*map(self._operand, operands)))

    def _operand(self, node: Any) -> str:
        """A name as it is; a fraction or a negative number in brackets."""
        text = str(self._print(node))
        return f"({text})" if node.is_number and not text.isalnum() else text


def printer() -> ArrayPrinter:
    """A printer that writes names of NumPy functions as they are."""
    return ArrayPrinter({"fully_qualified_modules": False, "inline": True,
                         "allow_unknown_functions": True, "user_functions": {}})


@dataclass
class Program:
    """Assignments in order; equal operations share one name."""

    assignments: list[tuple[Any, Any]] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)
    prefix: ClassVar[str] = "t"

    def assign(self, operation: Any) -> Any:
        """The name that holds the operation's value."""
        if operation not in self.known:
            name = Symbol(f"{self.prefix}{len(self.assignments)}")
            self.assignments.append((name, operation))
            self.known[operation] = name
        return self.known[operation]

    def needed(self, results: list[Any]) -> list[tuple[Any, Any]]:
        """The assignments that the results rest on, in order."""
        wanted = set().union(*(r.free_symbols for r in results))
        kept = []
        for name, operation in reversed(self.assignments):
            if name in wanted:
                kept.append((name, operation))
                wanted |= operation.free_symbols
        return kept[::-1]

    def lines(self, results: list[Any]) -> Iterator[str]:
        """The program's statements as NumPy code, for the given results."""
        show = printer().doprint
        for name, operation in self.needed(results):
            yield f"{name} = {show(operation)}"
