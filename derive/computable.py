"""The result of a derivation outside: an expression of SymPy, a function of NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sympy import Expr

from derive.argument_kinds import Names
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
        (x + 1)*exp(x)
        """
        expression: Expr = provided("result_in_sympy")(self)
        return expression

    def lambdify(self, *names: Names) -> ArrayFunction:
        """The result as a function of NumPy arrays and numbers, in SymPy's habit.

        `names` are its arguments in order (SymPy's symbols, too); without them it takes the names
        that the result needs, as they were declared. An argument declared `real[K]` has the shape
        (..., K), a `label(K)` is integers in [0, K); the free indices of the result are its last
        axes. Leading axes are batches, and broadcast. float32 stays float32, all else becomes
        float64; what plain floats would lose is computed again in more digits, as by a kernel.
        Of several results it is the first; `others` have functions of their own. Raises
        ArgumentError for a name that is none, or that is missing, KernelError where there is no
        array code, such as for an integral that stays.

        >>> import derive, numpy as np
        >>> f = derive.grad("-log(softmax(o)[y])", wrt="o").lambdify("o", "y")
        >>> f
        <function of o (..., K), y (...): result (..., K)>
        >>> f(np.zeros(2), 1)
        array([ 0.5, -0.5])
        """
        function: ArrayFunction = provided("lambdify")(self, names)
        return function
