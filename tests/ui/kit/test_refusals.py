"""Refusals in the words of the page."""

import ast
import re
import tomllib

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.engine import SpecError
from attnlab.engine.errors import CODES
from attnlab.languages import ENGLISH, Spoken, offered, speaking
from attnlab.paths import PAGES, PROSE
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.attention import Explorer, attention_spec
from attnlab.settings.fields import Settings
from attnlab.settings.lab.blocks import Blocks, stack_spec
from attnlab.settings.links import Wanted
from attnlab.tasks import SizeError, TableError
from attnlab.training import StoreError
from attnlab.ui.kit.carrying import IN_ADDRESS
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import control_labels, refusal_sentence, refusal_text
from attnlab.ui.kit.refused_links import wanted_of
from tests.engine.test_errors import PACKAGE, refusals

EXPLORER = control_labels(Explorer.kinds(), page_prose("attention")["controls"])
BLOCKS = control_labels(Blocks.kinds(), page_prose("blocks")["controls"])


def refused(settings: Settings) -> SpecError:
    with pytest.raises(SpecError) as found:
        attention_spec(settings) if isinstance(settings, Explorer) else stack_spec(settings)  # type: ignore[arg-type]
    return found.value


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Explorer(heads=7), "heads (7) must divide d_model (64)"),
        (Explorer(kv_heads="3"), "key/value heads (3) must divide heads (8)"),
        (Explorer(sink=2.0, normalizer="relu"), "sink (2) does not go with normalizer (ReLU)"),
        (Explorer(sentence="\u200b"), "sentence ('\\u200b') must hold a visible character"),
        (Blocks(heads=5), "heads (5) must divide d_model (32)"),
    ],
    ids=str,
)
def test_a_refusal_names_the_controls_as_they_stand_on_the_page(settings: Settings, sentence: str) -> None:
    labels = EXPLORER if isinstance(settings, Explorer) else BLOCKS
    assert refusal_sentence(refused(settings), labels).replace("\u2060\\", "") == sentence


def test_what_has_no_code_says_itself() -> None:
    assert refusal_sentence(StoreError("url", "x", "a <b>")) == plain("url ('x') must be a <b>")
    assert refusal_sentence(ValueError("a <b>"), {}) == plain("a <b>")


@pytest.mark.parametrize("language", list(offered()))
@pytest.mark.parametrize(
    "error",
    [
        SizeError("length", "even", "", got=3),
        TableError("file", "archive", "", got="excel"),
        TableError("file", "columns", "", got=1000, low=2, high=100),
        StoreError("name", "", "", "empty"),
        StoreError("close", "ended", "", "not_now"),
        StoreError("schema", 9, "", "version", newest=4),
        StoreError("schema", ["runs"], "", "foreign"),
        StoreError("url", "sqlite://", "", "no_file"),
        SpecError("batch_size", "memory", "", got=8, most=0),
        SpecError("class_show", "link", "", got="x", allowed=Wanted("true or false", "flag")),
    ],
    ids=lambda one: f"{one.field}-{one.code}",
)
def test_tables_sizes_and_the_store_are_refused_in_the_language_of_the_page(error: SpecError, language: str) -> None:
    with speaking(Spoken(language)):
        said = refusal_text(error)
        assert "{" not in said
        assert page_prose("refusals")["fields"].get(error.field, "") in said
        assert (re.search("[一-鿿]", said) is not None) is (language == "zh")


def test_what_no_control_is_called_after_has_a_name() -> None:
    """Fields of what tables, sizes and the store refuse, found where they are refused."""
    named = set(page_prose("refusals")["fields"])
    for room in ("tasks", "classroom"):
        for path in (PACKAGE / room).rglob("*.py"):
            calls = refusals(path.read_text(encoding="utf-8"))
            fields_of = {one.args[0].value for one in calls if isinstance(one.args[0], ast.Constant)}
            assert fields_of <= named | {"split"}, path


def test_a_long_list_of_choices_is_cut() -> None:
    error = SpecError("word", "words", "", got="x", choices=tuple("abcdefghijklmnop"))
    assert refusal_sentence(error, {}).endswith(plain("a, b, c, d, e, f, g, h, i, …"))


def test_each_sentence_is_of_a_code_and_has_its_blanks() -> None:
    sentences = tomllib.loads((PROSE / "en" / "refusals.toml").read_text(encoding="utf-8"))["sentences"]
    assert set(sentences) == {*CODES, "range_up", "memory_none", "more"}
    for code, sentence in sentences.items():
        if code in CODES:
            assert sentence.format(field="f", **dict.fromkeys(CODES[code], "x"))


# --- what a link must say ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(offered()))
def test_every_kind_of_check_has_its_sentence_in_every_language(code: str) -> None:
    asked = {
        "heads": "99",
        "d_model": "x",
        "mask": "no",
        "temperature": "x",
        "dropout": "9",
        "model": "a b",
        "drawn": "x",
        "b_drawn": "3~",
        "cl_head": "x",
        "stack_open": "x",
        "stack_cell": "x",
        "stack_residual": "x",
        "m_model": "a b",
        "tr_model": "a b",
        "room": "x",
        "race_run": "x",
        "changes": "x",
    }
    kinds = {name: kind for page, _ in IN_ADDRESS.values() for name, kind in page.items()}
    refused = fields.refusals({name: [text] for name, text in asked.items()}, kinds)
    assert set(refused) == set(asked)
    sentences = page_prose("refusals", code)["wanted"]
    assert {one.allowed.code for one in refused.values() if isinstance(one.allowed, Wanted)} == set(sentences)
    with speaking(Spoken(code)):
        for one in refused.values():
            assert (wanted_of(one.allowed) == one.allowed) is (code == ENGLISH), one


def test_a_refused_setting_that_now_chooses_nothing_says_so() -> None:
    page = AppTest.from_file(PAGES / "claims.py", default_timeout=60)
    page.query_params["claim_guess"] = "x"
    page.run()
    assert not page.exception
    (said,) = [one.value for one in page.warning]
    assert page_prose("refusals")["instead"]["nothing"] in said
    assert "None" not in said
