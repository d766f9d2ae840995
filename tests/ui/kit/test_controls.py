"""Rows of controls: what the server takes of what a browser sends, and what it says of each control."""

from collections.abc import Mapping
from typing import Any

import pytest
import streamlit

from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.training.shipped import CELL
from attnlab.ui.kit.controls import Drawing
from tests.ui.kit.test_carrying import gone_to, opened, values
from tests.ui.rows import chosen, controls_of, row_of, sent

KINDS = Explorer.kinds()
NAMES = ("heads", "mask", "window", "d_k", "temperature", "qk_norm", "model")


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    session = {name: KINDS[name].default for name in NAMES}
    monkeypatch.setattr(streamlit, "session_state", session)
    return session


def taken(state: dict[str, Any], told: Any, **drawing: Any) -> list[str]:
    """What is called on a change once a browser has sent this of a row."""
    calls: list[str] = []
    state["row"] = {"chosen": told}
    draw = Drawing(KINDS, {}, calls.append, ("changed",), **drawing)
    draw.take_row("row", NAMES, {"mask": lambda: calls.append("instead")})
    return calls


def row(**texts: Any) -> Mapping[str, Any]:
    return {"count": 1, "values": texts}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("heads", "4", 4),
        ("heads", "3", 3),  # not on offer, but a link may say it
        ("mask", "random_blocks", "random_blocks"),
        ("window", "9", 9),
        ("d_k", "5", 5),
        ("d_k", "", None),
        ("temperature", "2", 2.0),
        ("temperature", "0.35", 0.35),
        ("qk_norm", "true", True),
        ("model", "no such model", "no such model"),  # the page says what is wrong with it
    ],
)
def test_what_a_link_may_say_is_taken_and_what_is_done_on_a_change_is_done(
    state: dict[str, Any], name: str, text: str, value: Any
) -> None:
    calls = taken(state, row(**{name: text}))
    assert state[name] == value
    assert type(state[name]) is type(value)
    assert calls[-1] == "changed"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "heads",
        {},
        {"count": 1},
        {"values": {"heads": "4"}},
        {"count": "1", "values": {"heads": "4"}},
        {"count": True, "values": {"heads": "4"}},
        {"count": 1, "values": [["heads", "4"]]},
        row(heads=4),
        row(heads="0"),
        row(heads="17"),
        row(heads="004"),
        row(heads="\u0664"),
        row(heads=""),
        row(heads=["4"]),
        row(mask="<script>"),
        row(mask="random blocks"),
        row(window=""),
        row(window="1e400"),
        row(temperature="nan"),
        row(temperature="inf"),
        row(temperature="11"),
        row(qk_norm="on"),
        row(qk_norm=True),
        row(model=3),
        row(seed="4", sentence="mine", nonsense="x"),  # not of this row
        {"count": 1, "values": {1: "x", "": "4"}},
    ],
    ids=str,
)
def test_anything_else_is_dropped_and_nothing_is_done(state: dict[str, Any], told: Any) -> None:
    before = dict(state)
    assert taken(state, told) == []
    assert {name: value for name, value in state.items() if name != "row"} == before


def test_a_good_value_is_taken_beside_a_bad_one(state: dict[str, Any]) -> None:
    assert taken(state, row(heads="99", window="7")) == ["changed"]
    assert (state["heads"], state["window"]) == (8, 7)


def test_a_control_that_is_off_takes_nothing(state: dict[str, Any]) -> None:
    assert taken(state, row(heads="4", window="7"), off=("window",), own={"heads": 2}) == []
    assert (state["heads"], state["window"]) == (8, 3)


def test_what_is_done_instead_is_done_once_and_only_on_a_change(state: dict[str, Any]) -> None:
    assert taken(state, row(mask="none")) == ["instead", "changed"]
    assert taken(state, row(mask="none", heads="4")) == ["changed"]


def test_the_count_of_what_was_sent_is_told_back() -> None:
    page = sent(opened(), "heads", {"count": 7, "values": {"heads": "4"}})
    assert page.session_state["heads"] == 4
    assert (row_of(opened(), "heads")["heard"], row_of(page, "heads")["heard"]) == (0, 7)


def test_a_row_says_names_and_words_bounds_and_formulas() -> None:
    drawn = controls_of(opened(d_model="24", heads="4"))
    assert drawn["score"]["options"][0] == ["scaled_dot", "scaled dot product"]
    assert [word for word, _ in drawn["d_model"]["options"]] == ["8", "24", "32", "64", "128"]
    assert (drawn["heads"]["value"], drawn["heads"]["default"]) == ("4", "8")
    assert drawn["temperature"]["range"] == {"real": True, "low": 0.05, "high": 10.0, "step": 0.05}
    assert drawn["window"]["range"]["real"] is False
    assert {"mathml"} in [set(part) for part in drawn["d_k"]["help"]]
    assert drawn["d_k"]["placeholder"] == page_prose("attention")["page"]["automatic"]


def test_what_the_server_sets_is_said_in_the_link_and_a_default_leaves_it() -> None:
    page = chosen(opened(), "source", "trained")  # its example comes with what is worth a look in it
    assert dict(page.query_params).items() >= {"query": str(CELL[0])}.items()
    page = gone_to(opened(), "translate", tr_beams="4", tr_hypothesis="2")
    assert page.query_params["tr_hypothesis"] == "2"
    assert "tr_hypothesis" not in chosen(page, "tr_beams", 3).query_params


def test_a_link_is_kept_in_the_session_from_the_first_run_on() -> None:
    page = opened(heads="4", temperature="2", qk_norm="true", d_k="")
    assert values(page, "heads", "temperature", "qk_norm", "d_k") == [4, 2.0, True, None]
