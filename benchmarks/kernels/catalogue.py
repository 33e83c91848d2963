"""Every loss of the catalogue: value, gradient and Hessian of its kernel against mpmath.

The truth is the derived expression, evaluated by `derive.judge.trees.evaluate` at two precisions
that must agree to 25 digits. A point at which it has no value, or none in time, is left out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from mpmath import mp, mpf

from .draws import SIZE, Loss, loss_named, point_of, points
from .formats import FORMATS, REGIMES, Array, Format
from .report import Report, cell
from .scoring import Score, Truths, errors
from .truth import UNKNOWN, Exact, in_ulps

DIGITS = (100, 800, 2200)
SLOW_DIGITS = (50, 150, 500)  # of special functions
_AGREE = mpf(10) ** -25
_SECONDS = 1.0         # for one truth
_MOST_SECONDS = 40.0  # for the truths of one output
_METHODS = {"value": "value", "gradient": "grad", "Hessian": "hessian"}


@dataclass(frozen=True)
class Row:
    """One output of one kernel in one accuracy."""

    name: str
    label: str
    accuracy: str
    score: Score


def _quicken() -> None:
    """Makes mpmath's exp remember, and avoid powers of e for huge arguments that are integers."""
    plain = mp.exp
    memory: dict[Any, Any] = {}

    def exp(x: Any, **options: Any) -> Any:
        if options or not isinstance(x, mpf):
            return plain(x, **options)
        key = (x._mpf_, mp.prec)
        if key not in memory:
            if len(memory) > 20_000:
                memory.clear()
            size = mp.mag(x) if x else 0
            if size > 16:
                with mp.workprec(mp.prec + size + 20):
                    wide = plain(x - mpf(0.5)) * plain(mpf(0.5))
                memory[key] = +wide
            else:
                memory[key] = plain(x)
        return memory[key]

    mp.exp = exp


class Late(Exception):
    """The time for a truth is over."""


@contextlib.contextmanager
def _limit() -> Iterator[None]:
    def late(*_: Any) -> None:
        raise Late

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _truth(expression: Any, point: Any, form: Format, precisions: tuple[int, ...]) -> Exact:
    """The exact value, once two precisions agree on it."""
    from derive.errors import EvaluationError
    from derive.judge.trees.evaluate import evaluate

    last: Any = None
    for digits in precisions:
        try:
            found = evaluate(expression, replace(point, kept={}), digits)
        except EvaluationError:
            last = None
            continue
        with mp.workdps(digits):
            value = mpf(found)
            if last is not None and abs(value - last) <= _AGREE * abs(value):
                if value or digits == precisions[-1]:
                    return in_ulps(value, form)
            elif last is not None and mp.mag(value) < -1200 and mp.mag(last) < -1200:
                return in_ulps(mpf(0), form)
        last = value
    return UNKNOWN


def _truths(loss: Loss, label: str, drawn: list[list[Array]], form: Format) -> Truths:
    _, expression, indices = next(e for e in loss.expressions if e[0] == label)
    from derive.core import heads

    usual = {"exp", "log", "softplus", "sigmoid", "softmax", "abs", "sign", "tanh"}
    special = any(n.name not in usual for n in expression.atoms(heads.Apply))
    rows, start = [], time.perf_counter()
    for arrays in drawn:
        point, row = point_of(loss, arrays), []
        for at in product(range(SIZE), repeat=len(indices)):
            scalars = {**point.scalars, **dict(zip(indices, at, strict=True))}
            exact = UNKNOWN
            if time.perf_counter() - start < _MOST_SECONDS:
                with contextlib.suppress(Late), _limit():
                    exact = _truth(expression, replace(point, scalars=scalars), form,
                                   SLOW_DIGITS if special else DIGITS)
            row.append(exact)
        rows.append(row)
    return Truths.of(rows)


def _kernels(name: str) -> dict[str, Any]:
    import derive

    try:
        return {a: derive.kernel(name, accuracy=a) for a in ("fast", "faithful")}
    except TypeError:
        return {"fast": derive.kernel(name)}


def _outcome(kernel: Any, label: str, loss: Loss, drawn: list[list[Array]], regimes: Array,
             truths: Truths, form: Format) -> Score:
    method = getattr(kernel, _METHODS[label], None)
    if method is None:
        return Score(note=f"no {label}")
    arrays = [np.stack(column) for column in zip(*drawn, strict=True)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(method(*arrays))
        found = found.reshape(truths.whole.shape)
    except Exception as error:
        return Score(note=f"{type(error).__name__}: {error}".splitlines()[0][:60])
    ulps, nonfinite, zeros = errors(found, truths, form)
    rank = np.where(nonfinite, np.inf, ulps)
    n, at = divmod(int(np.argmax(rank)), ulps.shape[1])
    worst = "; ".join(f"{a.name} = {v[n].tolist()!r}"
                      for a, v in zip(loss.arguments, arrays, strict=True))
    return Score(ulps=float(ulps.max()), nonfinite=int(nonfinite.any(1).sum()),
                 zeros=int(zeros.any(1).sum()), points=len(drawn),
                 undecided=int((~truths.known).any(1).sum()),
                 worst=f"{worst}; element {at} [{regimes[n]}] computed {found[n, at]!r}")


def loss_task(task: tuple[str, str, int, int]) -> list[Row]:
    """All rows of one loss."""
    name, dtype, seed, count = task
    form = FORMATS[dtype]
    try:
        kernels = _kernels(name)
        loss = loss_named(name, kernels["fast"])
    except Exception as error:
        note = f"{type(error).__name__}: {error}".splitlines()[0][:80]
        return [Row(name, "value", "fast", Score(note=note))]
    drawn, regimes = [], []
    for regime in REGIMES:
        rng = np.random.default_rng((seed, zlib.crc32(name.encode()), ord(regime), form.bits))
        fresh = points(loss, rng, count, regime, form)
        drawn += fresh
        regimes += [regime] * len(fresh)
    if not drawn:
        return [Row(name, "value", "fast", Score(note="no point met the conditions"))]
    rows = []
    for label, _, _ in loss.expressions:
        truths = _truths(loss, label, drawn, form)
        rows += [Row(name, label, accuracy, _outcome(kernel, label, loss, drawn,
                                                     np.array(regimes), truths, form))
                 for accuracy, kernel in kernels.items()]
    return rows


def run(report: Report, only: list[str], dtype: str, seed: int, quick: bool,
        workers: int) -> list[Row]:
    """Measures and reports all losses whose names contain one of the words."""
    import derive

    names = [e.name for e in derive.losses() if not only or any(w in e.name for w in only)]
    tasks = [(n, dtype, seed, 6 if quick else 40) for n in names]
    rows: list[Row] = []
    with multiprocessing.get_context("spawn").Pool(workers or os.cpu_count(), _quicken) as pool:
        for fresh in pool.imap(loss_task, tasks):
            rows += fresh
            print(f"  … {fresh[0].name}: " + ", ".join(
                f"{r.label} {r.accuracy} {cell(r.score)}" for r in fresh), flush=True)
    if rows:
        _report(report, rows, len(names), dtype, seed)
    return rows


def _report(report: Report, rows: list[Row], losses: int, dtype: str, seed: int) -> None:
    report.heading(f"The catalogue, {losses} losses in {dtype}, seed {seed}")
    report.say("N: points with a false NaN or infinity, Z: points with a false zero. Points of "
               "which the truth stayed open are left out: "
               f"{sum(r.score.undecided for r in rows if r.accuracy == 'fast')} of "
               f"{sum(r.score.points for r in rows if r.accuracy == 'fast')}.")
    table = []
    for accuracy in dict.fromkeys(r.accuracy for r in rows):
        for label in ("value", "gradient", "Hessian"):
            some = [r.score for r in rows if r.accuracy == accuracy and r.label == label]
            table.append([f"{accuracy} {label}", f"{sum(s.passes for s in some)} of {len(some)}",
                          str(sum(bool(s.note) for s in some)),
                          str(sum(s.nonfinite for s in some)), str(sum(s.zeros for s in some))])
    report.table(["outputs", "within 4, no failure", "not offered", "N points", "Z points"], table)
    report.heading(f"Outputs of the catalogue beyond 4 ulps or with a failure, {dtype}")
    report.lines([f"{r.name} {r.label} {r.accuracy}: {cell(r.score)}"
                  + ("" if r.score.note else f" at {r.score.worst}")
                  for r in rows if not r.score.passes] or ["none"])
