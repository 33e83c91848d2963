"""What is asked of the engine in each direction, and the truth beside it, by Python alone."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import derive
from benchmarks.nesting.formulas import GIVEN, formula, nested, point, second, slope
from benchmarks.nesting.python_reading import Dim, Vector, value
from benchmarks.nesting.recurrences import compared, differs
from derive.errors import NoIntegralError, NotAGradient
from derive.notation.printing.plain import plain

SIZES = (1, 2, 3, 4)


KEPT: list[Any] = []  # the derivation of the present trial


def keep(derivation: Any) -> Any:
    """Notes a derivation for the certificate that is asked for afterwards."""
    KEPT[:] = [derivation]
    return derivation


class Wrong(Exception):
    """A value of the engine that differs from the truth."""


class Unanswered(Exception):
    """The engine says that it does not know; that is no error."""


def holds(derivation: Any, names: dict[str, Any]) -> bool:
    """Whether the stated conditions hold at a point; one that cannot be read counts as failing."""
    for condition in (*derivation.obligations, *derivation.assumptions):
        try:
            if not value(plain(condition, derivation.reserved), names):
                return False
        except (NameError, ValueError, ZeroDivisionError, IndexError, SyntaxError):
            return False
    return True


def compare(where: str, truth: float, text: str, names: dict[str, Any], derivation: Any,
            rel: float = 1e-6) -> None:
    """Raises Wrong where the printed result has another value, or none where it says it has."""
    try:
        here = value(text, names)
    except (ValueError, ZeroDivisionError, IndexError, OverflowError) as error:
        if holds(derivation, names):
            raise Wrong(f"{where}: no value ({error}), truth {truth}: {text}") from None
        return
    if not math.isclose(here, truth, rel_tol=rel, abs_tol=rel * 1e-1) and \
            holds(derivation, names):
        raise Wrong(f"{where}: {here}, truth {truth}: {text}")


def near_kink(text: str, names: dict[str, Any], name: str, at: tuple[int, ...]) -> bool:
    """Whether differences of two steps disagree: a maximum changes over near the point."""
    one, other = slope(text, names, name, at, 2e-4), slope(text, names, name, at, 5e-5)
    return not math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-7)


def gradient(draw: random.Random) -> str:
    text = formula(draw)
    d = keep(derive.grad(text, given=GIVEN, wrt="a[r]"))
    for size in SIZES:
        names = point(size, draw)
        for at in range(size):
            try:
                if near_kink(text, names, "a", (at,)):
                    continue
                truth = slope(text, names, "a", (at,))
            except ValueError:
                continue
            compare(f"K={size}, r={at}", truth, d.notation, {**names, "r": at}, d)
    return text


def hessian(draw: random.Random) -> str:
    text = formula(draw, smooth=True)
    d = keep(derive.hessian(text, given=GIVEN, wrt="a[r]"))
    first, other = (i.name for i in d.indices)
    for size in SIZES[:3]:
        names = point(size, draw)
        for at in range(size):
            for to in range(size):
                try:
                    truth = second(text, names, at, to)
                except ValueError:  # outside the domain
                    continue
                compare(f"K={size}, {at}, {to}", truth, d.notation,
                        {**names, first: at, other: to}, d, 1e-4)
    return text


def kernel(draw: random.Random) -> str:
    text = formula(draw)
    k = derive.kernel(text, given=GIVEN, wrt="a")
    for size in SIZES:
        names = point(size, draw)
        got, slopes = k.value_and_grad(*(np.array(names[a.name]) for a in k.arguments))
        try:
            truths = [value(text, names), *(slope(text, names, "a", (at,)) for at in range(size))]
            if any(near_kink(text, names, "a", (at,)) for at in range(size)):
                continue
        except ValueError:
            continue
        for where, (here, truth) in enumerate(zip([float(got), *np.ravel(slopes)], truths,
                                                  strict=True)):
            if not math.isclose(here, truth, rel_tol=1e-6, abs_tol=1e-7):
                raise Wrong(f"K={size}, entry {where}: {here}, truth {truth}")
    return text


def cost(draw: random.Random) -> str:
    """A field that is a gradient, or is not; what comes back is differentiated."""
    potential = draw.choice((
        "sum(b[k]*z[k]**2/2 for k in K)", "sum(z[k]*{} for k in K)".format(
            nested(draw, 1, ("k",), True).replace("a[", "b[")),
        "logsumexp(z) - z[y]", "sum(sum(b[j]*b[k]*z[j]*z[k] for j in K) for k in K)",
        "sum(exp(b[k]*z[k]) for k in K)", "(sum(b[k]*z[k] for k in K))**2/2",
        "sum(b[k]*z[k] for k in K if k != y) + z[y]**2",
        "sum(sum((z[j] - z[k])**2*b[j] for j in K if j < k) for k in K)"))
    given = ["z: real[K]", "b: positive[K]", "W: positive[K, K]", "y: label(K)", "c: real"]
    field = derive.grad(potential, given=given, wrt="z[m]").notation
    spoilt = draw.random() < 0.4
    if spoilt:
        field = f"{field} + " + draw.choice((
            "m*z[0]*c", "b[m]*z[y]*c", "c*sum(W[m, k]*z[k] for k in K)",
            "sum(z[k]*c for k in K if k < m)", "(c*z[0] if m == y else 0)",
            "c*z[m]*sum(z[k] for k in K if k != m)"))
    try:
        d = keep(derive.cost(field, given=given, wrt="z[m]"))
    except NotAGradient:
        if not spoilt:
            raise Wrong(f"refused, although the gradient of {potential}: {field}") from None
        return field
    except NoIntegralError as error:
        raise Unanswered(str(error)) from None
    for size in SIZES:
        names = {**point(size, draw), "z": Vector(draw.uniform(-1, 1) for _ in range(size))}
        for at in range(size):
            truth = value(field, {**names, "m": at})
            here = slope(d.notation, names, "z", (at,))
            if not math.isclose(here, truth, rel_tol=1e-6, abs_tol=1e-7) and holds(d, names):
                raise Wrong(f"K={size}, m={at}: cost {d.notation} of {field}")
    return field


# Statistics: a density with a rate of nested sums


def _rate(draw: random.Random) -> str:
    """A positive function of lam (and b, W), nested over one dimension."""
    return nested(draw, draw.choice((1, 2)), (), True).replace("a[", "lam[").replace(
        "c*", "2*").replace("tanh(", "exp(")


STATED = ["lam: positive[K]", "b: positive[K]", "W: positive[K, K]", "y: label(K)",
          "t: nonnegative"]


def _positive_rate(draw: random.Random) -> str:
    return f"(1 + {_rate(draw)})"


def _names(size: int, draw: random.Random) -> dict[str, Any]:
    names = point(size, draw)
    return {**names, "lam": names["a"], "t": draw.uniform(0.2, 2)}


def nll(draw: random.Random) -> str:
    rate = _positive_rate(draw)
    density = f"{rate}*exp(-{rate}*t)"
    link = draw.random() < 0.5
    d = keep(derive.nll(density, given=STATED, wrt="lam", observed="t",
                        link="log" if link else None))
    for size in SIZES:
        one, other = _names(size, draw), None
        other = {**one, "lam": Vector(draw.uniform(0.3, 1.2) for _ in range(size))}
        gaps = []
        for names in (one, other):
            logs = {**names, "z": Vector(math.log(v) for v in names["lam"])}
            try:
                gaps.append(value(d.notation, logs) + math.log(value(density, names)))
            except ValueError:  # the density underflows
                break
        if len(gaps) == 2 and not math.isclose(gaps[0], gaps[1], rel_tol=1e-7, abs_tol=1e-8):
            raise Wrong(f"K={size}: {d.notation} of {density}, link {link}")
    return density


def score(draw: random.Random) -> str:
    rate = _positive_rate(draw)
    density = f"{rate}*exp(-{rate}*t)"
    d = keep(derive.score(density, given=STATED, wrt="lam", observed="t"))
    (index,) = (i.name for i in d.indices)
    for size in SIZES:
        names = _names(size, draw)
        for at in range(size):
            try:
                truth = slope(f"log({density})", names, "lam", (at,))
            except ValueError:  # the density underflows
                continue
            compare(f"K={size}, {at}", truth, d.notation, {**names, index: at}, d)
    return density


def mle(draw: random.Random) -> str:
    weight = nested(draw, draw.choice((1, 2)), ("j",), True).replace("a[", "b[").replace(
        "c*", "2*").replace("tanh(", "exp(")
    square = f"sum((1 + {weight})*(x[j] - mu)**2/2 for j in K)"
    density = f"exp(-{square})/sqrt(prod(2*pi/(1 + {weight}) for j in K))"
    given = ["mu: real", "x: real[K]", "b: positive[K]", "W: positive[K, K]", "y: label(K)"]
    d = keep(derive.mle(density, given=given, wrt="mu", observed="x"))
    for size in SIZES:
        names = {**point(size, draw), "N": Dim(2)}
        rows = Vector(Vector(draw.uniform(-1, 1) for _ in range(size)) for _ in range(2))
        mu = value(d.notation, {**names, "x": rows})
        slopes = [sum(slope(square, {**names, "x": row, "mu": m}, "mu", ()) for row in rows)
                  for m in (mu, mu + 1)]
        if abs(slopes[0]) > 1e-6 * max(1.0, abs(slopes[1])):
            raise Wrong(f"K={size}: mu = {mu} by {d.notation} of {density}")
    return density


def fisher(draw: random.Random) -> str:
    rate = _positive_rate(draw).replace("lam[", "theta*b[")
    density = f"{rate}*exp(-{rate}*t)"
    given = [*STATED[1:], "theta: positive"]
    d = keep(derive.fisher(density, given=given, wrt="theta", observed="t"))
    if "expect(" in d.notation:
        raise Unanswered(d.notation)
    for size in SIZES:
        names = {**_names(size, draw), "theta": draw.uniform(0.4, 1.2)}
        if "theta" not in rate:
            continue
        truth = (slope(rate, names, "theta", ()) / value(rate, names))**2
        compare(f"K={size}", truth, d.notation, names, d)
    return density


def noise(draw: random.Random) -> str:
    weight = nested(draw, draw.choice((1, 2)), (), True).replace("a[", "b[").replace(
        "c*", "2*").replace("tanh(", "exp(")
    loss = f"(1 + {weight})*" + draw.choice(("(t - z)**2", "abs(t - z)"))
    given = ["z: real", "t: real", "b: positive[K]", "W: positive[K, K]", "y: label(K)"]
    d = keep(derive.noise(loss, given=given, wrt="z", observed="t"))
    density = d.others[0].notation
    for size in SIZES[:3]:
        names = {**point(size, draw), "z": draw.uniform(-1, 1)}
        width = 12 / math.sqrt(value(weight, names) + 1) + 12 / (value(weight, names) + 1)
        steps = 4000
        grid = (names["z"] + width * (2 * (n + 0.5) / steps - 1) for n in range(steps))
        whole = sum(value(density, {**names, "t": t}) for t in grid) * 2 * width / steps
        if not math.isclose(whole, 1, rel_tol=1e-3):
            raise Wrong(f"K={size}: the density {density} has the total {whole}")
    return loss


def bptt(draw: random.Random) -> str:
    text, rows = compared(draw, keep)
    for where, truth, here in rows:
        if differs(truth, here):
            raise Wrong(f"{where} is {here}, truth {truth}, in {text}")
    return text


DIRECTIONS: dict[str, Callable[[random.Random], str]] = {
    "grad": gradient, "hessian": hessian, "kernel": kernel, "cost": cost, "nll": nll,
    "score": score, "mle": mle, "fisher": fisher, "noise": noise, "bptt": bptt}


def names_of(directions: str) -> Iterator[str]:
    """The directions of a list joined by commas, or all."""
    yield from (directions.split(",") if directions else DIRECTIONS)
