"""Work that once had no end, or no bound: long sums, doubling definitions, files without an end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import derive
from derive.core.exact import exact
from derive.functions.decisions import settled
from derive.functions.intervals import interval
from derive.given_files import content_of
from derive.judge.claims.derivation_claims import end_to_end
from derive.judge.rules.rule_trials import checked_rules
from derive.limits import decided, tick, within
from derive.notation.reading.specification import specify

DOUBLING = {"polynomial": "{n}*{n} + {n}", "fraction": "{n}/(1 + {n}**2)",
            "nested": "tanh({n}) + sin({n})"}


def doubled(body: str, times: int) -> str:
    """A specification in which each name stands twice in the next."""
    lines = [f"a{n + 1} = {body.format(n=f'a{n}')}" for n in range(times)]
    return "\n".join(["z: real", "a0 = z", *lines, f"a{times}"])


def seconds(call) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


# Long sums

@pytest.mark.parametrize("term", ["sin({n}*z)", "{n}z", "{n}*z*z*u"])
def test_a_long_sum_is_no_deep_one(term: str) -> None:
    text = " + ".join(term.format(n=n) for n in range(1, 161))
    found = derive.grad(text, given=["z: positive", "u: real"], wrt="z")
    ends, why = exact(end_to_end)(found, 1)
    assert ends, why


def test_a_long_product_and_a_long_difference_are_read_from_the_left() -> None:
    product = derive.grad("*".join(["z"] * 200), given="z: real", wrt="z")
    assert product.notation == "200 * z**199"
    difference = derive.grad(" - ".join(["z"] * 201), given="z: real", wrt="z")
    assert difference.verify().notation == "-199"


def test_more_terms_than_are_read_are_said_to_be_so() -> None:
    with pytest.raises(derive.NotationError, match="more than 1000 operations stand side by side"):
        derive.grad("+".join(["z"] * 1100), given="z: real", wrt="z")


def test_the_judge_takes_time_in_proportion_to_the_terms() -> None:
    times = []
    for count in (25, 100):
        text = " + ".join(f"log(z + {n})" for n in range(1, count + 1))
        found = derive.grad(text, given="z: positive", wrt="z")
        times.append(seconds(found.verify))
    assert times[1] < 8 * times[0]  # of four times as many


# Definitions that double

@pytest.mark.parametrize("body", DOUBLING.values(), ids=DOUBLING)
def test_thirty_definitions_that_double_are_shared(body: str) -> None:
    text = doubled(body, 30)
    found = derive.grad(text, wrt="z")
    assert len(found.notation) < 4000
    assert exact(end_to_end)(found, 1)[0]


@pytest.mark.parametrize("function", [derive.hessian, derive.kernel])
def test_what_writes_them_out_is_refused_at_once(function) -> None:
    def call() -> None:
        with pytest.raises(derive.DeriveError, match="grows beyond"):
            function(doubled(DOUBLING["polynomial"], 30), wrt="z")

    assert seconds(call) < 8


def test_a_shared_tree_is_walked_part_by_part() -> None:
    node = exact(specify)("z", ["z: real"]).loss
    for _ in range(18):  # a tree of 3**18 leaves
        node = exact(lambda n: n / (1 + n**2))(node)
    assert exact(settled)(node) is not None
    assert seconds(lambda: exact(interval)(node)) < 1


def test_ends_of_intervals_do_not_grow_without_bound() -> None:
    p = exact(specify)("p/3", ["p: probability"]).loss
    node = p
    for _ in range(40):  # ends of 2**40 digits, were they written out
        node = exact(lambda n: n**2 + p)(node)
    assert exact(interval)(node).low == 0
    assert exact(interval)(node).high == float("inf")


# What is said

def test_the_error_says_what_was_decided_before() -> None:
    def work() -> None:
        decided("the first half is right")
        while True:
            tick("the second half")

    with pytest.raises(derive.PatienceError, match="until then the first half is right"), \
            within(0.05):
        work()


# Files without an end

@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no such devices here")
@pytest.mark.parametrize("arguments", [
    ["check", "/dev/zero"], ["verify", "/dev/zero"], ["train", "--data", "/dev/zero"],
    ["grad", "z", "-g", "z: real", "--rules", "/dev/zero"],
    ["grad", "z", "-g", "z: real", "--functions", "/dev/zero"]])
def test_a_device_is_no_file(arguments: list[str]) -> None:
    from click.testing import CliRunner

    from derive.commands import cli

    error = CliRunner().invoke(cli, arguments).exception
    assert isinstance(error, derive.DeriveError)
    assert "it is a device, and no file of data" in str(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_read_where_somebody_writes_and_given_up_where_nobody_does(
        tmp_path, monkeypatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr("derive.given_files._PATIENCE", 0.2)
    with pytest.raises(OSError, match="nobody has written to this pipe"):
        content_of(pipe)
    with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write('z: real')"]):
        monkeypatch.setattr("derive.given_files._PATIENCE", 20)
        assert content_of(pipe) == b"z: real"


def test_a_file_is_read_up_to_a_bound(tmp_path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 2000)
    with pytest.raises(OSError, match="larger than"):
        content_of(tmp_path / "long", 1000)


# Sides and steps that are no numbers

def test_a_rule_that_makes_an_array_of_a_number_is_refused(tmp_path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[own]\nsays = "No."\nfrom = "log(exp(prod(w[k] for k in K)))"\nto = "w"\n'
                    'stage = "fold"\nsource = "me"\n')
    with pytest.raises(derive.VerificationError, match="one side is a number, the other a"):
        exact(checked_rules)([path])


@pytest.mark.parametrize("formula", ["log(log(u * 0**z))", "log(0**z)"])
def test_a_step_that_leads_to_no_real_value_is_refused(formula: str) -> None:
    with pytest.raises(derive.NotDifferentiableError, match="no real value"):
        derive.grad(formula, given=["z: real", "u: positive"], wrt="z")


def test_noise_of_a_prediction_that_the_loss_does_not_hold_is_refused() -> None:
    with pytest.raises(derive.DeriveError, match="the loss does not depend on o"):
        derive.noise("x[0] + 1", given=["x: real[D]", "o: real[K]"], wrt="o[i]")


@pytest.mark.parametrize("axes", ["K, " * 199 + "K", "\u00b2", "None", "True"])
def test_axes_that_cannot_be_are_refused_in_words(axes: str) -> None:
    with pytest.raises(derive.NotationError):
        derive.grad("sum(z)", given=f"z: real[{axes}]", wrt="z")


# Workers

WORK = """
import os, sys, time
from derive.worker_processes import in_processes

def work(task):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(60)

list(in_processes(work, [1, 2], 2))
"""


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked at in /proc")
@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
def test_workers_end_within_a_second_of_their_parent(signal: str, tmp_path) -> None:
    import signal as signals

    script = tmp_path / "script.py"
    script.write_text(WORK)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(derive.__file__).parents[1])},
                          ) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(map(alive, workers))
        parent.send_signal(getattr(signals, signal))
        parent.wait(10)
        end = time.monotonic() + 1
        while any(map(alive, workers)) and time.monotonic() < end:
            time.sleep(0.02)
        assert not any(map(alive, workers))
