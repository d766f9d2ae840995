"""Settings go from page to page. How a browser's address takes part is checked in `tests/browser/test_compare.py`."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.languages import Spoken, speaking
from attnlab.looks.layers import asked
from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.models import KINDS as MODELS
from attnlab.ui.attention.controls import BAR
from attnlab.ui.kit import carrying
from tests.ui.rows import chosen

OPENED = ("sentence", "mask", "head", "query", "key")


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.query_params.update(link)
    page.session_state[BAR] = True  # with its controls
    return page.run()


def gone_to(page: AppTest, file: str, **link: str) -> AppTest:
    """Another page, as Streamlit goes there: the address keeps nothing but what the way says."""
    page.query_params.clear()
    page.query_params.update(link)
    page.switch_page(str(PAGES / f"{file}.py")).run()
    assert not page.exception, page.exception[0].message
    return page


def values(page: AppTest, *names: str) -> list[Any]:
    return [page.session_state[name] for name in names]


def test_the_explorer_opens_where_words_decide_unless_the_link_says_anything() -> None:
    page = opened(lang="en")
    assert values(page, "head", "query", "key") == [2, 5, 1]
    assert page.query_params["sentence"] == page.session_state["sentence"]
    trace = asked(Explorer.of({**Explorer().values(), **{name: page.session_state[name] for name in OPENED}})).trace()
    row = trace.weights[1, 4]
    assert (trace.tokens[4], trace.tokens[int(row.argmax())]) == ("birds", "Birds")
    assert values(opened(stage="softmax"), "head", "query", "key") == [1, 5, 4]


def test_settings_go_to_the_compare_page_and_come_back_changed() -> None:
    page = gone_to(opened(heads="4", mask="window", window="5", sentence="one two"), "compare")
    assert values(page, "heads", "mask", "window", "sentence") == [4, "window", 5, "one two"]
    chosen(page, "heads", 2)
    page = gone_to(page, "attention")
    assert values(page, "heads", "mask", "window", "sentence") == [2, "window", 5, "one two"]


def test_settings_pass_through_pages_that_have_no_use_for_them() -> None:
    page = gone_to(gone_to(opened(heads="4"), "guide"), "compare")
    assert values(page, "heads") == [4]


def test_the_address_of_a_page_names_no_setting_of_another() -> None:
    page = gone_to(opened(heads="4", mask="none"), "guide")
    page = gone_to(page, "compare", heads="4", mask="none", changes="heads", b_heads="2")
    assert dict(gone_to(page, "guide").query_params) == {}
    assert dict(gone_to(page, "training").query_params) == {}
    assert set(gone_to(page, "blocks").query_params) <= set(Blocks.kinds())
    assert values(gone_to(page, "attention"), "heads", "mask") == [4, "none"]


def test_what_b_changes_is_still_there_on_return() -> None:
    page = gone_to(opened(stage="softmax"), "compare")
    page.multiselect(key="changes").set_value(["mask"]).run()
    page = gone_to(gone_to(page, "attention"), "compare")
    assert values(page, "changes", "b_mask") == [["mask"], "none"]


def test_a_link_with_settings_says_them_all() -> None:
    page = gone_to(opened(heads="4", mask="none"), "guide")
    page = gone_to(page, "compare", d_model="32", changes="heads", b_heads="2")
    assert values(page, "heads", "mask", "d_model", "changes", "b_heads") == [8, "causal", 32, ["heads"], 2]


def test_each_page_keeps_its_own_settings_and_leaves_the_others_alone() -> None:
    page = gone_to(opened(heads="4"), "translate", tr_text="i see a dog .", tr_beams="3")
    page = gone_to(page, "classify", cl_text="the film was good")
    page = gone_to(gone_to(page, "blocks", stack_depth="3"), "guide")
    page = gone_to(page, "translate")
    assert values(page, "tr_text", "tr_beams") == ["i see a dog .", 3]
    assert dict(page.query_params) == {"tr_text": "i see a dog .", "tr_beams": "3"}
    page = gone_to(page, "classify")
    assert values(page, "cl_text") == ["the film was good"]
    assert values(gone_to(page, "blocks"), "stack_depth") == [3]
    assert values(gone_to(page, "attention"), "heads") == [4]


# --- what a page opens on ---------------------------------------------------------------------------------------------


def test_a_page_of_which_nothing_is_known_opens_on_what_tells_most_and_says_so_in_its_link() -> None:
    page = gone_to(opened(), "blocks")
    assert values(page, "stack_source", "stack_target_token") == ["trained", 3]
    assert dict(page.query_params) == {"stack_source": "trained", "stack_target_token": "3"}


def test_what_the_reader_has_chosen_there_comes_back_instead() -> None:
    page = gone_to(opened(), "blocks", stack_depth="3")
    assert values(page, "stack_source", "stack_depth") == ["seeded", 3]  # a link says all settings
    page = gone_to(gone_to(page, "guide"), "blocks")
    assert values(page, "stack_source", "stack_depth") == ["seeded", 3]


def test_what_is_read_elsewhere_is_read_by_a_model_too() -> None:
    page = gone_to(opened(sentence="one two three"), "models")
    assert values(page, "sentence") == ["one two three"]


@pytest.mark.parametrize("page", ["", "compare"])
def test_a_reader_s_language_opens_pages_that_read_any_on_a_sentence_of_its_own(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = page_prose("attention", "zh")
    own = words["opening"]["sentence"] if page == "" else words["examples"][0]
    for link, is_own in (({}, True), ({"lang": ["zh"]}, True), ({"heads": ["4"]}, False), ({"s": ["1.x"]}, False)):
        monkeypatch.setattr(carrying, "link", lambda said=link: said)
        with speaking(Spoken("zh")):
            opening = carrying._opening(page)
        assert opening.get("sentence") == (own if is_own else None)
        assert bool(opening) == is_own


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_word_that_the_explorer_opens_on_listens_most_to_itself_where_it_came_first(language: str) -> None:
    with speaking(Spoken(language)):
        opening = carrying._opening("")
    trace = asked(Explorer.of({**Explorer().values(), **opening})).trace()
    query, key = opening["query"] - 1, opening["key"] - 1
    assert int(trace.weights[opening["head"] - 1, query].argmax()) == key
    assert trace.tokens[query].casefold() == trace.tokens[key].casefold()


def test_pages_whose_models_read_english_open_on_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "link", dict)
    english = {page: dict(carrying._opening(page)) for page in carrying.IN_ADDRESS}
    with speaking(Spoken("zh")):
        other = {page: dict(carrying._opening(page)) for page in carrying.IN_ADDRESS}
    assert [page for page in english if english[page] != other[page]] == ["", "compare"]


def test_a_sentence_that_nobody_has_chosen_does_not_go_where_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "link", dict)
    own = page_prose("attention", "zh")["examples"][0]
    with speaking(Spoken("zh")):
        for sentence, is_kept in ((own, False), ("我喜欢你", True)):
            monkeypatch.setattr(carrying, "_known", lambda _kinds, one=sentence: {"sentence": one, "layer": 2})
            brought = carrying._brought("models", MODELS)
            assert (brought["sentence"] == sentence) is is_kept
            assert carrying._brought("compare", MODELS)["sentence"] == sentence
