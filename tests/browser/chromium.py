"""Find a Chromium, launch it, wait for the app in it. Browser tests and benchmarks both use it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

# The shell is Chromium without windows and menus, which cost a fifth of the processor time of a page that is opened.
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# No sandbox: containers run as root, where Chromium refuses to start with one. The rest keeps it quiet:
# no software GPU, no first-run pages, no calls to its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The script state is "initial" before the first run: a page that says "notRunning" has run at least once.
SETTLED = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'


def find_chromium() -> str | None:
    """Path of the Chromium to use: $CHROMIUM, one on PATH, or the one that playwright has installed.

    Raises:
        FileNotFoundError: $CHROMIUM is set but names no file.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if path is None:
            raise FileNotFoundError(f"CHROMIUM names {named!r}, which is no executable file")
        return path
    on_path = next(filter(None, map(shutil.which, COMMANDS)), None)
    return on_path or _playwrights_own()


def wait_until_settled(page: Page, timeout_ms: float = 60_000) -> None:
    """Wait until the script has run and its last elements are painted.

    Made for a page just opened. After a click the run may not have begun yet, and the page still looks
    settled: wait there for what the click should change, with playwright's `expect`.
    """
    page.wait_for_selector(SETTLED, timeout=timeout_ms)
    # The script can be done a frame before its last widgets show their values.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextmanager
def launched_browser(executable: str, *flags: str) -> Iterator[Browser]:
    """A headless browser, with further flags, for as long as the `with` block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None
