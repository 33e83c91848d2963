"""What computes a compiled model: NumPy, or C for its steps with NumPy around them."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import NamedTuple

import numpy as np

from derive.arrays.recurrent.label_rows import Rows
from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.model_text_c import SplitModelText
from derive.arrays.recurrent.step_binding_c import Steps, panels
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.auto_target import chosen
from derive.arrays.targets.c.c_compiler import CompilerError, compiler
from derive.arrays.targets.c.library_cache import library
from derive.arrays.targets.numpy.numpy_target import compiled
from derive.errors import KernelError

MODEL_TARGETS = ("auto", "numpy", "c")


class ModelModule(NamedTuple):
    """The module of a model, what computes it, and why that is not what was asked for."""

    module: ModuleType
    target: str
    reason: str = ""


def model_target(target: str) -> str:
    """The target that `auto` is here: c where there is a compiler, else numpy.

    Raises KernelError for what is no target.
    """
    if target not in MODEL_TARGETS:
        raise KernelError(f"a model is computed in {' or '.join(MODEL_TARGETS[1:])}, not in "
                          f"{target!r}")
    target = chosen(target, MODEL_TARGETS)
    if target != "auto":
        return target
    try:
        compiler()
    except CompilerError:
        return "numpy"
    return "c"


def model_module(text: str, schedule: Schedule, views: Views, dtype: np.dtype[np.generic],
                 target: str) -> ModelModule:
    """A model's functions; NumPy goes on, with a warning, where C cannot be compiled.

    Complex numbers, of gradient checks, are NumPy's.
    """
    target = model_target(target)
    if target == "c" and not schedule.graph.plain:
        return ModelModule(_in_numpy(text), "numpy", "sums over time are not yet written in C")
    if target == "c" and dtype.kind == "f":
        try:
            return ModelModule(_in_c(schedule, views, dtype), "c")
        except CompilerError as error:
            warnings.warn(f"the target c is not there, NumPy goes on: {error}", RuntimeWarning,
                          stacklevel=4)
            return ModelModule(_in_numpy(text), "numpy", str(error))
    return ModelModule(_in_numpy(text), "numpy")


def _in_numpy(text: str) -> ModuleType:
    module = compiled(text)
    module.__dict__["Rows"] = Rows
    return module


def _in_c(schedule: Schedule, views: Views, dtype: np.dtype[np.generic]) -> ModuleType:
    own = Views(schedule, views.storage, views.parameters, views.sizes)
    writer = SplitModelText(schedule, own, str(dtype))
    module = _in_numpy(writer.text())
    steps = Steps(library(writer.c_text()))
    module.__dict__.update(bind=steps.bind, wide=steps.wide, panels=panels)
    return module
