"""Refusals in the words of the page."""

import tomllib

import pytest

from attnlab.engine import SpecError
from attnlab.engine.errors import CODES
from attnlab.languages import ENGLISH, Spoken, offered, speaking
from attnlab.paths import PROSE
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.attention import Explorer, attention_spec
from attnlab.settings.fields import Settings
from attnlab.settings.lab.blocks import Blocks, stack_spec
from attnlab.settings.links import Wanted
from attnlab.ui.kit.carrying import IN_ADDRESS
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import control_labels, refusal_sentence
from attnlab.ui.kit.refused_links import wanted_of

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


def test_what_has_no_sentence_of_its_own_says_itself() -> None:
    assert refusal_sentence(SpecError("model", "form", "model ('x') must be y", got="x"), {}) == plain(
        "model ('x') must be y"
    )
    assert refusal_sentence(ValueError("a <b>"), {}) == plain("a <b>")


def test_a_long_list_of_choices_is_cut() -> None:
    error = SpecError("word", "words", "", got="x", choices=tuple("abcdefghijklmnop"))
    assert refusal_sentence(error, {}).endswith(plain("a, b, c, d, e, f, g, h, i, …"))


def test_each_sentence_is_of_a_code_and_has_its_blanks() -> None:
    sentences = tomllib.loads((PROSE / "en" / "refusals.toml").read_text(encoding="utf-8"))["sentences"]
    for code, sentence in sentences.items():
        if code not in ("range_up", "more"):
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
        "cl_head": "x",
        "stack_open": "x",
        "stack_cell": "x",
        "stack_residual": "x",
        "m_model": "a b",
        "tr_model": "a b",
        "room": "x",
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
