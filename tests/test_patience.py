"""Bounds on work: one mechanism, counted where the work is done."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import derive
from derive import limits
from derive.commands import cli
from derive.core.exact import exact
from derive.errors import EvaluationError, TooLargeError
from derive.judge.trees.float_numbers import power
from derive.turns import Turns

SUMS = "*".join(f"({n} + z)" for n in range(10, 70))
LONG = " + ".join(f"log(z + {n})*tanh({n}*z)" for n in range(1, 12))


def spin() -> None:
    while True:
        limits.tick("spinning")


def spun(seconds: float) -> float:
    """The processor time after which work without an end was stopped."""
    start = time.thread_time()
    with pytest.raises(derive.PatienceError, match="spinning"), limits.within(seconds):
        spin()
    return time.thread_time() - start


def test_work_ends_when_the_time_is_over() -> None:
    assert 0.05 <= spun(0.05) < 0.5


def test_what_is_not_bounded_is_not_stopped() -> None:
    for _ in range(1000):
        limits.tick("spinning")


@pytest.mark.parametrize("call", [
    lambda: derive.grad(SUMS, given="z: real", wrt="z"),
    lambda: derive.hessian(SUMS, given="z: real", wrt="z"),
    lambda: derive.jacobian(f"softmax(o)*({SUMS})", given=["o: real[K]", "z: real"], wrt="z"),
    lambda: derive.cost(f"({SUMS})*exp(z)", given="z: real", wrt="z"),
    lambda: derive.nll("exp(-(y - z)**4*(2 + sin(y*z)) - abs(y - 3*z))",
                       given="y, z: real", wrt="z"),
    lambda: derive.noise(f"({SUMS})**2*(y - z)**2", given=["y, z: real"], wrt="z"),
    lambda: derive.kernel(SUMS, given="z: real", wrt="z"),
], ids=["grad", "hessian", "jacobian", "cost", "nll", "noise", "kernel"])
def test_every_direction_has_the_bound(call) -> None:
    start = time.thread_time()
    with derive.patience(0.05), pytest.raises(derive.DeriveError) as caught:
        call()
    assert "--patience SECONDS" in str(caught.value)
    assert time.thread_time() - start < 4


def test_a_verification_has_the_bound_too() -> None:
    found = derive.grad(LONG, given="z: positive", wrt="z")
    with derive.patience(0.02), pytest.raises(derive.PatienceError, match="patience SECONDS"):
        found.verify()


def test_the_message_says_what_was_tried_and_how_to_go_on() -> None:
    with derive.patience(0.1), pytest.raises(derive.PatienceError) as caught:
        derive.grad(SUMS, given="z: real", wrt="z")
    said = str(caught.value)
    assert said.startswith("no end within 0.1 s of work; the time went into ")
    assert "--patience SECONDS" in said
    assert "derive.patience(SECONDS)" in said
    assert "\n" not in said


def test_an_error_that_was_swallowed_still_ends_the_call() -> None:
    @exact
    def swallows() -> str:
        for _ in range(10**7):
            try:
                limits.tick("spinning")
            except derive.DeriveError:
                return "no answer"
        return "an answer"

    with derive.patience(0.05), pytest.raises(derive.PatienceError):
        swallows()


def test_the_bound_that_was_reached_is_named() -> None:
    with pytest.raises(derive.PatienceError) as caught, limits.within(0.05) as outer, \
            limits.within(60) as inner:
        spin()
    assert caught.value.bound is outer
    assert outer.over
    assert not inner.over


def test_work_goes_on_after_an_inner_bound() -> None:
    with limits.within(60) as outer:
        spun(0.05)
        limits.tick("spinning")
    assert not outer.over


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "10", None, True])
def test_patience_is_a_positive_number(seconds: object) -> None:
    with pytest.raises(derive.DeriveError, match="positive number of seconds"), \
            derive.patience(seconds):  # type: ignore[arg-type]
        pass


def test_patience_holds_for_the_block_alone() -> None:
    with derive.patience(3):
        assert limits.allowed() == 3
    assert limits.allowed() == limits.PATIENCE


@pytest.mark.parametrize("command", ["grad", "hessian", "jacobian", "cost", "nll", "score", "mle",
                                     "fisher", "noise", "kernel", "bptt", "check", "demo", "plot",
                                     "site", "rules"])
def test_every_command_takes_patience(command: str) -> None:
    assert "--patience" in CliRunner().invoke(cli, [command, "--help"]).output


def test_the_command_line_passes_patience_on() -> None:
    result = CliRunner().invoke(cli, ["grad", SUMS, "-g", "z: real", "--wrt", "z",
                                      "--patience", "0.1"])
    assert isinstance(result.exception, derive.PatienceError)


def test_nothing_is_interrupted_from_outside() -> None:
    for path in Path(derive.__file__).parent.rglob("*.py"):
        text = path.read_text()
        assert not any(word in text for word in ("SetAsyncExc", "SIGALRM", "setitimer"))


@pytest.mark.parametrize(("formula", "given"), [
    ("logsumexp(o)*((0.1 if p > 2 else -3) - norm(o - q)*o[0])",
     ["o: real[K]", "q: real[K]", "p: real"]),
    (" + ".join(f"log(z + {n})" for n in range(1, 40)), ["z: positive"]),
])
def test_lines_are_verified_in_the_time_of_one(formula: str, given: list[str]) -> None:
    found = derive.grad(formula, given=given, wrt=given[0].partition(":")[0])
    start = time.thread_time()
    found.verify()
    assert time.thread_time() - start < 3


def test_a_power_too_large_to_compute_is_refused_at_once() -> None:
    from derive.judge.precision import mpf

    assert power(mpf(2), mpf(10) ** 40 * -1) == power(mpf(2), mpf(10) ** 60 * -1)
    with pytest.raises(TooLargeError):
        power(mpf(2), mpf(10) ** 40)
    with pytest.raises(EvaluationError, match="negative"):
        power(mpf(-2), mpf(1) / 3)
    assert [power(mpf(-2), mpf(n)) for n in (3, 4)] == [-8, 16]


def test_an_own_density_that_falls_doubly_exponentially_is_judged_soon() -> None:
    start = time.thread_time()
    with pytest.raises(derive.DeriveError, match="this is no density"):
        derive.nll("lam**d * exp(-lam**y)", given=["lam: positive", "y: positive", "d: real"],
                   wrt="lam")
    assert time.thread_time() - start < 5


def test_the_turn_goes_to_who_asked_first() -> None:
    import threading

    turns, order = Turns(), []
    turns.take()

    def work(name: int) -> None:
        turns.take()
        order.append(name)
        turns.leave()

    threads = []
    for name in range(5):
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        while len(turns._waiting) <= name:
            time.sleep(0.001)
    turns.leave()
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]


def test_a_thread_that_does_not_have_the_turn_gives_none_away() -> None:
    turns = Turns()
    turns.give_way()
    turns.take()
    turns.leave()
    turns.take()
