"""A headless Chromium for tests, and what they ask of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage")


def chromium(binary: str, driver: str, profile: Path) -> Any:
    """Starts the browser with an empty profile; it keeps logs of complaints and requests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


def opened(browser: Any, file: Path, width: int = 1400) -> Any:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(file.as_uri())
    return browser


def complaints(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: Any) -> list[str]:
    """The addresses that the page asked for."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


def settled(browser: Any) -> None:
    browser.execute_async_script("const done = arguments[0]; setTimeout(done, 200);")


# The contrast of an element's text with what is behind it, as WCAG 2 counts it.
CONTRAST = """
const light = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number).map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4)))
  .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
const element = document.querySelector(arguments[0]);
let behind = element;
while (/(, 0\\)|transparent)$/.test(getComputedStyle(behind).backgroundColor)) {
  behind = behind.parentElement;
}
const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light);
return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
"""
