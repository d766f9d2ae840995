"""A race on pictures in the explorer: patches along its maps, the picture beside them, and another example."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnlab.looks.trained.probes import held_out_probe
from attnlab.looks.trained.reading import HeldOut
from attnlab.pictures.items import held_out_said
from attnlab.prose import page_prose
from attnlab.training import RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack
from tests.browser.stage_page import StagePage

PLAN = RacePlan(task_name="digits", contenders=("transformer",), budget=2000, steps=4)
LOOKS = page_prose("training")["looks"]


@pytest.fixture
def run(store: RunStore) -> str:
    """A race on digits, before it has learned anything."""
    run = store.runs.create(PLAN.to_config(), owner="of pictures", name="run")
    store.queue.claim("worker")
    store.snapshots.save(run.id, "worker", [Snapshot("transformer", 0, pack(Learner(PLAN, "transformer")))])
    return run.id


def said(number: int) -> str:
    return held_out_said(HeldOut("digits", number, held_out_probe(PLAN.task, number).answers[-1]))


@pytest.mark.fresh
def test_a_picture_is_opened_from_its_race_pointed_at_exchanged_and_saved(
    run: str, new_page: Callable[..., Page]
) -> None:
    training = new_page(f"/training?run={run}", width=1440)
    training.get_by_role("link", name=LOOKS["explorer"]).click()
    stage = StagePage(training)
    stage.wait_for_link(source="trained", query="17")
    expect(stage.page.locator(".st-key-said_attention")).to_contain_text(said(0))
    expect(stage.page.locator(".st-key-no_sentence input")).to_be_disabled()
    names = page_prose("attention")["items"]
    patch = names["patch"].format(number=1, row=1, col=1)
    over = stage.root.locator("[data-part=over]")
    box = over.bounding_box()
    assert box is not None
    over.hover(position={"x": box["width"] - 120, "y": 20})  # the picture's first patch, beside the matrices
    expect(stage.root.locator("[data-part=title]")).to_have_text(f"“?” looks at “{patch}”")
    stage.page.locator("#example").fill("3")
    stage.page.locator("#example").press("Enter")
    stage.wait_for_link(source="trained", example="3")
    expect(stage.page.locator(".st-key-said_attention")).to_contain_text(said(3))
    with stage.page.expect_download() as saved:
        stage.root.locator("[data-part=save] button", has_text="SVG").click()
    text = saved.value.path().read_text(encoding="utf-8")
    assert said(3) in text
    assert names["looks"].format(head=1, query="?") in text
    assert text.count("<rect") > 3 * 16, "patches along rows and columns, and the picture"


@pytest.mark.fresh
def test_what_is_drawn_beside_the_stage_is_followed_stands_in_the_link_and_can_be_compared(
    run: str, new_page: Callable[..., Page]
) -> None:
    link = f"source=trained&model={run}:transformer:0&example=3&query=17"
    stage = StagePage(new_page(f"/?{link}", width=1440))
    stage.wait_for_link(source="trained", example="3")
    pad = stage.page.locator(".st-key-pad_place canvas")
    with stage.page.expect_response(lambda answer: "/picture?" in answer.url and "drawn=3." in answer.url):
        pad.click(position={"x": 20, "y": 20})  # ahead of any run
    expect(stage.page).to_have_url(re.compile("drawn=3"))
    drawn = page_prose("attention")["items"]["drawn"]
    title = page_prose("training")["tasks"]["digits"]["title"]
    expect(stage.page.locator(".st-key-said_attention")).to_contain_text(drawn.format(number=3, task=title))
    told = stage.page.url
    other = StagePage(new_page(told[told.index("/?") :], width=1440))
    other.wait_for_link(source="trained", example="3")
    assert other.root.get_attribute("data-revision") == stage.root.get_attribute("data-revision")
    other.page.get_by_role("button", name=page_prose("attention")["items"]["again"]).click()
    expect(other.page.locator(".st-key-said_attention")).to_contain_text(said(3))
    expect(other.page).not_to_have_url(re.compile("drawn"))
    compared = new_page(f"/compare?{link}", width=1440)
    expect(compared).to_have_url(re.compile("changes=example&b_example=4"))
    expect(compared.locator(".st-key-said_compare")).to_contain_text(said(4))
