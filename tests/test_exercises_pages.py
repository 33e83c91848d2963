"""Pages of a class and of an exercise in a real browser; without one the tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from derive.teaching.exercises.class_marking import mark_class
from derive.teaching.exercises.exercise_file import read_exercise
from tests.browsing import CONTRAST, chromium, complaints, opened, requests, settled

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)",
                allow_module_level=True)
pytest.importorskip("selenium", reason="selenium is not installed (pip install selenium)")

pytestmark = pytest.mark.browser
FILE = """title = "Cross-entropy"
text = "Derive the gradient."
given = ["o: real[K]", "y: label(K)"]
task = "gradient of -log(softmax(o)[y]) with respect to o[i]"
"""
START = "= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])"
PAGES = ("index.html", "sheets/wrong.html", "sheets/unread.html", "sheets/broken.html",
         "exercise.html")
CONTRASTS = {
    "index.html": ("h1", ".typed", ".source", ".mistakes h3", ".mistakes p", ".who a", ".left a",
                   "thead th", "tbody th", "tbody td", "td code"),
    "sheets/wrong.html": ("h1", ".grade dt", ".grade dd", ".stamp a", ".neighbours a"),
    "sheets/broken.html": ("h1", ".stamp span", "pre code"),
    "exercise.html": ("h1", ".lead", ".label", ".given code", "pre code")}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    started = chromium(CHROMIUM, DRIVER, tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a class with a right, a wrong, an unread, a broken and a long-named sheet."""
    made, exercise = tmp_path_factory.mktemp("class"), read_exercise(FILE)
    texts = {"right": (START, "= softmax(o)[i] - delta(i, y)"), "wrong": (START, "= softmax(o)[i]"),
             "unread": (START, "= o[i] ?!"), "long-name-" * 12: ("= softmax(o)[i]",)}
    (made / "in").mkdir()
    for name, lines in texts.items():
        head = exercise.variant_of(name).hand_in()
        (made / "in" / f"{name}.txt").write_text("\n".join((head, *lines)), encoding="utf-8")
    (made / "in" / "broken.txt").write_text("# exercise: Other\n= 1\n" + "x" * 400)
    mark_class(exercise, made / "in", jobs=1, paged=True).save_pages(made)
    (made / "exercise.html").write_text(exercise.variant().show("html"), encoding="utf-8")
    return made


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [360, 900, 1600])
def test_no_page_of_a_class_scrolls_sideways(browser: Any, folder: Path, page: str, width: int,
                                             ) -> None:
    opened(browser, folder / page, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("page", PAGES)
def test_nothing_leaves_a_page_of_a_class(browser: Any, folder: Path, page: str) -> None:
    opened(browser, folder / page)
    settled(browser)
    assert [a for a in requests(browser) if not a.startswith("data:")] == \
        [(folder / page).as_uri()]
    assert complaints(browser) == []
    assert browser.execute_script("return document.querySelectorAll('h1').length") == 1


@pytest.mark.parametrize("page", CONTRASTS)
def test_light_and_dark_have_enough_contrast(browser: Any, folder: Path, page: str) -> None:
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        opened(browser, folder / page, 900)
        for selector in CONTRASTS[page]:
            ratio = browser.execute_script(CONTRAST, selector)
            assert ratio >= 4.5, (scheme, selector, ratio)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_mistake_leads_to_the_wrong_line_of_a_sheet_and_back(browser: Any, folder: Path) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, folder / "index.html", 900)
    browser.find_element(By.CSS_SELECTOR, ".mistakes .who a").click()
    target = browser.current_url.partition("#")[2]
    assert browser.find_element(By.ID, target).is_displayed()
    browser.find_element(By.LINK_TEXT, "All sheets").click()
    assert browser.title == "Marks: Cross-entropy"


def test_the_bar_of_the_commonest_mistake_is_the_longest(browser: Any, folder: Path) -> None:
    opened(browser, folder / "index.html", 900)
    widths = browser.execute_script(
        "return Array.from(document.querySelectorAll('.bar-of > span'))"
        ".map((bar) => bar.getBoundingClientRect().width)")
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 100
