"""Threads: any number of them at once give what one alone gives, and the host notices nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpmath
import pytest
from sympy import Symbol, cos, sin, sqrt
from sympy.core.cache import CACHE, clear_cache
from sympy.core.operations import AssocOp
from sympy.core.parameters import global_parameters

import derive
from derive.calculus.problem import problem, unfolded
from derive.core.exact import exact
from derive.judge.precision import mp, own
from derive.rulebook.loading import Rulebook, StandardRules
from tests.undistributed_products import DistributedNumberError

Z = ("z: real", "y: binary")
CALLS: dict[str, Callable[[], object]] = {
    "softmax": lambda: derive.grad("softmax-nll"),
    "logistic": lambda: derive.grad("log(1 + exp(z)) - y*z", given=Z, wrt="z"),
    "power": lambda: derive.grad("z**3*sin(z)/(1 + z**2)", given=Z, wrt="z"),
    "norm": lambda: derive.grad("norm(o - q)*o[0]", given=("o: real[K]", "q: real[K]"), wrt="o"),
    "hessian": lambda: derive.hessian("softmax-nll"),
    "jacobian": lambda: derive.jacobian("softmax(o)", given="o: real[K]", wrt="o"),
    "density": lambda: derive.nll("bernoulli", link="logit"),
    "cost": lambda: derive.cost("sigmoid(z) - y", given=Z, wrt="z"),
    "product": lambda: derive.grad("prod(z[k]**2 + 1 for k in K)", given="z: real[K]", wrt="z"),
    "cases": lambda: derive.grad("z**2/2 if abs(z) <= 1 else abs(z) - 1/2", given=Z, wrt="z"),
}
TURNS = 10


def outcome(name: str) -> str:
    """Everything that is to be seen of one call: lines, verification and notation."""
    try:
        found = CALLS[name]()
        stored = found.show("json")  # type: ignore[attr-defined]
        return f"{stored}\n{found.verify().show('text')}"  # type: ignore[attr-defined]
    except derive.DeriveError as error:
        return f"{type(error).__name__}: {error}"


def test_eight_threads_give_what_one_gives() -> None:
    alone = {name: outcome(name) for name in CALLS}
    names = [name for turn in range(TURNS) for name in (sorted(CALLS) if turn % 2 else CALLS)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(outcome, names))
    assert len(together) == TURNS*len(CALLS)
    assert [n for n, found in zip(names, together, strict=True) if found != alone[n]] == []
    assert not any("Error" in found.partition(":")[0] for found in alone.values())


def test_the_precision_of_the_host_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = outcome("density")
    monkeypatch.setattr(mpmath.mp, "dps", 5)
    assert outcome("density") == usual
    assert mpmath.mp.dps == 5


def test_each_thread_has_a_precision_of_its_own() -> None:
    seen: list[int] = []
    with mp.workdps(60):
        thread = threading.Thread(target=lambda: seen.append(mp.dps))
        thread.start()
        thread.join()
        assert mp.dps == 60
    assert seen == [15]


def test_a_number_of_another_context_takes_this_ones_precision() -> None:
    third = mpmath.mpf(1)
    with mp.workdps(50):
        assert abs(own(third) / 3 * 3 - 1) < mp.mpf(10) ** -49
        assert abs(third / 3 * 3 - 1) == 0  # the host's own arithmetic stays the host's


def test_the_caches_of_sympy_are_not_emptied_but_that_of_sums_and_products() -> None:
    x = Symbol("host")
    kept = sin(x) * cos(x)
    others = [c for c in CACHE if c is not AssocOp.__new__]
    assert len(others) == len(CACHE) - 1
    before = sum(c.cache_info().currsize for c in others)
    derive.grad("softmax-nll")
    assert sum(c.cache_info().currsize for c in others) >= before
    assert sin(x) * cos(x) == kept


def test_sympy_distributes_numbers_for_the_host_as_ever() -> None:
    x = Symbol("x", real=True)
    derive.cost("sigmoid(z) - y", given=Z, wrt="z")
    derive.cost("2*(z + 1)*exp(z)", given="z: real", wrt="z")
    assert str(2 * (x + 1)) == "2*x + 2"
    assert str(3 * (1 + sqrt(2))) in ("3 + 3*sqrt(2)", "3*sqrt(2) + 3")
    assert global_parameters.distribute is True


def test_what_the_host_distributed_is_not_met_in_a_derivation() -> None:
    """1/2*(u - v) of our own trees, built by the host, is a sum in the cache of SymPy."""
    given = ("z: real", "s: positive", "lo, hi: real", "lo < hi")
    line = derive.grad("z*(hi - lo)/2", given=given, wrt="z")
    assert line.notation == "(hi - lo) / 2"
    product = line.result
    number, gap = (product.args if product.args[0].is_Rational else product.args[::-1])
    clear_cache()
    assert (number * gap).is_Add
    assert derive.grad("z*(hi - lo)/2", given=given, wrt="z").result == product


def test_a_product_that_the_package_multiplies_out_is_seen() -> None:
    posed = problem("w = u + v\n2*w", ["u, v: real"], "u").specification
    clear_cache()
    with pytest.raises(DistributedNumberError, match="multiplied out"):
        unfolded(posed.loss, posed.definitions)
    assert exact(unfolded)(posed.loss, posed.definitions).is_Mul


def test_a_rule_that_the_host_reads_is_read_as_within_a_derivation() -> None:
    rule = Rulebook(StandardRules())["logarithm-of-halved-error-functions"]
    assert rule.left.args[1].is_Mul  # (erf(u) - erf(v))/2


def test_a_host_that_does_not_distribute_goes_on_so() -> None:
    held = vars(global_parameters)
    held["distribute"] = False
    try:
        assert derive.grad("softmax-nll").notation == "softmax(o)[i] - delta(i, y)"
        assert global_parameters.distribute is False
    finally:
        held["distribute"] = True


LEAVES_NO_TRACE = """
import signal, sys, threading, warnings, sympy, mpmath
from sympy.core.cache import CACHE, clear_cache
from sympy.core.operations import AssocOp
from sympy.core.parameters import global_parameters
x = sympy.Symbol("x"); sympy.sin(x) * x
def state():
    return (list(warnings.filters), sys.getrecursionlimit(), mpmath.mp.prec, sys.flags,
            {s: signal.getsignal(s) for s in signal.valid_signals()}, dict(vars(global_parameters)),
            threading.active_count(), sys.getswitchinterval(), sys.excepthook, sys.displayhook,
            signal.getitimer(signal.ITIMER_REAL))
before, kept = state(), sum(c.cache_info().currsize for c in CACHE)
import derive
assert state() == before, "import"
derive.grad("softmax-nll").verify().show("latex")
derive.cost("sigmoid(z) - y", given=["z: real", "y: binary"], wrt="z")
derive.check("z: real\\ngradient of z**2 with respect to z\\n= 2*z").show()
assert state() == before, "use"
assert sum(c.cache_info().currsize for c in CACHE) >= kept
"""


def test_neither_import_nor_use_leaves_a_trace() -> None:
    run = subprocess.run([sys.executable, "-c", LEAVES_NO_TRACE], capture_output=True, text=True,
                         cwd=Path(__file__).parents[1], check=False)
    assert run.returncode == 0, run.stderr


def test_no_lock_is_kept_while_a_thread_waits_for_its_turn() -> None:
    """functools.cached_property of Python 3.11 has one lock for all instances of a class."""
    wrong = [p for p in Path(derive.__file__).parent.rglob("*.py")
             if "cached_property" in p.read_text().partition("from functools import")[2][:80]]
    assert wrong == []


def test_mpmath_is_used_through_the_context_of_the_thread_alone() -> None:
    folder = Path(derive.__file__).parent
    apart = ("from mpmath.ctx_mp import MPContext",)  # a context of its own for one judgement
    wrong = [p.name for p in folder.rglob("*.py") if p.name != "precision.py"
             and any(line.startswith(("from mpmath", "import mpmath")) and line not in apart
                     for line in p.read_text().splitlines())]
    assert wrong == []
