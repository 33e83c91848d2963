"""The studio in a browser: its server as a process, and what one does on its page."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.browsing import complaints, requests

ROOT = Path(__file__).resolve().parent.parent
BUSY = "document.getElementById('answer').getAttribute('aria-busy')"
DONE = f"{BUSY} === null && document.getElementById('answer').childElementCount > 0"


@contextmanager
def studio(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running studio: its link, and its process."""
    with subprocess.Popen([sys.executable, "-m", "derive", "studio", "--no-browser", *options],
                          stderr=subprocess.PIPE, text=True, cwd=ROOT,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        link = re.search(r"http\S+", process.stderr.readline())  # type: ignore[union-attr]
        assert link is not None
        try:
            yield link[0], process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def packed(state: dict[str, object] | str) -> str:
    """What stands behind #q= in a link."""
    text = state if isinstance(state, str) else json.dumps(state)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Page:
    """One tab on the studio's page."""

    def __init__(self, browser: Any, link: str) -> None:
        self.browser, self.link = browser, link
        self.origin = link.partition("?")[0]

    def open(self, fragment: str = "", width: int = 1600, dark: bool = False) -> Page:
        self.size(width, dark)
        self.browser.get("about:blank")
        for log in ("browser", "performance"):
            self.browser.get_log(log)
        self.browser.get(self.link + fragment)
        self.until("document.getElementById('engine').textContent")
        return self

    def size(self, width: int, dark: bool = False) -> None:
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def js(self, expression: str, *arguments: object) -> Any:
        return self.browser.execute_script(f"return {expression}", *arguments)

    def until(self, expression: str, *arguments: object, seconds: float = 40) -> Any:
        end = time.monotonic() + seconds
        while not (value := self.js(expression, *arguments)):
            assert time.monotonic() < end, f"{expression}: never so; {self.text('#answer')[:300]}"
            time.sleep(0.03)
        return value

    def find(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        return str(self.js("(document.querySelector(arguments[0]) || {}).textContent || ''",
                           selector))

    def put(self, selector: str, text: str) -> None:
        """Puts a text into a field at once, as pasting does."""
        self.js("""((field) => { field.focus(); field.value = arguments[1];
          field.dispatchEvent(new Event('input', {bubbles: true})); })(
          document.querySelector(arguments[0]))""", selector, text)

    def choose(self, ask: str) -> None:
        self.js("document.querySelector(`input[value='${arguments[0]}']`).click()", ask)

    def press(self, words: str, within: str = "body") -> None:
        """Presses the button with these words."""
        self.js("""Array.from(document.querySelectorAll(`${arguments[1]} button`)).find((b) =>
          b.textContent.startsWith(arguments[0])).click()""", words, within)

    def asked(self, ask: str, formula: str, given: tuple[str, ...] = (), **options: str) -> str:
        """The text of the answer to a question that a link holds."""
        state = {"ask": ask, "formula": formula, "given": list(given), "options": options}
        self.js("(location.hash = '#q=' + arguments[0]) && null", packed(state))
        time.sleep(0.05)
        return self.answer()

    def answer(self) -> str:
        self.until(DONE)
        return self.text("#answer")

    def chips(self) -> list[str]:
        return list(self.js("Array.from(document.querySelectorAll('.chip input'), (i) => "
                            "i.value + (i.closest('.assumed') ? '?' : ''))"))

    def keys(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(*keys).perform()

    def focus(self) -> str:
        return str(self.js("document.activeElement.id || document.activeElement.textContent"))

    def went_well(self) -> None:
        """Nothing stands in the console, and nothing was asked of another origin."""
        assert complaints(self.browser) == []
        asked = [a for a in requests(self.browser) if not a.startswith(("data:", "blob:"))]
        assert all(a.startswith((self.origin, "about:")) for a in asked), asked


def axe_source() -> str | None:
    """The checker of accessibility, where it is installed (`pip install axe-core-python`)."""
    found = find_spec("axe_core_python")
    if found is None or not found.submodule_search_locations:
        return None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, source: str, within: str = "html") -> list[str]:
    """What axe finds on the page as it stands, or in a part of it."""
    page.browser.execute_script(f"if (!window.axe) {{ {source} }}")
    found = page.browser.execute_async_script(
        "const [within, done] = arguments; axe.run(within, {resultTypes: ['violations']})"
        ".then((r) => done(r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html)])));",
        within)
    return [f"{name}: {words}: {nodes[:2]}" for name, words, nodes in found]


def eventually(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())
