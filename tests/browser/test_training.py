"""The training page in a browser: a race from its start to its history, by a visitor who clicks, types and kills."""

import json
import os
import re
import signal
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.training.shown.compared import comparison
from tests.browser.chromium import wait_until_settled
from tests.browser.conftest import SERVER
from tests.products import alike, slow

WORDS = page_prose("training")
PAGE, RUN, LOOKS, HISTORY = WORDS["page"], WORDS["run"], WORDS["looks"], WORDS["history"]
STAGE = ".st-key-stage_canvas [data-revision]"
NewPage = Callable[..., Page]
JOINERS = dict.fromkeys(map(ord, "\u2060\u200b"))  # invisible: they keep Markdown from seeing its signs
PATIENCE_MS = 90_000  # a first worker imports torch


def button(page: Page, name: str) -> Locator:
    """A button of the page itself: while a run lasts, Streamlit has a "Stop" of its own in the page's head."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True)


def steps_of(page: Page, race: str) -> Locator:
    return page.locator(f".st-key-steps_{race} input")


def choose(page: Page, race: str, title: str) -> None:
    if not page.locator(".st-key-t_race").is_visible():
        page.get_by_text(PAGE["setup"], exact=True).click()
    page.locator(".st-key-t_race").get_by_text(title, exact=True).click()
    own = page.locator(".st-key-own_csv input, .st-key-own_text textarea")
    expect(steps_of(page, race).or_(own).first).to_be_attached()


def start(page: Page, steps: int | None = None, race: str = "reverse") -> str:
    """Start a race, short enough for a test; its name in the link."""
    choose(page, race, WORDS["races"].get(race, WORDS["tasks"].get(race))["title"])
    if steps is not None:
        slider = steps_of(page, race)
        thumb = page.locator(f".st-key-steps_{race} [data-testid=stSliderThumbValue]")
        slider.press("Home")
        for _ in range(40):
            shown = int(thumb.inner_text())
            if shown == steps:
                break
            slider.press("ArrowRight" if shown < steps else "ArrowLeft")
            expect(thumb).not_to_have_text(str(shown))
            wait_until_settled(page)
        expect(thumb).to_have_text(str(steps))
    before = parse_qs(urlsplit(page.url).query).get("run", [""])[0]
    button(page, PAGE["start"]).click()
    page.wait_for_function(
        "(before) => (new URLSearchParams(location.search).get('run') ?? before) !== before", arg=before
    )
    # The link changes before the page does: what chooses the next race must find it folded, not see the old page.
    expect(page.get_by_text(PAGE["setup"], exact=True)).to_be_visible()
    return parse_qs(urlsplit(page.url).query)["run"][0]


def end(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)  # while it is drawn anew there are two
    wait_until_settled(page)


def expect_steps(page: Page, steps: list[str]) -> None:
    """The second column of the standings, row by row."""
    for row, text in enumerate(steps):
        expect(page.get_by_test_id(f"glide-cell-1-{row}")).to_have_text(text)


@pytest.fixture(scope="module")
def finished() -> dict[str, str]:
    """The name of a finished race, once a test has run one."""
    return {}


@pytest.fixture
def finished_run(finished: dict[str, str], new_page: NewPage) -> str:
    if not finished:
        page = new_page("/training")
        finished["run"] = start(page, 50)
        end(page, RUN["finished"].format(steps=50))
    return finished["run"]


def test_a_race_is_set_up_watched_and_ends(new_page: NewPage, finished: dict[str, str]) -> None:
    page = new_page("/training")
    finished["run"] = start(page, 50)
    end(page, RUN["finished"].format(steps=50))
    expect_steps(page, ["50", "50", "50"])
    expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.locator(".st-key-attention_maps_transformer [data-maps='1']")).to_be_attached(timeout=PATIENCE_MS)
    expect(page.locator(".st-key-influence_maps [data-maps='3']")).to_be_attached(timeout=PATIENCE_MS)
    expect(page.locator(".st-key-held_out_answers [data-examples='3']")).to_be_attached(timeout=PATIENCE_MS)
    assert page.get_by_test_id("stException").count() == 0


@slow
def test_two_contenders_of_one_family_race_to_the_end_under_their_names(new_page: NewPage) -> None:
    page = new_page("/training?t_race=reverse&t_contenders=transformer")
    page.get_by_text(WORDS["own"]["add"], exact=True).click()
    setting = page.locator(".st-key-setting_reverse")
    setting.locator("input").fill(page_prose("names")["own"]["positions"])
    setting.locator("input").press("Enter")
    value = page.locator(".st-key-value_reverse_positions input")
    expect(value).to_be_visible()
    value.fill("no positions")
    value.press("Enter")
    both = ["Transformer", "Transformer · no positions"]
    page.get_by_role("button", name=WORDS["own"]["add_named"].format(name=both[1]), exact=True).click()
    page.wait_for_function(
        "(said) => new URLSearchParams(location.search).get('t_contenders') === said",
        arg="transformer,transformer.positions-none",
    )
    page.keyboard.press("Escape")
    start(page, 50)
    end(page, RUN["finished"].format(steps=50))
    expect_steps(page, ["50", "50"])
    for row, name in enumerate(both):
        expect(page.get_by_test_id(f"glide-cell-0-{row}")).to_have_text(name)
    curves = page.get_by_test_id("stVegaLiteChart").first
    expect(curves.locator(".role-legend-label text")).to_have_text(both, timeout=PATIENCE_MS)
    lines = curves.locator(".mark-line.role-mark path[stroke]")
    assert len({line.get_attribute("stroke") for line in lines.all()}) == 2
    explorer = [LOOKS["explorer_of"].format(name=name) for name in both]
    for label in explorer:
        expect(page.get_by_role("link", name=label, exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name=explorer[1], exact=True).click()
    expect(page.locator(STAGE)).to_have_attribute("data-params", re.compile(r":transformer\.positions-none:50"))
    assert page.get_by_test_id("stException").count() == 0


def test_the_link_opens_the_run_for_anybody(finished_run: str, new_page: NewPage) -> None:
    page = new_page(f"/training?run={finished_run}", width=390, dark=True)
    end(page, RUN["finished"].format(steps=50))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_scrubber_moves_attention_influence_and_answers_by_keyboard(finished_run: str, new_page: NewPage) -> None:
    page = new_page(f"/training?run={finished_run}")
    end(page, RUN["finished"].format(steps=50))
    answers = page.locator(".st-key-held_out_answers .answers")
    expect(answers.locator("table")).to_have_count(3, timeout=PATIENCE_MS)
    at_the_end = answers.text_content() or ""
    shown = page.locator(".st-key-scrubber output")
    expect(shown).to_have_text("50")
    page.locator(".st-key-scrubber input[type=range]").press("Home")
    expect(shown).to_have_text("0")
    expect(answers).not_to_have_text(re.compile(re.escape(at_the_end)))
    page.locator(".st-key-scrubber input[type=range]").press("End")
    expect(shown).to_have_text("50")
    expect(answers).to_have_text(at_the_end)


def test_a_probe_is_typed_and_a_wrong_one_is_named(finished_run: str, new_page: NewPage) -> None:
    page = new_page(f"/training?run={finished_run}")
    end(page, RUN["finished"].format(steps=50))
    probe = page.get_by_label(LOOKS["probe"], exact=True)
    probe.fill("3 1 4 <img src=x onerror=alert(1)>")
    refusal = page.get_by_test_id("stAlert")
    expect(refusal).to_be_visible()
    assert "<img onerror=alert(1)> src=x" in refusal.inner_text().translate(JOINERS)
    assert page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0
    probe.fill("3 1 4 1")
    map_rows = page.locator(".st-key-influence_maps figure").first.locator("li")
    expect(map_rows).to_have_text(["3", "1", "4", "1"])
    map_cells = page.locator(".st-key-influence_maps canvas").first
    map_cells.hover()
    expect(page.locator(".st-key-influence_maps [data-part=said]")).to_have_text(
        re.compile(r"looks at .*: [01]\.\d{3}")
    )


def test_the_snapshot_opens_in_the_explorer_on_the_example_that_was_watched(
    finished_run: str, new_page: NewPage
) -> None:
    page = new_page(f"/training?run={finished_run}")
    end(page, RUN["finished"].format(steps=50))
    page.get_by_label(LOOKS["probe"], exact=True).fill("3 1 4 1")
    expect(page.locator(".st-key-influence_maps figure").first.locator("li")).to_have_text(["3", "1", "4", "1"])
    page.get_by_role("link", name=LOOKS["explorer"]).click()
    expect(page.locator(STAGE)).to_have_attribute("data-params", re.compile('"sentence": ?"3 1 4 1"'))
    params = json.loads(page.locator(STAGE).get_attribute("data-params") or "")
    assert (params["source"], params["model"]) == ("trained", f"{finished_run}:transformer:50")
    assert params.get("query", Explorer().query) == 4
    expect(page.get_by_label(page_prose("attention")["page"]["sentence"], exact=True)).to_have_value("3 1 4 1")


def test_a_race_is_paused_stepped_resumed_and_stopped(new_page: NewPage) -> None:
    page = new_page("/training")
    start(page, 4000)
    expect(button(page, RUN["pause"])).to_be_enabled(timeout=PATIENCE_MS)
    button(page, RUN["pause"]).click()
    paused = page.get_by_text(re.compile(r"Paused at step \d+")).first
    expect(paused).to_be_visible(timeout=PATIENCE_MS)
    before = int(re.findall(r"\d+", paused.inner_text())[0])
    button(page, RUN["step"]).click()
    expect(page.get_by_text(re.compile(rf"Paused at step (?!{before}\.)\d+")).first).to_be_visible(timeout=PATIENCE_MS)
    after = int(re.findall(r"\d+", paused.inner_text())[0])
    assert before + 10 <= after <= before + 30  # contenders ahead of the last one when it was paused have to be met
    button(page, RUN["resume"]).click()
    expect(paused).to_have_count(0)
    wait_until_settled(page)  # the row of buttons is drawn anew
    button(page, RUN["stop"]).click()
    expect(page.get_by_text(re.compile(r"Stopped at step \d+")).first).to_be_visible(timeout=PATIENCE_MS)


@slow
def test_a_killed_worker_is_replaced_and_the_page_says_so(new_page: NewPage, request: pytest.FixtureRequest) -> None:
    page = new_page("/training")
    start(page, 4000)
    expect(page.locator(".st-key-scrubber output")).to_have_text(re.compile(r"[1-9]\d+"), timeout=PATIENCE_MS)
    server = psutil.Process(request.session.stash[SERVER].pid)
    workers = [one for one in server.children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    assert workers
    expect(page.get_by_text(re.compile(r"Resumed at step \d+ after a worker ended")).first).to_be_visible(
        timeout=PATIENCE_MS
    )
    button(page, RUN["stop"]).click()
    expect(page.get_by_text(re.compile(r"Stopped at step \d+")).first).to_be_visible(timeout=PATIENCE_MS)


@slow
def test_a_third_race_of_one_visitor_waits_for_the_others(new_page: NewPage) -> None:
    page = new_page("/training")
    mine = [start(page, 4000)]
    button(page, RUN["pause"]).click()  # else it may be over before there are three
    expect(page.get_by_text(re.compile(r"Paused at step \d+")).first).to_be_visible(timeout=PATIENCE_MS)
    mine.append(start(page, 4000))
    choose(page, "sort", WORDS["tasks"]["sort"]["title"])
    button(page, PAGE["start"]).click()
    expect(page.get_by_text(PAGE["limit"])).to_be_visible()
    for run in reversed(mine):  # the second one waits, and ends at once
        stopping = new_page(f"/training?run={run}")
        button(stopping, RUN["stop"]).click()
        expect(stopping.get_by_text(re.compile(r"Stopped at step \d+")).first).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("run", alike(["nothing", "..%2f..%2fetc", "%00", "a" * 3000], 1))
def test_a_link_to_no_run_is_said_to_be_one(run: str, new_page: NewPage) -> None:
    page = new_page(f"/training?run={run}")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(button(page, PAGE["start"])).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


CSV = "review,verdict\n" + "".join(f"it was {word} number {n},{word}\n" for n in range(60) for word in ("good", "bad"))


@pytest.mark.fresh
def test_a_csv_of_the_visitors_own_is_shown_trained_on_renamed_and_deleted(new_page: NewPage) -> None:
    page = new_page("/training")
    choose(page, "csv", WORDS["tasks"]["csv"]["title"])
    expect(page.get_by_text(PAGE["missing"])).to_be_visible()
    expect(button(page, PAGE["start"])).to_be_disabled()
    upload = page.locator("input[type=file]")
    upload.set_input_files({"name": "<b>.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04not a table"})
    expect(page.get_by_test_id("stAlert")).to_have_text(re.compile("zip archive"))
    expect(button(page, PAGE["start"])).to_be_disabled()
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    expect(page.get_by_text(WORDS["table"]["preview"].format(rows=120, classes=2, left_out=0))).to_be_visible()
    start(page, 50, "csv")
    end(page, RUN["finished"].format(steps=50))
    expect(page.locator(".st-key-held_out_answers td.right, .st-key-held_out_answers td.wrong").first).to_be_visible()
    is_renamed_with_anything(page)
    gone = deleted(page)
    shown = new_page(f"/training?run={gone}")
    expect(shown.get_by_text(page_prose("training")["store"]["gone"].format(run=gone))).to_be_visible()
    expect(button(shown, PAGE["start"])).to_be_visible()


def is_renamed_with_anything(page: Page) -> None:
    page.get_by_text(HISTORY["title"]).click()
    name = page.get_by_label(HISTORY["name"], exact=True)
    name.fill("<b>:red[x]</b> $a$ `=1+1`")
    name.press("Enter")
    button(page, HISTORY["rename"]).click()
    heading = page.get_by_role("heading").nth(1)  # the first says the page
    expect(heading).not_to_have_text(WORDS["tasks"]["csv"]["title"])
    assert heading.inner_text().translate(JOINERS) == "<b>:red[x]</b> $a$ `=1+1`"


def deleted(page: Page) -> str:
    """The name of the run that is shown, and is no more."""
    run = parse_qs(urlsplit(page.url).query)["run"][0]
    button(page, HISTORY["delete"]).click()
    page.get_by_role("button", name=HISTORY["confirm"], exact=True).click()  # a popover lies beside the main block
    page.wait_for_function("() => !new URLSearchParams(location.search).has('run')")
    return run


def test_a_race_on_your_text_waits_for_a_text(new_page: NewPage) -> None:
    page = new_page("/training")
    choose(page, "next_character", WORDS["tasks"]["next_character"]["title"])
    expect(page.get_by_text(PAGE["text_missing"])).to_be_visible()
    expect(button(page, PAGE["start"])).to_be_disabled()
    text = page.get_by_label(PAGE["data_text"], exact=True)
    text.fill(" ".join(f"line {number} says abc" for number in range(200)))
    text.press("Control+Enter")
    expect(button(page, PAGE["start"])).to_be_enabled()
    text.fill("")
    text.press("Control+Enter")
    expect(button(page, PAGE["start"])).to_be_disabled()
    button(page, PAGE["text_example"]).click()
    expect(button(page, PAGE["start"])).to_be_enabled()
    expect(text).not_to_be_empty()


def test_the_shipped_comparison_has_a_table_for_each_race(new_page: NewPage) -> None:
    page = new_page("/training")
    page.get_by_text(WORDS["comparison"]["title"]).click()
    races = comparison()["tasks"]
    expect(page.locator(".st-key-comparison [data-testid=stDataFrame]")).to_have_count(len(races))
