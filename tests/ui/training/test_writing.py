"""Below a race on a text: what every contender writes, asked by the page's own settings."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from attnlab.looks.trained.opened import Origin
from attnlab.prose import page_prose
from attnlab.settings.writing import Writing
from attnlab.ui.training.insight import writing as view
from tests.looks.trained.test_probes import stored
from tests.looks.trained.test_writing import PLAN

WORDS = page_prose("writing")


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the canvas gets, and the errors that are said, for settings."""
    for origin in stored(PLAN, 2, tmp_path):
        yield functools.partial(_drawn, origin, monkeypatch)


def _drawn(origin: Origin, monkeypatch: pytest.MonkeyPatch, **values: Any) -> tuple[Any, list[str]]:
    sent: list[Any] = []
    errors: list[str] = []
    asked = Writing(**values)
    monkeypatch.setattr(view, "values_now", lambda kinds: {name: asked.values()[name] for name in kinds})
    monkeypatch.setattr(view, "writing", lambda data, key: sent.append((key, data)))
    monkeypatch.setattr(st, "error", errors.append)
    view.writing_view(origin, PLAN, PLAN.task, "fragment")  # type: ignore[arg-type]
    return (sent[0][1] if sent else None), errors


def test_every_contender_writes_as_many_letters_as_are_asked_for(shown: Any) -> None:
    data, errors = shown(prompt="the cat", letters=5, top_k=1)
    assert errors == []
    assert [line["name"] for line in data["lines"]] == ["Transformer", "LSTM"]
    assert data["measures"] == [WORDS["letters"]["influence"], WORDS["letters"]["attention"]]
    for line in data["lines"]:
        assert "".join(token["text"] for token in line["prompt"]) == "the cat"
        assert [len(token["looked"][0]) for token in line["said"]] == [7, 8, 9, 10, 11]
        assert all(sum(offer["kept"] for offer in token["offers"]) == 1 for token in line["said"])
    attends = [[token["looked"][1] is not None for token in line["said"]] for line in data["lines"]]
    assert attends == [[True] * 5, [False] * 5]


def test_an_empty_field_stands_for_a_held_out_text_and_too_long_a_one_is_refused(shown: Any) -> None:
    data, _ = shown(letters=1)
    assert 0 < len(data["lines"][0]["prompt"]) <= view.OPENING
    data, errors = shown(prompt="a" * 201, letters=1)
    assert data is None
    assert len(errors) == 1
    assert "201" in errors[0]
