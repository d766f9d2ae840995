"""Trained weights in a real browser: chosen in the drawer, and every sum under the picture adds up with its bias."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from attnlab.looks.layers import asked
from attnlab.pictures.stage import stage_arrays
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.training.shipped import EXAMPLE
from tests.browser.shown_numbers import Shown, number, read, terms
from tests.browser.stage_page import BOARD, Drawn, StagePage
from tests.products import alike

DEFAULTS = Explorer().values()

NewPage = Callable[..., Page]
ZERO = Shown(0.0, 0.0)
CELLS = [(0, 0), (1, 1), (4, 7), (8, 3)]


def explained(stage: StagePage, matrix: Drawn) -> list[tuple[tuple[int, int], dict[str, dict[str, str]]]]:
    cells = [(row, min(col, matrix.cols - 1)) for row, col in CELLS if row < matrix.rows]
    return [(cell, read(lines)) for cell, (_, lines) in zip(cells, stage.said_of(matrix, cells), strict=True)]


@pytest.mark.parametrize("layer", alike([2, 1], 1))
def test_the_arithmetic_of_a_trained_layer_recombines_to_the_models_numbers(layer: int, new_page: NewPage) -> None:
    values: dict[str, Any] = {"source": "trained", "sentence": EXAMPLE, "layer": layer, "head": 2}
    wanted = asked(Explorer.of(values))
    computed = wanted.trace()
    arrays = {name: tensor.detach().double().numpy() for name, tensor in stage_arrays(computed, 1).items()}
    stage = StagePage(new_page(f"/?{urlencode(values)}", width=1900, height=1300))
    seen: set[str] = set()
    for name in ("x", "qkv", "softmax", "output"):
        stage.show_stage(name)
        for matrix in stage.drawn().values():
            if matrix.name in seen:
                continue
            seen.add(matrix.name)
            assert (matrix.rows, matrix.cols) == arrays[matrix.name].shape
            for (row, col), said in explained(stage, matrix):
                check(matrix.name, said, float(arrays[matrix.name][row, col]), layer)
    assert seen >= {"token_embedding", "position_embedding", "x", "query", "key", "value", "weights", "output"}


def check(name: str, said: dict[str, dict[str, str]], value: float, layer: int) -> None:
    if name == "x":
        parts = said["stream_later" if layer > 1 else "stream_first"]
        stream = sum((number(parts[part]) for part in ("token", "position", "added") if part in parts), ZERO)
        assert stream.meets(number(parts["stream"])), said
        norm = {blank: number(text) for blank, text in said["normed"].items()}
        made = (norm["stream"] - norm["mean"]) / norm["deviation"] * norm["gain"] + norm["shift"]
        assert made.meets(norm["value"]), said
        assert norm["value"].holds(value), said
    elif name in {"query", "key", "value", "output"}:
        parts = said["product_biased"]
        assert (terms(parts["terms"]).total + number(parts["bias"])).meets(number(parts["value"])), said
        assert number(parts["value"]).holds(value), said
    elif name == "token_embedding":
        assert number(said["embedding_trained"]["value"]).holds(value), said


def test_choosing_trained_weights_shows_learned_heads_that_a_new_visitor_sees_too(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    with stage.repaint():
        stage.pick("source", "trained")
    stage.wait_for_link(source="trained", sentence=EXAMPLE)
    stage.wait_for_params(source="trained", sentence=EXAMPLE)
    assert stage.drawn()["weights"].rows == len(EXAMPLE.split())
    visitor = StagePage(new_page(f"/?{urlencode(stage.link)}"))
    visitor.wait_for_revision(stage.revision)
    assert visitor.params == stage.params


@pytest.mark.fresh
def test_a_link_to_the_shipped_model_opens_with_an_example_that_can_be_edited(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?source=trained"))
    stage.wait_for_link(sentence=EXAMPLE, query="9")
    assert stage.title == "“Ben” looks at “milk”"
    stage.type_sentence("Kim rice Leo figs Kim")
    stage.wait_for_params(sentence="Kim rice Leo figs Kim")
    assert stage.drawn()["weights"].rows == 5


def test_controls_that_are_off_show_the_models_values_and_the_readers_come_back(new_page: Callable[..., Page]) -> None:
    stage = StagePage(new_page("/?source=trained&heads=4"))
    stage.open_bar_for("heads")
    heads = stage.page.get_by_role("radiogroup", name="heads", exact=True).get_by_role("radio", checked=True)
    expect(heads).to_have_text("2")
    stage.pick("source", "designed")
    expect(heads).to_have_text("4")
    stage.pick("source", "trained")
    expect(heads).to_have_text("2")
    stage.pick("source", "designed")
    expect(heads).to_have_text("4")
    stage.wait_for_params(heads=4)
    assert "heads=4" in stage.page.url


@pytest.mark.usefixtures("minilm")
def test_a_pretrained_model_is_chosen_and_reads_what_is_typed(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    stage.pick("source", "trained")
    stage.wait_for_params(source="trained")
    stage.pick("model", "minilm")
    stage.wait_for_params(source="trained", model="minilm")
    expect(stage.root.locator(".heads button")).to_have_count(12)
    stage.type_sentence("Unbelievable 猫 cats")
    stage.wait_for_params(source="trained", model="minilm", sentence="Unbelievable 猫 cats")
    said = page_prose("attention")["page"]["pretrained_unknown"].format(words="猫")
    expect(stage.page.locator(".st-key-said_attention")).to_contain_text(said)
    expect(stage.page.get_by_test_id("stAlert")).to_have_count(0)
    stage.wait_for_link(source="trained", model="minilm", sentence="Unbelievable 猫 cats")
