"""How accurate a program is in plain floats alone, where nothing is computed again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from derive.arrays.certificate.certificate import DTYPES
from derive.arrays.certificate.input_samples import REGIMES, Points
from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.targets.numpy.kernel_module import Design

HALF = {"float64": 2.0**26, "float32": 2.0**12}  # ULP that are half of the digits


@dataclass
class PlainAccuracy:
    """What was measured for one result, by dtype.

    `typical` is the largest error in ULP at typical inputs, `worst` at all inputs at which half of
    the digits are right; `lost` the share of the inputs at which fewer are.
    """

    typical: dict[str, float] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)
    points: int = 0


def plain_accuracy(design: Design, result: str, points: Points) -> PlainAccuracy | None:
    """The errors of one result of a design; None where there are no wide numbers to tell."""
    functions = Functions(design, result)
    if not functions.known:
        return None
    made = PlainAccuracy()
    node = design.results[result][0]
    with np.errstate(all="ignore"):
        for dtype in DTYPES:
            errors = []
            for regime in REGIMES:
                trial = Trial(functions, points[regime, dtype], regime, dtype)
                if trial.rows:
                    errors.append(trial.error(node))
                    if regime == "typical":
                        made.typical[dtype.name] = float(errors[-1].max())
            all_errors = np.concatenate(errors) if errors else np.zeros(1)
            right = all_errors <= HALF[dtype.name]
            made.worst[dtype.name] = float(all_errors[right].max(initial=0))
            made.lost[dtype.name] = 1 - float(right.mean())
            made.points += len(all_errors)
    return made


def accuracy_text(made: PlainAccuracy | None) -> str:
    """What was measured of a result, in words."""
    if made is None:
        return "not measured: an operation has no wide form"
    parts = []
    for name, worst in made.worst.items():
        lost = made.lost[name]
        text = f"{name} {worst:.3g} ULP at all inputs" if not lost else (
            f"{name} {made.typical.get(name, 0):.3g} ULP at typical inputs, {worst:.3g} at all but "
            f"{lost:.2%} of the inputs, which lose more than half of their digits")
        parts.append(text)
    return f"{'; '.join(parts)} ({made.points} inputs)"
