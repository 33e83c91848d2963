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
WIDTH = 880  # of the page, in CSS pixels; the picture has twice as many
STEP = 4  # the step that is unfolded: the derivative of log


def photograph(browser: Any, page: Path, picture: Path, height: int) -> None:
    """The top of a page as it is on a screen, one step of it opened."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": WIDTH, "height": height, "deviceScaleFactor": 1.6, "mobile": False})
    browser.get(page.as_uri())
    browser.execute_script(
        "const steps = document.querySelectorAll('article details:has(summary.rule), "
        "article button.rule'); const step = steps[arguments[0]]; if (step) step.click();", STEP)
    settled(browser)
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {
        "format": "png", "captureBeyondViewport": False})
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
            photograph(browser, page, IMAGES / "softmax-page.png", 1100)
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
