"""The playground in a real browser, from a static host: it answers, survives, works offline."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import chromium, complaints, requests
from tests.playground_build import built_in, served

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)",
                allow_module_level=True)
pytest.importorskip("selenium", reason="selenium is not installed (pip install selenium)")

pytestmark = pytest.mark.browser
QUESTION = {"ask": "gradient", "formula": "(z - y)**2/2", "options": {"wrt": "z"}}
LONG = {"ask": "hessian", "formula": " * ".join(f"log(1 + exp(a{n}*z))**{n}" for n in range(2, 30)),
        "options": {"wrt": "z"}, "patience": 200}
# The page's workers, so that a test can end one as a browser without memory does.
WATCHED = """
window.workers = [];
window.Worker = class extends Worker {
  constructor(...given) { super(...given); window.workers.push(this); }
};
"""
WITHOUT_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "caches"]) {
  Object.defineProperty(window, name, {get() { throw new DOMException("refused"); }});
}
Object.defineProperty(Navigator.prototype, "serviceWorker", {get() {
  return {register: () => Promise.reject(new Error("refused"))}; }});
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a host, which has the playground in a folder of its own."""
    return built_in(tmp_path_factory.mktemp("host")).parent


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    started = chromium(str(CHROMIUM), str(DRIVER), tmp_path / "profile")
    started.set_script_timeout(120)
    yield started
    started.quit()


def before_scripts(browser: Any, script: str) -> None:
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})


def link(address: str, request: dict[str, object] = QUESTION) -> str:
    packed = base64.urlsafe_b64encode(json.dumps(request).encode()).decode().rstrip("=")
    return f"{address}/studio/#q={packed}"


def until(browser: Any, expression: str, seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while not (value := browser.execute_script(f"return {expression}")):
        assert time.monotonic() < end, f"{expression}; {answer_shown(browser)[:300]}"
        time.sleep(0.05)
    return value


def answer_shown(browser: Any) -> str:
    return str(browser.execute_script("return document.getElementById('answer').textContent"))


def answered(browser: Any) -> str:
    until(browser, "document.querySelector('#answer article') !== null")
    return answer_shown(browser)


def asked(browser: Any, request: dict[str, object], stopped: bool = False) -> Any:
    """The engine's answer, or the name of its error; `stopped` is as the button does it."""
    return browser.execute_async_script("""
        const [request, stopped, done] = arguments, control = new AbortController();
        studioEngine.ask(request, control.signal).then(done, (error) => done(error.name));
        if (stopped) setTimeout(() => control.abort(), 1000);""", request, stopped)


def test_a_link_is_answered_offline_after_the_first_load(host: Path, browser: Any) -> None:
    with served(host) as address:
        browser.get(link(address))
        assert "z - y" in answered(browser).replace("−", "-")
        browser.execute_async_script(
            "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done())")
        away = [asked_for for asked_for in requests(browser)
                if asked_for.startswith("http") and not asked_for.startswith(address)]
        assert away == []
        assert complaints(browser) == []
    browser.get("about:blank")
    browser.get(link(address, {**QUESTION, "formula": "log(1 + exp(z))"}))
    assert "log(1 + exp(z))" in answered(browser).replace("⁡", "") or browser.execute_script(
        "return document.querySelector('#answer math') !== null")


def test_a_worker_that_dies_is_replaced(host: Path, browser: Any) -> None:
    before_scripts(browser, WATCHED)
    with served(host) as address:
        browser.get(f"{address}/studio/")
        assert asked(browser, QUESTION)["ok"]
        browser.execute_script("""
            window.answers = [];
            studioEngine.ask(arguments[0]).then((answer) => window.answers.push(answer));
            workers[0].terminate();
            workers[0].dispatchEvent(new ErrorEvent("error", {message: "out of memory"}));""", LONG)
        words = until(browser, "window.answers[0]")["error"]["message"]
        assert "out of memory" in words
        assert "started again" in words
        assert asked(browser, QUESTION)["ok"]


def test_stop_ends_the_work_and_the_next_question_is_answered(host: Path, browser: Any) -> None:
    with served(host) as address:
        browser.get(f"{address}/studio/")
        assert asked(browser, QUESTION)["ok"]
        assert asked(browser, LONG, stopped=True) == "AbortError"
        assert browser.execute_script("return document.querySelector('#engine progress') !== null")
        assert asked(browser, QUESTION)["ok"]


def test_a_private_window_without_storage_answers(host: Path, browser: Any) -> None:
    before_scripts(browser, WITHOUT_STORAGE)
    with served(host) as address:
        browser.get(link(address))
        answered(browser)
        assert complaints(browser) == []


def test_an_engine_that_cannot_be_had_is_a_sentence(host: Path, browser: Any,
                                                    tmp_path: Path) -> None:
    for file in host.rglob("*"):
        place = tmp_path / file.relative_to(host)
        if file.name not in ("engine.zip", "offline.js") and file.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file)
    with served(tmp_path) as address:
        browser.get(f"{address}/studio/")
        words = asked(browser, QUESTION)["error"]["message"]
        assert "cannot be started" in words or "started again" in words
        until(browser, "document.getElementById('engine').textContent.includes('cannot be')")


def test_a_page_opened_as_a_file_says_how_it_is_served(host: Path, browser: Any) -> None:
    browser.get((host / "studio" / "index.html").as_uri())
    until(browser, "document.getElementById('engine').textContent.includes('http.server')")


def test_scripts_are_the_page_s_own(host: Path) -> None:
    page = (host / "studio" / "index.html").read_text(encoding="utf-8")
    policy = page.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert "http" not in policy
