"""Which series a race is on, and what is said of what was done to it; DNA that cannot be read."""

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.prose import page_prose
from attnlab.tasks.series.shipped import SHIPPED
from attnlab.ui.training.insight.dna import dna_refusal
from tests.ui.training.test_plan import race

WORDS = page_prose("training")


def said(page: AppTest) -> str:
    return "\n".join(one.value for one in page.caption)


def test_each_shipped_series_names_its_source_and_what_is_done_to_it() -> None:
    page = race("series")
    for name in SHIPPED:
        which = next(one for one in page.get("button_group") if one.key == "which_series")
        which.set_value(name).run()
        assert not page.exception
        assert WORDS["series"][f"source_{name}"] in said(page)
        assert ("gaps" in said(page)) == (name == "co2")
        assert ("drifts" in said(page)) == (name != "sunspots")


def test_a_series_of_ones_own_is_asked_for_before_anything_starts() -> None:
    page = race("series")
    next(one for one in page.get("button_group") if one.key == "which_series").set_value("own").run()
    assert not page.exception
    assert any(WORDS["series"]["missing"] == one.value for one in page.info)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ACGR", WORDS["motif"]["ambiguous"].format(letter="R", place=4, stands_for="A, G")),
        ("ACGZ", WORDS["motif"]["foreign"].format(letter="Z", place=4)),
        ("acgu", WORDS["motif"]["length"].format(got=4, least=8, most=32)),
    ],
)
def test_a_sequence_that_is_no_dna_is_refused_in_the_pages_words(text: str, sentence: str) -> None:
    assert dna_refusal(text, 32, WORDS["motif"]) == sentence
