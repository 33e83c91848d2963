"""What is known of a library of arrays for recurrent models: a table for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.step_operations import STEP_WRITERS
from derive.arrays.targets.functional import (
    jax_dialect,
    plain_dialect,
    plain_module,
    torch_dialect,
)
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.functional_text import Text
from derive.arrays.targets.functional.neutral_text import printed_parts
from derive.arrays.targets.numpy import runtime_parts
from derive.arrays.targets.numpy.runtime_parts import Part
from derive.errors import KernelError

NEUTRAL = ("neutral_argument_functions.py", "neutral_array_functions.py",
           "neutral_matrix_functions.py", "neutral_special_functions.py")


@dataclass(frozen=True)
class StepDialect:
    """One library: how it makes arrays, goes through time, and what is printed for it.

    `printed` are files of functions; those of NumPy are the runtime's. `rows` is an array (T, B)
    with the dtype of a parameter; `zeros` and `full` take a shape, `expand` a value and a shape,
    `stack` a list of the values of all steps. `scan`: a loop over time is a function that the
    library runs, else a statement of Python.
    """

    key: str
    title: str
    array: str  # the type of arrays in annotations
    operations: Dialect
    printed: tuple[str, ...]  # the files of functions that may be printed into a module
    imports: tuple[str, ...]
    also: Mapping[str, str]  # what is imported where some code reads it
    rows: str
    zeros: str
    full: str
    expand: str
    stack: str
    zeros_like: str
    scan: bool = False

    @property
    def module(self) -> str:
        """The name of the library in code."""
        return {"torch": "torch", "jax": "jnp", "numpy": "np"}[self.key]

    @property
    def like(self) -> str:
        """One number in place of the data of a step."""
        return f"{self.module}.full_like({{0}}[0], {{1}})"

    @property
    def counted(self) -> str:
        """The number of each step, from 0, for each sequence."""
        device = ", device=rows.device" if self.key == "torch" else ""
        return f"rows + {self.module}.arange(T, dtype=rows.dtype{device})[:, None]"

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may be printed into a module."""
        if self.printed:
            return printed_parts(self.printed, self.key)
        known = plain_module.printed_parts()
        names = frozenset().union(*(p.defines for p in known))
        return known + tuple(p for p in runtime_parts.parts()
                             if p.kind == "import" and p.defines - names)

    @property
    def plain(self) -> Dialect:
        """The operations of what has no steps."""
        own: dict[str, Dialect] = {"torch": torch_dialect.DIALECT, "jax": jax_dialect.DIALECT,
                                   "numpy": plain_dialect.DIALECT}
        return own[self.key]


_COMPARED = {Op.EQUAL: "np.equal", Op.NOT_EQUAL: "np.not_equal"}


def compared(run: FunctionBody, number: int, node: Node) -> Text:
    """A comparison by a function: what == gives of arrays is no array to a checker of types."""
    first, second = (run.operand(o) for o in node.operands)
    return Text(f"{_COMPARED[node.op]}({first.code}, {second.code})")


def _operations(dialect: Dialect, own: dict[str, str] | None = None) -> Dialect:
    known: Callable[[str], str] = dialect.functions
    typed = {op: compared for op in _COMPARED if dialect.name == "NumPy"}
    return replace(dialect, writers={**dialect.writers, **STEP_WRITERS, **typed}, squares=True,
                   functions=lambda name: (own or {}).get(name) or known(name))


STEP_DIALECTS = {d.key: d for d in (
    StepDialect(
        "torch", "PyTorch", "Tensor", _operations(torch_dialect.DIALECT),
        ("torch_functions.py", "torch_special_functions.py", *NEUTRAL),
        ("import torch", "from torch import Tensor, nn"), {"math": "import math"},
        rows="{0}.new_zeros((T, B))", zeros="rows.new_zeros({0})", full="rows.new_full({0}, {1})",
        expand="{0}.expand({1})", stack="torch.stack({0})", zeros_like="torch.zeros_like({0})"),
    StepDialect(
        "jax", "JAX", "Array", _operations(jax_dialect.DIALECT),
        ("jax_functions.py", "jax_special_functions.py", *NEUTRAL),
        ("import jax", "import jax.numpy as jnp", "from jax import Array, lax"),
        {"math": "import math", "special": "from jax.scipy import special",
         "linalg": "from jax.scipy import linalg"},
        rows="jnp.zeros((T, B), {0}.dtype)", zeros="jnp.zeros({0}, rows.dtype)",
        full="jnp.full({0}, {1}, rows.dtype)", expand="jnp.broadcast_to({0}, {1})",
        stack="", zeros_like="jnp.zeros_like({0})", scan=True),
    StepDialect(
        "numpy", "NumPy", "Array",
        _operations(plain_dialect.DIALECT, {"sigmoid": "sigmoid({0})"}),
        (), ("import numpy as np", "from numpy.typing import NDArray"), {"math": "import math"},
        rows="np.zeros((T, B), {0}.dtype)", zeros="np.zeros({0}, rows.dtype)",
        full="np.full({0}, {1}, rows.dtype)", expand="np.broadcast_to({0}, {1})",
        stack="np.stack({0})", zeros_like="np.zeros_like({0})"))}


def step_dialect(target: str) -> StepDialect:
    """The table of a library. Raises KernelError for what is none."""
    if target not in STEP_DIALECTS:
        raise KernelError(f"a model is exported to {', '.join(STEP_DIALECTS)}, not to {target!r}")
    return STEP_DIALECTS[target]


