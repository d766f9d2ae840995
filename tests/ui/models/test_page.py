"""Which models the pages offer: those that the administrator lets visitors open, and no others."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.looks.pretrained.layer import opened
from attnlab.pretrained.files.hub_ids import hub_id
from attnlab.pretrained.hub.cache import Record
from attnlab.prose import page_prose
from tests.pretrained.conftest import written
from tests.ui.rows import options_of

ID = "org/tiny@v1.0"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A cache with one fetched model, beside no installed one; the list says what of it may be opened."""
    wanted = hub_id(ID)
    folder = written(tmp_path / "cache" / wanted.folder, "gpt2")
    Record(wanted.repository, wanted.revision, "0" * 40, "https://hub.example", {}).write(folder)
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {})
    monkeypatch.setenv("ATTNLAB_HUB_CACHE", str(tmp_path / "cache"))
    opened.cache_clear()

    def listed(said: str) -> Path:
        monkeypatch.setenv("ATTNLAB_MODELS_OPEN", said)
        return folder

    return listed


def page(path: str, **link: str) -> AppTest:
    script = f"from attnlab.ui.{path}.page import {path}_page\n\n{path}_page()\n"
    found = AppTest.from_string(script, default_timeout=60)
    found.query_params.update(link)
    found.run()
    assert not found.exception, found.exception[0].message
    return found


def test_a_fetched_model_that_is_listed_is_offered_and_opened(cache: Callable[[str], Path]) -> None:
    cache("fetched")
    found = page("models", m_model=ID, sentence="ab")
    assert options_of(found, "m_model") == [ID]
    assert not found.error


def test_one_that_is_not_listed_is_neither(cache: Callable[[str], Path]) -> None:
    cache("installed")
    assert [info.value for info in page("models", m_model=ID).info] == [page_prose("models")["page"]["none_installed"]]


def test_a_link_to_what_was_not_fetched_is_refused_and_fetches_nothing(
    cache: Callable[[str], Path], tmp_path: Path
) -> None:
    cache("fetched")
    before = sorted((tmp_path / "cache").rglob("*"))
    found = page("models", m_model="org/gone", sentence="ab")
    assert len(found.error) == 1
    assert "must be one of" in found.error[0].value
    assert sorted((tmp_path / "cache").rglob("*")) == before


def test_the_explorer_offers_the_same(cache: Callable[[str], Path]) -> None:
    cache("fetched")
    assert ID in options_of(page("attention", source="trained", model=ID, sentence="ab"), "model")
    cache("installed")
    assert ID not in options_of(page("attention", source="trained", sentence="A 3 B 4 A"), "model")
