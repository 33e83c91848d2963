"""What sampling tells of a kernel: where plain floats fail, and how accurate the rest is.

Plain floats are compared with wide numbers at every node of the program. Where a result is wrong,
the first wrong node tells what must be watched: a difference that lost its digits, or a value
that overflowed. The generated code computes the examples that it catches again in wide numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derive.arrays.certificate.guard_choice import GuardChoice, limit_of, near
from derive.arrays.certificate.input_samples import REGIMES, Points
from derive.arrays.certificate.pair_trial import pairs_suffice
from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.targets.numpy.block_emission import Guard
from derive.arrays.targets.numpy.executing import Array
from derive.arrays.targets.numpy.kernel_module import Design
from derive.limits import decided

DTYPES = (np.dtype(np.float64), np.dtype(np.float32))
LOCAL = (256.0, 32.0, 4.0)  # ULP above which a node is held to be wrong, tried in turn
# With matrices, whose solutions lose digits by themselves: times their condition number.
LINEAR_LOCAL = (2.0**16, 2.0**10, 2.0**6)


@dataclass
class Certificate:
    """What was measured for one result.

    `worst` is the largest error in ULP by dtype, of the examples that are not computed again, over
    the condition number of their matrices;
    `again` the share of those that are, by regime; `missed` counts wrong examples that nothing
    catches. `near` counts examples in which an element of a vector nearly vanishes by
    cancellation and is off by more: of many elements some always do, so these are computed again
    only where 20 bits are lost. `bare` is the largest error at typical inputs by dtype, and `lost`
    how many of all are beyond the limit, where none is computed again. `pairs` tells whether pairs
    of floats are right where they have a value.
    """

    guards: set[Guard] = field(default_factory=set)
    worst: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    near: int = 0
    missed: int = 0
    bare: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    points: int = 0
    wide: bool = True
    pairs: bool = True
    linear: bool = False


def certify(design: Design, result: str, points: Points) -> Certificate:
    """The guards that one result of a design needs, and the errors that remain."""
    functions = Functions(design, result)
    if not functions.known:
        return Certificate(wide=False)
    certificate = Certificate(linear=design.program.linear)
    node = design.results[result][0]
    with np.errstate(all="ignore"):
        trials = []
        for regime in REGIMES:
            for arrays, kind in _blocks(points, regime, design.program.linear):
                trial = Trial(functions, arrays, regime, kind)
                trials += [trial] if trial.rows else []
                decided(f"{sum(t.rows for t in trials)} examples were computed to many digits")
        choice = GuardChoice(node, trials)
        choice.learn(LINEAR_LOCAL if design.program.linear else LOCAL)
        certificate.guards = choice.guards | unlooked(choice.guards, node, certificate.linear)
        for trial in trials:
            _measure(trial, node, certificate)
        if certificate.guards and not certificate.linear:
            certificate.pairs = pairs_suffice(functions, node, trials, certificate.guards)
    return certificate


def unlooked(guards: set[Guard], node: int, linear: bool) -> set[Guard]:
    """The guard of a result whose NaN and infinities nothing catches, where others are watched.

    No sample shows all numbers at which an intermediate value overflows.
    """
    return {(node, "infinite")} if guards and not linear and (node, "range") not in guards \
        else set()


def _blocks(points: Points, regime: str, linear: bool) -> Iterator[tuple[list[Array], Any]]:
    """The arguments of a regime with the dtype in which they are computed."""
    for dtype in DTYPES:
        arrays, kind = points[regime, dtype], DTYPES[0] if linear else dtype
        yield [a.astype(kind) if a.dtype.kind == "f" else a for a in arrays], kind


def undefined_ends(design: Design, result: str, points: Points) -> int:
    """At how many examples with an argument at an end of its domain the result is NaN."""
    with np.errstate(all="ignore"):
        values = Functions(design, result).plain(points["edge", DTYPES[0]], DTYPES[0])
    return int(np.count_nonzero(np.isnan(values[f"t{design.results[result][0]}"])))


def _measure(trial: Trial, node: int, certificate: Certificate) -> None:
    """The errors of the examples that are not computed again."""
    error, limit = trial.error(node) / trial.condition, limit_of(trial) / trial.condition
    again = trial.caught(certificate.guards)
    name = trial.dtype.name
    at_root = near(trial, certificate.guards, node) & ~again
    certificate.near += int(np.count_nonzero(at_root & (error > limit)))
    plain = error[~again & ~at_root]
    certificate.lost += int(np.count_nonzero(error > limit))
    if trial.regime == "typical":
        certificate.bare[name] = max(certificate.bare.get(name, 0.0), float(error.max()))
    certificate.points += trial.rows
    certificate.missed += int(np.count_nonzero(plain > limit[~again & ~at_root]))
    if plain.size:
        certificate.worst[name] = max(certificate.worst.get(name, 0.0), float(plain.max()))
    if name == "float64":
        certificate.again[trial.regime] = float(np.mean(again))
