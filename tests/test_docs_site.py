"""The documentation as a site: it is built without a warning, and opened as a reader opens it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import chromium, complaints, requests
from tests.playground_build import served

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)",
                allow_module_level=True)
pytest.importorskip("selenium", reason="selenium is not installed (pip install selenium)")
pytest.importorskip("mkdocs", reason="mkdocs is not installed (make docs installs it)")

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parent.parent
PAGES = ("", "notation/", "guides/student/", "guides/teacher/", "guides/statistician/", "studio/",
         "api/derivations/", "catalogue/", "reliability/", "decisions/")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The built site on a host of its own."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet",
                           "--site-dir", str(folder)], cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with served(folder) as link:
        yield link


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    running = chromium(str(CHROMIUM), str(DRIVER), tmp_path_factory.mktemp("profile"))
    running.get("about:blank")  # a new tab asks for parts of the browser itself
    yield running
    running.quit()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_site_opens_and_asks_nobody_else(address: str, browser: Any,
                                                       page: str) -> None:
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(f"{address}/{page}")
    assert browser.find_elements("css selector", "article h1"), f"{page} has no title"
    assert complaints(browser) == []
    assert not [a for a in requests(browser) if not a.startswith((address, "data:"))]


def test_every_public_function_has_its_place_in_the_reference(address: str, browser: Any) -> None:
    import derive

    browser.get(f"{address}/api/")
    links = [a.get_attribute("href") for a in browser.find_elements("css selector", "nav a")]
    shown = ""
    for link in sorted({a.partition("#")[0] for a in links if a and "/api/" in a}):
        browser.get(link)
        shown += browser.page_source
    functions = [n for n in derive.__all__ if callable(getattr(derive, n)) and n[0].islower()]
    assert [n for n in functions if f'id="derive.{n}"' not in shown] == []
