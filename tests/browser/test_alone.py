"""Pages without the app: in a notebook that was executed, and as a file. No server answers in any of these tests."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

import attnlab
from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.notebook.parts import Parts
from attnlab.notebook.pictures import Drawn, Told, document
from attnlab.paths import ROOT
from attnlab.pictures.stage import stage_payload
from attnlab.prose import page_prose
from tests.browser.module_page import as_base64
from tests.browser.shown_numbers import number
from tests.browser.stage_page import STAGE, StagePage
from tests.pretrained.conftest import written

HOSTILE = "</script><img src=x onerror=document.title=1> {name} 猫"
ON_STAGE = "#stage[data-revision]"
TOKENS = ("one", "two", HOSTILE, ",", "three")
LAYER = {"tokens": TOKENS, "num_heads": 4, "d_model": 8, "source": "random"}
SELECTION = {"head": 1, "query": None, "key": None, "stage": "softmax", "view": "matrix", "s": ""}
NOTEBOOK = """
import json, transformers, attnlab
transformers.logging.disable_progress_bar()
folder = {folder!r}
model = transformers.BertModel.from_pretrained(folder)
tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=folder + "/tokenizer.json")
text = {text!r}
weights = attnlab.trace_model(model, tokenizer, text)["layer.1.weights"][2]
json.dump(weights.tolist(), open({numbers!r}, "w"))
attnlab.show(model, tokenizer, text, layer=1, head=2)
"""


@contextmanager
def opened(browser: Browser, file: Path, **looks: Any) -> Iterator[tuple[Page, list[str]]]:
    """A file in the browser, and every problem that the page has and every address that it asks for."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, **looks)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if not is_local(request.url) else None)
    page.goto(file.as_uri())
    yield page, problems
    page.close()


def is_local(address: str) -> bool:
    return address.startswith(("file:", "about:", "blob:"))


def file_of(folder: Path, *layers: Drawn, **options: Any) -> Path:
    file = folder / "page.html"
    file.write_text(document(layers, SELECTION, Told(HOSTILE), **options))
    return file


def layer(*edits: Edit) -> Drawn:
    """A layer of a sentence that is markup, and as it was before edits."""
    before = trace(AttentionSpec(**LAYER, edits=(Edit("head", 0, 0, 0, 1.0),))) if edits else None
    return Drawn(trace(AttentionSpec(**LAYER, edits=edits)), before)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[float]]]:
    """A notebook as nbconvert leaves it, and the weights that its cell has found."""
    folder = tmp_path_factory.mktemp("notebook")
    model, numbers = written(folder / "bert", "bert"), folder / "numbers.txt"
    source = NOTEBOOK.format(folder=str(model), text=f"the cats sat {HOSTILE}", numbers=str(numbers))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="shown")])
    nbformat.write(notebook, folder / "shown.ipynb")
    command = ["nbconvert", "--execute", "--to", "html", "--template", "basic", str(folder / "shown.ipynb")]
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    place = {"PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1"} | {name: str(folder / name) for name in own}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=os.environ | place,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "shown.html", json.loads(numbers.read_text())


def test_a_cell_of_a_notebook_shows_the_numbers_of_its_tensors(
    executed: tuple[Path, list[list[float]]], browser: Browser
) -> None:
    file, weights = executed
    with opened(browser, file) as (page, problems):
        frame = page.frames[1]
        stage = StagePage(frame, ON_STAGE)  # type: ignore[arg-type]
        assert (stage.head, stage.stage) == (2, "softmax")
        drawn = stage.drawn()["weights"]
        assert (drawn.rows, drawn.cols) == (len(weights), len(weights))
        cells = [(0, 0), (2, 1), (4, 7)]
        for (row, col), (title, lines) in zip(cells, stage.said_of(drawn, cells), strict=True):
            assert title
            assert number(lines[-1].rpartition("= ")[2]).holds(weights[row][col])
        stage.over.hover(position=dict(zip("xy", drawn.middle(2, 1), strict=True)))
        assert stage.title == stage.said_of(drawn, [(2, 1)])[0][0]
        assert frame.locator("img").count() == page.locator("img").count() == 0
        assert problems == []


def test_a_frame_reaches_nothing_around_it(executed: tuple[Path, list[list[float]]], browser: Browser) -> None:
    with opened(browser, executed[0]) as (page, _):
        frame = page.frames[1]
        frame.locator(".stage.ready").wait_for()
        reach = "() => { try { return String(parent.document); } catch (error) { return error.name; } }"
        assert frame.evaluate(reach) == "SecurityError"
        asked = "() => fetch('https://example.invalid/').then(() => 'answered', (error) => error.name)"
        with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
            assert frame.evaluate(asked) == "TypeError"


def test_heads_views_pins_and_the_film_work_without_a_server(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, file_of(tmp_path, layer())) as (page, problems):
        stage = StagePage(page, ON_STAGE)
        assert page.locator("h1").text_content() == page_prose("notebook")["page"]["lone"].format(text=HOSTILE)
        first = stage.revision
        stage.host.locator("[data-part=heads] [data-name='3']").click()
        page.wait_for_function("(first) => document.querySelector('#stage').dataset.revision !== first", arg=first)
        assert stage.head == 3
        weights = layer().trace.weights[3]
        stage.click_on(stage.drawn()["weights"], 2, 1)
        page.mouse.move(5, 5)
        assert number(stage.lines[-1].rpartition("= ")[2]).holds(float(weights[2, 1]))
        stage.press("v")
        assert stage.view == "lines"
        stage.press(",")
        assert stage.stage == "mask"
        stage.press("h")
        expect(stage.host.locator("[data-part=heads] [aria-pressed=true]")).to_have_attribute("data-name", "0")
        assert (stage.view, stage.stage) == ("lines", "mask")
        stage.part("play").click()
        expect(stage.part("play")).to_have_text(STAGE["tools"]["pause"])
        stage.part("play").click()
        with page.expect_download() as waiting:
            stage.host.locator("[data-part=save] [data-name=svg]").click()
        saved = Path(waiting.value.path()).read_text(encoding="utf-8")
        assert "<img" not in saved
        assert "file:" not in saved
        assert page.title() != "1"
        assert problems == []


def test_edits_are_off_and_that_is_said_and_those_that_were_made_can_be_compared(
    browser: Browser, tmp_path: Path
) -> None:
    edited = layer(Edit("scores", 1, 2, 0, 9.0))
    with opened(browser, file_of(tmp_path, edited)) as (page, problems):
        stage = StagePage(page, ON_STAGE)
        expect(stage.part("note")).to_have_text(STAGE["edits"]["alone"])
        shown = stage.part("whatif").get_by_role("button")
        assert [each.text_content() for each in shown.all()] == list(STAGE["edits"]["compared"].values())
        drawn, revision = stage.drawn()["weights"], stage.revision
        weights = {"after": edited.trace.weights[1], "before": edited.before.weights[1]}  # type: ignore[union-attr]
        for compare in ("before", "after"):
            stage.host.locator(f"[data-part=compare] [data-name={compare}]").click()
            _, lines = stage.said_of(drawn, [(2, 0)])[0]
            assert any(
                number(line.rpartition("= ")[2]).holds(float(weights[compare][2, 0])) for line in lines if "= " in line
            )
        stage.open_cell(drawn, 1, 1)
        expect(stage.cell_editor).to_be_hidden()
        for key in ("x", "m", "s", "Enter", "Control+z"):
            stage.press(key)
        assert stage.part("list").get_by_role("button").count() == 0
        page.wait_for_timeout(300)  # the server would have been told by now
        assert stage.revision == revision
        assert stage.edits_said.count() == 1
        assert problems == []


def test_of_a_page_that_holds_a_part_the_other_heads_cannot_be_chosen(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, file_of(tmp_path, layer(), most=1)) as (page, problems):
        stage = StagePage(page, ON_STAGE)
        heads = stage.host.locator("[data-part=heads] button")
        assert [head.is_disabled() for head in heads.all()] == [True, False, True, True]
        stage.press("h")
        assert stage.head == 1
        assert problems == []


def test_a_head_of_the_shown_layer_opens_from_the_overview(minilm: Any, browser: Browser, tmp_path: Path) -> None:
    file = attnlab.show(minilm, None, "cats and dogs", layer=2, head=4, theme="dark").save(tmp_path / "minilm.html")
    with opened(browser, file) as (page, problems):
        stage = StagePage(page, ON_STAGE)
        heads = page.locator("#overview").get_by_role("gridcell").get_by_role("button")
        pressed = page.locator("#overview").get_by_role("button", pressed=True)
        assert [index for index in range(72) if heads.nth(index).get_attribute("aria-disabled") == "false"] == [
            *range(24, 36)
        ]
        heads.nth(2 * 12 + 7).click()
        expect(stage.host.locator("[data-part=heads] [aria-pressed=true]")).to_have_attribute("data-name", "7")
        elsewhere = page_prose("attention")["overview"]["grid"]["absent"].partition("}")[2]
        assert [(heads.nth(index).get_attribute("title") or "").endswith(elsewhere) for index in (0, 24)] == [
            True,
            False,
        ]
        heads.nth(0).click(force=True)
        page.keyboard.press("PageUp")
        stage.press("h")
        expect(pressed).to_have_attribute("aria-label", heads.nth(2 * 12 + 8).get_attribute("aria-label") or "")
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(15, 20, 32)"
        assert problems == []


def test_a_picture_is_put_together_of_parts_that_others_share(modules: Page) -> None:
    spec = AttentionSpec(**LAYER)
    parts, messages = Parts(), []
    for head in (0, 1):
        message = stage_payload(trace(spec), {**SELECTION, "head": head}, {}, STAGE)
        messages.append((as_base64(message), parts.take(message)))
    for message, kept in messages:
        same = modules.evaluate(
            """([base64, kept, parts]) => {
              const pictures = new m.pictures.Pictures(parts);
              const made = m.payload.decodePayload(pictures.message(kept, () => ({ head: 7 })));
              const sent = payloadOf(base64);
              const texts = [made, sent].map(({ header, matrices }) =>
                JSON.stringify([{ ...header, head: 7 }, Object.values(matrices).map(({ data }) => [...data])]));
              return [texts[0] === texts[1], made.header.head];
            }""",
            [message, kept, parts.told()],
        )
        assert same == [True, 7]


def test_a_page_of_the_app_is_not_alone(modules: Page) -> None:
    assert modules.evaluate("() => m.server.isAlone()") is False


def test_a_telephone_shows_all_of_it(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, file_of(tmp_path, layer())) as (page, _):
        page.set_viewport_size({"width": 390, "height": 800})
        page.locator(".stage.ready").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_explorers_download_opens_without_the_app(
    new_page: Callable[..., Page], browser: Browser, tmp_path: Path
) -> None:
    words = page_prose("export")["page"]
    app = new_page("/?sentence=one+two+three&heads=2&head=2&query=2&key=1")
    app.get_by_text(words["title"], exact=True).click()
    with app.expect_download() as waiting:
        app.get_by_role("button", name=words["picture"]).click()
    assert waiting.value.suggested_filename == "attention_layer.html"
    waiting.value.save_as(tmp_path / "taken.html")
    shown = StagePage(app)
    with opened(browser, tmp_path / "taken.html") as (page, problems):
        stage = StagePage(page, ON_STAGE)
        assert (stage.head, stage.title, stage.lines) == (shown.head, shown.title, shown.lines)
        assert stage.params == shown.params
        assert problems == []
