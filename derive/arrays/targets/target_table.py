"""The targets of kernels: one record for each, which names the homes of what it does.

A home is `module:function`, loaded when it is first asked for, so that no target costs another
anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from derive.arrays.targets.numpy.kernel_module import Design
from derive.errors import KernelError
from derive.extras import required
from derive.provided import loaded

Usual = Callable[[tuple[Any, ...], dict[str, Any]], Any]


@dataclass
class Running:
    """Functions of a design that can be called, under the names of its plans in a module.

    `target` is what really runs them, so far; `reason` why that is not what was asked for. `lean`
    makes of a function of arguments and options, by plan, a quicker one for plain calls, or None.
    """

    module: ModuleType
    target: str
    reason: str = ""
    lean: dict[str, Callable[[Usual], Callable[..., Any] | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class KernelTarget:
    """One target.

    `text` is the home of a function that writes the text of a module for a Design; `running` of
    one that makes Running of it; `tests` of one that writes a module's own tests for a kernel, the
    module's name, its outputs and its dtype. `header` and `loader` write what stands beside a
    module that Python does not import, of a design and the module's name. `suffix` is the ending
    of the module's file, `needs` the module of an optional library (`derive/extras.py`) that
    running it asks for, `kernels` the home of a class of kernels, where modules are not written
    from a Design.
    """

    name: str
    says: str
    suffix: str
    text: str = ""
    running: str = ""
    tests: str = ""
    needs: str = ""
    header: str = ""
    loader: str = ""
    kernels: str = ""

    def written(self, design: Design) -> str:
        """The text of the module."""
        return str(loaded(self.text)(design))

    def run(self, design: Design) -> Running:
        """The functions of a design. Raises KernelError where a library is missing."""
        if self.needs:
            required(self.needs, f"kernels of the target {self.name} need", KernelError)
        running: Running = loaded(self.running)(design)
        return running


_NUMPY = KernelTarget(
    "numpy", "NumPy, wherever Python runs", ".py",
    "derive.arrays.targets.functional.module_runtimes:written",
    "derive.arrays.targets.numpy.numpy_target:running",
    "derive.arrays.targets.numpy.selftest:self_test")

_C = KernelTarget(
    "c", "C, compiled by the system's compiler", ".c",
    "derive.arrays.targets.c.c_files:text",
    "derive.arrays.targets.c.c_target:running", _NUMPY.tests,
    header="derive.arrays.targets.c.c_files:header",
    loader="derive.arrays.targets.c.c_files:loader")

_AUTO = KernelTarget(
    "auto", "NumPy, and C where a compiler is there and what it makes is quicker", ".py",
    _NUMPY.text, "derive.arrays.targets.auto_target:running", _NUMPY.tests)

_FRAMEWORKS = "derive.arrays.targets.functional.framework_kernels:FrameworkKernel"
_TORCH = KernelTarget("torch", "PyTorch, wherever it runs", ".py", needs="torch",
                      kernels=_FRAMEWORKS)
_JAX = KernelTarget("jax", "JAX, wherever it runs", ".py", needs="jax", kernels=_FRAMEWORKS)

TARGETS: dict[str, KernelTarget] = {target.name: target for target in (
    _NUMPY,
    _C,
    _AUTO,
    _TORCH,
    _JAX,
)}
