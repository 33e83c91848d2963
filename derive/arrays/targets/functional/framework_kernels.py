"""Kernels whose functions take and give tensors of PyTorch, or arrays of JAX."""

from __future__ import annotations

import hashlib
import linecache
import weakref
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from derive.arrays.kernels import FIRST, Kernel
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.functional.jax_module import JaxModule
from derive.arrays.targets.functional.module_head import head
from derive.arrays.targets.functional.native_forms import NativeProgram, native_program
from derive.arrays.targets.functional.native_module import NativeModule
from derive.arrays.targets.functional.torch_module import TorchModule
from derive.arrays.targets.target_table import Running
from derive.errors import KernelError
from derive.extras import required
from derive.lazy import cached_property

MODULES: dict[str, type[NativeModule]] = {"torch": TorchModule, "jax": JaxModule}
LIBRARIES = {"torch": "PyTorch", "jax": "JAX"}
HESSIAN = {"torch": "torch.func.hessian", "jax": "jax.hessian"}


class FrameworkKernel(Kernel):
    """A loss and its derivatives for a library that differentiates.

    `loss` is differentiable there, in all modes and as often as one likes; `value`, `grad`,
    `value_and_grad` and `hvp` are the derived numbers. All take arrays of the library, and by
    name `weight`, `mask`, `ignore_index` and `reduction`.
    """

    def __init__(self, formula: Formula, accuracy: str, outputs: tuple[str, ...] = FIRST,
                 dtype: str = "both", asked: str = "torch", runtime: str = "auto") -> None:
        super().__init__(formula, accuracy, outputs, dtype, asked, runtime)
        if runtime != "auto":
            raise KernelError(f"modules of the target {asked} have no runtime; leave "
                              f"runtime={runtime} out")
        if accuracy != "fast":
            raise KernelError(f"kernels of the target {asked} are fast; the target numpy has "
                              f"{accuracy}")
        if dtype != "both":
            raise KernelError(f"a kernel of the target {asked} computes in the dtype of what it is "
                              f"given; leave dtype={dtype} out")
        if "hessian" in outputs:
            raise KernelError(f"a module of the target {asked} has no function hessian: "
                              f"{HESSIAN[asked]} gives that of its loss")

    @property
    def target(self) -> str:
        """What runs the functions."""
        return self.asked

    @property
    def target_reason(self) -> str:
        """Empty: no other target takes the place of this one."""
        return ""

    def loss(self, *args: Any, **options: Any) -> Any:
        """The loss, as a mean unless `reduction` says otherwise, differentiable by the library."""
        return self._call("loss", args, options)

    @cached_property
    def written(self) -> NativeModule:
        """The writer of the module."""
        return MODULES[self.asked](self.formula, self.made)

    @cached_property
    def made(self) -> NativeProgram:
        """The program of all results."""
        return native_program(self.formula)

    def running(self, plans: Iterable[str] = FIRST) -> Running:
        """The module of the loss. Raises KernelError where the library is missing."""
        required(self.asked, f"kernels of the target {self.asked} need", KernelError)
        key: tuple[str, ...] = ()
        if key not in self._running:
            self._running[key] = Running(executed_text(self.written.text(self.title), self.asked),
                                         self.asked)
        return self._running[key]

    def source_of(self, plans: Iterable[str], dtype: str = "") -> str:
        """The text of the module, which stands alone; it has all functions."""
        return self.written.text(head(self.formula, self.written, self.asked))

    def _call(self, plan: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if plan == "hessian":
            raise KernelError(f"kernels of the target {self.asked} have no function hessian: "
                              f"{HESSIAN[self.asked]} gives that of their loss")
        return self.module().__dict__[plan](*args, **options)


def executed_text(source: str, library: str) -> ModuleType:
    """A module made from its text."""
    name = f"<derive {library} kernel {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    module = ModuleType(name)
    # For tracebacks, and for as long as the module lives.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    weakref.finalize(module, linecache.cache.pop, name, None)
    exec(compile(source, name, "exec"), module.__dict__)
    return module
