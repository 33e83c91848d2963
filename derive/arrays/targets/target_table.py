"""The targets of kernels: one record for each, which names the homes of what it does.

A home is `module:function`, loaded when it is first asked for, so that no target costs another
anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import NamedTuple

from derive.arrays.targets.numpy.kernel_module import Design
from derive.errors import KernelError
from derive.extras import required
from derive.provided import loaded


class Running(NamedTuple):
    """Functions of a design that can be called, under the names of its plans in a module.

    `target` is what really runs them, `reason` why that is not what was asked for.
    """

    module: ModuleType
    target: str
    reason: str = ""


@dataclass(frozen=True)
class KernelTarget:
    """One target.

    `text` is the home of a function that writes the text of a module for a Design; `running` of
    one that makes Running of it; `tests` of one that writes a module's own tests for a kernel, the
    module's name, its outputs and its dtype. `suffix` is the ending of the module's file, `needs`
    the module of an optional library (`derive/extras.py`) that running it asks for.
    """

    name: str
    says: str
    suffix: str
    text: str
    running: str
    tests: str = ""
    needs: str = ""

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
    "derive.arrays.targets.numpy.kernel_module:text",
    "derive.arrays.targets.numpy.numpy_target:running",
    "derive.arrays.targets.numpy.selftest:self_test")

TARGETS: dict[str, KernelTarget] = {target.name: target for target in (
    _NUMPY,
)}
