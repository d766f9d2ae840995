"""Pictures to take along: what the board shows as PNG and SVG, with a caption, and the recorder that writes the SVG."""

import base64
import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from attnlab.text import tokenize
from tests.browser.stage_page import STAGE, StagePage
from tests.products import alike

NewPage = Callable[..., Page]
HOSTILE = '<script>alert(1)</script> & "x"'
SVG = "{http://www.w3.org/2000/svg}"
XLINK_FREE = {"svg", "title", "rect", "path", "text", "image"}
MARGIN = 16


def opened(new_page: NewPage, *, width: int = 1440, dark: bool = False, **link: Any) -> StagePage:
    return StagePage(new_page(f"/?{urlencode(link)}", width=width, height=900, dark=dark))


def saved(stage: StagePage, kind: str) -> tuple[str, bytes]:
    """The name and the content of the file that a button brings."""
    with stage.page.expect_download() as download:
        stage.host.locator(f"[data-part=save] [data-name={kind}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def saved_svg(stage: StagePage) -> ElementTree.Element:
    return ElementTree.fromstring(saved(stage, "svg")[1])


def texts(svg: ElementTree.Element) -> list[str]:
    return [(text.text or "").replace("\N{NO-BREAK SPACE}", " ") for text in svg.iter(f"{SVG}text")]


def board(stage: StagePage) -> tuple[int, int]:
    """Width and height of what is painted, in the page's own pixels."""
    width, height = stage.over.evaluate("(canvas) => [canvas.offsetWidth, canvas.offsetHeight]")
    return width, height


def colour(text: str) -> tuple[int, ...]:
    return tuple(int(text[start : start + 2], 16) for start in (1, 3, 5))


# --- PNG --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "width", "dark"), alike([("matrix", 1440, False), ("arithmetic", 390, True), ("lines", 1440, True)], 2)
)
def test_a_png_is_the_board_and_its_caption_at_twice_the_size(
    view: str, width: int, dark: bool, new_page: NewPage
) -> None:
    stage = opened(new_page, width=width, dark=dark, view=view, head=3)
    name, content = saved(stage, "png")
    assert name == f"attention-{view}-head-3.png"
    picture = Image.open(BytesIO(content))
    picture.load()
    assert picture.format == "PNG"
    board_width, board_height = board(stage)
    assert picture.width == 2 * (board_width + 2 * MARGIN)
    assert picture.height > 2 * (board_height + MARGIN)
    background = stage.host.evaluate(
        "(host) => getComputedStyle(host).getPropertyValue('--st-background-color').trim()"
    )
    rgb = picture.convert("RGB")
    assert rgb.getpixel((0, 0)) == rgb.getpixel((picture.width - 1, picture.height - 1)) == colour(background)
    on_board = rgb.crop((0, 0, picture.width, 2 * board_height))
    below = rgb.crop((0, 2 * (board_height + MARGIN), picture.width, picture.height))
    assert len(on_board.getcolors(1_000_000) or ()) > 20
    assert len(below.getcolors(1_000_000) or ()) > 5


@pytest.mark.fresh
def test_a_sharper_screen_gets_a_sharper_picture(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 900}, device_scale_factor=3)
    page = context.new_page()
    page.goto(f"{app_url}/?view=lines", wait_until="domcontentloaded")
    stage = StagePage(page)
    picture = Image.open(BytesIO(saved(stage, "png")[1]))
    assert picture.width == 3 * (board(stage)[0] + 2 * MARGIN)
    context.close()


# --- SVG --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", alike(["lines", "matrix", "arithmetic"], 1))
def test_an_svg_holds_the_tokens_as_text_and_fetches_nothing(view: str, new_page: NewPage) -> None:
    stage = opened(new_page, view=view)
    name, content = saved(stage, "svg")
    assert name == f"attention-{view}-head-1.svg"
    svg = ElementTree.fromstring(content)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= XLINK_FREE
    assert all(value.startswith("data:") for element in svg.iter() for key, value in element.items() if "href" in key)
    words = [text.split("  ")[0] for text in texts(svg)]
    assert set(tokenize("The cat sat on the mat, because it was tired.", "words").tokens) <= set(words)
    board_width, board_height = board(stage)
    assert float(svg.get("width", "")) == board_width + 2 * MARGIN
    assert float(svg.get("height", "")) > board_height + MARGIN


def test_the_frames_and_labels_of_a_pinned_cell_are_on_the_svg(new_page: NewPage) -> None:
    stage = opened(new_page, sentence="one two three four", query=3, key=2)
    frames = [entry for part in ("base", "over") for entry in stage.painted(part) if entry["kind"] == "frame"]
    labels = [entry["text"] for part in ("base", "over") for entry in stage.painted(part) if entry["kind"] == "text"]
    svg = saved_svg(stage)
    assert len(frames) > 3
    assert len([rect for rect in svg.iter(f"{SVG}rect") if rect.get("stroke")]) == len(frames)
    assert sorted(texts(svg)[: len(labels)]) == sorted(labels)


def test_hostile_text_stays_text(new_page: NewPage) -> None:
    stage = opened(new_page, sentence=HOSTILE)
    svg = saved_svg(stage)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= XLINK_FREE
    assert svg.findtext(f"{SVG}title") == HOSTILE
    assert HOSTILE in texts(svg)
    assert {"<", ">", "script", "alert", "&", '"'} <= set(texts(svg))


@pytest.mark.parametrize(
    ("link", "width", "dark"),
    [
        ({"sentence": "one two three", "heads": 4}, 1440, False),
        ({"view": "lines"}, 1440, True),
        ({"view": "arithmetic", "sentence": HOSTILE}, 390, False),
    ],
)
def test_an_svg_opened_as_an_image_looks_like_the_png(
    link: dict[str, Any], width: int, dark: bool, new_page: NewPage
) -> None:
    stage = opened(new_page, width=width, dark=dark, **link)
    files = [base64.b64encode(saved(stage, kind)[1]).decode() for kind in ("png", "svg")]
    apart, from_blank = stage.page.evaluate(
        """async ([png, svg]) => {
          const image = async (address) => {
            const image = Object.assign(new Image(), { src: address });
            await image.decode();
            return image;
          };
          const images = [await image(`data:image/png;base64,${png}`), await image(`data:image/svg+xml;base64,${svg}`)];
          const [width, height] = [images[1].width, images[1].height];
          // Squares of 8 by 8 pixels: in them one font's letters are as grey as another's, and a picture has the fonts
          // of whatever opens it.
          const [one, other] = images.map((image) => {
            const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
            context.drawImage(image, 0, 0, width, height);
            const { data } = context.getImageData(0, 0, width, height);
            const cols = Math.ceil(width / 8);
            const sums = new Float64Array(cols * Math.ceil(height / 8));
            for (let i = 0; i < data.length; i += 4) {
              const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
              const light = (2 * data[i] + 3 * data[i + 1] + 5 * data[i + 2]) / 10;
              sums[Math.floor(y / 8) * cols + Math.floor(x / 8)] += light / 64;
            }
            return sums;
          });
          const away = (f) => other.reduce((sum, value, i) => sum + Math.abs(value - f(i)), 0) / other.length;
          return [away((i) => one[i]), away(() => other[0])];
        }""",
        files,
    )
    assert from_blank > 2
    assert apart < from_blank / 4


# --- the caption ------------------------------------------------------------------------------------------------------


def test_the_caption_says_what_is_seen_and_how_to_come_back(new_page: NewPage) -> None:
    stage = opened(new_page, sentence="one two three", heads=4, temperature=0.5, query=3, key=2)
    said = texts(saved_svg(stage))
    head = STAGE["heads"]["labels"]["first"]
    words = STAGE["stages"]["softmax"]
    caption = said[said.index("one two three") :]
    assert caption[1] == STAGE["save"]["head"].format(number=1, label=head, stage=words["name"], line=words["line"])
    assert caption[2:6] == [stage.title, *stage.lines]
    assert caption[6:] == ["heads = 4 · temperature = 0.5", stage.page.url]


@pytest.mark.fresh
def test_what_the_link_does_not_say_yet_is_in_the_caption_already(new_page: NewPage) -> None:
    stage = opened(new_page, sentence="one two three")
    stage.page.evaluate("() => { WebSocket.prototype.send = function () {}; }")  # the link stays as it is
    stage.show_stage("values")
    assert "stage" not in stage.link
    printed = dict(parse_qsl(urlsplit(texts(saved_svg(stage))[-1]).query))
    assert printed.items() >= {"sentence": "one two three", "stage": "values"}.items()


def test_every_line_of_the_caption_fits_below_a_narrow_board(new_page: NewPage) -> None:
    sentence = (
        "a sentence that is quite a bit longer than a small screen is wide, 我喜欢猫，猫也喜欢我我喜欢猫，猫也喜欢我"
    )
    stage = opened(new_page, width=390, sentence=sentence, view="lines")
    svg = saved_svg(stage)
    lines = list(svg.iter(f"{SVG}text"))[-20:]
    below = [line for line in lines if line.get("x") == str(MARGIN)]
    assert len(below) > 8
    assert all(float(line.get("textLength", "")) <= board(stage)[0] for line in below)
    heights = [float(line.get("y", "")) for line in below]
    assert heights == sorted(heights)
    assert heights[-1] < float(svg.get("height", ""))
    caption = "".join((line.text or "") for line in below)
    assert stage.page.url in caption
    assert sentence.replace(" ", "") in caption.replace(" ", "")


def test_pictures_can_be_saved_by_keyboard(new_page: NewPage) -> None:
    stage = opened(new_page)
    group = stage.page.get_by_role("group", name=STAGE["save"]["label"], exact=True)
    group.get_by_role("button", name=STAGE["save"]["png"], exact=True).focus()
    stage.page.keyboard.press("Tab")
    with stage.page.expect_download() as download:
        stage.page.keyboard.press("Space")
    assert download.value.suggested_filename.endswith(".svg")


# --- save.js, caption.js and svg.js by themselves ---------------------------------------------------------------------


def recorded(modules: Page, paint: str) -> list[ElementTree.Element]:
    """What `(context) => ...` draws, as elements."""
    text = modules.evaluate(
        f"() => {{ const context = new m.svg.SvgContext(70, 50, 'title'); ({paint})(context); return context.text(); }}"
    )
    return list(ElementTree.fromstring(text))[1:]


def test_letters_that_xml_forbids_are_replaced(modules: Page) -> None:
    (text,) = recorded(modules, r"(context) => context.fillText('a\u0001b\ud800c\tö👩‍👧', 3, 5)")
    assert text.text == "a\ufffdb\ufffdc ö👩‍👧"


def test_a_frame_is_a_rect_with_colour_and_opacity_apart(modules: Page) -> None:
    (rect,) = recorded(
        modules,
        """(context) => {
          Object.assign(context, { strokeStyle: "rgba(255,128,0,0.5)", lineWidth: 3, globalAlpha: 0.25 });
          context.strokeRect(2, 3, 5, 7);
        }""",
    )
    wanted = {"x": "2", "y": "3", "width": "5", "height": "7", "fill": "none", "stroke-width": "3", "opacity": "0.25"}
    assert wanted.items() <= rect.attrib.items()
    assert rect.get("stroke", "").replace(" ", "") == "rgb(255,128,0)"
    assert float(rect.get("stroke-opacity", "")) == pytest.approx(0.5, abs=0.01)


def test_restoring_brings_back_place_and_style(modules: Page) -> None:
    inner, outer = recorded(
        modules,
        """(context) => {
          context.fillStyle = "#112233";
          context.save();
          context.translate(11, 13);
          context.rotate(Math.PI / 2);
          context.fillStyle = "#445566";
          context.fillRect(0, 0, 2, 3);
          context.restore();
          context.fillRect(0, 0, 2, 3);
        }""",
    )
    assert (inner.get("fill"), outer.get("fill")) == ("#445566", "#112233")
    numbers = [float(number) for number in inner.get("transform", "")[len("matrix(") : -1].split()]
    assert numbers == pytest.approx([0, 1, -1, 0, 11, 13])
    assert outer.get("transform") is None


def test_a_path_is_stroked_under_the_transform_of_its_stroke(modules: Page) -> None:
    (path,) = recorded(
        modules,
        """(context) => {
          context.beginPath();
          context.moveTo(1, 2);
          context.lineTo(3, 5.126);
          context.bezierCurveTo(1, 2, 3, 4, 5, 6);
          context.transform(0, 1, 1, 0, 7, 11);
          context.stroke();
        }""",
    )
    assert path.get("d") == "M1 2L3 5.13C1 2 3 4 5 6"
    assert path.get("transform") == "matrix(0 1 1 0 7 11)"


def test_neighbouring_cells_of_one_colour_are_one_run(modules: Page) -> None:
    paths = recorded(modules, IMAGE.replace("SIZE", "[3, 2]").replace("RED", "[0, 1, 5]"))
    shapes = {path.get("fill"): path.get("d") for path in paths}
    assert shapes == {"#ff0000": "M0 0h2v1h-2ZM2 1h1v1h-1Z", "#0000ff": "M2 0h1v1h-1ZM0 1h2v1h-2Z"}
    assert {path.get("transform") for path in paths} == {"matrix(10 0 0 20 5 7)"}


def test_a_very_large_image_stays_pixels(modules: Page) -> None:
    (image,) = recorded(modules, IMAGE.replace("SIZE", "[211, 101]").replace("RED", "[0]"))
    assert image.tag == f"{SVG}image"
    assert image.get("href", "").startswith("data:image/png;base64,")
    assert "pixelated" in image.get("style", "")


IMAGE = """(context) => {
  const [cols, rows] = SIZE;
  const image = Object.assign(document.createElement("canvas"), { width: cols, height: rows });
  const inside = image.getContext("2d");
  for (let i = 0; i < rows * cols; i += 1) {
    inside.fillStyle = RED.includes(i) ? "#f00" : "#00f";
    inside.fillRect(i % cols, Math.floor(i / cols), 1, 1);
  }
  context.drawImage(image, 5, 7, 30, 40);
}"""


def test_text_stands_as_a_canvas_would_place_it(modules: Page) -> None:
    left, right, squeezed = recorded(
        modules,
        """(context) => {
          Object.assign(context, { font: "600 20px sans-serif", textAlign: "left" });
          context.fillText("two  words", 0, 30);
          Object.assign(context, { textAlign: "right", textBaseline: "middle" });
          context.fillText("x", 50, 30);
          context.fillText("a long line of text", 50, 30, 40);
        }""",
    )
    assert (left.get("y"), left.get("text-anchor"), left.text) == ("30", "start", "two\N{NO-BREAK SPACE} words")
    assert (left.get("font-size"), left.get("font-weight"), left.get("font-family")) == ("20", "600", "sans-serif")
    assert right.get("text-anchor") == "end"
    assert 33 < float(right.get("y", "")) < 40  # the letters' line lies below their middle
    assert squeezed.get("textLength") == "40"


HEADER: dict[str, Any] = {
    "tokens": ["Two", "words", ",", "here", "."],
    "source": "designed",
    "heads": [{"label": "self"}, {"label": "3 back"}],
    "params": {},
    "text": STAGE | {"settings": []},
}


def caption(modules: Page, link: str = "http://a/", **fields: Any) -> list[str]:
    return modules.evaluate(
        """([header, link]) =>
          m.caption.stageCaption(header, { stage: "scores", head: 1, compare: "before" }, null, link).map(
            ({ text }) => text,
          )""",
        [HEADER | fields, link],
    )


def test_a_sentence_that_no_link_needs_to_say_is_put_together_from_its_tokens(modules: Page) -> None:
    first, second, *rest = caption(modules)
    assert first == "Two words, here."
    assert "3 back" in second
    assert STAGE["stages"]["scores"]["line"] in second
    assert rest == ["http://a/"]


def test_of_a_trained_model_the_caption_has_the_words_it_knows(modules: Page) -> None:
    params = {"sentence": "Two unheard words, here.", "source": "trained"}
    assert caption(modules, source="trained", params=params)[0] == "Two words, here."


def test_the_caption_names_the_edits_that_are_at_work_and_what_is_painted_of_them(modules: Page) -> None:
    def edit(stage: str, col: int, *, applied: bool) -> dict[str, Any]:
        return {"stage": stage, "head": 1, "row": 3, "col": col, "value": 0.5, "applied": applied}

    edits = [edit("scores", 0, applied=True), edit("scores", 99, applied=False), edit("head", 0, applied=True)]
    told = {"settings": [{"name": "seed", "value": "7"}]}
    said = caption(modules, text=HEADER["text"] | told, params={"seed": 7, "s": "1.x"}, edits=edits)
    words = STAGE["edits"]["list"]
    named = [words["scores"].format(head=2, query="here", key="Two", value="0.50"), words["head"].format(head=2)]
    compared = STAGE["edits"]["compared"]["before"]
    assert said[2:4] == [STAGE["save"]["edits"].format(edits=" · ".join(named), compared=compared), "seed = 7"]


def test_a_link_too_long_to_type_and_a_sentence_too_long_to_read_are_not_printed(modules: Page) -> None:
    said = caption(modules, link=f"http://a/?{'x' * 2000}", params={"sentence": "字" * 601})
    assert said[0] == f"{'字' * 600}…"
    assert said[-1] == STAGE["save"]["long_link"]


def test_a_picture_too_large_for_a_canvas_is_less_sharp(modules: Page) -> None:
    width, height = modules.evaluate(
        """async () => {
          const colors = { background: "#fff", ink: "#000", sans: "serif", mono: "serif" };
          const caption = [{ text: "x", style: "plain" }];
          const size = { width: 3000, height: 3000 };
          const picture = { name: "x", ...size, caption, colors, paint: () => {}, scales: [], legend: {} };
          const bitmap = await createImageBitmap(await m.save.pngFile(picture));
          return [bitmap.width, bitmap.height];
        }"""
    )
    assert math.isclose(width * height, 16_777_216, rel_tol=0.01)
    assert 3000 < width < 6000
