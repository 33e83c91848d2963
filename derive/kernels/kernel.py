"""Kernels: a loss and its derived gradient as vectorised NumPy functions."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from derive.calculus.gradient import grad
from derive.calculus.problem import Problem, problem, unfolded
from derive.calculus.strategy import Work
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.expressions.atoms import Dim, Tensor, Variable
from derive.expressions.indexing import exact, free_names
from derive.expressions.kinds import Kind
from derive.kernels import runtime
from derive.kernels.lowering import Lowering
from derive.kernels.program import Program, printer
from derive.notation.plain import plain
from derive.rulebook.loading import standard_rulebook

_TAKEN = frozenset({"np", "special", "DTYPE", "ONE", "Any", "value_and_grad", *dir(builtins),
                    "batch", "dtype_of", "shaped", "sigmoid", "softplus", "softmax", "logsumexp",
                    "pick", "shifted", "add_at"})
_HELPERS = ("dtype_of", "shaped", "sigmoid", "softplus", "softmax", "logsumexp", "pick", "shifted",
            "add_at")


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel: its name, its kind, and whether it is the variable."""

    name: str
    kind: Kind

    @property
    def safe(self) -> str:
        """The name in the generated code, where some names are taken."""
        return safe_name(self.name)

    @property
    def integral(self) -> bool:
        """Whether it holds labels, which must be integers."""
        return self.kind.domain == "label"


def safe_name(name: str) -> str:
    """A name that is none of those that generated code uses itself."""
    taken = name in _TAKEN or (name[:1] == Program.prefix and name[1:].isdigit())
    return f"{name}_" if taken else name


class Kernel:
    """A loss and its gradient for arrays with any leading batch axes.

    Made by `derive.kernel`. Arguments are those of the formula, in the order of its
    declarations; an argument declared `real[K]` has shape (..., K), a `label(K)` integers in
    [0, K). float32 stays float32; anything else is computed in float64.
    """

    def __init__(self, derivation: Derivation, arguments: Sequence[Argument], program: Program,
                 results: Mapping[str, Any], shape: tuple[Any, ...], title: str) -> None:
        self.derivation, self.arguments, self.title = derivation, tuple(arguments), title
        self.program, self.results, self.shape = program, dict(results), shape
        self._compiled: dict[tuple[str, ...], Any] = {}

    def value(self, *args: ArrayLike) -> NDArray[Any]:
        """The loss of each batch entry. Raises ValueError naming a wrong argument."""
        return self._call(("value",), args)[0]

    def grad(self, *args: ArrayLike) -> NDArray[Any]:
        """The gradient with respect to the variable. Raises ValueError naming a wrong argument."""
        return self._call(("gradient",), args)[0]

    def value_and_grad(self, *args: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """The loss and its gradient. Raises ValueError naming a wrong argument."""
        value, gradient = self._call(("value", "gradient"), args)
        return value, gradient

    @property
    def source(self) -> str:
        """The kernel as the text of a module that imports NumPy only."""
        from derive.kernels.source import module

        return module(self)

    def _call(self, outputs: tuple[str, ...], args: tuple[ArrayLike, ...]) -> list[NDArray[Any]]:
        arrays, sizes, dtype, batch = self._checked(args)
        with np.errstate(all="ignore"):
            found = self._function(outputs)(*arrays, *sizes.values(), dtype, dtype.type(1))
        shapes = {"value": batch, "gradient": (*batch, *(_length(d, sizes) for d in self.shape))}
        return [runtime.shaped(a, shapes[o], dtype) for a, o in zip(found, outputs, strict=True)]

    def _function(self, outputs: tuple[str, ...]) -> Any:
        """The compiled function for some of the outputs, made by SymPy's lambdify."""
        if outputs not in self._compiled:
            results = [self.results[o] for o in outputs]
            assignments = self.program.needed(results)
            helpers = {name: getattr(runtime, name) for name in _HELPERS}
            self._compiled[outputs] = sympy.lambdify(
                self.signature, results, modules=[{"np": np, **helpers, **_special(assignments)}],
                printer=printer(), cse=lambda _: (assignments, results))
        return self._compiled[outputs]

    @property
    def dims(self) -> list[Dim]:
        """The symbolic dimensions, in order of first use."""
        found: list[Dim] = []
        for argument in self.arguments:
            for dim in argument.kind.shape:
                if isinstance(dim, Dim) and not dim.fixed and dim not in found:
                    found.append(dim)
        return found

    @property
    def signature(self) -> list[Any]:
        """The names of the compiled function's arguments."""
        return [sympy.Symbol(n) for n in (*(a.safe for a in self.arguments),
                                          *(safe_name(d.name) for d in self.dims),
                                          "DTYPE", "ONE")]

    def _checked(self, args: tuple[ArrayLike, ...]) -> tuple[Any, Any, Any, Any]:
        """Arrays of one dtype, the sizes of dimensions, and the batch shape."""
        if len(args) != len(self.arguments):
            names = ", ".join(a.name for a in self.arguments)
            raise ValueError(f"this kernel takes {len(self.arguments)} arguments ({names}), "
                             f"not {len(args)}")
        raw = [np.asarray(a) for a in args]
        dtype = runtime.dtype_of(*raw)
        sizes: dict[Any, int] = {}
        batch: tuple[int, ...] = ()
        arrays = []
        for argument, array in zip(self.arguments, raw, strict=True):
            arrays.append(_typed(argument, array, dtype))
            rank = len(argument.kind.shape)
            if array.ndim < rank:
                raise ValueError(f"{argument.name} needs {rank} trailing axes "
                                 f"({', '.join(map(str, argument.kind.shape))}); "
                                 f"its shape is {array.shape}")
            for dim, size in zip(argument.kind.shape, array.shape[array.ndim - rank:], strict=True):
                fixed = dim.fixed if isinstance(dim, Dim) else int(dim)
                if sizes.setdefault(dim, fixed or size) != size:
                    raise ValueError(f"{argument.name} has length {size} along {dim}, "
                                     f"expected {sizes[dim]}")
            try:
                batch = np.broadcast_shapes(batch, array.shape[: array.ndim - rank])
            except ValueError:
                raise ValueError(f"the batch axes of {argument.name}, "
                                 f"{array.shape[: array.ndim - rank]}, do not go with {batch}"
                                 ) from None
        self._check_labels(arrays, sizes)
        return arrays, {d: sizes[d] for d in self.dims}, dtype, batch

    def _check_labels(self, arrays: list[Any], sizes: dict[Any, int]) -> None:
        for argument, array in zip(self.arguments, arrays, strict=True):
            if argument.integral and array.size:
                over = argument.kind.over
                # Where no array has that axis, only the lower end can be checked.
                size = sizes.get(over, over.fixed) if isinstance(over, Dim) else int(str(over))
                if array.min() < 0 or (size is not None and array.max() >= size):
                    raise ValueError(f"{argument.name} has labels outside [0, {size or over})")


def _length(dim: Any, sizes: dict[Any, int]) -> int:
    if isinstance(dim, Dim):
        return dim.fixed or sizes[dim]
    return int(dim)


def _typed(argument: Argument, array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if argument.integral:
        if array.dtype.kind not in "iu":
            raise ValueError(f"{argument.name} are labels and must be integers, "
                             f"not {array.dtype}")
        return array
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{argument.name} must be real numbers, not {array.dtype}")
    return array.astype(dtype, copy=False)


def _special(assignments: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """scipy.special, where a special function needs it. Raises KernelError where it is missing."""
    if not any("special." in op.args[0].name for _, op in assignments):
        return {}
    try:
        from scipy import special
    except ImportError:
        raise KernelError("this formula needs a special function; install SciPy for its kernel"
                          ) from None
    return {"special": special}


@exact
def kernel(target: str, *, given: str | Iterable[str] = (), wrt: str | None = None) -> Kernel:
    """The NumPy kernel of a loss: a catalogue name, a formula, or a specification.

    The gradient is derived as `derive.grad` does. Raises DeriveError where that fails, and
    KernelError for a formula that cannot be lowered to array code.
    """
    lines = [given] if isinstance(given, str) else list(given)
    derivation = grad(target, given=lines, wrt=wrt)
    posed = problem(target, lines, wrt)
    loss = unfolded(posed.specification.loss, posed.specification.definitions)
    used = free_names(loss) | free_names(derivation.result)
    untold = {d for d in used if isinstance(d, Dim)}
    arguments = [leaf for leaf in posed.scope.names.values() if isinstance(leaf, (Variable, Tensor))
                 and (leaf in used or untold & set(leaf.kind.shape))
                 and posed.specification.definition(leaf.name) is None]
    if not arguments:
        raise KernelError("the formula has no argument; a constant needs no kernel")
    return _lowered(posed, loss, derivation, arguments)


def _lowered(posed: Problem, loss: Any, derivation: Derivation, arguments: list[Any]) -> Kernel:
    described = [Argument(leaf.name, leaf.kind) for leaf in arguments]
    sizes = {dim: sympy.Symbol(safe_name(dim.name)) for leaf in arguments
             for dim in leaf.kind.shape if isinstance(dim, Dim) and not dim.fixed}
    lowering = Lowering({leaf: sympy.Symbol(safe_name(leaf.name)) for leaf in arguments}, sizes)
    rulebook = standard_rulebook()
    value = Work(loss, rulebook).run("stabilise").line
    gradient = Work(derivation.result, rulebook).run("stabilise").line
    results = {"value": lowering.value(value),
               "gradient": lowering.value(gradient, derivation.indices)}
    shape = tuple(i.dim for i in derivation.indices)
    return Kernel(derivation, described, lowering.program, results, shape,
                  posed.title or plain(loss))


def helper_sources(text: str) -> list[str]:
    """The runtime functions that a program's text calls, as source, in order."""
    if "shifted(" in text:
        text += "pick("
    return [inspect.getsource(getattr(runtime, name)) for name in _HELPERS if f"{name}(" in text]
