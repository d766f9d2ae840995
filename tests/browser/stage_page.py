"""The attention page in a browser: its controls, its stage, and what the stage has painted.

Painting is read from the canvas calls themselves: a recorder notes each image, text and frame with its place. So a
test can point at a cell of a matrix by name without knowing how the stage lays its matrices out.
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page
from torch import Tensor

from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.ui.attention.controls import BAR, IN_BAR
from tests.browser import controls

WORDS = page_prose("attention")
STAGE = WORDS["stage"]
HOST = ".st-key-stage_canvas [data-revision]"
KINDS = Explorer.kinds()
BOARD = "/?stage=softmax"
"""The explorer as its settings say it by default: a link that says nothing opens on what tells a newcomer most."""

RECORDER = """() => {
  if (window.paintedByPart) return;
  const painted = (window.paintedByPart = {});
  const proto = CanvasRenderingContext2D.prototype;
  const wrap = (name, note) => {
    const original = proto[name];
    proto[name] = function (...args) {
      const part = this.canvas.dataset.part;
      if (part) note(this, part, args);
      return original.apply(this, args);
    };
  };
  const placed = (context, x, y) => {
    const { a, b, c, d, e, f } = context.getTransform();
    const ratio = window.devicePixelRatio;
    return [(a * x + c * y + e) / ratio, (b * x + d * y + f) / ratio];
  };
  wrap("clearRect", (context, part) => (painted[part] = []));
  wrap("drawImage", (context, part, [image, x, y, width, height]) => {
    const [left, top] = placed(context, x, y);
    const [right, bottom] = placed(context, x + width, y + height);
    const transposed = context.getTransform().a === 0;
    const matrix = { rows: image.height, cols: image.width, transposed, alpha: context.globalAlpha };
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    painted[part].push({ kind: "image", ...matrix, ...box });
  });
  wrap("fillText", (context, part, [text, x, y]) => {
    const [left, top] = placed(context, x, y);
    painted[part].push({ kind: "text", text, x: left, y: top, font: context.font, color: context.fillStyle });
  });
  wrap("fillRect", (context, part, [x, y, width, height]) => {
    painted[part].push({ kind: "block", x, y, width, height, color: context.fillStyle });
  });
  wrap("strokeRect", (context, part, [x, y, width, height]) => {
    const [left, top] = placed(context, x, y);
    painted[part].push({ kind: "frame", x: left, y: top, width, height });
  });
}"""


def label_of(name: str) -> str:
    """What a control of the explorer is called."""
    label: str = WORDS["controls"][name]["label"]
    return label


def unmasked(arrays: Mapping[str, Tensor]) -> Tensor:
    """The weights but for masked cells without one: their hatch says it."""
    weights = arrays["weights"].double()
    return weights.where((weights != 0) | arrays["masked_scores"].isfinite(), math.inf)


@dataclass(frozen=True)
class Drawn:
    """A matrix on the canvas; rows and cols are the matrix's own, whichever way it stands."""

    name: str
    rows: int
    cols: int
    x: float
    y: float
    width: float
    height: float
    transposed: bool
    alpha: float
    numbers: list[str] = field(default_factory=list)

    def middle(self, row: int, col: int) -> tuple[float, float]:
        """Where a cell lies on the canvas."""
        if self.transposed:
            return self.x + (row + 0.5) * self.width / self.rows, self.y + (col + 0.5) * self.height / self.cols
        return self.x + (col + 0.5) * self.width / self.cols, self.y + (row + 0.5) * self.height / self.rows


class StagePage:
    """What a test does with the attention page and reads from it."""

    def __init__(self, page: Page, host: str = HOST) -> None:
        self.page = page
        self.host = page.locator(host)
        self.root = self.host.locator(".stage")
        self.over = self.host.locator("[data-part=over]")
        self.host.wait_for()

    # ---- what the page says about itself ---------------------------------------------------------------------------

    @property
    def revision(self) -> str:
        return self.host.get_attribute("data-revision") or ""

    @property
    def params(self) -> dict[str, Any]:
        return json.loads(self.host.get_attribute("data-params") or "")

    @property
    def link(self) -> dict[str, str]:
        """The parameters in the address."""
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def wait_for_params(self, **wanted: Any) -> None:
        """Until the painted page has these settings."""
        self.page.wait_for_function(
            """([selector, wanted]) => {
              const params = JSON.parse(document.querySelector(selector)?.dataset.params ?? "{}");
              return Object.entries(wanted).every(([name, value]) => (params[name] ?? null) === value);
            }""",
            arg=[HOST, wanted],
        )

    def wait_for_link(self, **wanted: str | None) -> None:
        """Until the address has these parameters; None for none. A run may write the number 30 as 30.0."""
        self.page.wait_for_function(
            """(wanted) => {
              const params = new URLSearchParams(location.search);
              const same = (found, value) => found === value || (found && value && Number(found) === Number(value));
              return Object.entries(wanted).every(([name, value]) => same(params.get(name), value));
            }""",
            arg=wanted,
        )

    def wait_for_revision(self, revision: str) -> None:
        """Until the page shows a picture that was seen before."""
        self.page.wait_for_function(
            "([selector, wanted]) => document.querySelector(selector)?.dataset.revision === wanted",
            arg=[HOST, revision],
        )

    def wait_inside(self, condition: str, arg: Any = None) -> None:
        """Until a condition holds in the component: `(root, arg) => ...`."""
        self.page.wait_for_function(
            f"([selector, arg]) => ({condition})(document.querySelector(selector).shadowRoot, arg)", arg=[HOST, arg]
        )

    @contextmanager
    def repaint(self) -> Iterator[None]:
        """What is done inside must change what the server sends."""
        before = self.revision
        yield
        self.page.wait_for_function(
            "([selector, before]) => document.querySelector(selector)?.dataset.revision !== before", arg=[HOST, before]
        )

    # ---- controls --------------------------------------------------------------------------------------------------

    def type_sentence(self, text: str) -> None:
        self.page.get_by_label(WORDS["page"]["sentence"], exact=True).fill(text)

    def choose(self, name: str, option: str) -> None:
        """One of a few that are all in sight, by the word that the link has for it."""
        self.open_bar_for(name)
        controls.choose(self.page, label_of(name), KINDS[name].shown(option))

    def type_number(self, name: str, value: str) -> None:
        controls.type_number(self.page, label_of(name), value)

    def switch(self, name: str) -> None:
        controls.switch(self.page, label_of(name))

    def pick(self, name: str, option: str) -> None:
        """One of many, in a list, by the word that the link has for it."""
        self.open_bar_for(name)
        controls.pick(self.page, label_of(name), KINDS[name].shown(option))

    def open_bar_for(self, name: str) -> None:
        """Open the bar of settings if this one stands there and it is closed."""
        bar = self.page.locator(f".st-key-{BAR}")
        if name in (*IN_BAR, "temperature") and not bar.locator("details[open]").count():
            bar.locator("summary").click()
        if name in (*IN_BAR, "temperature"):
            bar.locator(".st-key-temperature_slider input[type=range]").wait_for()

    def open_more(self) -> None:
        self.page.get_by_role("button", name=WORDS["page"]["more"], exact=True).click()
        self.page.get_by_role("radiogroup", name=WORDS["controls"]["tokenizer"]["label"]).wait_for()

    @property
    def temperature_slider(self) -> Locator:
        self.open_bar_for("temperature")
        return self.page.locator(".st-key-temperature_slider input[type=range]")

    # ---- the stage -------------------------------------------------------------------------------------------------

    def show_stage(self, name: str) -> None:
        self.host.locator(f"[data-part=strip] [data-name={name}]").click()

    def show_view(self, name: str) -> None:
        self.host.locator(f"[data-part=views] [data-name={name}]").click()

    @property
    def stage(self) -> str:
        return self.host.locator("[data-part=strip] [aria-current=step]").get_attribute("data-name") or ""

    @property
    def head(self) -> int:
        return int(self.host.locator("[data-part=heads] [aria-pressed=true]").get_attribute("data-name") or "")

    @property
    def view(self) -> str:
        return self.host.locator("[data-part=views] [aria-pressed=true]").get_attribute("data-name") or ""

    def press(self, key: str) -> None:
        self.root.focus()
        self.page.keyboard.press(key)

    @property
    def title(self) -> str:
        return self.host.locator("[data-part=title]").text_content() or ""

    @property
    def lines(self) -> list[str]:
        return (self.host.locator("[data-part=lines]").text_content() or "").split("\n")

    def painted(self, part: str) -> list[dict[str, Any]]:
        """What was drawn on a canvas ("base" or "over") since it was cleared last."""
        self.record()
        return self.page.evaluate("(part) => window.paintedByPart[part]", part)

    def record(self) -> None:
        """Start the recorder, if it does not run yet, and have everything painted once under its eyes."""
        if not self.page.evaluate("() => Boolean(window.paintedByPart)"):
            self.page.evaluate(RECORDER)
            numbers = self.host.locator("[data-part=numbers]")
            numbers.evaluate("(button) => { button.click(); button.click(); }")

    def drawn(self) -> dict[str, Drawn]:
        """The matrices in sight, by name, with the numbers written into their cells."""
        symbols = {words["symbol"]: name for name, words in STAGE["matrices"].items()}
        result: dict[str, Drawn] = {}
        image: dict[str, Any] = {}
        texts: list[str] = []
        for entry in self.painted("base"):
            if entry["kind"] == "image":
                image, texts = {key: value for key, value in entry.items() if key != "kind"}, []
            elif entry["kind"] == "text" and entry["font"].startswith("600 13px"):
                name = symbols[entry["text"]].removesuffix("_transposed")
                result[name] = Drawn(name=name, **image, numbers=texts)
                texts = []
            elif entry["kind"] == "text":
                texts.append(entry["text"])
        return result

    def point_at(self, matrix: Drawn, row: int, col: int) -> tuple[str, list[str]]:
        """Hover a cell; the title and the lines below the picture."""
        x, y = matrix.middle(row, col)
        box = self.over.bounding_box()
        assert box
        self.page.mouse.move(box["x"] + x, box["y"] + y)
        return self.title, self.lines

    def said_of(self, matrix: Drawn, cells: list[tuple[int, int]]) -> list[tuple[str, list[str]]]:
        """As `point_at`, for many cells in one go and without a mouse."""
        return self.over.evaluate(
            """(over, places) => {
              const { left, top } = over.getBoundingClientRect();
              const part = (name) => over.getRootNode().querySelector(`[data-part=${name}]`).textContent;
              return places.map(([x, y]) => {
                over.dispatchEvent(new PointerEvent("pointermove", { clientX: left + x, clientY: top + y }));
                return [part("title"), part("lines").split("\\n")];
              });
            }""",
            [matrix.middle(*cell) for cell in cells],
        )

    def click_on(self, matrix: Drawn, row: int, col: int) -> None:
        x, y = matrix.middle(row, col)
        self.over.click(position={"x": x, "y": y})

    # ---- what if ---------------------------------------------------------------------------------------------------

    def part(self, name: str) -> Locator:
        return self.host.locator(f"[data-part={name}]")

    @property
    def cell_editor(self) -> Locator:
        """The field on a cell."""
        return self.host.locator(".cell-editor input")

    @property
    def refusal(self) -> Locator:
        """What the field on a cell says against what was typed."""
        return self.host.locator(".cell-editor [role=alert]")

    def open_cell(self, matrix: Drawn, row: int, col: int) -> None:
        x, y = matrix.middle(row, col)
        self.over.dblclick(position={"x": x, "y": y})

    def set_cell(self, name: str, row: int, col: int, text: str) -> None:
        """Type a number into a cell of a matrix in sight, and Enter."""
        self.open_cell(self.drawn()[name], row, col)
        self.cell_editor.fill(text)
        self.cell_editor.press("Enter")

    def drag_over(self, matrix: Drawn, *cells: tuple[int, int]) -> None:
        """With the button down from the first cell to the last."""
        box = self.over.bounding_box()
        assert box
        places = [(box["x"] + x, box["y"] + y) for x, y in (matrix.middle(*cell) for cell in cells)]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        self.page.mouse.up()

    def edits_in_link(self) -> list[list[Any]]:
        """The edits that the address carries."""
        text = self.link.get("s", "")
        if not text:
            return []
        body = text.removeprefix("1.")
        return list(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["edits"])

    def wait_for_edits(self, *wanted: list[Any]) -> None:
        """Until the address carries these edits and the run of the page has painted them."""
        self.page.wait_for_function(
            """([selector, wanted]) => {
              const plain = (s) => atob(s.slice(2).replaceAll("-", "+").replaceAll("_", "/"));
              const read = (s) => (s ? JSON.parse(plain(s)).edits : []);
              const { s } = JSON.parse(document.querySelector(selector)?.dataset.params ?? "{}");
              const link = new URLSearchParams(location.search).get("s");
              return [s, link].every((each) => JSON.stringify(read(each)) === JSON.stringify(wanted));
            }""",
            arg=[HOST, list(wanted)],
        )

    @property
    def edits_said(self) -> Locator:
        """The edits in words, below the board."""
        return self.host.locator("[data-part=list] li > span")

    def brightness_at(self, x: float, y: float) -> float:
        """0 to 255, of the picture alone."""
        return self.host.locator("[data-part=base]").evaluate(
            """(canvas, [x, y]) => {
              const ratio = canvas.width / canvas.clientWidth;
              const [r, g, b] = canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data;
              return 0.299 * r + 0.587 * g + 0.114 * b;
            }""",
            [x, y],
        )
