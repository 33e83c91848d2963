"""The target numpy: the text of a kernel's own functions, run on the runtime of this package."""

from __future__ import annotations

import hashlib
import linecache
import weakref
from types import ModuleType

from derive.arrays.targets.numpy.executing import runtime_names
from derive.arrays.targets.numpy.kernel_module import Design, code
from derive.arrays.targets.target_table import Running


def running(design: Design) -> Running:
    """The functions of a design in NumPy."""
    return Running(compiled(code(design)), "numpy")


def compiled(source: str) -> ModuleType:
    """A module made from the text of its own functions, on the runtime of this package."""
    name = f"<derive kernel {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    module = ModuleType(name)
    module.__dict__.update(runtime_names())
    # For tracebacks, and for as long as the module lives.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    weakref.finalize(module, linecache.cache.pop, name, None)
    exec(compile(source, name, "exec"), module.__dict__)
    return module
