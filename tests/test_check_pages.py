"""Pages of `derive check`: what is on them, in every case; notebooks; the command; a browser."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derive.commands import cli
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.sheet_check import check
from tests.test_check import FIELD, HEAD, LINES, THROUGH
from tests.test_html import Tree

WRONG = HEAD + "\n".join(f"= {line}" for line in (*LINES[:2], "softmax(o)[i]", LINES[2]))
NO_COST = "z: positive[K]\nt: simplex(K)\ncost of z[m]/sum(z) - t[m] with respect to z[m]\n"
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "right": (HEAD + "\n".join(LINES), {"explain": True}),
    "wrong": (WRONG, {"explain": True, "hint": 4}),
    "started": (HEAD + LINES[0], {"hint": 3}),
    "nothing": (HEAD, {}),
    "another way": (THROUGH + "exp(o[i] - logsumexp(o)) - delta(i, y)", {"explain": True}),
    "latex": (HEAD + r"\mathrm{softmax}(\mathbf o)_i - \mathbf 1_{i=y}", {}),
    "cost": (FIELD + "-log(softmax(z)[m])", {}),
    "no cost": (NO_COST + "log(sum(z)) - sum(t[k]*z[k] for k in K)", {"hint": 4}),
    "denied": (FIELD + "no cost", {}),
    "no value": ("z: real\ngradient of z**2 with respect to z\nlog(-1 - z**2)", {}),
    "hessian": ("hessian of softmax-nll with respect to o\nsoftmax(o)[i]*(1 - softmax(o)[j])", {}),
    "simplify": ("z: real\nsimplify exp(log(exp(z)))\nexp(z)", {}),
}


@pytest.fixture(scope="module")
def checks() -> dict[str, Check]:
    return {name: check(text, **options) for name, (text, options) in CASES.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_page_is_well_formed_and_leaves_nothing_to_be_loaded(
        checks: dict[str, Check], case: str) -> None:
    page = checks[case].show("html")
    tree = Tree(page)
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    named = [a["id"] for _, a in tree.tags if "id" in a]
    assert len(named) == len(set(named))
    assert {a["aria-controls"] for _, a in tree.tags if "aria-controls" in a} <= set(named)
    for line in checks[case].lines:
        assert f"line-{line.number}" in named
        assert line.written.text in tree.text
    Tree(checks[case]._repr_html_())


TOLD = ("Line 7 is the first that is wrong.", "K = 2, o = (0, 1), i = 0, y = 0", "0.268941",
        "-0.731059", "Forgotten label.", "Treat i = y and i != y apart", "equal indices",
        "Hint to the next step", "log of softmax", "o: real[K]", "softmax(o)[i]")


def squeezed(text: str) -> str:
    """A text without its spaces, minus signs as they are typed."""
    return re.sub(r"\s", "", text).replace("−", "-")


def test_the_page_of_a_wrong_line_tells_all_that_the_text_tells(checks: dict[str, Check]) -> None:
    tree = Tree(checks["wrong"].show("html"))
    marks = [a["aria-label"] for _, a in tree.tags if a.get("class") == "mark"]
    assert marks == ["wrong", "right", "right", "first wrong", "right"]  # first the verdict
    for told in (*TOLD, "by log of softmax"):
        assert squeezed(told) in squeezed(tree.text), told


def test_right_lines_say_how_they_are_known(checks: dict[str, Check]) -> None:
    tree = Tree(checks["another way"].show("html"))
    assert "known by numbers alone" in tree.text
    assert "It does not pass this line" in tree.text
    assert "Every line is right, and the last is a result." in Tree(
        checks["right"].show("html")).text
    assert "read as softmax(o)[i]" in Tree(checks["latex"].show("html")).text
    assert "not finished" in Tree(checks["started"].show("html")).text
    assert "p[i] = softmax(o)[i]" in checks["another way"].to_json()["given"]


def test_a_notebook_shows_lines_and_fault_without_a_script(checks: dict[str, Check]) -> None:
    shown = checks["wrong"]._repr_html_()
    assert "<script" not in shown
    assert "<style" not in shown
    for told in TOLD:
        assert squeezed(told) in squeezed(Tree(shown).text), told
    assert re.findall(r'aria-label="(right|wrong)"', shown) == ["right", "right", "wrong", "right"]


def test_a_notebook_tells_how_lines_are_known_and_read(checks: dict[str, Check]) -> None:
    assert "known by numbers alone" in checks["another way"]._repr_html_()
    assert "the engine goes another way" in checks["another way"]._repr_html_()
    assert "read as softmax(o)[i]" in Tree(checks["latex"]._repr_html_()).text


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    file, page = tmp_path / "sheet.txt", tmp_path / "page.html"
    file.write_text(WRONG, encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", str(file), "--format", "html", "--output", str(page)])
    assert done.exit_code == 1, done.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    done = CliRunner().invoke(cli, ["check", str(file), "--embed-font", str(file)])
    assert done.exit_code == 2
    assert "--embed-font goes with --format html" in done.output


@pytest.mark.browser
def test_pages_in_a_browser(checks: dict[str, Check], tmp_path: Path) -> None:
    """Steps unfold, nothing scrolls sideways, nothing is asked for, nothing goes wrong."""
    pytest.importorskip("selenium", reason="selenium is not installed (pip install selenium)")
    chromium_, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium_ and driver):
        pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)")
    from selenium.webdriver.common.by import By

    from tests.browsing import CONTRAST, chromium, complaints, opened, requests

    browser = chromium(chromium_, driver, tmp_path / "profile")
    try:
        for case in ("wrong", "cost", "latex"):
            page = tmp_path / f"{case}.html"
            page.write_text(checks[case].show("html"), encoding="utf-8")
            for width in (360, 800, 1400):
                opened(browser, page, width)
                panels = browser.find_elements(By.CSS_SELECTOR, ".panel")
                assert not any(p.is_displayed() for p in panels)
                for button in browser.find_elements(By.CSS_SELECTOR, "[data-unfold]"):
                    button.click()
                assert all(p.is_displayed() for p in panels)
                assert browser.execute_script(
                    "return document.documentElement.scrollWidth") <= width
                assert [a for a in requests(browser) if not a.startswith("data:")] == \
                    [page.as_uri()]
                assert complaints(browser) == []
            for scheme in ("light", "dark"):
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                    "features": [{"name": "prefers-color-scheme", "value": scheme}]})
                for selector in ("h1", ".stamp", ".mark", ".number", ".row code", ".how"):
                    if browser.find_elements(By.CSS_SELECTOR, selector):
                        assert browser.execute_script(CONTRAST, selector) >= 4.5, selector
    finally:
        browser.quit()


@pytest.mark.parametrize(("wrt", "result"), [("o_i", "softmax(o)[i] - delta(i, y)"),
                                            ("$o_{k}$", "softmax(o)[k] - delta(k, y)")])
def test_the_variable_of_grad_may_be_latex(wrt: str, result: str) -> None:
    done = CliRunner().invoke(cli, ["grad", "--latex", r"-\log\frac{e^{o_y}}{\sum_j e^{o_j}}",
                                    "--wrt", wrt, "--no-verify"])
    assert done.exit_code == 0, done.output
    assert result in done.output


def test_a_part_of_a_name_is_enough_to_be_shown_the_name() -> None:
    done = CliRunner().invoke(cli, ["demo", "uncertainty"])
    assert done.exit_code == 0
    assert [line.split("\t")[0] for line in done.output.splitlines()] == ["spread-of-uncertainty"]


@pytest.mark.parametrize("case", ["wrong", "no cost", "cost", "hessian"])
def test_points_numbers_and_derivatives_stand_in_mathematics(checks: dict[str, Check], case: str,
                                                             ) -> None:
    page = checks[case].show("html")
    body = page[page.index("<main"):page.index("</main>")]
    words = re.sub(r"<math.*?</math>|<code.*?</code>|<button.*?</button>|<[^>]*>", "", body,
                   flags=re.DOTALL)
    assert not re.search(r"[∂δσΣ]|\w_\w|\w = |\d/\d|-\d", words)
    shown = checks[case].counterexample
    if shown is not None:
        assert body.count("<math>") >= len(shown.texts)
