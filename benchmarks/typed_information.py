"""Fisher information of typed densities: distributions of the table in disguise.

    python benchmarks/typed_information.py                         4 of each distribution
    python benchmarks/typed_information.py --each 10 --seed 3 gamma weibull
    python benchmarks/typed_information.py --seconds 60             a minute for each of them

Parameters get other names and are put in terms of others (logarithm, square, reciprocal, root,
shift, a product with another one, another parametrisation of the table), the density is typed as
it stands, multiplied out, or as the exponential of its logarithm taken apart. Each entry of the
information that comes out in closed form is compared with the expected product of the scores at
random parameters: the typed text is evaluated by mpmath, its scores are differences of its
logarithm, and expected values are quadrature or sums. A distribution counts whose information the
table has in closed form. A line for each case tells how far it is. What takes longer than its
seconds of processor time is ended: a derivation counts as open, a comparison as not compared.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from mpmath import mp, mpf

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import derive
from derive.calculus.likelihood.densities.statistical_model import log_density, read_model
from derive.calculus.problem import with_unknown
from derive.core.exact import exact
from derive.errors import DeriveError
from derive.notation.printing.plain import plain
from derive.notation.reading.declaration_lines import declared_names
from derive.rulebook.algebra import multiplied_out
from derive.tables.distribution_table import Distribution, _distributions, distribution_for

NAMES = ("bernoulli", "binomial", "poisson", "geometric", "zero-inflated-poisson",
         "zero-truncated-poisson", "normal", "laplace", "student-t", "cauchy", "logistic", "gumbel",
         "gumbel-min", "generalised-normal", "asymmetric-laplace", "exponential", "gamma",
         "inverse-gamma", "inverse-gaussian", "log-normal", "weibull", "rayleigh", "half-normal",
         "half-cauchy", "maxwell", "nakagami", "pareto", "generalised-pareto", "log-logistic",
         "beta", "logit-normal", "kumaraswamy", "von-mises")
# What a parameter of a type is put in terms of: the type of the new one, and the formula.
CHANGES = {
    "positive": (("positive", "{a}"), ("real", "exp({a})"), ("positive", "{a}**2"),
                 ("positive", "1/{a}"), ("positive", "sqrt({a})"), ("positive", "1/sqrt({a})"),
                 ("positive", "2*{a}"), ("real", "exp(-{a})"), ("positive", "1/{a}**2"),
                 ("positive", "({a} + 1)"), ("positive", "{a}*{b}")),
    "real": (("real", "{a}"), ("real", "-{a}"), ("real", "({a} + 1)"), ("real", "2*{a}"),
             ("positive", "log({a})"), ("positive", "{a}"), ("real", "{a}*{b}")),
    "probability": (("probability", "{a}"), ("real", "sigmoid({a})"), ("probability", "(1 - {a})"),
                    ("positive", "1/(1 + {a})"), ("positive", "exp(-{a})"),
                    ("positive", "{a}/(1 + {a})")),
}
LETTERS = ("a", "c", "u", "v", "r", "t", "h", "eta", "psi", "rho")
DIGITS = 20
CLOSE = mpf(10) ** -6


class TooLong(Exception):
    """The seconds of a case are over."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what runs inside after some seconds of processor time, with TooLong."""
    def ended(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, ended)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(frozen=True)
class Case:
    """A disguised distribution: its text, its declarations, and the parameters behind it."""

    name: str
    text: str
    given: tuple[str, ...]
    kinds: dict[str, str]
    behind: dict[str, str]  # the table's parameters in terms of the typed ones


@dataclass
class Outcome:
    """What came of a case: closed or not, wrong or not, how long it took."""

    case: Case
    closed: bool = False
    compared: bool = True
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    said: str = ""


def disguised(name: str, draw: random.Random) -> Case:
    """A distribution with other parameters, another way of writing it, and other names."""
    entry = distribution_for(name)
    forms = [d for d in _distributions() if name in (d.name, d.base)]
    entry = draw.choice(forms) if draw.random() < 0.4 else entry
    kinds = {n: line.partition(":")[2].strip() for line in entry.given if ":" in line
             for n in declared_names([line])}
    taken = set(re.findall(r"[A-Za-z_]\w*", " ".join((entry.density, *entry.given, *entry.define,
                                                      *entry.observed, *entry.known))))
    letters = [n for n in LETTERS if n not in taken]
    draw.shuffle(letters)
    new, behind = {}, {}
    for n, kind in kinds.items():
        typed, formula = draw.choice(CHANGES[kind])
        others = [m for m, k in new.items() if k == "positive"]
        if "{b}" in formula and not others:
            typed, formula = kind, "{a}"
        letter = letters.pop()
        behind[n] = formula.format(a=letter, b=others[0] if others else "")
        new[letter] = typed
    text = _text(entry, behind, draw)
    for line in entry.define:
        left, _, right = line.partition("=")
        behind[left.strip()] = _put_in(right.strip(), behind)
    known = list(entry.known)
    given = (*(f"{n}: {k}" for n, k in new.items()), *known, *(
        _put_in(line, behind) for line in entry.observed))
    return Case(name, text, given, new, behind)


def _put_in(text: str, values: dict[str, str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        return f"({values[match[0]]})" if match[0] in values else match[0]

    return re.sub(r"[A-Za-z_]\w*", replaced, text)


@exact
def _text(entry: Distribution, behind: dict[str, str], draw: random.Random) -> str:
    """The density, with the table's parameters put in, written in one of several ways."""
    plainly = entry.density
    for line in reversed(entry.define):
        left, _, right = line.partition("=")
        plainly = _put_in(plainly, {left.strip(): right.strip()})
    way = draw.randrange(3)
    if way and " if " not in plainly:
        model = read_model(entry.name)
        line = log_density(model, with_unknown(None, model.scope)).line
        plainly = f"exp({plain(multiplied_out(line) if way == 2 else line)})"
    return _put_in(plainly, behind)


def exponential(x: Any) -> Any:
    """exp, which is 0 or infinite far out: mpmath takes very long there."""
    if abs(x) > 10**6:
        return mpf(0) if x < 0 else mp.inf
    return mp.exp(x)


FUNCTIONS: dict[str, Any] = {
    "exp": exponential,
    **{n: getattr(mp, n) for n in ("log", "sqrt", "sin", "cos", "tanh", "cosh", "sinh",
                                   "loggamma", "atan", "pi")},
    "abs": abs, "max": max, "min": min, "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "logbeta": lambda a, b: mp.log(mp.beta(a, b)), "log1p": mp.log1p, "expm1": mp.expm1,
    "digamma": mp.digamma, "trigamma": lambda x: mp.psi(1, x), "euler_gamma": mp.euler,
    "besseli0": lambda x: mp.besseli(0, x), "besseli1": lambda x: mp.besseli(1, x),
    "softplus": lambda x: mp.log1p(mp.exp(x)), "E1": mp.e1,
    "sign": mp.sign, "log1m": lambda x: mp.log(1 - x)}


def function(text: str) -> Callable[[dict[str, Any]], Any]:
    """A typed formula as a function of its names: the text is made here, by this file."""
    code = compile(re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"mpf(\1)", text), "<formula>", "eval")
    return lambda names: eval(code, {"mpf": mpf, **FUNCTIONS, **names})


def expected(case: Case, names: dict[str, Any], first: str, second: str) -> Any:
    """The expected product of two scores, by quadrature or a sum."""
    density = function(case.text)
    kind = next(line.partition(":")[2].strip() for line in case.given if line.startswith("y:"))

    def log_slope(y: Any, name: str) -> Any:
        step = mpf(10) ** -8
        ends = [mp.log(density({**names, "y": y, name: names[name] + s})) for s in (step, -step)]
        return (ends[0] - ends[1]) / (2 * step)

    def body(y: Any) -> Any:
        p = density({**names, "y": y})
        if p < mpf(10) ** -300:
            return mpf(0)
        return p * log_slope(y, first) * log_slope(y, second)

    if kind in ("binary", "count"):
        last = 1 if kind == "binary" else int(names["n"]) if "n" in names else 4000
        return _summed(body, 1 if "1 <= y" in case.given else 0, last)
    if kind in ("positive", "nonnegative"):  # over logarithms tails fall exponentially
        def over_logarithms(v: Any) -> Any:
            return body(mp.exp(v)) * mp.exp(v) if abs(v) < 10**5 else mpf(0)

        return mp.quad(over_logarithms, places(case, kind, names), maxdegree=6)
    return mp.quad(body, places(case, kind, names), maxdegree=6)


def _summed(body: Callable[[Any], Any], first: int, last: int) -> Any:
    total, small = mpf(0), 0
    for y in range(first, last + 1):
        term = body(mpf(y))
        total += term
        small = small + 1 if abs(term) < mpf(10) ** -18 * abs(total) else 0
        if small > 12:
            break
    return total


def places(case: Case, kind: str, names: dict[str, Any]) -> list[Any]:
    """Ends of the support and places inside at which to split the integral.

    Of positive observations those of their logarithms.
    """
    inside = {n: function(v)(names) for n, v in case.behind.items()}
    if kind == "probability":
        return [0, mpf(1) / 4, mpf(1) / 2, mpf(3) / 4, 1]
    if case.name == "von-mises":
        return sorted([-mp.pi, mp.pi, mpf(0)])
    if case.name == "pareto":
        low = mp.log(inside["xm"])
        return [low, low + 1, low + 4, mp.inf]
    if kind in ("positive", "nonnegative"):
        centre = mp.log(_typical(case, names))
        return [-mp.inf, *(centre + d for d in (-4, -1, 1, 4)), mp.inf]
    centre = inside.get("mu", mpf(0))
    spread = 1 / function(case.text)({**names, "y": centre})
    return [-mp.inf, centre - 8 * spread, centre - 2 * spread, centre, centre + 2 * spread,
            centre + 8 * spread, mp.inf]


def _typical(case: Case, names: dict[str, Any]) -> Any:
    """A size of which half of the observations are, roughly: by bisection of the density."""
    density = function(case.text)
    grid = [mpf(2) ** k for k in range(-40, 41)]
    weights = [g * density({**names, "y": g}) for g in grid]
    return grid[weights.index(max(weights))]


def values_for(case: Case, draw: random.Random) -> dict[str, Any]:
    """Random parameters of moderate size."""
    names = {}
    for name, kind in case.kinds.items():
        unit = mpf(draw.randrange(1, 1000)) / 1000
        names[name] = {"probability": mpf(1) / 8 + unit * 3 / 4, "real": 2 * unit - 1,
                       "positive": mpf(1) / 2 + unit * 2}[kind]
    if any(line.startswith("n:") for line in case.given):
        names["n"] = mpf(draw.randrange(3, 9))
    return names


def regular(case: Case, names: dict[str, Any]) -> bool:
    """Whether the information exists at the parameters, which its formula does not ask."""
    inside = {n: function(v)(names) for n, v in case.behind.items()}
    if case.name == "generalised-normal":
        return bool(inside["beta"] > mpf("1.6"))
    if case.name == "kumaraswamy":
        return bool(inside["b"] > mpf("2.3") and inside["a"] > mpf("0.3"))
    return True


def tried(name: str, seed: int, seconds: float) -> Outcome:
    """One disguised distribution: its information derived, and each closed entry compared."""
    draw = random.Random(f"{name} {seed}")
    case = disguised(name, draw)
    outcome = Outcome(case)
    start = time.process_time()
    try:
        with within(seconds):
            derived = derive.fisher(case.text, given=case.given)
    except (DeriveError, TooLong) as error:
        outcome.seconds = time.process_time() - start
        outcome.said = str(error) or f"not derived within {seconds:g} s"
        return outcome
    outcome.seconds = time.process_time() - start
    entries = (derived, *derived.others)
    outcome.closed = not any("expect(" in e.notation for e in entries)
    outcome.said = "; ".join(f"{e.quantity} = {e.notation}" for e in entries)
    try:
        with within(seconds):
            _compared(case, entries, outcome, draw)
    except TooLong:
        outcome.compared = False
    return outcome


def _compared(case: Case, entries: Sequence[Any], outcome: Outcome, draw: random.Random) -> None:
    """Compares each closed entry at random parameters where the information exists."""
    with mp.workdps(DIGITS + 5):
        for _ in range(20):
            names = values_for(case, draw)
            if regular(case, names):
                break
        else:
            outcome.compared = False
            return
        for entry in entries:
            if "expect(" not in entry.notation:
                _compare(case, entry, names, outcome)


def _compare(case: Case, entry: Any, names: dict[str, Any], outcome: Outcome) -> None:
    """Adds the entry to the wrong ones where it is not the expected product of the scores."""
    own = str(entry.quantity).partition("_")[2].split("_")
    pair = (own[0], own[-1])
    ours = function(entry.notation)(names)
    diagonal = [expected(case, names, n, n) for n in dict.fromkeys(pair)]
    truth = diagonal[0] if len(diagonal) == 1 else expected(case, names, *pair)
    scale = mp.sqrt(diagonal[0] * diagonal[-1])
    if abs(ours - truth) > CLOSE * scale:
        values = ", ".join(f"{n} = {mp.nstr(v, 5)}" for n, v in names.items())
        outcome.wrong.append(f"{entry.quantity} = {entry.notation} is {mp.nstr(ours, 10)}, "
                             f"quadrature {mp.nstr(truth, 10)} at {values}")


def outcomes(names: Sequence[str], each: int, seed: int, seconds: float, workers: int,
             ) -> Iterator[Outcome]:
    """The outcomes of all cases, in order."""
    cases = [(name, seed * 1000 + n, seconds) for name in names for n in range(each)]
    if workers == 1:
        yield from (tried(*case) for case in cases)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(tried, *zip(*cases, strict=True))


def told(outcome: Outcome) -> None:
    """Prints the line of a case, and what is open or wrong in it."""
    case = outcome.case
    state = "WRONG" if outcome.wrong else "open" if not outcome.closed else \
        "closed" if outcome.compared else "closed, not compared"
    print(f"{case.name:25} {1000 * outcome.seconds:7.0f} ms  {state}", flush=True)
    if outcome.wrong or not outcome.closed:
        print(f"    {case.text}  given {'; '.join(case.given)}\n    {outcome.said[:400]}",
              *(f"\n    WRONG {w}" for w in outcome.wrong), flush=True)


def main() -> None:
    """Prints a line for each case, then one for each distribution."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    table: dict[str, list[Outcome]] = {}
    for outcome in outcomes(options.names or NAMES, options.each, options.seed, options.seconds,
                            options.workers):
        table.setdefault(outcome.case.name, []).append(outcome)
        told(outcome)
    print()
    for name, row in table.items():
        times = sorted(o.seconds for o in row)
        print(f"{name:25} {counts(row)}, median {1000 * times[len(times) // 2]:.0f} ms")
    rows = [o for row in table.values() for o in row]
    share = 100 * sum(o.closed for o in rows) / len(rows)
    print(f"{'all':25} {counts(rows)} ({share:.1f} % closed)")


def counts(row: Sequence[Outcome]) -> str:
    """How many are closed, wrong, not compared."""
    return f"closed {sum(o.closed for o in row)} of {len(row)}, " \
        f"wrong {sum(bool(o.wrong) for o in row)}, not compared {sum(not o.compared for o in row)}"


if __name__ == "__main__":
    main()
