"""Short modules: plain NumPy, the formula's own code first, and what they promise."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands.kernel import command
from tests.conftest import made_kernel
from tests.test_nan_passing import examples

QUICK = ("softmax-nll", "huber", "focal", "crammer-singer", "vae-kl", "poisson-nll", "ppo-clip",
         "softmax-ce-soft", "weston-watkins", "cox-partial-nll")
NAMES = [pytest.param(e.name, marks=[] if e.name in QUICK else pytest.mark.slow)
         for e in derive.losses()]
ALL = ("value", "grad", "value_and_grad", "hessian", "hvp")
LOOSE = {"interval-censored-normal-nll", "ordered-probit"}  # plain floats cancel there


def namespace(source: str) -> dict[str, Any]:
    """The names of a module."""
    space: dict[str, Any] = {"__name__": "made"}
    exec(compile(source, "made", "exec"), space)
    return space


@pytest.mark.parametrize("name", NAMES)
def test_a_short_module_computes_what_the_kernel_computes(name: str) -> None:
    kernel = made_kernel(name)
    made, blocks = namespace(kernel.source_of(ALL)), examples(kernel, 9)
    vector = np.random.default_rng(1).normal(size=kernel.grad(*blocks).shape)
    for plan in ALL:
        given = (*blocks, vector) if plan == "hvp" else tuple(blocks)
        ours, full = made[plan](*given), getattr(kernel, plan)(*given)
        for one, other in zip(ours, full, strict=True) if isinstance(ours, tuple) else \
                [(ours, full)]:
            assert one.dtype == other.dtype
            rtol = 1e-1 if name in LOOSE else 1e-6
            np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-9 + (name in LOOSE))


@pytest.mark.parametrize(("name", "z"), [("poisson-nll", 1e4), ("bernoulli-ce-probability", 0.0)])
def test_an_infinite_loss_of_weight_0_costs_nothing(name: str, z: float) -> None:
    made = namespace(made_kernel(name).source_of(ALL))
    value, slope = made["value_and_grad"](np.array([z, 0.5]), 1.0, weight=[0.0, 2.0])
    assert [value[0], slope[0]] == [0.0, 0.0]
    assert value[1] == 2.0 * made["value"](0.5, 1.0)
    assert np.isnan(made["value"](np.nan, 1.0, weight=0.0))


def test_the_usual_loss_is_short() -> None:
    text = derive.kernel("softmax-nll").source_of(("value", "grad", "value_and_grad", "hvp"))
    assert text.count("\n") <= 250
    body = text.partition("def _value(")[2]
    assert "  # max(o[i])" in body
    assert "  # o[y] - max(o[i])" in body
    assert " t1 " not in text


def test_the_formula_comes_first() -> None:
    text = derive.kernel("huber").source
    places = [text.index(part) for part in ("def _value(", "def value(", "def evaluate(")]
    assert places == sorted(places)


@pytest.mark.parametrize("options", [
    {"weight": [0.0, 2.0, 1.0]}, {"mask": np.array([True, False, True])}, {"ignore_label": 1},
    {"reduction": "sum"}, {"reduction": "mean", "weight": [1.0, 2.0, 3.0]},
    {"reduction": "mean", "mask": np.array([True, False, True]), "ignore_label": 0}])
def test_weights_masks_and_reductions_are_those_of_the_kernel(options: Any) -> None:
    kernel = made_kernel("softmax-nll")
    o, y = np.random.default_rng(2).normal(size=(3, 4)), np.array([0, 1, 2])
    for ours, full in zip(namespace(kernel.source)["value_and_grad"](o, y, **options),
                          kernel.value_and_grad(o, y, **options), strict=True):
        np.testing.assert_allclose(ours, full, rtol=1e-13)


@pytest.mark.parametrize(("o", "y"), [
    ([np.inf, 0.0], 0), ([np.inf, 0.0], 1), ([-np.inf, 0.0], 1), ([-np.inf, 0.0], 0),
    ([np.nan, 0.0], 1), ([40.0, 0.0], 0)])
def test_limits_are_those_of_the_kernel(o: Any, y: int) -> None:
    kernel = made_kernel("softmax-nll")
    for ours, full in zip(namespace(kernel.source)["value_and_grad"](o, y),
                          kernel.value_and_grad(o, y), strict=True):
        np.testing.assert_allclose(ours, full, rtol=1e-13)


@pytest.mark.parametrize(("args", "word"), [
    ((np.zeros((2, 3)), [0, 3]), r"y has the label 3, outside of \[0, 3\)"),
    ((np.zeros((2, 3)), [0.0, 1.0]), "y must be labels"),
    ((np.zeros((5, 3)), np.zeros((5, 1), int)), r"\(5,\) and \(5, 1\) would cross"),
    ((0.0, 1), "o needs 1 trailing axes"), (("a", 1), "o must be real numbers")])
def test_wrong_arguments_are_named(args: Any, word: str) -> None:
    with pytest.raises((TypeError, ValueError), match=word):
        namespace(made_kernel("softmax-nll").source)["value"](*args)


@pytest.mark.parametrize(("target", "args", "word"), [
    ("bernoulli-ce", (np.zeros(2), [0, 0.5]), "0 or 1; it is 0.5 at .1.; for soft labels see"),
    ("softmax-ce-soft", ([0.0, 0.0], [0.7, 0.7]), "sum to 1; the row at .. is off by 0.4"),
    ("poisson-nll", (0.0, -1.0), "y must be 0, 1, 2, …; it is -1.0")])
def test_values_outside_of_domains_are_refused_here_too(target: str, args: Any, word: str) -> None:
    made = namespace(made_kernel(target).source)
    with pytest.raises(ValueError, match=word):
        made["value"](*args)
    made["value"](*args, check=False)


@pytest.mark.parametrize("arguments", [
    ["softmax-nll", "--outputs", "value,hvp"], ["huber", "--dtype", "float32"],
    ["log(cosh(z - y))", "-g", "z, y: real", "--wrt", "z"], ["huber", "--runtime", "full"]])
def test_the_command_in_a_module_makes_it_again(arguments: list[str]) -> None:
    text = CliRunner().invoke(command, arguments).output
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# Made by derive "))
    typed = " ".join(line.removeprefix("#").removesuffix("\\")
                     for line in lines[start + 1:lines.index("", start)])
    import shlex

    words = shlex.split(typed)
    assert words[:2] == ["derive", "kernel"]
    assert CliRunner().invoke(command, words[2:]).output == text


def test_a_module_may_import_its_runtime() -> None:
    kernel = derive.kernel("poisson-nll", runtime="import")
    assert "from derive.arrays.runtime." in kernel.source
    assert kernel.source.count("\n") < 250
    o = np.random.default_rng(2).normal(size=5)
    assert np.array_equal(namespace(kernel.source)["value"](o, np.arange(5)),
                          kernel.value(o, np.arange(5)))


@pytest.mark.parametrize(("options", "word"), [
    ({"accuracy": "faithful"}, "faithful results are computed in wide numbers"),
    ({"loss": "logdet(S)", "given": "S: spd[D, D]", "wrt": "S"}, "functions of matrices")])
def test_what_plain_numpy_cannot_promise_is_refused(options: Any, word: str) -> None:
    options = {"loss": "huber", **options}
    with pytest.raises(derive.DeriveError, match=word):
        print(derive.kernel(**options, runtime="minimal").source)
    assert "class Plan" in derive.kernel(**options).source


def test_modules_are_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    for name, runtime in product(("softmax-nll", "poisson-nll", "softmax-ce-soft"),
                                 ("minimal", "full", "import")):
        path = tmp_path / f"{name.replace('-', '_')}_{runtime}.py"
        path.write_text(derive.kernel(name, runtime=runtime).source)
    cache = Path(__file__).parent.parent / ".mypy_cache" / "modules"
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache),
                           str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_all_modules_are_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    for entry in derive.losses():
        path = tmp_path / f"{entry.name.replace('-', '_')}.py"
        path.write_text(made_kernel(entry.name).source)
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", str(tmp_path)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
