"""From an input to the picture, in Chromium: keyboard steps, dragging, typing; each beside the bare app."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from attnlab.prose import page_prose
from attnlab.ui.attention.controls import BAR
from benchmarks import probe, report
from tests.browser.chromium import find_chromium, launched_browser

BLOCK = 5  # steps of one control before the next one has its turn
BLOCKS = 9  # the first is warm-up
PAUSE_MS = 150  # between steps: the run is over and the page at rest
DRAG_S = 3.0
TYPING_PAUSE_MS = 120  # st.text_input(live="120ms")
LARGE = 64  # tokens of the larger case
KINDS = ("number field", "choice", "edited score", "live slider", "typing")

SLIDER = '[data-testid="stSlider"] [role="slider"], [data-testid="stSlider"] input[type="range"]'
TEMPERATURE = ".st-key-temperature_slider input[type=range]"
STAGE = ".st-key-stage_canvas .stage"
CELL = ".st-key-stage_canvas .cell-editor input"
POSITIONS = ".st-key-first_screen [data-name=positions] select"
SEED = ".st-key-drawer_model [data-name=seed] input"


@dataclass
class Control:
    """One way to change a page by keyboard."""

    name: str
    page: Page
    selector: str
    mark: str
    press: Callable[["Control", int], float]
    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Milliseconds, warm-up left out."""
        return statistics.median(self.times[BLOCK:])


def run() -> dict[str, Any]:
    """Measure and judge."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    with probe.servers() as (app, bare), launched_browser(executable) as browser:
        controls = _controls(browser, app.url, bare.url)
        for _block in range(BLOCKS):
            for control in controls.values():
                stepped(control)
        drags = {name: [_drag(controls[f"{name}, live slider"].page) for _ in range(3)] for name in ("app", "app 64")}
    return _judged(controls, drags)


def _controls(browser: Browser, app: str, bare: str) -> dict[str, Control]:
    def page(address: str, *, drawer: str = "", bar: bool = False) -> Page:
        opened = probe.open_page(browser, address)
        if bar:
            opened.locator(f".st-key-{BAR} summary").click()
            opened.wait_for_selector(TEMPERATURE)
        if drawer:
            opened.get_by_role("button", name=drawer).click()
            opened.wait_for_selector(SEED)
        return opened

    found = []
    for name, address in (("bare", bare), ("bare fragment", bare + "/?fragment=1")):
        plain = page(address)
        found.append(Control(f"{name}, slider", plain, SLIDER, "text", to_and_fro))
        found.append(Control(f"{name}, typing", plain, "input[type=text]", "text", _typed))
    links = {
        "app": (probe.link(12), "en"),
        "app in Chinese": (probe.link_in("zh"), "zh"),
        f"app {LARGE}": (probe.link(LARGE), "en"),
    }
    for name, (link, language) in links.items():
        address = app + link
        plain = page(address, bar=True)
        drawer = page(address, drawer=page_prose("attention", language)["page"]["more"])
        edited = page(f"{address}{'&' if '?' in address else '?'}stage=scores&query=9&key=2")
        edited.locator(STAGE).focus()
        edited.keyboard.press("Enter")
        found += [
            Control(f"{name}, number field", drawer, SEED, "revision", _up),
            Control(f"{name}, choice", plain, POSITIONS, "revision", chosen),
            Control(f"{name}, edited score", edited, CELL, "revision", _up),
            Control(f"{name}, live slider", plain, TEMPERATURE, "revision", to_and_fro),
            Control(f"{name}, typing", plain, ".st-key-sentence input", "sentence", _typed),
        ]
    return {control.name: control for control in found}


def stepped(control: Control) -> None:
    """A block of steps, each timed, with a rest before it."""
    control.page.bring_to_front()
    control.page.locator(control.selector).first.focus()
    for _step in range(BLOCK):
        control.page.wait_for_timeout(PAUSE_MS)
        control.times.append(control.press(control, len(control.times)))


def _up(control: Control, _step: int) -> float:
    return probe.pressed(control.page, "ArrowUp", control.mark)


def to_and_fro(control: Control, step: int) -> float:
    """Long ways, because Streamlit does not send again what the browser was sent one or two runs before."""
    return probe.pressed(control.page, "ArrowLeft" if step % 30 < 15 else "ArrowRight", control.mark)


def chosen(control: Control, step: int) -> float:
    """An arrow takes the neighbour in the list: from the second of seven to the fifth, and back."""
    return probe.pressed(control.page, "ArrowDown" if step % 8 in {0, 1, 2, 7} else "ArrowUp", control.mark)


def _typed(control: Control, step: int) -> float:
    """Three letters before the first word, faster than the pause; milliseconds from the last. Then they are erased."""
    page = control.page
    letters = chr(ord("a") + step % 26) * 3
    page.keyboard.press("Home")
    page.evaluate("([mark, part]) => bench.contains(mark, part)", [control.mark, letters])
    for letter in letters:
        page.keyboard.press(letter)
        page.wait_for_timeout(40)
    elapsed = probe.waited(page)
    for _letter in letters:
        page.keyboard.press("Backspace")
    page.wait_for_timeout(TYPING_PAUSE_MS + 400)
    return elapsed


def _drag(page: Page) -> dict[str, float]:
    """Drag the live slider to and fro; repaints a second, and milliseconds from its release to its last value."""
    page.bring_to_front()
    box = page.locator(TEMPERATURE).bounding_box()
    if box is None:
        raise RuntimeError("the live slider is not on the page")
    y = box["y"] + box["height"] / 2
    places = [box["x"] + box["width"] * (0.2 + 0.6 * place / 40) for place in (*range(40), *range(40, 0, -1))]
    page.mouse.move(places[0], y)
    page.mouse.down()
    page.evaluate("() => bench.count()")
    began = time.perf_counter()
    step = 0
    while time.perf_counter() - began < DRAG_S:
        page.mouse.move(places[step % len(places)], y)
        time.sleep(0.016)
        step += 1
    elapsed = time.perf_counter() - began
    repaints = page.evaluate("() => { bench.counting = false; return bench.repaints; }")
    # One more move, so that the last value is sent by the release and not before it.
    page.mouse.move(box["x"] + box["width"] * 0.95, y)
    page.evaluate("selector => bench.shows(selector)", ".st-key-temperature_slider")
    page.mouse.up()
    released = probe.waited(page)
    page.wait_for_timeout(300)
    return {"repaints_per_second": repaints / elapsed, "released_ms": released}


def _judged(controls: dict[str, Control], drags: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    bare = controls["bare, slider"].median
    rows: list[list[Any]] = []
    for control in controls.values():
        times = control.times[BLOCK:]
        rows.append([control.name, len(times), control.median, report.quantile(times, 0.95), control.median / bare])
    bars = []
    for name, factor in (("app", 1.5), (f"app {LARGE}", 3.0)):
        bars += [
            report.bar(f"{name}, {kind}: step to repaint", controls[f"{name}, {kind}"].median, factor * bare, "ms")
            for kind in ("number field", "choice", "edited score", "live slider")
        ]
        typing = controls[f"{name}, typing"].median
        bars.append(report.bar(f"{name}: last letter to repaint", typing, TYPING_PAUSE_MS + factor * bare, "ms"))
    for kind in KINDS:
        ratio = controls[f"app in Chinese, {kind}"].median / controls[f"app, {kind}"].median
        bars.append(report.bar(f"in Chinese beside English, {kind}", ratio, probe.MOST_FOR_A_LANGUAGE, "times"))
    for name, runs in drags.items():
        rate = statistics.median(one["repaints_per_second"] for one in runs)
        released = statistics.median(one["released_ms"] for one in runs)
        rows.append([f"{name}, dragging: repaints a second", len(runs), rate, None, None])
        rows.append([f"{name}, dragging: release to last value", len(runs), released, None, released / bare])
    rate, released = (rows[-4][2], rows[-3][2])  # at 12 tokens
    bars.append(report.bar("dragging: repaints a second", rate, 20.0, "a second", at_least=True))
    bars.append(report.bar("dragging: release to last value", released, 100.0, "ms"))
    return {
        "title": "Interaction",
        "about": (
            f"Chromium, from the input event to the painted picture. `app`: 12 tokens × 8 heads × d 64; `app {LARGE}`: "
            f"{LARGE} tokens. `bare`: a slider, a text field and a text, stepped in turn with the app. Allowed: 1.5 "
            f"times the bare slider's median at 12 tokens, 3 times at {LARGE}; typing waits for a pause of "
            f"{TYPING_PAUSE_MS} ms first. `app in Chinese` is the same page, stepped in turn with it: at most "
            f"{probe.MOST_FOR_A_LANGUAGE} times the English one."
        ),
        "columns": ["control", "n", "median ms", "p95 ms", "× bare"],
        "rows": rows,
        "bars": bars,
        "times_ms": {control.name: control.times[BLOCK:] for control in controls.values()},
        "drags": drags,
    }
