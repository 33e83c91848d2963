"""Learners' sheets in LaTeX: displays over rows, dollar signs, lines with subscripts alone."""

from __future__ import annotations

import pytest

import derive

HEAD = ("o: real[K]\np = softmax(o)\ny: onehot(K)\n"
        "gradient of -sum(y[k]*log(p[k]) for k in K) with respect to o[k]\n")


@pytest.mark.parametrize("lines", [
    "\\begin{align}\n\\frac{\\partial L}{\\partial o_k} &= p_k \\sum_j y_j - y_k \\\\\n"
    "&= p_k - y_k\n\\end{align}",
    "$$\n= p_k \\sum_j y_j - y_k\n$$\n= p_k - y_k", "$= p_k - y_k$", "= p_k - y_k", "&= p_k - y_k",
    "\\[ \\nabla L = p_k - y_k \\]"])
def test_right_lines_are_read_and_right(lines: str) -> None:
    check = derive.check(HEAD + lines)
    assert check.correct
    assert check.lines[-1].written.reading == "p[k] - y[k]"


@pytest.mark.parametrize("lines", ["= p_k + y_k", "$= y_k - p_k$", "&= p_k - 2 y_k"])
def test_wrong_lines_are_wrong(lines: str) -> None:
    assert derive.check(HEAD + lines).correct is False


def test_a_name_with_a_subscript_is_that_name() -> None:
    text = "o_1: real\no: real[K]\ngradient of o_1**2 with respect to o_1\n= 2*o_1"
    assert derive.check(text).correct
