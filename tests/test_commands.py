"""The command line as a user meets it: results, exit codes, pipes, terminals, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.command_line import run
from tests.platforms import needs_posix

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, str(ROOT / "cli.py")]


@pytest.mark.parametrize(("arguments", "result"), [
    (["grad", "softmax-nll"], "softmax(o)[i] - delta(i, y)"),
    (["hessian", "softmax-nll"], "softmax(o)[i] * (delta(i, j) - softmax(o)[j])"),
    (["grad", "bernoulli-ce"], "sigmoid(z) - y"),
    (["grad", "gaussian-mse"], "mu - y"),
    (["grad", "softmax-nll", "--through", "p"], "softmax(o)[i] - delta(i, y)"),
    (["grad", "-log(exp(o[y]) / sum(exp(o[k]) for k in K))", "--given", "o: real[K]", "--given",
      "y: label(K)", "--wrt", "o"], "softmax(o)[i] - delta(i, y)"),
    (["grad", "--given", "z: real", "--wrt", "z", "-z**2 / 2"], "-z"),
    (["jacobian", "softmax(z)", "-g", "z: real[K]"],
     "softmax(z)[i] * (delta(i, j) - softmax(z)[j])"),
])
def test_the_last_lines_are_result_and_verification(arguments: list[str], result: str) -> None:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert f"result    {result}\n" in done.stdout
    assert "verified" in done.stdout
    assert done.stderr == ""


def test_a_specification_from_standard_input_and_from_a_file(tmp_path: Path) -> None:
    text = "z: real\ny: binary\np = sigmoid(z)\nL = -y*log(p) - (1 - y)*log(1 - p)\n"
    file = tmp_path / "loss.txt"
    file.write_text(text)
    for done in (run("grad", "-", "--wrt", "z", stdin=text),
                 run("grad", str(file), "--wrt", "z")):
        assert "result    p - y" in done.stdout
        assert "in full   sigmoid(z) - y" in done.stdout


@pytest.mark.parametrize(("arguments", "code", "word"), [
    (["grad", "softmax-nl"], 1, "softmax-nll"),
    (["grad", "log(z", "-g", "z: real"], 1, "never closed"),
    (["grad", "foo(z)", "-g", "z: real"], 1, "unknown function"),
    (["grad", "o[x]", "-g", "o: real[K]", "-g", "x: real"], 1, "index over K"),
    (["grad", "z*y", "-g", "z: real", "-g", "y: label(K)", "--wrt", "y"], 1, "label"),
    (["grad", "__import__('os')", "-g", "z: real"], 1, "column"),
    (["grad", "9**9**9", "-g", "z: real"], 1, "exponent"),
    (["grad", "softmax-nll", "--rules", "nowhere.toml"], 2, "nowhere.toml"),
    (["grad"], 2, "TARGET"),
    (["gard", "softmax-nll"], 2, "grad"),
    (["grad", "softmax-nll", "--detail", "much"], 2, "much"),
    (["grad", "softmax-nll", "--output", "/nowhere/at/all.txt"], 1, "cannot write"),
    (["rules", "sfiting"], 1, "sifting"),
    (["losses", "hubr"], 1, "huber"),
    (["kernel", "trigamma(z)", "-g", "z: positive"], 1, "polygamma"),
])
def test_a_mistake_is_one_clear_message(arguments: list[str], code: int, word: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_json_on_standard_output_is_json() -> None:
    data = json.loads(run("grad", "huber", "--format", "json").stdout)
    assert data["result"]["notation"].startswith("z - y if")
    assert data["verification"]["points"] > 0
    assert len(json.loads(run("losses", "--format", "json").stdout)) >= 63


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "out.tex"
    done = run("grad", "softmax-nll", "--format", "latex", "--output", str(file))
    assert done.stdout == ""
    assert r"\begin{align*}" in file.read_text()


def test_output_adapts_to_an_ascii_terminal() -> None:
    done = subprocess.run([*COMMAND, "grad", "softmax-nll"], capture_output=True, text=True,
                          env={**os.environ, "PYTHONIOENCODING": "ascii"}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "softmax(o)[i] - delta(i, y)" in done.stdout


@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_fit_the_width(width: int) -> None:
    for name in ("softmax-nll", "huber", "softmax-focal", "cosine-distance"):
        text = run("grad", name, "--width", str(width)).stdout
        assert max(map(len, text.split("\n"))) <= width
        wide = run("grad", name, "--width", "400").stdout
        assert Counter("".join(text.split())) == Counter("".join(wide.split())), "a sign is lost"


@needs_posix
def test_a_warning_is_one_line_without_its_place_in_the_source() -> None:
    code = ("import warnings; from derive import commands; commands.cli.main = "
            "lambda **_: warnings.warn('NumPy goes on', RuntimeWarning); commands.main()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "derive: NumPy goes on\n"


def test_a_closed_pipe_is_silent() -> None:
    line = f"{sys.executable} {ROOT / 'cli.py'} rules | head -1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@needs_posix
def test_ctrl_c_ends_quietly() -> None:
    # What was started in the background of a shell ignores the signal, and so would its children.
    with subprocess.Popen([*COMMAND, "rules", "--check"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
                          ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        finally:  # one that goes on would fail whatever test comes later
            process.kill()
    assert process.returncode == 130
    assert errors.strip() == ""


@pytest.mark.parametrize("text", ["(" * 100_000, "z" * 120_000, "z\x01", "lambda: z",
                                  "z.__class__"])
def test_hostile_text_ends_soon(text: str) -> None:
    start = time.monotonic()
    done = run("grad", "-", "-g", "z: real", stdin=text)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 2_000
    assert time.monotonic() - start < 20


def test_a_users_rules_are_checked_before_use(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[wrong]\nsays = "A wrong rule."\nfrom = "log(a + b)"\n'
                    'to = "log(a) + log(b)"\nsource = "-"\n')
    done = run("grad", "softmax-nll", "--rules", str(file))
    assert done.returncode == 1
    assert "rule wrong is wrong" in done.stderr


def test_losses_and_rules_are_listed() -> None:
    lines = run("losses").stdout.splitlines()
    assert lines[0].startswith("softmax-nll\t")
    assert len(lines) >= 63
    assert any(line.startswith("sifting\t") for line in run("rules").stdout.splitlines())
    assert "gradient by  o" in run("losses", "softmax-nll").stdout


def test_a_kernel_is_printed() -> None:
    source = run("kernel", "softmax-nll").stdout
    assert "def value_and_grad(o: ArrayLike, y: ArrayLike, *" in source
    compile(source, "kernel", "exec")


def test_functions_that_are_named_by_their_homes_are_there() -> None:
    from derive.provided import _homes, loaded
    from derive.rendering import forms
    from derive.teaching import teaching_forms

    homes = [*_homes.values(), *forms._DERIVATION.values(), *forms._REFUSAL.values(),
             *teaching_forms._CHECK.values(), *teaching_forms._DEMONSTRATION.values()]
    assert all(callable(loaded(home)) for home in homes)
