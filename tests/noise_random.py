"""Random losses of a target and a prediction, with what `derive noise` must say of each."""

from __future__ import annotations

import random
from dataclasses import dataclass

from mpmath import mp, mpf

import derive
from derive.errors import NoNoise
from derive.judge.trees.evaluate import Point, evaluate

_PLACES = ("z", "2*z", "z + 1", "3 - z", "exp(z)", "z**3", "z/4 - 2", "tanh(z)")
_MOVING = (" + 0.3*cos(2*pi*z)", " + 0.3*z*sin(2*pi*z)", " + exp(-z**2)")  # Z then depends on z


@dataclass(frozen=True)
class Case:
    """A loss, its target's type, and its total: a number, "infinite" or "depends"."""

    loss: str
    kind: str
    total: object

    @property
    def verdict(self) -> str:
        return self.total if isinstance(self.total, str) else "density"


def _of_residual(draw: random.Random, r: str) -> tuple[str, object]:
    """A loss of a residual and its total over the line."""
    a, s = draw.randrange(1, 40), draw.choice((1, 2, 3))
    scale = mpf(a) / 10
    family = draw.randrange(8)
    if family == 0:
        return f"{scale}*abs({r})", 2 / scale
    if family == 1:
        return f"{scale}*({r})**2", mp.sqrt(mp.pi / scale)
    if family == 2:
        p = draw.choice((3, 4, mpf(1) / 2))
        return f"{scale}*abs({r})**{p}", 2 * mp.gamma(1 + 1 / mpf(p)) * scale ** (-1 / mpf(p))
    if family == 3:
        power = 1 + mpf(draw.choice((-30, -1, 0, 1, 5, 50, 200))) / 100
        total = 2 * s / (power - 1) if power > 1 else "infinite"
        return f"{power}*log(1 + abs({r})/{s})", total
    if family == 4:
        power = mpf(draw.choice((5, 10, 15, 20, 30))) / 10
        total = 2 / (power - 1) if power > 1 else "infinite"
        return f"log(1 + abs({r})) + {power}*log(1 + log(1 + abs({r})))", total
    if family == 5:
        power = mpf(draw.choice((4, 5, 6, 10, 25))) / 10
        total = mp.sqrt(mp.pi) * mp.gamma(power - 0.5) / mp.gamma(power) if power > 0.5 \
            else "infinite"
        return f"{power}*log(1 + ({r})**2)", total
    if family == 6:
        return f"exp({r}) - {scale}*({r})", mp.gamma(scale)
    return f"{scale}*log(cosh({r}))", 2 ** (scale - 1) * mp.beta(scale / 2, scale / 2)


def cases(count: int, seed: int) -> list[Case]:
    """That many random cases."""
    draw, found = random.Random(seed), []
    with mp.workdps(30):
        for _ in range(count):
            place = draw.choice(_PLACES)
            r = f"y - ({place})" if draw.random() < 0.5 else f"{place} - y"
            loss, total = _of_residual(draw, r)
            chance = draw.random()
            if chance < 0.25 and total != "infinite":
                total, loss = "depends", loss + draw.choice(_MOVING)
            elif chance < 0.35 and total != "infinite":
                found.append(Case(loss.replace(place, "z"), "integer", "depends"))
                continue
            found.append(Case(loss, "real", total))
    return found


def judged(case: Case) -> str:
    """What is wrong with the verdict on a case; empty if nothing is."""
    try:
        found = derive.noise(case.loss, given=[f"y: {case.kind}", "z: real"], wrt="z")
    except NoNoise as refusal:
        said = "infinite" if "to infinity" in str(refusal) else "depends"
        return "" if said == case.verdict else f"{said} instead of {case.verdict}: {refusal}"
    if case.verdict != "density":
        return f"a density instead of {case.verdict}"
    value = evaluate(found.result, Point(), 20)
    wrong = abs(value / case.total - 1) > mpf(10) ** -12
    return f"Z = {value} instead of {case.total}" if wrong else ""
