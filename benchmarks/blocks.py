"""The blocks page in Chromium: from a key or a click to the opened part, in the deepest stack; beside the bare app."""

from typing import Any

from playwright.sync_api import Page

from benchmarks import probe, report
from benchmarks.interaction import BLOCK, BLOCKS, SLIDER, Control, stepped, to_and_fro
from tests.browser.chromium import find_chromium, launched_browser

FACTOR = 2.0
LINK = "/blocks?stack_depth=6&stack_open=encoder.1.self_attention"
OPEN = '.st-key-blocks_canvas button[aria-expanded="true"]'
SEED = ".st-key-drawer_model [data-name=stack_seed] input"
LAST_WALKED = 30  # parts from the first attention on, then back


def run() -> dict[str, Any]:
    """Measure and judge."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    with probe.servers() as (app, bare), launched_browser(executable) as browser:

        def opened(link: str = LINK) -> Page:
            return probe.open_page(browser, app.url + link)

        controls = {
            "bare, slider": Control("bare, slider", probe.open_page(browser, bare.url), SLIDER, "text", to_and_fro),
            "arrow: the next part": Control("arrow: the next part", opened(), OPEN, "blocks", _walked),
            "click: another block": Control("click: another block", opened(), OPEN, "blocks", _clicked),
            "key: the next head": Control("key: the next head", opened(), OPEN, "blocks", _headed),
            "seed": Control("seed", _with_drawer(opened("/blocks?stack_depth=6")), SEED, "blocks", _up),
        }
        for _block in range(BLOCKS):
            for control in controls.values():
                stepped(control)
    return _judged(controls)


def _with_drawer(page: Page) -> Page:
    page.get_by_role("button", name="More").click()
    page.wait_for_selector(SEED)
    return page


def _walked(control: Control, step: int) -> float:
    return probe.pressed(control.page, "ArrowDown" if step % (2 * LAST_WALKED) < LAST_WALKED else "ArrowUp", "blocks")


def _clicked(control: Control, step: int) -> float:
    """The cross-attention of each block in turn."""
    page = control.page
    button = page.locator(f'[data-path="decoder.{step % 6 + 1}.cross_attention"]')
    button.scroll_into_view_if_needed()
    page.evaluate("mark => bench.change(mark)", control.mark)
    button.click()
    return probe.waited(page)


def _headed(control: Control, _step: int) -> float:
    return probe.pressed(control.page, "h", control.mark)


def _up(control: Control, _step: int) -> float:
    return probe.pressed(control.page, "ArrowUp", control.mark)


def _judged(controls: dict[str, Control]) -> dict[str, Any]:
    bare = controls["bare, slider"].median
    rows: list[list[Any]] = []
    for control in controls.values():
        times = control.times[BLOCK:]
        rows.append([control.name, len(times), control.median, report.quantile(times, 0.95), control.median / bare])
    walks = ("arrow: the next part", "click: another block", "key: the next head")
    return {
        "title": "Blocks",
        "about": (
            "Chromium, from the input event to the painted part: an encoder-decoder of 6 blocks a side, 7 and 8 "
            f"tokens, 4 heads, d 32. Allowed to open another part: {FACTOR:g} times the bare slider's median. "
            "`seed` computes the whole stack anew."
        ),
        "columns": ["control", "n", "median ms", "p95 ms", "× bare"],
        "rows": rows,
        "bars": [report.bar(f"{name}: step to repaint", controls[name].median, FACTOR * bare, "ms") for name in walks],
        "times_ms": {control.name: control.times[BLOCK:] for control in controls.values()},
    }
