"""Which models the pages offer: those that the administrator lets visitors open, and no others."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.engine import Edit
from attnlab.looks.pretrained.layer import opened
from attnlab.pretrained.files.hub_ids import hub_id
from attnlab.pretrained.hub.cache import Record
from attnlab.prose import page_prose
from attnlab.settings.elsewhere import told
from attnlab.ui.picture import drawing_of
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


# --- no model at all --------------------------------------------------------------------------------------------------

WITHOUT = {
    "attention": {"source": "trained", "model": "minilm"},
    "blocks": {"stack_source": "pretrained"},
    "compare": {"source": "trained", "model": "minilm"},
    "guide": {},
    "models": {},
    "translate": {"tr_model": "opus"},
}


@pytest.mark.parametrize("path", WITHOUT)
def test_where_no_model_is_installed_every_page_works_and_says_so_where_one_is_asked_for(
    cache: Callable[[str], Path], path: str
) -> None:
    cache("installed")  # and none is
    found = page(path, **WITHOUT[path])
    said = [one.value for one in (*found.error, *found.info, *found.warning)]
    assert bool(said) == (path != "guide")
    assert all("README" in one for one in said)


def test_without_a_model_the_start_page_shows_our_own(cache: Callable[[str], Path]) -> None:
    cache("installed")
    assert drawing_of("start", {}).draw()


# --- links that nobody wrote ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elsewhere",
    ["2.e30", "1.e30", told(1, {2: (Edit("head", 0, 0, 0, 0.0),)})[1][:-6], "1." + "A" * 9000, "<b>"],
    ids=["newer", "empty", "damaged", "long", "markup"],
)
def test_edits_of_other_layers_that_cannot_be_read_are_said_and_left_out(
    cache: Callable[[str], Path], elsewhere: str
) -> None:
    cache("fetched")
    found = page("models", m_model=ID, sentence="ab", elsewhere=elsewhere)
    assert len(found.warning) == 1
    assert "elsewhere" in found.warning[0].value
    assert not found.error


def test_numbers_set_by_hand_that_overflow_another_layer_are_refused_in_one_sentence(
    cache: Callable[[str], Path],
) -> None:
    cache("fetched")
    huge = tuple(Edit("x", 0, 1, column, 1e6) for column in range(3))
    s, elsewhere = told(1, {2: huge, 3: (Edit("weights", 0, 1, 0, 1e6),)})
    found = page("models", m_model=ID, sentence="ab", layer="1", s=s, elsewhere=elsewhere)
    assert not found.exception
    assert len(found.error) <= 1


def test_sentences_that_are_compared_stand_in_the_link(cache: Callable[[str], Path]) -> None:
    cache("fetched")
    script = "from attnlab.ui.models.page import models_page\n\nmodels_page()\n"
    found = AppTest.from_string(script, default_timeout=60)
    found.query_params.update({"m_model": ID, "sentence": "ab", "m_sentences": "one\ntwo"})
    found.session_state["models_alike"] = True
    found.run()
    assert not found.exception
    assert found.text_area(key="m_sentences").value == "one\ntwo"
    assert [list(table.value.columns) for table in found.dataframe][-1] == ["1", "2"]


def test_a_sentence_that_is_longer_than_what_is_read_is_named(cache: Callable[[str], Path]) -> None:
    cache("fetched")
    script = "from attnlab.ui.models.page import models_page\n\nmodels_page()\n"
    found = AppTest.from_string(script, default_timeout=60)
    found.query_params.update({"m_model": ID, "sentence": "ab", "m_sentences": "one\n" + "two " * 200})
    found.session_state["models_alike"] = True
    found.run()
    assert not found.exception
    words = page_prose("says")["sentences"]["cut"]
    assert words.format(limit=opened(ID).reader.longest, sentences="2") in [caption.value for caption in found.caption]
