"""Races on pictures: what is drawn over them, what is asked of a drawing, and the disturbed test in words."""

from collections.abc import Mapping
from typing import Any

import pytest
import streamlit as st
import torch

from attnlab.prose import page_prose
from attnlab.sequences import Patch
from attnlab.ui.canvases.pad import drawn
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
