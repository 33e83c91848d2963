"""Which examples plain floats may get wrong, so far as the guards of a kernel tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from derive.arrays.certificate.guard_choice import near
from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.targets.numpy.executing import Array
from derive.arrays.targets.numpy.kernel_module import Design


def guarded_examples(design: Design, results: Iterable[str], blocks: list[Array],
                     dtype: np.dtype[np.floating]) -> Array:
    """The examples of some blocks that a guard catches, or in which an element nearly vanishes."""
    flagged = np.zeros(len(blocks[0]), bool)
    for result in results:
        guards = {guard for plan, parts in design.plans.items() if result in parts
                  for guard in design.guards.get(plan, ())}
        functions = Functions(replace(design, again=None), result)
        here = {guard for guard in guards if guard[0] in functions.made.order}
        if here and len(blocks[0]):
            with np.errstate(all="ignore"):
                arrays = [b.astype(dtype) if b.dtype.kind == "f" else b for b in blocks]
                trial = Trial(functions, arrays, "typical", dtype)
                flagged |= trial.caught(here) | near(trial, here, design.results[result][0])
    return flagged
