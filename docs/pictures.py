"""Takes the picture of the README: a page with one step unfolded (needs chromium, chromedriver).

`python docs/pictures.py` writes docs/images/softmax-page.png. Run it after the look of pages
has changed, and look at the picture.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import derive  # noqa: E402 (the checkout's own)
from tests.browsing import chromium, settled  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDTH = 880  # of the page, in CSS pixels
SCALE = 1.5  # pixels of the picture to one of them
STEP = 2  # the step that is unfolded: the derivative of log


_UNFOLD = """
document.querySelectorAll("button.why")[arguments[0]].click();
document.querySelectorAll("[id$=-code], [id$=-checks], .rules").forEach(
  (part) => { part.style.display = "none"; });
document.documentElement.style.overflow = "hidden";
window.scrollTo(0, 0);
"""
_END = """
const step = document.querySelectorAll("button.why")[arguments[0]];
return document.getElementById(step.getAttribute("aria-controls")).getBoundingClientRect().bottom;
"""


def photograph(browser: Any, page: Path, picture: Path) -> None:
    """A page as it is on a screen, from its title to a step that is unfolded, without its code."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": WIDTH, "height": 900, "deviceScaleFactor": SCALE, "mobile": False})
    browser.get(page.as_uri())
    browser.execute_script(_UNFOLD, STEP)
    settled(browser)
    end = browser.execute_script(_END, STEP)
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {
        "format": "png", "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": WIDTH, "height": end + 2, "scale": 1}})
    picture.write_bytes(base64.b64decode(taken["data"]))


def main() -> None:
    """Writes the picture."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        sys.exit("this needs chromium and chromedriver")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(derive.grad("softmax-nll").verify().show("html"), encoding="utf-8")
        browser = chromium(binary, driver, Path(folder) / "profile")
        try:
            photograph(browser, page, IMAGES / "softmax-page.png")
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
