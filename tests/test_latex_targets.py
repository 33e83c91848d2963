"""Targets in LaTeX without a flag: what is recognised, and that what was read is said."""

from __future__ import annotations

import pytest

import derive
from derive.calculus.latex_targets import in_latex
from derive.errors import DeriveError
from tests.command_line import run

FORMULA = r"\frac{1}{2}(y - wx)^2"


@pytest.mark.parametrize(("text", "given", "latex"), [
    (FORMULA, (), True), ("$x^2$", (), True), ("x_{1}^2", (), True), (r"\[x^2\]", (), True),
    ("(y - wx)^{2}", (), True), ("(y - wx)^{2}", ("wx: real",), False), ("e^{-x}", (), False),
    ("exp(x)^{2}", (), False), ("x^2", (), False), ("softmax-nll", (), False), ("|x|", (), False),
])
def test_latex_is_recognised(text: str, given: tuple[str, ...], latex: bool) -> None:
    assert in_latex(text, given) == latex


@pytest.mark.parametrize(("direction", "target", "options", "result"), [
    ("grad", FORMULA, {"wrt": "w"}, "x * (w * x - y)"),
    ("hessian", FORMULA, {"wrt": "w"}, "x**2"),
    ("grad", r"-\log\sigma(\theta)", {"wrt": r"\theta"}, "-sigmoid(-theta)"),
    ("grad", "(y - wx)^{2}", {"wrt": "y"}, "2 * (y - w * x)"),
    ("cost", r"\sigma(z) - t", {}, "softplus(z) - t * z"),
    ("score", r"\lambda e^{-\lambda y}", {"wrt": r"\lambda", "given": ["lam, y: positive"]},
     "1 / lam - y"),
])
def test_every_direction_takes_latex(direction: str, target: str, options: dict[str, str],
                                     result: str) -> None:
    answer = getattr(derive, direction)(target, **options).verify()
    assert answer.notation == result
    assert answer.asked.target == target
    assert dict(answer.remarks)["read as"]


def test_what_was_assumed_in_reading_is_among_what_is_assumed() -> None:
    assert derive.grad(FORMULA, wrt="w").assumed == ("y, w, x: real",)


def test_a_kernel_is_made_of_latex() -> None:
    assert derive.kernel(FORMULA, wrt="w").grad(1., 2., 3.) == 15.


def test_the_reading_is_echoed_on_standard_error() -> None:
    for command in ("grad", "hessian", "kernel"):
        done = run(command, FORMULA, "--wrt", "w")
        assert "  1 / 2 * (y - w * x)**2\n  L = (y − w x)² / 2\n" in done.stderr
        assert "declared as y, w, x: real" in done.stderr
        assert done.returncode == 0
    assert run("grad", "x^2").stderr == ""


@pytest.mark.parametrize("target", [r"\frac{1}{2}", r"\foo(x)", r"x \\ y", "\\",
                                    r"x + \alpha*(", "$"])
def test_no_word_of_python_reaches_the_reader(target: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.grad(target)
    assert "line continuation" not in str(caught.value)
