"""The self-test of an exported model: numbers made by a rule, and what derive gets from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.export_templates import REAL, TEST
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.targets.functional.functional_text import folded
from derive.arrays.targets.numpy.executing import Array
from derive.core.atoms import Dim
from derive.core.kinds import Kind
from derive.errors import KernelError
from derive.notation.reading.model_equations import Model

STEPS, SEQUENCES = 4, 3
_LENGTHS = (3, 4, 5, 2, 6)
# Numbers of a domain: the code around a pattern, and the same of an array.
_DOMAINS = {"real": "{0}", "positive": "{0} + 1.5", "nonnegative": "{0} + 1.5",
            "probability": "0.5 + 0.4 * {0}", "unit": "0.5 + 0.4 * {0}"}
_COUNTING = {"label": 0, "binary": 2, "count": 4}
_AMOUNTS = ("binary", "count")


def pattern(shape: tuple[int, ...], rate: int) -> Array:
    """Numbers made by a rule: sines."""
    count = int(np.prod(shape, dtype=int))
    made: Array = np.sin(np.arange(1, count + 1, dtype=float) * rate).reshape(shape)
    return made


class SelfTest:
    """Loss and gradients of a model at numbers made by a rule."""

    def __init__(self, model: Model) -> None:
        plan = Plan(model, carried=False)
        self.sizes = {str(d): _LENGTHS[n % len(_LENGTHS)] for n, d in enumerate(plan.sizes)}
        self.made = CompiledModel(model, self.sizes, np.float64, plan)
        self.graph = plan.graph
        ready = self.made.ready(STEPS, SEQUENCES)
        self.code = {name: self._data(name, array) for name, array in ready.data.items()
                     if name != plan.graph.clock}
        for place, array in enumerate(self.made.parameters.values(), 1):
            array[...] = pattern(array.shape, place) / 2
        ready.begin()
        ready.outputs()
        self.loss = float(ready.loss())
        ready.gradient()
        self.slopes = {n: float((a * pattern(a.shape, 7)).sum())
                       for n, a in self.made.gradients.items()}
        if not np.isfinite([self.loss, *self.slopes.values()]).all():
            raise KernelError("the loss is not finite at the numbers of a self-test")

    def _data(self, name: str, array: Array) -> str:
        """Fills data in; the code that makes the same."""
        kind: Kind = self.graph.inputs[name][1]
        inner = array[1:-1] if len(array) > STEPS and self.graph.inputs[name][0] == "step" \
            else array
        shape = inner.shape
        if kind.domain in _COUNTING:
            count = _COUNTING[kind.domain] or self._length(kind.over)
            inner[...] = (np.arange(inner.size) % count).reshape(shape)
            return f"counting({shape!r}, {count})"
        if kind.domain not in _DOMAINS:
            raise KernelError(f"{name} is declared {kind.domain}; no self-test is written")
        rate = 11 + list(self.graph.inputs).index(name)
        made = pattern(shape, rate)
        inner[...] = {"{0}": made, "{0} + 1.5": made + 1.5}.get(
            _DOMAINS[kind.domain], 0.5 + 0.4 * made)
        return _DOMAINS[kind.domain].format(f"pattern({shape!r}, {rate})")

    def _length(self, over: object) -> int:
        return over.fixed or self.sizes[over.name] if isinstance(over, Dim) else int(str(over))

    def text(self, key: str, names: Mapping[str, str]) -> str:
        """The test for one library; `names` are those of data and parameters in the code."""
        sizes = ", ".join(f"{n}={v}" for n, v in self.sizes.items())
        made = {n: code if self.graph.inputs[n][1].domain not in _AMOUNTS else
                REAL[key].format(code) for n, code in self.code.items()}
        values = ", ".join(f"{names[n]}={code}" for n, code in made.items())
        slopes = ", ".join(f"{names[n]!r}: {v!r}" for n, v in self.slopes.items())
        test = TEST[key].format(sizes=sizes, values=values)
        lines = [part for line in test.split("\n") for part in _folded(line)]
        return "\n".join([*_folded(f"SLOPES = {{{slopes}}}"), f"LOSS = {self.loss!r}", "", "",
                          *lines])


def _folded(line: str) -> list[str]:
    own = line[:len(line) - len(line.lstrip())]
    if '"""' in line:
        return [line]
    return [own + part for part in folded(line.lstrip(), 99 - len(own))]


def self_test_of(model: Model) -> SelfTest | None:
    """The self-test of a model; None where its data are of kinds without a rule."""
    try:
        return SelfTest(model)
    except KernelError:
        return None
