"""A page as it is seen: everything on it, components included, once all that it asked for is there."""

from typing import Any

from playwright.sync_api import Page

from attnlab.prose import page_prose

WIDTHS = (390, 720, 768, 1024, 1280, 1366, 1440, 1920)
PATHS = ["/" if entry.get("default") else f"/{entry['file']}" for entry in page_prose("site")["pages"]]

SKELETON = '[data-testid="stMain"] [data-testid="stSkeleton"]'
UNMOUNTED = '[data-testid="stBidiComponentIsolated"]:not([data-mounted])'
STILL = f"""() => !document.querySelector('{SKELETON}, {UNMOUNTED}, [data-waits]')"""

# `elements(root)`: all that can be seen, through the shadow roots of components.
ELEMENTS = """
const elements = (root) => [...root.querySelectorAll("*")]
  .flatMap((each) => (each.shadowRoot ? [each, ...elements(each.shadowRoot)] : [each]))
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
"""


def stand_still(page: Page) -> None:
    """Until all that the page asks for is there, and painted."""
    page.wait_for_function(STILL, timeout=60_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def seen(page: Page, expression: str) -> Any:
    """The value of a JavaScript function of `elements`."""
    return page.evaluate(f"() => {{ {ELEMENTS} return ({expression})(elements); }}")


def sideways(page: Page) -> float:
    """By how many pixels the page is wider than the window."""
    return float(page.get_by_test_id("stMain").evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth"))
