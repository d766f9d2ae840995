"""What the compare page's link may say, and how B follows A."""

from dataclasses import replace
from typing import Any

import pytest

from attnlab.engine.spec import CHOICES
from attnlab.settings import fields
from attnlab.settings.attention import Explorer, attention_spec
from attnlab.settings.lab.compare import (
    B_KINDS,
    COMPARED,
    EDITS,
    FIRST_SCREEN,
    KINDS,
    SWEEPS,
    differing,
    of_b,
    otherwise,
    swapped,
)

A_KINDS = Explorer.kinds()
OPENING = {name: kind.default for name, kind in KINDS.items()}


def as_texts(value: Any) -> list[str]:
    text = fields.in_link(value)
    return text if isinstance(text, list) else [text]


@pytest.mark.parametrize("name", COMPARED)
def test_b_differs_from_the_opening_page_in_whatever_it_changes(name: str) -> None:
    value = otherwise(name)
    if name not in ("model", "drawn", EDITS):  # there is one model, nothing is drawn, and there are no edits
        assert value != A_KINDS[name].default
    assert A_KINDS[name].check(str(as_texts(value)[0])) is None


@pytest.mark.parametrize("name", sorted(set(COMPARED) - {"model", "drawn", EDITS}))
def test_b_differs_from_any_a(name: str) -> None:
    for a in (A_KINDS[name].default, otherwise(name)):
        assert otherwise(name, a) != a or a is None


@pytest.mark.parametrize("name", sorted(set(COMPARED) - {EDITS}))
def test_every_setting_has_a_widget_that_can_show_its_defaults(name: str) -> None:
    kind = A_KINDS[name]
    for value in (A_KINDS[name].default, B_KINDS[f"b_{name}"].default):
        if kind.widget == "choice":
            assert value in kind.options
        if kind.widget == "number" and value is not None:
            assert kind.low <= value <= kind.high
            assert type(value) is type(kind.low)
        if kind.widget == "switch":
            assert isinstance(value, bool)


def test_each_number_that_a_widget_allows_the_link_allows_too() -> None:
    for name in COMPARED:
        kind = A_KINDS[name]
        if kind.widget == "number":
            for bound in (kind.low, kind.high):
                assert A_KINDS[name].check(str(bound)) is None, name


def test_what_is_in_sight_can_be_compared() -> None:
    assert set(FIRST_SCREEN) <= set(COMPARED)


@pytest.mark.parametrize("name", SWEEPS)
def test_every_value_of_a_sweep_is_one_the_link_allows(name: str) -> None:
    assert len(set(SWEEPS[name])) == len(SWEEPS[name]) > 3
    for value in SWEEPS[name]:
        (text,) = as_texts(value)
        assert A_KINDS[name].check(text) is None
    if name in CHOICES:
        assert SWEEPS[name] == CHOICES[name]


# --- B and A ----------------------------------------------------------------------------------------------------------


def test_b_is_a_but_for_what_it_changes() -> None:
    a = Explorer(mask="window", heads=4, s="1.e30")
    b = of_b(a, ["mask", "heads"], {"b_mask": "causal", "b_heads": 4})
    assert b == replace(a, mask="causal")
    assert differing(a, b) == ["mask"]


def test_b_without_edits_has_none_whatever_a_has() -> None:
    a = Explorer(s="1.e30")
    assert of_b(a, [EDITS], {}) == Explorer()
    assert differing(a, of_b(a, [EDITS], {})) == [EDITS]


def test_where_b_was_left_empty_it_has_what_the_explorer_opens_with() -> None:
    b = of_b(Explorer(d_k=3, window=5), ["d_k", "window"], {"b_d_k": None, "b_window": None})
    assert b == Explorer()


def test_swapping_twice_changes_nothing() -> None:
    a = Explorer(mask="window")
    b = replace(a, mask="none", heads=2)
    first = swapped(a, b)
    assert first == {"mask": "none", "heads": 2, "b_mask": "window", "b_heads": 8}
    new_a = replace(a, mask="none", heads=2)
    new_b = of_b(new_a, ["mask", "heads"], first)
    assert (new_a, new_b) == (b, a)
    assert swapped(new_a, new_b) == {"mask": "window", "heads": 8, "b_mask": "none", "b_heads": 2}


def test_a_and_b_of_the_opening_page_can_be_computed() -> None:
    for name in COMPARED:
        if name not in ("source", "model", "layer"):
            attention_spec(of_b(Explorer(), [name], OPENING))


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "field", "allowed"),
    [
        ({"changes": ["masks"]}, "changes", "some of sentence"),
        ({"changes": ["mask", "mask"]}, "changes", "each once"),
        ({"changes": ["__class__"]}, "changes", "some of sentence"),
        ({"changes": ["device"]}, "changes", "some of sentence"),
        ({"b_heads": ["17"]}, "b_heads", "a whole number from 1 to 16"),
        ({"b_mask": ["<script>"]}, "b_mask", "one of none, causal"),
        ({"b_mask": ["none", "causal"]}, "b_mask", "given once"),
        ({"b_temperature": ["nan"]}, "b_temperature", "a number from 0.05 to 10"),
        ({"sweep": ["everything"]}, "sweep", "one of heads"),
        ({"sweep_of": ["C"]}, "sweep_of", "one of A, B"),
        ({"order": ["random"]}, "order", "one of number, changed"),
        ({"heads": ["0"]}, "heads", "a whole number from 1 to 16"),
        ({"s": ["9.e30"]}, "s", "newer than this app"),
    ],
)
def test_what_a_link_may_not_say_is_refused_by_name(params: dict[str, list[str]], field: str, allowed: str) -> None:
    (refusal,) = fields.refusals(params | {"utm_source": ["letter"]}, KINDS).values()
    assert refusal.field == field
    assert allowed in refusal.allowed
    assert fields.read(params, KINDS) == OPENING


def test_a_link_says_what_it_was_made_from() -> None:
    values = OPENING | {
        "sentence": "a & b = c?",
        "heads": 4,
        "d_k": 5,
        "pad_left": True,
        "changes": ("mask", "temperature", "sentence"),
        "b_temperature": 0.25,
        "b_sentence": "",
        "sweep": "heads",
    }
    link = fields.told(values, KINDS)
    assert link["changes"] == ["mask", "temperature", "sentence"]
    assert link["pad_left"] == "true"
    params = {name: text if isinstance(text, list) else [text] for name, text in link.items()}
    assert fields.read(params, KINDS) == values
    assert fields.told(OPENING, KINDS) == {}


def test_no_changes_at_all_can_be_said() -> None:
    link = fields.told(OPENING | {"changes": []}, KINDS)
    assert link == {"changes": [""]}
    assert fields.read({"changes": [""]}, KINDS)["changes"] == ()
    assert fields.refusals({"changes": [""]}, KINDS) == {}
