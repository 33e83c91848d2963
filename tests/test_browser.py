"""Pages in a real browser: formulas have a size, steps unfold, sliders move, nothing is asked for.

Debian's Chromium is driven by selenium, headless; without either the tests are skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.notation.printing.javascript import javascript
from derive.notation.reading.specification import specify
from derive.rendering.page.document import document
from derive.rendering.page.plots import (
    SCRIPTS,
    STYLES,
    Curve,
    Mark,
    Slider,
    plot_block,
    script_curve,
)
from derive.teaching.demonstrations.demonstration import run
from derive.teaching.demonstrations.demonstration_files import demo_for
from derive.teaching.marking.sheet_check import check
from derive.teaching.sites.site_index import index_page, rules_page, stage_pages
from derive.teaching.sites.site_pages import entries, make
from derive.teaching.sites.site_writer import write_site
from derive.teaching.teaching_forms import show_demo
from tests.browsing import CONTRAST, chromium, complaints, opened, requests, settled

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)",
                allow_module_level=True)
pytest.importorskip("selenium", reason="selenium is not installed (pip install selenium)")

pytestmark = pytest.mark.browser
WIDTHS = (360, 800, 1400)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    started = chromium(CHROMIUM, DRIVER, tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of several kinds, as files."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "softmax": derive.grad("softmax-nll", through="p").verify().show("html"),
        "cases": derive.grad("huber").show("html", detail="full"),
        "long": derive.hessian("focal").show("html"),
        "several": derive.mle("gaussian").show("html"),
        "model": derive.bptt("rnn").show("html", detail="brief"),
        "notebook": f"<!doctype html><body>{derive.grad('huber')._repr_html_()}</body>",
        "plot": plot_page(),
        "demonstration": show_demo(run(demo_for("spread-of-uncertainty")), "html"),
        "sheet": check(SHEET, explain=True, hint=4).show("html"),
        "index": index_page([make(e, verified=False) for e in entries() if e.name in
                             ("huber", "softmax", "bernoulli")]),
        "rules": rules_page(),
        "stage": dict(stage_pages())["rules/sift.html"],
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def plot_page() -> str:
    gradient = derive.grad("log(1 + exp(z)) - y*z", given=["z: real", "y: real"], wrt="z")
    loss = javascript(gradient.start.args[0], {"z": "x"})
    block = plot_block(
        [Curve("loss", loss), Curve("slope", javascript(gradient.result, {"z": "x"})),
         Curve("data", points=((0, 1), (1, 2)), dots=True)],
        (-6, 6), [Slider("y", 0, 1, 1)], title="Cross-entropy", xlabel="z", ylabel="L",
        marks=[Mark("half", "0", "F.sigmoid(0) - p.y")], readout="'slope at 0: ' + (0.5 - p.y)")
    return document("Plot", f"<h1>Plot</h1>{block}", styles=STYLES, scripts=SCRIPTS)


SHEET = """o: real[K]
y: label(K)
gradient of -log(softmax(o)[y]) with respect to o[i]
= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])
= softmax(o)[i] + delta(i, y)
"""
KINDS = ["softmax", "cases", "long", "several", "model", "notebook", "demonstration", "sheet",
         "index", "rules", "stage"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "rules"])
def test_every_formula_is_shown(browser: Any, pages: dict[str, Path], kind: str) -> None:
    opened(browser, pages[kind])
    browser.execute_script(
        "document.querySelectorAll('[data-unfold]').forEach((b) => b.click());"
        "document.querySelectorAll('details').forEach((d) => { d.open = true; });")
    sizes = browser.execute_script(
        "return Array.from(document.querySelectorAll('math')).map((m) => {"
        "const box = m.getBoundingClientRect(); return [box.width, box.height, m.namespaceURI]; })")
    assert len(sizes) > 5
    assert all(width > 4 and height > 4 for width, height, _ in sizes)
    assert {space for *_, space in sizes} == {"http://www.w3.org/1998/Math/MathML"}
    assert browser.execute_script("return document.querySelectorAll('merror').length") == 0
    # MathML as such: a fraction is taller than a letter, its parts stand above each other.
    tall = browser.execute_script(
        "return Array.from(document.querySelectorAll('mfrac')).map((f) => {"
        "const [a, b] = Array.from(f.children).map((c) => c.getBoundingClientRect());"
        "return a.bottom <= b.top + 1; })")
    assert tall
    assert all(tall)


@pytest.mark.parametrize("kind", [*KINDS, "plot"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(browser: Any, pages: dict[str, Path], kind: str, width: int,
                                  ) -> None:
    opened(browser, pages[kind], width)
    browser.execute_script(
        "document.querySelectorAll('[data-unfold]').forEach((b) => b.click());")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", [*KINDS, "plot"])
def test_nothing_leaves_the_page_and_nothing_goes_wrong(
        browser: Any, pages: dict[str, Path], kind: str) -> None:
    opened(browser, pages[kind])
    browser.execute_script(
        "document.querySelectorAll('button, summary').forEach((b) => b.click());")
    settled(browser)
    asked = [a for a in requests(browser) if not a.startswith("data:")]
    assert asked == [pages[kind].as_uri()]
    assert complaints(browser) == []


def test_steps_unfold_by_click_and_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["softmax"])
    buttons = browser.find_elements(By.CSS_SELECTOR, ".why")
    assert not browser.find_elements(By.CSS_SELECTOR, ".panel")

    def panel(number: int) -> Any:
        return browser.find_element(By.ID, buttons[number].get_attribute("aria-controls"))

    buttons[0].click()
    settled(browser)
    assert panel(0).is_displayed()
    assert buttons[0].get_attribute("aria-expanded") == "true"
    assert "derivative" in panel(0).text or "factor" in panel(0).text
    assert panel(0).find_elements(By.CSS_SELECTOR, ".rewrites math")
    for key in (Keys.ENTER, Keys.SPACE):
        buttons[1].send_keys(key)
        assert panel(1).is_displayed() is (key == Keys.ENTER)
    (every,) = browser.find_elements(By.CSS_SELECTOR, "[data-unfold]")
    every.click()
    settled(browser)
    panels = browser.find_elements(By.CSS_SELECTOR, ".panel")
    assert len(panels) == len(buttons)
    assert all(p.is_displayed() and p.text for p in panels)
    every.click()
    assert not any(p.is_displayed() for p in panels)


def test_a_long_derivation_is_folded_and_its_list_opens_a_part(
        browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages["model"], 1600)
    parts = browser.find_elements(By.CSS_SELECTOR, "details.part")
    assert len(parts) > 4
    assert not any(p.get_attribute("open") for p in parts)
    links = browser.find_elements(By.CSS_SELECTOR, ".contents [data-parts] ul a")
    assert len(links) == len(parts)
    assert links[-1].is_displayed()
    links[-1].click()
    settled(browser)
    assert [bool(p.get_attribute("open")) for p in parts] == [False] * (len(parts) - 1) + [True]
    opened(browser, pages["model"], 400)
    (summary,) = browser.find_elements(By.CSS_SELECTOR, ".contents summary")
    assert not browser.find_element(By.CSS_SELECTOR, ".contents a").is_displayed()
    summary.click()
    assert browser.find_element(By.CSS_SELECTOR, ".contents a").is_displayed()


def test_a_sum_is_never_broken_between_the_factors_of_a_term(browser: Any, tmp_path: Path) -> None:
    found = derive.grad("S = Q @ P.T / sqrt(D)\nA = softmax(S)\nsum((A @ V - Y)**2)",
                        given=["Q, P, V, Y: real[N, D]"], wrt="Q")
    page = tmp_path / "attention.html"
    page.write_text(found.show("html"), encoding="utf-8")
    for width in (600, 900):
        opened(browser, page, width)
        settled(browser)
        rows = browser.execute_script(
            "return Array.from(document.querySelectorAll('.result mtable.broken')).map((table) =>"
            "Array.from(table.children).map((tr) => Array.from(tr.firstChild.children).map("
            "(e) => e.localName === 'mo' && e.getAttribute('form') !== 'prefix'"
            " ? e.textContent : 'x')))")
        assert rows
        for table in rows:
            signs = any(sign in "+−" for row in table for sign in row[1:])
            assert not (signs and any(row[0] == "⋅" for row in table)), table


def test_code_is_in_tabs_that_the_arrow_keys_turn(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["softmax"])
    tabs = browser.find_elements(By.CSS_SELECTOR, "[role=tablist] [role=tab]")

    def shown() -> list[str]:
        return [p.get_attribute("aria-labelledby")
                for p in browser.find_elements(By.CSS_SELECTOR, "[role=tabpanel]")
                if p.is_displayed()]

    assert [tab.text for tab in tabs] == ["Command line", "Python", "NumPy", "LaTeX", "Notation"]
    assert shown() == [tabs[0].get_attribute("id")]
    tabs[0].click()
    for key, at in ((Keys.RIGHT, 1), (Keys.END, 4), (Keys.RIGHT, 0), (Keys.LEFT, 4),
                    (Keys.HOME, 0)):
        ActionChains(browser).send_keys(key).perform()
        assert browser.switch_to.active_element == tabs[at]
        assert shown() == [tabs[at].get_attribute("id")]
        assert [t.get_attribute("tabindex") for t in tabs].count("0") == 1
        assert [t.get_attribute("aria-selected") for t in tabs].index("true") == at


def test_what_buttons_copy_is_the_text_of_the_tab_and_the_packed_latex(
        browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages["softmax"])
    browser.execute_script("window.taken = []; Object.defineProperty(navigator, 'clipboard', "
                           "{value: {writeText: async (text) => { window.taken.push(text); }}});")
    browser.find_element(By.CSS_SELECTOR, "[data-copy-code]").click()
    browser.find_elements(By.CSS_SELECTOR, "[role=tab]")[3].click()
    browser.find_element(By.CSS_SELECTOR, "[data-copy-packed]").click()
    settled(browser)
    command, latex = browser.execute_script("return window.taken")
    assert command == "derive grad softmax-nll --through p --format html"
    assert "\\begin{align*}" in latex


def test_print_shows_what_is_open(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages["model"])
    browser.find_element(By.CSS_SELECTOR, "details.part > summary").click()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    chains = browser.find_elements(By.CSS_SELECTOR, "details.part .chain")
    assert [chain.is_displayed() for chain in chains[:2]] == [True, False]
    assert not browser.find_element(By.CSS_SELECTOR, ".contents").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_tab_key_reaches_steps_with_a_visible_focus(browser: Any, pages: dict[str, Path],
                                                        ) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["softmax"])
    reached = []
    for _ in range(8):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        reached.append(browser.execute_script(
            "const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.className, s.outlineStyle]"))
    assert reached[0][0] == "skip"
    assert any(name == "why" for name, _ in reached)
    assert all(style != "none" for name, style in reached)


def test_pointing_at_a_term_lights_it_up_around(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    opened(browser, pages["softmax"])
    lines = browser.find_elements(By.CSS_SELECTOR, ".chain")[-1].find_elements(
        By.CSS_SELECTOR, ".line")
    term = lines[-2].find_elements(By.CSS_SELECTOR, ".scroll msub")[0]
    ActionChains(browser).move_to_element(term).perform()
    lit = [len(line.find_elements(By.CSS_SELECTOR, ".scroll .lit")) for line in lines]
    assert lit[-2] >= 1
    assert lit[-3] >= 1  # p_i stands in the line before, too
    assert not any(lit[:-3])


WIDE = """return Array.from(document.querySelectorAll('.scroll')).filter(
  (b) => b.clientWidth && b.scrollWidth > b.clientWidth + 1).length"""
ROWS = "return document.querySelectorAll('.broken').length"


@pytest.mark.parametrize("kind", ["softmax", "several", "model"])
def test_at_a_usual_width_every_formula_has_room(browser: Any, pages: dict[str, Path], kind: str,
                                                 ) -> None:
    opened(browser, pages[kind], 1100)
    assert browser.execute_script(WIDE) == 0


def test_sums_are_broken_only_where_they_must_be_and_put_together_again(
        browser: Any, pages: dict[str, Path]) -> None:
    opened(browser, pages["long"], 1800)
    at_first = browser.execute_script(ROWS)
    texts = "return Array.from(document.querySelectorAll('math'), (m) => m.textContent)"
    before = browser.execute_script(texts)
    for width in (700, 400, 1800):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        settled(browser)
        if width < 1800:
            assert browser.execute_script(ROWS) != at_first
    assert browser.execute_script(ROWS) == at_first
    assert browser.execute_script(texts) == before


def test_nothing_is_broken_that_has_room(browser: Any, pages: dict[str, Path]) -> None:
    """A formula in rows, put into one, would be wider than its box."""
    opened(browser, pages["long"], 900)
    spare = browser.execute_script("""
      return Array.from(document.querySelectorAll('.scroll')).filter((b) => b.clientWidth)
        .filter((b) => b.querySelector('.taken-apart')).map((b) => {
          const copy = b.cloneNode(true), holder = document.createElement('div');
          copy.querySelectorAll('.broken').forEach((t) => {
            const row = document.createElementNS(t.namespaceURI, 'mrow');
            row.append(...t.querySelectorAll(':scope > mtr > mtd > *'));
            t.replaceWith(row);
          });
          holder.style.cssText = 'width: max-content';
          holder.append(copy);
          b.after(holder);
          const wide = holder.getBoundingClientRect().width;
          holder.remove();
          return wide - b.clientWidth; })""")
    assert spare
    assert all(over > 0 for over in spare)


def test_the_equals_sign_stands_at_the_first_row(browser: Any, tmp_path: Path) -> None:
    terms = " + ".join(f"exp(z/{n})*log(a + {n})" for n in range(2, 12))
    page = tmp_path / "sum.html"
    page.write_text(derive.grad(terms, given=["z: real", "a: positive"], wrt="z").show("html"),
                    encoding="utf-8")
    opened(browser, page, 700)
    rows = browser.execute_script("""
      return Array.from(document.querySelectorAll('.equations > li')).filter((l) =>
        l.querySelector('.scroll > math > semantics > .sum')).map((l) => {
          const tops = Array.from(l.querySelectorAll('.scroll > math > semantics > .sum > mrow'),
            (t) => t.getBoundingClientRect());
          const sign = l.querySelector('.is').getBoundingClientRect();
          return [tops[0].top, sign.top, sign.bottom, tops[0].bottom, tops.at(-1).top]; })""")
    assert rows
    for top, sign, below, bottom, last in rows:
        assert top - 8 < sign < below < bottom + 8 < last


def test_a_long_formula_scrolls_in_a_box_that_the_keyboard_reaches(
        browser: Any, pages: dict[str, Path]) -> None:
    opened(browser, pages["long"], 360)
    wide = browser.execute_script(
        "return Array.from(document.querySelectorAll('.scroll'))"
        ".filter((b) => b.scrollWidth > b.clientWidth + 1)"
        ".map((b) => [b.tabIndex, b.getAttribute('aria-label')])")
    assert wide
    assert all(index == 0 and told for index, told in wide)


def test_sliders_move_the_curves(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["plot"])
    slider = browser.find_element(By.CSS_SELECTOR, "input[type=range]")
    label = browser.find_element(By.CSS_SELECTOR, f"label[for={slider.get_attribute('id')}]")
    assert label.text == "y"

    def curves() -> list[str]:
        return [p.get_attribute("d") for p in browser.find_elements(By.CSS_SELECTOR, "path.curve")
                if p.is_displayed()][:2]

    def told() -> tuple[str, str]:
        settled(browser)
        return (browser.find_element(By.CSS_SELECTOR, ".plot output").text,
                browser.find_element(By.CSS_SELECTOR, ".plot-readout").text)

    before = curves()
    assert all(len(c) > 500 for c in before)
    assert told() == ("1", "slope at 0: -0.5")
    slider.send_keys(Keys.HOME)
    assert told() == ("0", "slope at 0: 0.5")
    assert all(a != b for a, b in zip(before, curves(), strict=True))
    slider.send_keys(Keys.END)
    assert curves() == before
    assert len(browser.find_elements(By.CSS_SELECTOR, "g > circle.dot")) == 2
    assert browser.find_element(By.CSS_SELECTOR, ".plot-readout").get_attribute("aria-live")


def test_jumps_are_drawn_as_jumps_and_move_with_the_sliders(browser: Any, tmp_path: Path) -> None:
    given = ["z: real", "a: real"]
    shown = {"step": "0 if z < a else 2", "sign": "sign(z - a)", "kink": "abs(z - a)",
             "steep": "tanh(300*z)"}
    blocks = "".join(
        plot_block([script_curve(name, specify(text, given).loss, {"z": "x"})], (-4, 4),
                   [Slider("a", -4, 4, 0.7)], title=name) for name, text in shown.items())
    page = tmp_path / "jumps.html"
    page.write_text(document("Jumps", f"<h1>Jumps</h1>{blocks}", styles=STYLES, scripts=SCRIPTS),
                    encoding="utf-8")
    opened(browser, page, 800)
    look = """return Array.from(document.querySelectorAll('.plot'), (p) => [
      p.querySelectorAll('.open-end').length, p.querySelectorAll('.closed-end').length,
      (p.querySelector('path.curve').getAttribute('d').match(/M/g) || []).length])"""
    assert browser.execute_script(look) == [[1, 1, 2], [2, 1, 2], [0, 0, 1], [0, 0, 1]]
    place = """return Number(document.querySelector('.open-end').getAttribute('cx'))"""
    before = browser.execute_script(place)
    browser.execute_script("""const s = document.querySelector('input[type=range]');
      s.value = 1.7; s.dispatchEvent(new Event('input'));""")
    assert browser.execute_script(place) > before + 20
    browser.execute_script("""const s = document.querySelector('input[type=range]');
      s.value = 0.123; s.dispatchEvent(new Event('input'));""")
    assert browser.execute_script(look)[0] == [1, 1, 2]


def test_dots_at_the_ends_are_whole_and_have_dots_in_the_legend(browser: Any, tmp_path: Path,
                                                                ) -> None:
    block = plot_block([Curve("line", "x"), Curve("data", points=((0, 0), (1, 1)), dots=True)],
                       (0, 1), [Slider("t", 0, 1, 1)], marks=[Mark("here", "p.t", "p.t")])
    page = tmp_path / "dots.html"
    page.write_text(document("Dots", f"<h1>Dots</h1>{block}", styles=STYLES, scripts=SCRIPTS),
                    encoding="utf-8")
    opened(browser, page, 800)
    clipped = browser.execute_script("""
      return Array.from(document.querySelectorAll('.plot circle'),
                        (c) => !!c.closest('[clip-path]'))""")
    assert clipped
    assert not any(clipped)
    keys = browser.execute_script("""return Array.from(
      document.querySelectorAll('.plot-legend svg'), (k) => k.firstElementChild.localName)""")
    assert keys == ["path", "circle"]


def test_the_functions_of_the_plots_are_right(browser: Any, pages: dict[str, Path]) -> None:
    """Those that JavaScript lacks, against mpmath."""
    from mpmath import mp

    cases = {"sigmoid": lambda u: 1 / (1 + mp.exp(-u)), "softplus": lambda u: mp.log1p(mp.exp(u)),
             "erf": mp.erf, "Phi": mp.ncdf, "logPhi": lambda u: mp.log(mp.ncdf(u)),
             "loggamma": lambda u: mp.log(abs(mp.gamma(u))), "digamma": mp.digamma}
    points = [-8.5, -3.1, -0.7, 0.3, 1.9, 2.6, 6.2, 20.5]
    opened(browser, pages["plot"])
    got = browser.execute_script(
        "const found = {}; const holder = document.createElement('div');"
        "document.body.append(holder);"
        "derivePlot(holder, {x: [0, 1], curves: [{f: (x, p, F) => { found.F = F; return x; }}]});"
        "return arguments[0].map((name) => arguments[1].map((u) => found.F[name](u)));",
        list(cases), points)
    for values, (name, right) in zip(got, cases.items(), strict=True):
        for u, value in zip(points, values, strict=True):
            wanted = float(right(mp.mpf(u)).real)
            assert value == pytest.approx(wanted, rel=1e-9, abs=1e-13), (name, u)


def test_tables_are_read_row_by_row_on_narrow_screens(browser: Any, pages: dict[str, Path],
                                                      ) -> None:
    look = """const box = (e) => e.getBoundingClientRect();
      const [first, ...others] = document.querySelector('table.data tbody tr').children;
      return [others.map((c) => box(c).top >= box(first).bottom - 1),
              getComputedStyle(others[0], '::before').content,
              document.querySelector('table.data thead tr').children[1].textContent,
              box(document.querySelector('.tabled')).width >=
              document.querySelector('.tabled').scrollWidth]"""
    opened(browser, pages["demonstration"], 400)
    below, name, heading, fits = browser.execute_script(look)
    assert all(below)
    assert heading
    assert heading in name
    assert fits
    opened(browser, pages["demonstration"], 900)
    below, name, _, fits = browser.execute_script(look)
    assert not any(below)
    assert name == "none"
    assert fits


def test_rules_are_folded_and_searched(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages["rules"], 900)
    assert browser.execute_script("return document.documentElement.scrollHeight") < 3000
    browser.find_element(By.ID, "search").send_keys("quotient rule")
    shown = [r for r in browser.find_elements(By.CSS_SELECTOR, ".pages li") if r.is_displayed()]
    assert 1 <= len(shown) < 12
    assert any("quotient-rule" in row.text for row in shown)


CONTRASTS = {
    "softmax": ("h1", ".source", ".label", ".why", ".foot", ".tab code", ".lead", "math"),
    "demonstration": ("h1", ".source", "caption", "thead th", "tbody th", "tbody td", "p math"),
    "sheet": (".stamp a", ".typed", ".how", ".tip", ".what", ".number"),
    "index": (".count", ".pages a", ".pages code", ".pages p"),
    "rules": ("summary h2", ".count", ".source"),
}


@pytest.mark.parametrize("kind", CONTRASTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_light_and_dark_have_enough_contrast(browser: Any, pages: dict[str, Path], width: int,
                                             kind: str) -> None:
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        opened(browser, pages[kind], width)
        for selector in CONTRASTS[kind]:
            ratio = browser.execute_script(CONTRAST, selector)
            assert ratio >= 4.5, (scheme, selector, ratio)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_site_is_searched(browser: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By

    site = write_site(tmp_path / "site", "*hu*er*", jobs=1, verified=False)
    opened(browser, site.folder / "index.html", 800)
    rows = browser.find_elements(By.CSS_SELECTOR, ".pages li")
    field = browser.find_element(By.ID, "search")
    field.send_keys("huber pseudo")
    shown = [r for r in rows if r.is_displayed()]
    assert 1 <= len(shown) < len(rows)
    assert browser.find_element(By.ID, "found").text == f"{len(shown)} of {len(rows)}"
    shown[0].find_element(By.TAG_NAME, "a").click()
    assert "Huber" in browser.title
    browser.find_element(By.LINK_TEXT, "Rules").click()
    assert browser.title == "Rules"
    browser.find_element(By.LINK_TEXT, "All pages").click()
    assert browser.title == "Derivations"
    assert complaints(browser) == []


def test_what_is_broken_within_a_sum_keeps_its_signs_apart(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "model.html"
    page.write_text(derive.bptt("rnn").show("html", detail="brief"), encoding="utf-8")
    opened(browser, page, 300)
    settled(browser)
    wide = browser.execute_script(
        "return Array.from(document.querySelectorAll('.sum > .broken mi'), "
        "(sign) => sign.getBoundingClientRect()).filter((at) => at.height).map((at) => at.width)")
    assert len(wide) > 5
    assert min(wide) > 1
