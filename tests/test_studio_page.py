"""The page of the studio in a real browser, on its local server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import derive
from tests.browsing import chromium
from tests.studio_browsing import DONE, Page, axe_source, eventually, findings, packed, studio

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)",
                allow_module_level=True)
for library in ("selenium", "starlette", "uvicorn"):
    pytest.importorskip(library)

pytestmark = pytest.mark.browser
LOSS = "-log(softmax(o)[y])"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    started = chromium(CHROMIUM, DRIVER, tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def link() -> Iterator[str]:
    with studio() as (address, _):
        yield address


@pytest.fixture
def page(browser: Any, link: str) -> Iterator[Page]:
    opened = Page(browser, link).open()
    yield opened
    opened.went_well()


# Typing

def test_what_is_typed_is_read_as_mathematics(page: Page) -> None:
    page.find("#formula").send_keys(LOSS)
    page.until("document.querySelector('#reading math')")
    page.until("document.querySelectorAll('.chip').length === 2")
    assert page.chips() == ["o: real[K]?", "y: label(K)?"]
    assert "softmax" in page.text("#reading-words")
    assert page.focus() == "formula"


def test_latex_is_read_too(page: Page) -> None:
    page.find("#formula").send_keys(r"\frac{1}{2}(z - y)^2")
    page.until("document.querySelector('#reading mfrac')")


def test_a_fault_stands_at_its_place_and_leads_there(page: Page) -> None:
    page.put("#formula", "a = z\nb = (a + 2\na*b +")
    page.until("!document.getElementById('fault').hidden")
    assert page.js("document.getElementById('formula').getAttribute('aria-invalid')") == "true"
    assert page.text("#fault mark") == "("
    page.press("Go to the place, in line 2", "#fault")
    assert page.js("[document.activeElement.id, document.activeElement.selectionStart]") == [
        "formula", 10]
    page.put("#formula", "z**2")
    page.until("document.getElementById('fault').hidden")


@pytest.mark.parametrize(("field", "state"), [
    ("input-wrt", {"ask": "gradient", "formula": "z**2", "options": {"wrt": "z[["}}),
    ("typed-1", {"ask": "gradient", "formula": "z**2", "given": ["z: real", "a: rael"]})])
def test_a_fault_beside_the_formula_is_shown_there(page: Page, field: str,
                                                   state: dict[str, object]) -> None:
    page.open(f"#q={packed(state)}")
    page.until(DONE)
    assert page.text("#answer .mistyped")
    invalid = page.js("Array.from(document.querySelectorAll('[aria-invalid]'), (f) => "
                      "f.dataset.key || f.id)")
    assert invalid in ([field], [])
    if field == "typed-1":
        assert invalid == [field]


def test_what_a_formula_leaves_open_is_chosen_with_one_press(page: Page) -> None:
    page.put("#formula", "-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))")
    page.press("Derive")
    assert "one of these, or what you type in \u201cWith respect to\u201d" in page.answer()
    page.press("z", "#answer")
    page.until("document.querySelector('#answer .result')")
    assert page.js("studioForm.state().options") == {"wrt": "z"}


def test_a_reading_that_takes_long_is_given_up_for_the_next(page: Page) -> None:
    page.js("""(() => {
      const ask = studioEngine.ask;
      studioEngine.ask = (request, signal) => request.formula !== "z + 1" ? ask(request, signal)
        : new Promise((_, reject) => { signal.addEventListener("abort", () => {
          window.aborted = true; reject(new DOMException("", "AbortError")); }); }); })()""")
    page.put("#formula", "z + 1")
    page.until("document.getElementById('reading').classList.contains('old')")
    page.put("#formula", "z + 2")
    page.until("window.aborted && document.querySelector('#reading math')", seconds=6)


@pytest.mark.parametrize(("ask", "text", "shown"), [
    ("check", "z, y: real\ngradient of (z - y)**2/2 with respect to z\n= z - y\n= z - (y", 2),
    ("back-propagation", "x, h: real[T]\nw: real\nh[t] = tanh(w*h[t-1] + x[t])\nL = sum(h)", 4)])
def test_lines_are_read_as_mathematics_while_they_are_typed(page: Page, ask: str, text: str,
                                                            shown: int) -> None:
    page.choose(ask)
    page.put("#formula", text)
    page.until(f"document.querySelectorAll('#reading math').length === {shown}")
    if ask == "check":
        page.until("!document.getElementById('fault').hidden")
        assert page.text("#fault mark") == "("
        assert page.js("document.querySelectorAll('#reading .unread').length") == 1


# Declarations

def test_an_assumed_declaration_is_pinned_by_writing_over_it_and_removed(page: Page) -> None:
    page.put("#formula", "log(1 + exp(z)) - y*z")
    page.until("document.querySelectorAll('.chip').length === 2")
    page.js("document.querySelector('.chip:nth-child(2) input').select()")
    page.keys("y: binary\n")
    assert "binary" in page.answer() or "0 or 1" in page.answer()
    assert page.chips() == ["y: binary", "z: real?"]
    assert page.js("document.activeElement.dataset.key") == "typed-0"
    page.press("\u00d7", ".chip")
    page.until("document.querySelectorAll('.chip.assumed').length === 2")
    page.press("Add", "#declarations")
    page.keys("y < 1", "\ue004")  # Tab
    page.until("document.querySelectorAll('.chip:not(.assumed)').length === 1")
    assert page.chips()[0] == "y < 1"


# Questions

ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "gradient": ({"formula": LOSS}, "Result"),
    "hessian": ({"formula": "log(1 + exp(z)) - y*z", "wrt": "z"}, "Hessian"),
    "jacobian": ({"formula": "softmax(z)"}, "Jacobian"),
    "cost": ({"formula": "z/(1 + z**2)"}, "Cost"),
    "likelihood": ({"formula": "poisson"}, "negative log-likelihood"),
    "estimate": ({"formula": "lam*exp(-lam*y)", "given": ("lam: positive", "y: nonnegative"),
                  "data": "y\n1\n2\n"}, "maximum likelihood"),
    "information": ({"formula": "poisson"}, "information"),
    "noise": ({"formula": "(z - y)**2/2", "given": ("z: real", "y: real")}, "noise"),
    "back-propagation": ({"formula": "rnn"}, "Back-propagation"),
    "check": ({"formula": "z, y: real\ngradient of (z - y)**2/2 with respect to z\n= z + y"},
              "first that is wrong"),
    "practice": ({"formula": "log(1 + exp(z))"}, "Next line"),
}
KERNEL = {"formula": "log(1 + exp(z)) - y*z", "given": ("z: real", "y: binary"), "wrt": "z"}
LANGUAGES = {"": "import numpy", "c": "#include", "torch": "import torch", "jax": "import jax"}


@pytest.mark.parametrize("ask", ASKED)
def test_every_question_is_answered(page: Page, ask: str) -> None:
    question, words = ASKED[ask]
    answer = page.asked(ask, **question)
    assert words in answer
    assert not page.text("#answer .mistyped")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.js("document.querySelectorAll('#answer math merror').length") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_in_four_languages(page: Page, language: str) -> None:
    answer = page.asked("kernel", **KERNEL, **({"language": language} if language else {}))
    assert LANGUAGES[language] in answer


def test_a_field_without_a_cost_and_a_loss_without_a_noise_say_why(page: Page) -> None:
    assert "No cost" in page.asked("cost", "z[i]/sum(z[k] for k in K) - t[i]",
                                   ("z: positive[K]", "t: simplex(K)"), wrt="z[i]")
    page.asked("noise", "log(1 + (z - y)**2)/4", ("z: real", "y: real"))
    assert page.text("#answer .mistyped")
    assert page.js("document.querySelectorAll('#answer math').length > 3")


# The answer

def test_switches_change_the_answer(page: Page) -> None:
    page.asked("gradient", LOSS, through="p = softmax(o)")
    assert "through p" in page.answer()
    lines = page.js("document.querySelectorAll('#answer .line').length")
    page.js("""((s) => { s.value = 'full'; s.dispatchEvent(new Event('input', {bubbles: true}));
      s.dispatchEvent(new Event('change')); })(document.getElementById('detail'))""")
    page.until(f"document.querySelectorAll('#answer .line').length > {lines} && {DONE}")
    matrix = ("Array.from(document.querySelectorAll('.result .label')).some((l) => "
              "l.textContent === 'In matrices' && l.getClientRects().length)")
    assert page.js(matrix)
    page.js("document.getElementById('matrices').click()")
    assert not page.js(matrix)
    page.js("document.getElementById('matrices').click()")
    assert "Jacobian" in page.asked("gradient", LOSS, route="jacobian", wrt="o") or page.text("h1")
    kept = page.asked("gradient", "p = sigmoid(z)\n-log(p)", keep="none")
    assert kept != page.asked("gradient", "p = sigmoid(z)\n-log(p)", keep="p")


def test_a_plot_moves_with_its_sliders(page: Page) -> None:
    page.asked("gradient", "log(1 + exp(a*z))", ("a: positive",), wrt="z")
    page.until("document.querySelector('#answer path.curve')")
    curves = ("Array.from(document.querySelectorAll('#answer path.curve'), (c) => "
              "c.getAttribute('d')).join()")
    before = page.js(curves)
    page.js("""((s) => { s.value = s.max; s.dispatchEvent(new Event('input')); })(
      document.querySelector('#answer input[type=range]'))""")
    assert page.js(curves) != before


def test_results_are_taken_away(page: Page) -> None:
    page.asked("gradient", LOSS)
    page.js("navigator.clipboard.writeText = (t) => { (window.taken ||= []).push(t); "
            "return Promise.resolve(); }")
    for words in ("LaTeX", "notation", "Python", "NumPy", "command"):
        page.press(f"Copy {words}", ".copies")
    latex, notation, python, numpy, command = page.until("window.taken.length === 5 && taken")
    assert r"\delta_{iy}" in latex
    assert notation == "softmax(o)[i] - delta(i, y)"
    assert "derive.grad(" in python
    assert "import numpy" in numpy
    assert command.startswith("derive grad ")


def test_a_command_in_place_of_an_answer_is_shown_as_it_is_typed(page: Page) -> None:
    command = "derive mle student-t --data '1, 2, 7'"
    refusal = {"ok": False, "copies": {"command": command}, "error": {"message": "no NumPy here"}}
    page.js(f"(studioEngine.ask = () => Promise.resolve({json.dumps(refusal)})) && null")
    page.press("Derive")
    page.answer()
    assert page.text("#answer pre") == command
    assert page.js("document.querySelector('#answer [data-copy]').dataset.copy") == command
    assert not page.js("document.querySelector('#answer [data-copy]').hidden")


# Links

def test_a_link_holds_the_question_and_opens_in_another_tab(page: Page) -> None:
    page.put("#formula", "sigmoid(z) - t")
    page.choose("cost")
    page.put("#input-wrt", "z")
    page.js("navigator.clipboard.writeText = (t) => { window.taken = t; "
            "return Promise.resolve(); }")
    page.press("Copy link")
    copied = page.until("window.taken")
    assert "token" not in copied
    first = page.browser.current_window_handle
    page.browser.switch_to.new_window("tab")
    try:
        page.browser.get(copied)
        assert "Cost" in page.answer()
        assert page.js("[studioForm.state().ask, studioForm.state().formula, "
                       "studioForm.state().options]") == ["cost", "sigmoid(z) - t", {"wrt": "z"}]
    finally:
        page.browser.close()
        page.browser.switch_to.window(first)


@pytest.mark.parametrize("fragment", [
    "%zz", "#", "AAAA", packed("3"), packed("null"), packed("[]"), packed('{"ask": 3}'),
    packed({"ask": "<script>", "formula": ["z"], "given": {"a": 1}, "options": [1]}),
    packed({"ask": "gradient", "formula": "<img src=x onerror=alert(1)>"}),
    packed({"ask": "gradient", "formula": "z", "options": {"__proto__": "x", "wrt": "<b>"}}),
    packed({"ask": "estimate", "formula": "poisson", "options": {"data": "/etc/passwd"}}),
    packed({"ask": "gradient", "formula": "z + " * 100_000})],
    ids=["percent", "sharp", "garbage", "number", "null", "list", "types", "names", "markup",
         "prototype", "path", "huge"])
def test_a_hostile_link_is_answered_in_words(page: Page, fragment: str) -> None:
    page.open(f"#q={fragment}")
    page.until(f"{DONE} || !document.getElementById('formula').value")
    assert page.js("document.querySelectorAll('#answer img, #answer b, #reading img').length") == 0
    assert "root:" not in page.text("body")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("formula", [
    "<img src=x onerror=alert(1)>", "z\"'><script>alert(1)</script>", "z\x00\x07 + 1",
    "\u202ez + 1", "__import__('os').system('x')", "{{z}}", "z" * 3_000, "(" * 500,
    "9**9**9**9", "x + " * 300_000, "\U0001f600", "</textarea>", "&lt;b&gt;"],
    ids=["markup", "quotes", "control", "turned", "dunder", "braces", "name", "deep", "power",
         "megabyte", "emoji", "tag", "entity"])
def test_a_hostile_formula_is_text(page: Page, formula: str) -> None:
    page.put("#formula", formula)
    page.press("Derive")
    page.answer()
    assert page.js("document.querySelectorAll('#answer img, #fault img, #reading img, "
                   "#answer b, #fault b').length") == 0


def test_a_link_that_is_followed_and_broken_says_so(page: Page) -> None:
    page.asked("gradient", "z**2")
    page.js("(location.hash = '#q=AAAA') && null")
    page.until("document.getElementById('answer').textContent.startsWith('This link cannot')")
    assert page.js("document.getElementById('stop').hidden")


# To and fro

def test_undo_and_redo(page: Page) -> None:
    page.find("#formula").send_keys("z**2")
    page.js("new Promise((done) => setTimeout(done, 750))")
    page.choose("hessian")
    page.press("Undo")
    assert page.js("[studioForm.state().ask, studioForm.state().formula]") == ["gradient", "z**2"]
    page.press("Undo")
    assert page.js("studioForm.state().formula") == ""
    page.press("Redo")
    page.press("Redo")
    assert page.js("[studioForm.state().ask, studioForm.state().formula]") == ["hessian", "z**2"]


def test_what_was_asked_is_remembered_until_it_is_forgotten(page: Page) -> None:
    page.asked("gradient", "cosh(z)")
    page.press("History")
    page.press("cosh(z)", "#history")
    assert "Gradient" in page.answer()
    page.press("History")
    page.press("Forget all", "#history")
    page.press("History")
    assert "Nothing was asked yet" in page.text("#history")
    page.press("Close", "#history")


def test_the_catalogue_is_searched_and_asked(page: Page) -> None:
    page.press("Catalogue")
    page.find("#search").send_keys("huber pseudo")
    page.until("document.querySelectorAll('#catalogue li').length < 5")
    page.press("Pseudo-Huber", "#catalogue")
    assert "Gradient" in page.answer() or "gradient" in page.answer()
    page.press("Catalogue")
    page.find("#search").send_keys("poisson distribution")
    page.press("Poisson distribution", "#catalogue")
    page.until("studioForm.state().ask === 'likelihood'")
    page.answer()


def test_a_browser_that_keeps_nothing_has_a_history_of_its_page(page: Page) -> None:
    page.js("""(() => { Storage.prototype.setItem = () => {
      throw new DOMException("", "QuotaExceededError"); }; })()""")
    page.asked("gradient", "sinh(z)")
    page.press("History")
    assert "sinh(z)" in page.text("#history")
    page.press("Forget all", "#history")
    assert page.js("studioState.stored().length") == 0


LONG = " + ".join(f"log(sum(exp(z[k]*{n}) for k in K))**{n}" for n in range(2, 60))


def test_stop_ends_the_work(page: Page) -> None:
    page.choose("hessian")
    page.put("#formula", LONG)
    page.put("#input-wrt", "z")
    page.press("Derive")
    page.until("/ \\d+ s$/.test((document.querySelector('.working') || {}).textContent)")
    page.js("document.getElementById('stop').focus()")
    page.keys("\ue007")
    assert "Stopped." in page.answer()
    assert page.focus() == "formula"
    assert "Result" in page.asked("gradient", "z**2")


def test_what_breaks_in_the_page_is_not_called_stopped(page: Page) -> None:
    page.js("(studioEngine.ask = () => Promise.reject(new Error('odd'))) && null")
    page.press("Derive")
    assert "odd" in page.answer()
    assert "Stopped" not in page.answer()


def test_the_focus_is_never_lost(page: Page) -> None:
    for press in (lambda: page.press("Softmax and a label", "#examples"),
                  lambda: page.press("Derive")):
        page.open()
        press()
        page.answer()
        assert page.js("document.activeElement.id") == "answer"
    page.put("#formula", "(z - y)**2")
    page.js("document.getElementById('go').focus()")
    page.press("Derive")
    page.until("document.querySelector('#answer .buttons button')")
    page.js("document.querySelector('#answer .buttons button').focus()")
    page.keys("\ue007")
    page.until("document.querySelector('#answer .result')")
    assert page.js("document.activeElement.id") == "answer"


# Practice

def test_practice_judges_hints_and_hands_in(page: Page, tmp_path: Path) -> None:
    page.asked("practice", "gradient of log(1 + exp(z)) with respect to z")
    assert page.text("#answer").count("gradient of log(1 + exp(z)) with respect to z") == 1
    assert page.focus() == "next-line"
    page.keys("= exp(z)", "\ue007")
    page.until("document.querySelector('.response.wrong')")
    assert page.js("document.getElementById('next-line').value") == "= exp(z)"
    page.press("Hint 1 of 4")
    page.until("/Hint 2 of 4/.test(document.getElementById('answer').textContent)")
    page.put("#next-line", "= exp(z)/(1 + exp(z))")
    page.keys("\ue007")
    page.until("document.querySelectorAll('.practised li').length === 1")
    page.press("Take back")
    page.until("document.querySelectorAll('.practised li').length === 0")
    page.press("Put back")
    page.until("document.querySelectorAll('.practised li').length === 1")
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(tmp_path)})
    page.js("document.querySelector('a[download]').click()")
    sheet = tmp_path / "derivation.txt"
    assert eventually(sheet.is_file)
    assert derive.check(sheet.read_text(encoding="utf-8")).correct
    assert "# hint" in sheet.read_text(encoding="utf-8")


def test_stop_ends_the_work_of_a_practice(page: Page) -> None:
    page.asked("practice", "gradient of log(1 + exp(z)) with respect to z")
    page.js("""(() => { studioEngine.ask = (_, signal) => new Promise((done, stopped) =>
      signal.addEventListener("abort", () => stopped(new DOMException("", "AbortError")))); })()""")
    page.put("#next-line", "= exp(z)")
    page.keys("\ue007")
    page.until("document.querySelector('#response button')")
    page.press("Stop", "#response")
    page.until("document.getElementById('response').textContent === 'Stopped.'")
    assert page.js("document.getElementById('stop').hidden")
    assert page.js("document.getElementById('next-line').value") == "= exp(z)"


EXERCISE = """title = "A first gradient"
given = ["z: real", "y: real"]
task = "gradient of (z - y)**2 with respect to z"
model = ["= 2*(z - y)"]
[hints]
most = 1
"""


def test_a_teachers_file_is_opened_from_disk(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "first.toml"
    file.write_text(EXERCISE, encoding="utf-8")
    page.choose("practice")
    page.find("input[data-file=exercise]").send_keys(str(file))
    page.until("document.getElementById('input-exercise').value")
    page.press("Begin")
    assert "A first gradient" in page.answer()
    assert "Hint 1 of 1" in page.text("#answer")
    page.put("#next-line", "= 2*(z - y)")
    page.keys("\ue007")
    page.until("document.querySelector('.response.finished')")


def test_data_are_read_from_a_file(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("y\n1\n2\n3\n", encoding="utf-8")
    page.choose("estimate")
    page.put("#formula", "poisson")
    page.find("input[data-file=data]").send_keys(str(file))
    page.until("document.getElementById('input-data').value")
    page.press("Derive")
    assert "3 observations" in page.answer()


# By keyboard, by ear

def test_all_is_done_by_keyboard_alone(page: Page) -> None:
    page.keys("\ue004")
    assert page.focus() == "Skip to the answer"
    order = []
    for _ in range(5):
        page.keys("\ue004")
        order.append(page.focus() or page.js("document.activeElement.value"))
    assert order[:2] == ["open-catalogue", "open-history"]
    assert order[3:] == ["formula", "Add"]
    page.js("document.querySelector('input[name=ask]').focus()")
    page.keys("\ue014", "\ue014")  # right, right
    assert page.js("studioForm.state().ask") == "jacobian"
    page.keys("\ue004")
    assert page.focus() == "formula"
    page.keys("softmax(z)", "\ue007")
    assert "Jacobian" in page.answer()
    assert page.focus() == "formula"
    assert page.js("studioForm.state().formula") == "softmax(z)"
    page.js("document.getElementById('open-catalogue').focus()")
    page.keys("\ue007")
    assert page.js("document.getElementById('catalogue').open")
    page.keys("\ue00c")  # Escape
    assert not page.js("document.getElementById('catalogue').open")
    assert page.focus() == "open-catalogue"


def test_what_a_screen_reader_says(page: Page) -> None:
    page.asked("gradient", LOSS)
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    names = {(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree
             if "role" in n}
    for role, name in (("radio", "Gradient"), ("textbox", "Loss"), ("button", "Derive"),
                       ("textbox", "With respect to"), ("combobox", "Route"),
                       ("checkbox", "Matrices"), ("button", "Copy LaTeX"),
                       ("textbox", "Assumed: o, a vector of K real numbers")):
        assert (role, name) in names, (role, name)
    assert not [r for r, name in names if r in ("button", "textbox", "link") and not name]
    assert page.text("#say").startswith("Answered: Gradient")


SOURCE = axe_source()


@pytest.mark.skipif(SOURCE is None, reason="axe is not installed (pip install axe-core-python)")
@pytest.mark.parametrize(("width", "dark", "states"), [
    (400, True, "all"), (900, False, "one"), (1600, False, "all")])
def test_axe_finds_nothing(page: Page, width: int, dark: bool, states: str) -> None:
    assert SOURCE is not None
    page.size(width, dark)
    page.asked("hessian", "log(1 + exp(z)) - y*z", ("y: binary",))
    seen = {"answered": findings(page, SOURCE)}
    if states == "all":
        page.choose("check")
        page.put("#formula", "gradient of z**2 with respect to z\n= 2*z\n= (z")
        page.until("!document.getElementById('fault').hidden")
        seen["fault"] = findings(page, SOURCE, "#question")
        for name in ("catalogue", "history"):
            page.js(f"document.getElementById('open-{name}').click()")
            seen[name] = findings(page, SOURCE, f"#{name}")
            page.press("Close", f"#{name}")
        page.asked("practice", "gradient of z**2 with respect to z")
        seen["practice"] = findings(page, SOURCE, "#answer")
        page.open(width=width, dark=dark)
        seen["empty"] = findings(page, SOURCE)
    assert {name: found for name, found in seen.items() if found} == {}
    assert page.js("document.documentElement.scrollWidth <= innerWidth")


def test_requests_are_json(page: Page) -> None:
    page.asked("gradient", "z**2")
    names = page.js("performance.getEntriesByType('resource').map((e) => e.name)")
    assert set(names) <= {f"{page.origin}answer"}
    assert json.loads(page.js("JSON.stringify(studioForm.state())"))["ask"] == "gradient"
