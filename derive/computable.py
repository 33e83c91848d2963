"""The result of a derivation outside: an expression of SymPy, a function of NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sympy import Expr

from derive.core.stored import Stored
from derive.provided import provided

if TYPE_CHECKING:  # derivations need no NumPy
    from numpy.typing import ArrayLike, NDArray


class ArrayFunction(Protocol):
    """A function of arrays: made by `Derivation.lambdify`."""

    arguments: tuple[str, ...]  # the names, in order
    shapes: tuple[str, ...]  # the declarations of these names, and that of the result
    source: str  # the Python that is run

    def __call__(self, *values: ArrayLike) -> NDArray[Any]:
        """The result at these values."""


class Computable(Stored):
    """What has a result: a derivation."""

    def to_sympy(self) -> Expr:
        """The result as a plain SymPy expression, names written out.

        The symbols are those with which a question in SymPy was asked; others get the assumptions
        of their kinds. Indices run from 0 to K - 1.

        >>> import derive, sympy
        >>> x = sympy.Symbol("x")
        >>> derive.grad(sympy.exp(x) * x, wrt=x).to_sympy()
        x*exp(x) + exp(x)
        """
        expression: Expr = provided("result_in_sympy")(self)
        return expression
