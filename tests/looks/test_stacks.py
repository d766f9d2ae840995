"""The trained source of the blocks page: the translator that ships, on the user's two texts."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnlab.engine import SpecError
from attnlab.languages import Spoken, speaking
from attnlab.looks.stacks import asked_stack, trained_inputs, two_texts
from attnlab.models.evaluating import evaluating
from attnlab.models.seq2seq.decoding import START_ID
from attnlab.paths import ROOT
from attnlab.prose import token_name
from attnlab.settings.lab.blocks import Blocks
from attnlab.text import UNKNOWN
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.translation_plans import translation_of
from tests.ui.rows import controls_of

TRAINED = Blocks(source="trained")


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.run()
    page.switch_page(str(ROOT / "pages" / "blocks.py"))
    page.query_params.update({"stack_source": "trained"} | link)
    page.run()
    assert not page.exception, page.exception[0].message
    return page


def test_the_stack_computes_what_the_translator_does() -> None:
    task, model = translation_of(shipped_plan()), shipped_translators()["transformer"]
    source, target = task.encode(TRAINED.text).ids, task.encode_target(TRAINED.target).ids
    with evaluating(model):
        wanted = model.decode(model.encode(torch.tensor([source])), torch.tensor([[START_ID, *target]])).logits
    torch.testing.assert_close(asked_stack(TRAINED).trace().logits, wanted)


def test_it_predicts_each_next_word_of_the_sentence_that_was_never_trained_on() -> None:
    trace = asked_stack(TRAINED).trace()
    likeliest = [trace.inputs.vocabulary[word] for word in trace.logits[0].argmax(-1).tolist()]
    assert trace.inputs.target_tokens == ("<start>", "le", "chat", "est", "assis", "sur", "le", "tapis", ".")
    assert likeliest == [*trace.inputs.target_tokens[1:], "<end>"]


def test_the_same_settings_are_the_same_stack_and_switches_act_on_it() -> None:
    assert asked_stack(TRAINED).inputs is asked_stack(Blocks(source="trained")).inputs
    plain, without = (asked_stack(replace(TRAINED, residual=on)).trace() for on in (True, False))
    assert not torch.allclose(plain.logits, without.logits)
    assert len(asked_stack(replace(TRAINED, feed_forward=False)).trace().decoder[0].parts) == 2


@pytest.mark.parametrize("name", [name for name, kind in Blocks.kinds().items() if kind.own])
def test_what_the_model_brings_with_it_no_control_changes(name: str) -> None:
    other: dict[str, Any] = {"stack_depth": 5, "stack_heads": 2, "stack_d_model": 8, "stack_ff_width": 3}
    other |= {"stack_architecture": "encoder", "stack_placement": "post", "stack_norm": "rms"}
    other |= {"stack_activation": "gelu", "stack_kv_heads": "1", "stack_positions": "rope"}
    assert asked_stack(Blocks.of(TRAINED.values() | {name: other[name]})).inputs is asked_stack(TRAINED).inputs


def test_unknown_words_are_named_and_an_empty_source_is_refused() -> None:
    read = two_texts(replace(TRAINED, text="the zebra sat", target="le zèbre"))
    assert read.unknown == ("zebra", "zèbre")
    shown = trained_inputs(replace(TRAINED, text="the zebra sat", target="le zèbre"))
    assert shown.source_tokens == ("the", "zebra", "sat", ".")
    assert shown.target_tokens == ("<start>", "le", "zèbre")
    assert UNKNOWN not in shown.vocabulary
    with pytest.raises(SpecError, match=r"stack_text \('  '\) must hold a word"):
        asked_stack(replace(TRAINED, text="  "))
    assert asked_stack(replace(TRAINED, target="")).inputs.target_tokens == ("<start>",)


def test_the_page_shows_it_names_unknown_words_and_turns_off_what_is_the_models_own() -> None:
    page = opened(stack_text="the zebra sat on the mat", stack_open="decoder.2.cross_attention")
    assert any("zebra" in caption.value for caption in page.caption)
    assert controls_of(page)["stack_depth"]["own"]
    assert not controls_of(page)["stack_source"]["off"]


@pytest.mark.parametrize("text", ["", "\u202e\u200b", "<script>alert(1)</script>", "a" * 100_000, "the " * 500, "\0"])
def test_hostile_texts_never_end_in_a_traceback(text: str) -> None:
    opened(stack_text=text, stack_target=text)


def test_what_is_no_word_is_called_as_the_language_calls_it_and_computed_alike() -> None:
    english = asked_stack(TRAINED)
    with speaking(Spoken("zh")):
        chinese = asked_stack(TRAINED)
        assert chinese.inputs.target_tokens == (token_name("<start>"), *english.inputs.target_tokens[1:])
    assert chinese.inputs.target_tokens[0] != english.inputs.target_tokens[0]
    assert chinese.trace().logits.equal(english.trace().logits)
