"""Random densities and random data: is any estimate worse than a maximum that SciPy finds?

    python benchmarks/estimates_against_maxima.py [--count 300] [--seed 1]

Each density is put together from a shape, a way to type its location and its scale, and conditions;
the data are drawn by themselves, with ties and single observations among them. `derive.mle` gives
estimates, or says that there is no maximum. The judge here reads the density as Python with NumPy,
knows the ends of each parameter from the table below, and maximises by Nelder-Mead from many
starts, on every closed end too. Counted are estimates that are less likely than the judge's by more
than 1e-8 in the log-likelihood, estimates outside of their sets, and maxima that were denied.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

import derive
from derive.errors import DeriveError

TOLERANCE = 1e-8
FAR = 8.0  # coordinates beyond are taken for a climb towards an end
Ends = Callable[[dict[str, float], Any], tuple[float, float, bool, bool]]


@dataclass
class Parameter:
    """A parameter: its declaration, and its ends given those before it and the data."""

    name: str
    given: list[str]
    ends: Ends


@dataclass
class Case:
    """A density with its parameters, and data."""

    text: str
    given: list[str]
    parameters: list[Parameter]
    data: list[float]
    label: str = ""
    values: dict[str, float] = field(default_factory=dict)


def fixed(low: float, high: float, low_open: bool = True, high_open: bool = True) -> Ends:
    return lambda known, y: (low, high, low_open, high_open)


INF = math.inf
Typed = tuple[str, list[Parameter]]


def location(draw: random.Random) -> Typed:
    """A real place as it may be typed."""
    return draw.choice([
        ("m", [Parameter("m", ["m: real"], fixed(-INF, INF))]),
        ("m", [Parameter("m", ["m: positive"], fixed(0, INF))]),
        ("m", [Parameter("m", ["m: nonnegative"], fixed(0, INF, False))]),
        ("m", [Parameter("m", ["m: real", "-1 <= m", "m <= 1"], fixed(-1, 1, False, False))]),
        ("2*m", [Parameter("m", ["m: real"], fixed(-INF, INF))]),
        ("(m - 5)", [Parameter("m", ["m: real", "m <= 5"], fixed(-INF, 5, True, False))]),
        ("exp(m)", [Parameter("m", ["m: real"], fixed(-INF, INF))]),
        ("0.5", []), ("-m", [Parameter("m", ["m: positive"], fixed(0, INF))])])


def scale(draw: random.Random) -> Typed:
    """A positive width as it may be typed."""
    return draw.choice([
        ("s", [Parameter("s", ["s: positive"], fixed(0, INF))]),
        ("exp(c)", [Parameter("c", ["c: real"], fixed(-INF, INF))]),
        ("sqrt(v)", [Parameter("v", ["v: positive"], fixed(0, INF))]),
        ("(1/t)", [Parameter("t", ["t: positive"], fixed(0, INF))]),
        ("s", [Parameter("s", ["s: positive", "1 <= s"], fixed(1, INF, False))]),
        ("s", [Parameter("s", ["s: positive", "s <= 2"], fixed(0, 2, True, False))]),
        ("2", []), ("1", [])])


REAL = {  # of a place M and a width S
    "bell": "exp(-(y-M)**2/(2*S**2))/(S*sqrt(2*pi))",
    "two-sided": "exp(-abs(y-M)/S)/(2*S)",
    "logistic": "exp(-(y-M)/S)/(S*(1+exp(-(y-M)/S))**2)",
    "heavy": "1/(pi*S*(1+((y-M)/S)**2))",
    "extreme": "exp(-(y-M)/S-exp(-(y-M)/S))/S",
    "sech": "1/(pi*S*cosh((y-M)/S))",
    "three": "2/(pi*sqrt(3)*S*(1+((y-M)/S)**2/3)**2)",
}
POSITIVE = {  # of a width S
    "decay": "exp(-y/S)/S", "rayleigh": "y*exp(-y**2/(2*S**2))/S**2",
    "half": "sqrt(2/pi)*exp(-y**2/(2*S**2))/S", "half-heavy": "2/(pi*S*(1+(y/S)**2))",
    "maxwell": "sqrt(2/pi)*y**2*exp(-y**2/(2*S**2))/S**3", "gamma-two": "y*exp(-y/S)/S**2",
    "lomax": "2/S*(1+y/S)**(-3)", "square": "exp(-sqrt(y/S))/(2*S)",
    "logs": "exp(-(log(y)-0.3)**2/(2*S**2))/(y*S*sqrt(2*pi))",
}
SHAPED = {  # of a width S and a shape k
    "weibull": "k/S*(y/S)**(k-1)*exp(-(y/S)**k)",
    "gamma": "y**(k-1)*exp(-y/S-loggamma(k))/S**k",
    "log-logistic": "k/S*(y/S)**(k-1)/(1+(y/S)**k)**2",
    "burr": "k/S*(1+y/S)**(-k-1)",
}
UNIT = {
    "power": ("k*y**(k-1)", ["k"]), "mirror": ("k*(1-y)**(k-1)", ["k"]),
    "double": ("a*k*y**(a-1)*(1-y**a)**(k-1)", ["a", "k"]),
    "beta": ("y**(a-1)*(1-y)**(k-1)*exp(loggamma(a+k)-loggamma(a)-loggamma(k))", ["a", "k"]),
}
COUNTS = {
    "poisson": ("lam**y*exp(-lam-loggamma(1+y))", "lam: positive", (0, INF)),
    "poisson-log": ("exp(y*r-exp(r)-loggamma(1+y))", "r: real", (-INF, INF)),
    "geometric": ("p*(1-p)**y", "p: probability", (0, 1)),
    "logarithmic": ("(1-exp(-r))*exp(-r*y)", "r: positive", (0, INF)),
    "two-poisson": ("exp(loggamma(y+2)-loggamma(1+y))*p**2*(1-p)**y", "p: probability", (0, 1)),
}


def least(k: float, closed: bool = True) -> Ends:
    return lambda known, y: (-INF, float(min(y)) / k, True, not closed)


MOVING: list[tuple[str, list[str], list[Parameter]]] = [
    ("exp(-(y-a))", ["y: real", "a <= y"], [Parameter("a", ["a: real"], least(1))]),
    ("exp(-(y-2*a)/S)/S", ["y: real", "2*a <= y"], [Parameter("a", ["a: real"], least(2))]),
    ("sqrt(2/pi)/S*exp(-(y-a)**2/(2*S**2))", ["y: real", "a <= y"],
     [Parameter("a", ["a: real"], least(1))]),
    ("(y-a)/S**2*exp(-(y-a)**2/(2*S**2))", ["y: real", "a < y"],
     [Parameter("a", ["a: real"], least(1, False))]),
    ("exp(-(y-theta)/theta)/theta", ["y: real", "theta <= y"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (0, float(min(y)), True, False))]),
    ("exp(-(y-theta)/theta**2)/theta**2", ["y: real", "theta <= y"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (0, float(min(y)), True, False))]),
    ("1/(2*theta)", ["y: real", "-theta <= y", "y <= theta"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (float(max(abs(y))), INF, False, True))]),
    ("1/theta", ["y: nonnegative", "y <= theta"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (float(max(y)), INF, False, True))]),
    ("2*(theta-y)/theta**2", ["y: nonnegative", "y < theta"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (float(max(y)), INF, True, True))]),
    ("3*y**2/theta**3", ["y: positive", "y <= theta"],
     [Parameter("theta", ["theta: positive"],
                lambda known, y: (float(max(y)), INF, False, True))]),
    ("alpha*x**alpha*y**(-alpha-1)", ["y: positive", "x <= y"],
     [Parameter("x", ["x: positive"], lambda known, y: (0, float(min(y)), True, False)),
      Parameter("alpha", ["alpha: positive"], fixed(0, INF))]),
    ("1/(b-a)", ["y: real", "a <= y", "y <= b", "a < b"],
     [Parameter("a", ["a: real"], least(1)),
      Parameter("b", ["b: real"], lambda known, y: (float(max(y)), INF, False, True))]),
    ("3*(1-((y-m)/h)**2)/(4*h)", ["y: real", "m-h < y", "y < m+h"],
     [Parameter("m", ["m: real"], fixed(-INF, INF)),
      Parameter("h", ["h: positive"],
                lambda known, y: (float(max(abs(y - known["m"]))), INF, True, True))]),
    ("2/S/(1+exp((y-a)/S))**2*exp((y-a)/S)", ["y: real", "a <= y"],
     [Parameter("a", ["a: real"], least(1))]),
]


def cases(count: int, seed: int) -> Iterator[Case]:
    """Random densities with random data."""
    draw = random.Random(seed)
    makers = [_real, _real, _positive, _shaped, _unit, _counts, _moving, _moving, _curved]
    for _ in range(count):
        yield draw.choice(makers)(draw)


def _numbers(draw: random.Random, sample: Callable[[], float], digits: int = 3) -> list[float]:
    count = draw.choice([1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 30])
    rounded = draw.choice([1, 2, digits])
    return [round(sample(), rounded) for _ in range(count)]


def _real(draw: random.Random) -> Case:
    label, body = draw.choice(list(REAL.items()))
    (place, first), (width, second) = location(draw), scale(draw)
    if not first and not second:
        place, first = "m", [Parameter("m", ["m: real"], fixed(-INF, INF))]
    middle, size = draw.choice([0, 0, 2, -2, 30]), draw.choice([.3, 1, 3])
    data = _numbers(draw, lambda: draw.gauss(middle, size))
    return _case(label, body.replace("M", place).replace("S", width), ["y: real"],
                 [*first, *second], data)


def _positive(draw: random.Random) -> Case:
    label, body = draw.choice(list(POSITIVE.items()))
    width, parameters = scale(draw)
    while not parameters:
        width, parameters = scale(draw)
    size = draw.choice([.05, 1, 20])
    data = [max(x, .01) for x in _numbers(draw, lambda: size * draw.gammavariate(2, 1))]
    return _case(label, body.replace("S", width), ["y: positive"], parameters, data)


def _shaped(draw: random.Random) -> Case:
    label, body = draw.choice(list(SHAPED.items()))
    width, parameters = scale(draw)
    shape, more = draw.choice([
        ("k", [Parameter("k", ["k: positive"], fixed(0, INF))]),
        ("exp(j)", [Parameter("j", ["j: real"], fixed(-INF, INF))])])
    size = draw.choice([.5, 1, 8])
    data = [max(x, .01) for x in _numbers(draw, lambda: size * draw.weibullvariate(1, 1.7))]
    return _case(label, body.replace("k", shape).replace("S", width), ["y: positive"],
                 [*parameters, *more], data)


def _unit(draw: random.Random) -> Case:
    label, (body, names) = draw.choice(list(UNIT.items()))
    data = [min(max(x, .01), .99) for x in _numbers(draw, lambda: draw.betavariate(2, 3))]
    parameters = []
    for name in names:
        if draw.random() < .4:
            body = body.replace("loggamma", "LG").replace(name, f"exp({name})").replace(
                "LG", "loggamma")
            parameters.append(Parameter(name, [f"{name}: real"], fixed(-INF, INF)))
        else:
            parameters.append(Parameter(name, [f"{name}: positive"], fixed(0, INF)))
    body = body.replace("loggexp(a)mmexp(a)", "loggamma")
    return _case(label, body, ["y: probability"], parameters, data)


def _counts(draw: random.Random) -> Case:
    label, (body, given, (low, high)) = draw.choice(list(COUNTS.items()))
    mean = draw.choice([.2, 1, 6])
    count = draw.choice([1, 2, 3, 5, 9, 30])
    data = [float(int(draw.expovariate(1 / mean))) for _ in range(count)]
    name = given.split(":")[0]
    return _case(label, body, ["y: count"], [Parameter(name, [given], fixed(low, high))], data)


def _moving(draw: random.Random) -> Case:
    body, given, parameters = draw.choice(MOVING)
    width, more = scale(draw) if "S" in body else ("", [])
    size = draw.choice([.3, 1, 4])
    data = _numbers(draw, lambda: size * draw.gammavariate(2, 1) + .01)
    if "theta" not in body and "alpha" not in body:
        shift = draw.choice([0, -3, 10])
        data = [round(x + shift, 3) for x in data]
    elif "abs" in str(given) or "-theta <= y" in given:
        data = [x * draw.choice([1, -1]) for x in data]
    else:
        data = [max(x, .01) for x in data]
    return _case("moving", body.replace("S", width), given, [*parameters, *more], data)


def _curved(draw: random.Random) -> Case:
    body, given, low, high, low_open, high_open = draw.choice([
        ("exp(-(y-m)**2/(2*m**2))/(m*sqrt(2*pi))", ["m: positive"], 0, INF, True, True),
        ("exp(-(y-m)**2/(2*m))/sqrt(2*pi*m)", ["m: positive"], 0, INF, True, True),
        ("(1+q*y)/2", ["q: real", "-1 <= q", "q <= 1"], -1, 1, False, False),
        ("(1+q*(3*y**2-1)/2)/2", ["q: real", "-1 <= q", "q <= 1"], -1, 1, False, False),
        ("exp(-(y-m**3)**2/2)/sqrt(2*pi)", ["m: real"], -INF, INF, True, True),
        ("q*exp(-y**2/2)/sqrt(2*pi)+(1-q)*exp(-(y-3)**2/2)/sqrt(2*pi)", ["q: probability"], 0, 1,
         True, True),
        ("exp(-abs(y-m))/2", ["m: nonnegative"], 0, INF, False, True)])
    name = given[0].split(":")[0]
    data = _numbers(draw, lambda: draw.gauss(draw.choice([0, 2]), 1))
    bounded = "1+q" in body
    data = [max(-1.0, min(1.0, x / 4)) for x in data] if bounded else data
    support = ["y: real", "-1 <= y", "y <= 1"] if bounded else ["y: real"]
    return _case("curved", body, support, [Parameter(
        name, given, fixed(low, high, low_open, high_open))], data)


def _case(label: str, body: str, given: list[str], parameters: list[Parameter],
          data: list[float]) -> Case:
    lines = [line for p in parameters for line in p.given]
    return Case(body, [*lines, *given], parameters, data, label)


def names() -> dict[str, Any]:
    """What a density may call."""
    from scipy.special import gammaln

    return {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "pi": np.pi,
            "cosh": np.cosh, "loggamma": lambda u: np.longdouble(gammaln(np.float64(u))), "y": None}


class Judge:
    """The likelihood of a case by NumPy, and its maximum by SciPy."""

    def __init__(self, case: Case) -> None:
        self.case, self.y = case, np.array(case.data)
        self.code = compile(case.text, "<density>", "eval")
        self.names = {**names(), "y": self.y.astype(np.longdouble)}

    def level(self, values: dict[str, float]) -> float:
        """The log-likelihood; -inf where it has no value."""
        with np.errstate(all="ignore"):
            density = eval(self.code, {"__builtins__": {}}, {
                **self.names, **{name: np.longdouble(v) for name, v in values.items()}})
            total = float(np.sum(np.log(density + np.zeros_like(self.y))))
        return total if math.isfinite(total) else -INF

    def outside(self, values: dict[str, float]) -> str:
        """Which parameter is not within its ends; empty where all are."""
        known: dict[str, float] = {}
        for p in self.case.parameters:
            low, high, low_open, high_open = p.ends(known, self.y)
            x = values[p.name]
            slack = 1e-13 * (1 + abs(x))
            if x < low - slack or x > high + slack or (low_open and x <= low) or (
                    high_open and x >= high):
                return f"{p.name} = {x}"
            known[p.name] = x
        return ""

    def values(self, u: Any, face: tuple[int, ...]) -> dict[str, float]:
        """Parameters at coordinates; `face` puts one at its lower (1) or upper end (2)."""
        known: dict[str, float] = {}
        at = iter(u)
        for p, side in zip(self.case.parameters, face, strict=True):
            low, high, *_ = p.ends(known, self.y)
            x = 0.0 if side else float(next(at))
            with np.errstate(all="ignore"):
                if side:
                    value = low if side == 1 else high
                elif math.isfinite(low) and math.isfinite(high):
                    value = low + (high - low) / (1 + math.exp(-x)) if x > -700 else low
                elif math.isfinite(low):
                    value = low + math.exp(min(x, 700))
                elif math.isfinite(high):
                    value = high - math.exp(min(x, 700))
                else:
                    value = math.sinh(max(-700.0, min(x, 700)))
            known[p.name] = value
        return known

    def highest(self, starts: int) -> tuple[float, dict[str, float], float]:
        """The highest level, where, and how far out the coordinates are."""
        from scipy.optimize import minimize

        draw = np.random.default_rng(11)
        best = (-INF, {}, 0.0)
        for face in self.faces():
            count = face.count(0)
            tries = draw.normal(size=(starts, count)) * 2 if count else np.zeros((1, 0))
            levels = [self.level(self.values(u, face)) for u in tries]
            for n in np.argsort(levels)[::-1][:5 if count else 1]:
                u = tries[n]
                for _ in range(3 if count else 0):
                    u = minimize(lambda v, face=face: min(-self.level(self.values(v, face)), 1e300),
                                 u, method="Nelder-Mead",
                                 options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 3000}).x
                level = self.level(self.values(u, face))
                if level > best[0] + 1e-12:
                    best = (level, self.values(u, face), float(np.abs(u).max(initial=0)))
        return best

    def goes_on(self, place: dict[str, float], level: float) -> bool:
        """Whether a parameter may go on for long with a likelihood as high, as floats see it."""
        return self.grows(place, level) or any(
            self.level({**place, name: value * by}) >= level - 1e-12 and any(
                self.level({**place, name: value / by**n}) < level - 1e-12 for n in (1, 4, 12))
            for name, value in place.items() for by in (1.5, 1 / 1.5))

    def grows(self, place: dict[str, float], level: float) -> bool:
        """Whether a place further out, the other parameters fitted, is likelier by far."""
        from scipy.optimize import minimize

        for name, by in product(place, (3, -3, 1 / 3)):
            others = [n for n in place if n != name]

            def loss(v: Any, name: str = name, by: float = by, others: Any = others) -> float:
                values = {name: place[name] * by, **dict(zip(others, v, strict=True))}
                return min(1e300, INF if self.outside(values) else -self.level(values))

            for start in (1, by) if others else ():
                fit = minimize(loss, [place[n] * start for n in others], method="Nelder-Mead",
                               options={"maxiter": 2000, "xatol": 1e-10, "fatol": 1e-10})
                if -fit.fun > level + 1e-3:
                    return True
        return False

    def faces(self) -> Iterator[tuple[int, ...]]:
        """The closed ends that parameters may be at."""
        sides = []
        known: dict[str, float] = {}
        for p in self.case.parameters:
            low, high, low_open, high_open = p.ends(known, self.y)
            sides.append([0, *([1] if math.isfinite(low) and not low_open else []),
                          *([2] if math.isfinite(high) and not high_open else [])])
            known[p.name] = min(max(0.0, low if math.isfinite(low) else 0.0),
                                high if math.isfinite(high) else 0.0)
        return product(*sides)


GREEK = {"θ": "theta", "α": "alpha", "λ": "lam", "lam": "lam"}


def verdict(case: Case, starts: int = 60) -> tuple[str, str]:
    """One of right, edge, none, undecided; worse, outside, denied, refused; and words on it."""
    judge = Judge(case)
    try:
        derivation = derive.mle(case.text, given=case.given, data=case.data)
    except DeriveError as error:
        return "refused", str(error)
    level, place, far = judge.highest(starts)
    wanted = [p.name for p in case.parameters]
    values = {GREEK.get(name, name): float(v) for name, v in derivation.estimates}
    if not set(wanted) <= set(values):
        words = "; ".join(w for label, w in derivation.remarks if label in ("boundary", "open"))
        level_set = "same, the highest" in words or "do not determine" in words
        if "not decided" in words:
            return "undecided", words
        if level_set or far > FAR or level == -INF or judge.goes_on(place, level):
            return "none", words
        return "denied", f"{words}; {level:.10g} at {place}"
    values = {name: values[name] for name in wanted}
    edge = any("on the edge of its range" in w for _, w in derivation.remarks)
    out = judge.outside(values)
    if out and not edge:
        return "outside", out
    here = judge.level(values)
    if not edge and here < level - TOLERANCE:
        return "worse", f"{here:.12g} at {values}, but {level:.12g} at {place}"
    return "edge" if edge else "right", ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--starts", type=int, default=60)
    options = parser.parse_args()
    counts: dict[str, int] = {}
    started = time.perf_counter()
    for number, case in enumerate(cases(options.count, options.seed)):
        kind, words = verdict(case, options.starts)
        counts[kind] = counts.get(kind, 0) + 1
        if kind not in ("right", "none", "edge", "undecided"):
            print(f"{number} {kind}: {case.text} | {'; '.join(case.given)} | {case.data}: {words}",
                  flush=True)
    print(counts, f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
