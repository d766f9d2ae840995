"""Races on pictures: what is drawn over them, what is asked of a drawing, and the disturbed test in words."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.sequences import Patch
from attnlab.training import RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack
from attnlab.ui.canvases.by_hand.pad import drawn
from attnlab.ui.training.disturbed import disturbed_table, unmoved
from attnlab.ui.training.pictures import attention_panels, on_grid

WORDS = page_prose("training")
GRID = (2, 3)


def test_what_the_answer_gives_to_each_patch_lies_as_the_patches_do() -> None:
    rows = torch.arange(49.0).reshape(7, 7)
    assert on_grid(rows, GRID).tolist() == [[42, 43, 44], [45, 46, 47]]


def test_every_head_has_a_panel_that_says_what_stays_with_the_answer_itself() -> None:
    attention = torch.zeros(2, 3, 7, 7)
    attention[1, 2, -1, -1], attention[1, 2, -1, 3] = 0.25, 0.75
    picture = Patch("", 2, 3, (0.0,) * 6)
    panels = attention_panels(attention, picture, GRID, WORDS["looks"])
    assert [panel.title for panel in panels][:1] == [WORDS["looks"]["head"].format(layer=1, head=1)]
    assert len(panels) == 6
    assert panels[-1].matrix.tolist() == [[0, 0, 0], [0.75, 0, 0]]
    assert "25%" in panels[-1].note
    assert all(panel.picture is picture for panel in panels)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([1, 0, 16], (1, 0, 16)),
        ([1, 0], None),
        ([1, 0, 17], None),
        ([1, 0, -1], None),
        ([1, 0, 0.5], None),
        ([1, 0, True], None),
        ("123", None),
        ({"0": 1}, None),
        (None, None),
    ],
    ids=str,
)
def test_a_browser_may_send_whole_numbers_within_bounds_and_nothing_else(
    sent: Any, read: tuple[int, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"pad": {"cells": sent}})
    assert drawn("pad", 3, 16) == read


FOUND: Mapping[str, Mapping[str, float]] = {
    "cnn2d": {"plain": 0.95, "shuffled": 0.12, "shifted": 0.5},
    "transformer.positions-none": {"plain": 0.6, "shuffled": 0.6, "shifted": 0.2},
}


def test_the_disturbed_test_has_a_row_a_contender_and_says_who_notices_nothing() -> None:
    said = WORDS["disturbed"]
    table = disturbed_table(FOUND, said)
    assert table[said["done"]["plain"]].tolist() == ["95.0%", "60.0%"]
    assert table[said["done"]["shuffled"]].tolist() == ["12.0%", "60.0%"]
    (sentence,) = unmoved(FOUND, said)
    assert sentence.startswith("**Transformer · no positions**")


# --- the page ---------------------------------------------------------------------------------------------------------

PLAN = RacePlan(
    task_name="digits",
    contenders=("transformer", "mlp"),
    sizes={"patch_rows": 4, "patch_cols": 4, "train_size": 30},
    num_heads=2,
    budget=2000,
    steps=4,
)


def shown(store: RunStore) -> AppTest:
    """The page of a race on pictures that is over."""
    run = store.runs.create(PLAN.to_config(), owner="me", name="run")
    store.queue.claim("worker")
    store.snapshots.save(run.id, "worker", [Snapshot(key, 0, pack(Learner(PLAN, key))) for key in PLAN.contenders])
    store.queue.mark(run.id, "worker", "finished")
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.query_params["run"] = run.id
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def keys_of(page: AppTest) -> set[str]:
    return {element.key for element in page.get("bidi_component")}


def test_a_race_on_pictures_shows_pad_verdicts_attention_influence_and_the_disturbed_test(store: RunStore) -> None:
    page = shown(store)
    wanted = {"digit_pad", "digit_verdicts", "attention_maps_transformer", "influence_maps", "held_out_answers"}
    assert wanted <= keys_of(page)
    assert WORDS["disturbed"]["title"] in {one.value.strip("*") for one in page.markdown}
    assert not page.error


def test_a_file_that_is_no_picture_is_refused_until_another_picture_comes(store: RunStore) -> None:
    page = shown(store)
    page.file_uploader(key="digit_file").upload("mine.png", b"not a picture", "image/png")
    page = ran(page)
    assert [one.value for one in page.error] == [WORDS["drawing"]["refused"]["kind"]]
    assert "digit_verdicts" in keys_of(page)
    assert ran(page).error
    assert not ran(page.button(key="other_probe").click()).error


def test_a_picture_of_ones_own_is_asked_about_until_another_example_comes(store: RunStore) -> None:
    page = shown(store)
    due = WORDS["drawing"]["due"].partition("{")[0]
    assert [one.value for one in page.caption if one.value.startswith(due)]
    picture = Image.new("L", (40, 40), 255)
    picture.paste(0, (18, 5, 22, 35))
    file = io.BytesIO()
    picture.save(file, "PNG")
    page.file_uploader(key="digit_file").upload("one.png", file.getvalue(), "image/png")
    page = ran(page)
    assert not [one.value for one in page.caption if one.value.startswith(due)]
    page = ran(page.button(key="other_probe").click())
    assert [one.value for one in page.caption if one.value.startswith(due)]


def test_a_race_on_pictures_can_be_set_up(store: RunStore) -> None:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.session_state["t_race"] = "digits"
    page = ran(page)
    assert "example" in keys_of(page)
    assert WORDS["tasks"]["digits"]["ask"] in {one.value.strip("*") for one in page.markdown}
