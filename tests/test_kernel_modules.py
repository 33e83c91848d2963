"""Generated modules: they stand alone, say what they are, and pass their own tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import derive
from derive.commands.kernel import command


def write(tmp_path: Path, *arguments: str) -> Path:
    path = tmp_path / "made.py"
    done = command_line(*arguments, "-o", str(path))
    assert done.exit_code == 0, done.output
    return path


def command_line(*arguments: str) -> Result:
    """`derive kernel` with arguments, in this process."""
    return CliRunner().invoke(command, list(arguments))


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """Runs a file by itself: no derive on the path, every warning an error."""
    return subprocess.run([sys.executable, "-I", "-W", "error", str(path)], text=True,
                          capture_output=True, cwd=path.parent, check=False)


@pytest.mark.parametrize(("name", "accuracy"), [
    *((name, "fast") for name in ("softmax-nll", "gev-nll", "tversky", "crps-normal")),
    ("softmax-nll", "faithful"), ("gev-nll", "faithful"),
    pytest.param("tversky", "faithful", marks=pytest.mark.slow),
    pytest.param("crps-normal", "faithful", marks=pytest.mark.slow)])
def test_a_written_module_passes_the_test_that_is_written_with_it(tmp_path: Path, name: str,
                                                                  accuracy: str) -> None:
    path = write(tmp_path, name, "--with-test", "--accuracy", accuracy,
                 "--outputs", "value,grad,value_and_grad,hessian,hvp")
    imports = {line.split()[1] for line in path.read_text().splitlines()
               if line.startswith(("import ", "from "))}
    assert imports <= {"__future__", "collections.abc", "math", "os", "threading", "typing",
                       "concurrent.futures", "decimal", "numpy", "numpy.typing"}
    found = run(tmp_path / "test_made.py")
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count("passed") == 7


@pytest.mark.parametrize("name", ["huber", "softmax-nll", "poisson-nll-mean"])
def test_a_module_of_single_precision_passes_its_own_test(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "--with-test", "--dtype", "float32")
    found = run(tmp_path / "test_made.py")
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_planted_error_fails_the_written_test(tmp_path: Path) -> None:
    path = write(tmp_path, "bernoulli-ce", "--with-test")
    text = path.read_text()
    assert "np.log1p(" in text
    path.write_text(text.replace("np.log1p(", "np.log("))
    assert run(tmp_path / "test_made.py").returncode != 0


@pytest.mark.parametrize(("dtype", "given", "found"), [
    ("float32", np.float64, np.float32), ("float64", np.float32, np.float64),
    ("both", np.float32, np.float32), ("both", np.float64, np.float64)])
def test_a_module_may_compute_in_one_dtype_alone(tmp_path: Path, dtype: str, given: Any,
                                                 found: Any) -> None:
    space: dict[str, Any] = {"__name__": "made"}
    exec(write(tmp_path, "huber", "--dtype", dtype).read_text(), space)
    assert space["value"](given([1.0]), given([3.0]), given([1.0])).dtype == found


def test_the_docstring_says_what_the_kernel_is() -> None:
    text = derive.kernel("softmax-nll", runtime="full").source_of(("value", "hessian"))
    for part in ("value     -log(softmax(o)[y])", "d/do[i]: softmax(o)[i] - delta(i, y)",
                 "Hessian   softmax(o)[i] * (delta(i, j) - softmax(o)[j])",
                 "o        (..., K)  real", "y        (...)  integers in [0, K)",
                 "reduction:", "weight:", "mask, ignore_label:", "exact second derivatives",
                 "At a kink", "No constant is dropped", "Accuracy: fast", "ULP in float64",
                 "sampled inputs", "Source: Goodfellow"):
        assert part in text


@pytest.mark.parametrize("name", ["softmax-nll", "gaussian-mixture-nll", "beta-nll"])
def test_the_module_computes_what_the_kernel_computes(name: str) -> None:
    kernel = derive.kernel(name, runtime="full")
    space: dict[str, Any] = {"__name__": "made"}
    exec(compile(kernel.source, "made", "exec"), space)
    rng = np.random.default_rng(5)
    given = [rng.integers(0, 4, 7) if a.integral else
             rng.uniform(0.1, 0.9, (7, *(4 for _ in a.kind.shape))) for a in kernel.arguments]
    for ours, theirs in zip(kernel.value_and_grad(*given), space["value_and_grad"](*given),
                            strict=True):
        assert np.array_equal(ours, theirs)


def test_lines_are_short_and_the_code_is_clean(tmp_path: Path) -> None:
    path = write(tmp_path, "softmax-nll", "--with-test")
    for file in (path, tmp_path / "test_made.py"):
        found = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "-q",
                                "--select", "E9,F,W,I", str(file)], capture_output=True,
                               text=True, check=False)
        assert found.returncode == 0, found.stdout
    assert all(len(line) <= 100 for line in path.read_text().splitlines())


@pytest.mark.parametrize(("arguments", "word"), [
    (["softmax-nll", "--with-test"], "needs -o FILE.py"),
    (["softmax-nll", "--outputs", "loss"], "loss is none of value, grad"),
    (["softmax-nll", "--outputs", "hessian", "--with-test"], "needs"),
])
def test_wrong_options_are_named(arguments: list[str], word: str, tmp_path: Path) -> None:
    if arguments[1:2] == ["--outputs"] and "--with-test" in arguments:
        arguments = [*arguments, "-o", str(tmp_path / "made.py")]
    done = command_line(*arguments)
    assert done.exit_code != 0
    assert word in done.output + str(done.exception)


def test_names_that_the_code_uses_itself_are_changed() -> None:
    kernel = derive.kernel("(n - np)**2 * K + scale", given=["n, np, K, scale: real"], wrt="n")
    assert [a.safe for a in kernel.arguments] == ["n_", "np_", "K", "scale_"]
    assert kernel.value(3.0, 1.0, 2.0, 1.0) == 9
