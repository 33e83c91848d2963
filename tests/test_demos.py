"""Demonstrations: each number that they state is right, and a wrong one would be found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands.demo import command
from derive.errors import DataFileError, UnknownNameError, VerificationError
from derive.teaching.demonstrations.demonstration import Code, Derived, run
from derive.teaching.demonstrations.demonstration_files import demo_for, demos, read_demo
from derive.teaching.demonstrations.measuring import stated as what_is_stated
from derive.teaching.demonstrations.prose import html_of, markdown_of, text_of
from derive.teaching.teaching_forms import show_demo
from tests.conftest import shown
from tests.demo_reference import REFERENCE

NAMES = [demo.name for demo in demos()]
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")  # a decimal number, not a version
EQUATION = re.compile(r"10\.\d\d")
VERSION = re.compile(r"(PyTorch|TensorFlow|Keras) [\d.]+")


def stated(name: str) -> dict[str, Any]:
    return {n: spec for block in demo_for(name).blocks for n, spec in block.get("of", {}).items()}


def test_every_question_has_a_demonstration() -> None:
    """Four on the sequence loss, four on 10.18, two on sequences, four on costs, five on data."""
    seeds = [demo.seed for demo in demos()]
    assert [seeds.count(seed) for seed in range(5)] == [4, 4, 2, 4, 5]
    assert all(demo.question.endswith("?") and demo.answer for demo in demos())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_computed_is_what_is_stated_and_what_is_true(name: str) -> None:
    numbers, reference = shown(name).numbers, REFERENCE[name]
    assert numbers.keys() == reference.keys() == stated(name).keys()
    for number, spec in stated(name).items():
        places = 0.5000001 * 10.0 ** -spec.get("digits", 3)
        true = reference[number]() if callable(reference[number]) else reference[number]
        true = np.asarray(true, float)
        np.testing.assert_allclose(true, what_is_stated(spec), rtol=0, atol=places)
        np.testing.assert_allclose(numbers[number], true, rtol=1e-5, atol=2e-6,
                                   err_msg=f"{name}, {number}")


@pytest.mark.parametrize("name", NAMES)
def test_no_number_stands_in_the_words(name: str) -> None:
    """A decimal number that is not computed could be wrong unseen."""
    demo = demo_for(name)
    words = [demo.title, demo.question, demo.answer]
    for block in demo.blocks:
        words += [block.get("text", ""), block.get("numbers", ""), block.get("table", ""),
                  block.get("says", "")]
    for text in words:
        assert not NUMBER.findall(VERSION.sub("", EQUATION.sub("", text))), text


@pytest.mark.parametrize("name", ["spread-of-uncertainty", "why-exp", "bernoulli-likelihood"])
def test_a_planted_wrong_number_ends_the_demonstration(name: str) -> None:
    demo = demo_for(name)
    for block in demo.blocks:
        for number, spec in block.get("of", {}).items():
            value = np.asarray(what_is_stated(spec), float)
            off = (value + 2 * 10.0 ** -spec.get("digits", 3)).tolist()
            planted = {**block, "of": {**block["of"], number: {**spec, "expect": off}}}
            with pytest.raises(VerificationError, match=f"block 1, {number}: .* is stated, but"):
                run(replace(demo, blocks=(planted,)))


def test_a_planted_wrong_result_ends_the_demonstration() -> None:
    demo = demo_for("one-at-the-label")
    wrong = {**demo.blocks[1], "ends": "delta(i, y) - 1"}
    with pytest.raises(VerificationError, match="is stated as the result"):
        run(replace(demo, blocks=(wrong,)))
    refused = {"derive": "cost", "target": "softmax(z) - t", "refused": True,
               "given": ["z: real[K]", "t: simplex(K)"]}
    with pytest.raises(VerificationError, match="a refusal is stated"):
        run(replace(demo, blocks=(refused,)))


def test_text_says_question_answer_and_derivation() -> None:
    text = show_demo(shown("errors-in-the-answer"), "text", width=90)
    assert "1 / (Σₖ oₖ) − δ_iy / o_y" in text
    assert "work 0.18907" in text
    assert max(map(len, text.splitlines())) <= 90


def test_ascii_is_ascii() -> None:
    for name in ("spread-of-uncertainty", "one-at-the-label"):
        show_demo(shown(name), "text", ascii=True).encode("ascii")


@pytest.mark.parametrize("name", ["errors-in-the-answer", "bernoulli-likelihood", "why-exp"])
def test_the_page_stands_alone(name: str) -> None:
    page = show_demo(shown(name), "html")
    assert page.startswith("<!doctype html>")
    assert page.count("<h1") == 1
    assert "derivePlots" in page or name == "why-exp"
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_one(name: str) -> None:
    nbformat = pytest.importorskip("nbformat")
    text = show_demo(shown(name), "notebook")
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert text == show_demo(shown(name), "notebook")
    assert len({cell["id"] for cell in json.loads(text)["cells"]}) == len(json.loads(text)["cells"])


@pytest.mark.parametrize("name", NAMES)
def test_code_of_a_demonstration_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for block in shown(name).blocks:
        if isinstance(block, Code):
            exec(compile(block.source, name, "exec"), {})
            assert capsys.readouterr().out


def test_the_command_lists_and_shows(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = runner.invoke(command, []).output
    assert listed.count("\n") == len(NAMES)
    assert all(name in listed for name in NAMES)
    file = tmp_path / "demo.html"
    assert runner.invoke(command, ["one-at-the-label", "--format", "html", "--output", str(file)],
                         ).exit_code == 0
    assert "Kronecker" in file.read_text(encoding="utf-8")


def test_an_unknown_name_is_refused_with_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean why-exp"):
        demo_for("why-exq")


@pytest.mark.parametrize(("text", "complaint"), [
    ("title = 1\n", "'seed' is missing|wrong type"),
    ("title = 'a'\nseed = 0\ntopic = 't'\nquestion = 'q'\nanswer = 'a'\n[[blocks]]\nwords = 'x'\n",
     "block 1: give one of"),
    ("title = 'a'\nseed = 0\ntopic = 't'\nquestion = 'q'\nanswer = 'a'\n[[blocks]]\ntext = 'x'\n"
     "colour = 'red'\n", "unknown key 'colour'"),
    ("title = ", "not valid TOML"),
])
def test_a_bad_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "00-bad.toml"
    path.write_text(text)
    with pytest.raises(DataFileError, match=complaint) as told:
        read_demo(path)
    assert str(path) in str(told.value)


def prose(demo) -> list[str]:
    """All words of a demonstration that a reader sees, but titles and questions."""
    texts = [demo.answer]
    for block in demo.blocks:
        texts += [block.get(key, "") for key in ("text", "numbers", "table", "says")]
        texts += [*block.get("columns", ()), *chain(*block.get("rows", ()))]
    return texts


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_in_the_words_is_read_and_shown_as_one(name: str) -> None:
    demo = demo_for(name)
    for text in prose(demo):
        marked = re.findall(r"\$[^$]*\$", text)
        assert html_of(text, demo.names).count("<math") == len(marked)
        assert "$" not in text_of(text, demo.names)
        assert markdown_of(text, demo.names).count("$") == 2 * len(marked)


@pytest.mark.parametrize("name", NAMES)
def test_no_formula_in_the_words_is_raw(name: str) -> None:
    """Nothing like o_i, 1_{m=T} or lse(z) stands outside of the marks for formulas and code."""
    demo = demo_for(name)
    for text in [demo.title, demo.question, *prose(demo)]:
        words = re.sub(r"\$[^$]*\$|`[^`]*`|\{\w+\}|\w+='\w+'", "", text)
        words = re.sub(r"(binary_)?cross_entropy(_with_logits)?|mse_loss", "", words)
        assert not re.search(r"\w_\w|\w_\{|[A-Za-zŷ]\w*\([a-zŷ]|[²⁴√∫∂Σ]", words), words
    assert "$" not in demo.title + demo.question


@pytest.mark.parametrize("name", NAMES)
def test_the_words_speak_of_nothing_that_the_reader_does_not_see(name: str) -> None:
    demo = demo_for(name)
    for text in [demo.title, demo.question, *prose(demo)]:
        assert not re.search(r"\bdocuments?\b|posted|printed there|did they", text), text
        assert "equation" not in text.lower() or "Deep Learning (2016)" in text or \
            not re.search(r"equations? \d", text.lower()), text


def test_a_step_of_time_stands_above_and_whole_arrays_are_shown() -> None:
    names = ("o: real[T, K]", "y: label(K)[T]", "t: index(T)", "i: index(K)")
    said = "$o[t]$, $o[t, i]$, $o[t, y[t]]$, $softmax(o[t])$"
    assert text_of(said, names, "T") == "o⁽ᵗ⁾, oᵢ⁽ᵗ⁾, o_(y⁽ᵗ⁾)⁽ᵗ⁾, softmax(o⁽ᵗ⁾)"
    assert text_of(said, names, "T", ascii=True) == "o[t], o[t, i], o[t, y[t]], softmax(o[t])"
    assert text_of("$o[t, i]$", names) == "oₜᵢ"
    assert "<math" in html_of(said, names, "T")
    assert markdown_of("$o[t]$", names, "T").count("(t)") == 1


def test_a_formula_that_cannot_be_read_is_named() -> None:
    with pytest.raises(DataFileError, match=r"the formula \$log\(q\)\$ cannot be read"):
        html_of("The logarithm $log(q)$.", ())


@pytest.mark.parametrize("name", NAMES)
def test_no_two_derivations_of_a_demonstration_have_one_title(name: str) -> None:
    titles = [block.result.title for block in shown(name).blocks
              if isinstance(block, Derived) and isinstance(block.result, derive.Derivation)]
    assert len(titles) == len(set(titles))
    assert "Gradient of L" not in titles


def test_a_demonstration_shows_itself() -> None:
    run_now = shown("spread-of-uncertainty")
    assert repr(run_now) == "<Demonstration, run: Should doubt that is spread out cost more?>"
    assert str(run_now) == run_now.show("text")
    assert "| prediction | log score" in run_now._repr_markdown_()
    assert "import numpy" not in run_now._repr_markdown_()
