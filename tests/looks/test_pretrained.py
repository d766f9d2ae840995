"""A pretrained model's layers in the place of a trained one's."""

from typing import Any

import pytest
import torch

from attnlab.byte_cache import bytes_of
from attnlab.engine import Edit, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.layers import asked, own_settings
from attnlab.looks.pretrained.layer import PretrainedLayer, passed
from attnlab.pictures.stage import stage_picture
from attnlab.pretrained import Model
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from attnlab.ui.picture import picture
from tests.pictures.payloads import decoded

SENTENCE = "The cat sat on the mat because it was tired."
OF_MINILM = {"source": "trained", "model": "minilm", "sentence": SENTENCE}
pytestmark = pytest.mark.usefixtures("minilm")


def looked_at(**link: str) -> Any:
    said = OF_MINILM | link
    return asked(Explorer.strict({name: [text] for name, text in said.items()}))


@pytest.mark.parametrize("layer", [1, 6])
@pytest.mark.parametrize("sentence", [SENTENCE, "unbelievable 猫 😀"])
def test_the_stage_has_the_weights_that_the_model_has(layer: int, sentence: str, minilm: Model) -> None:
    wanted = looked_at(layer=str(layer), sentence=sentence, head="3")
    trace = minilm.trace(sentence)
    torch.testing.assert_close(wanted.trace().weights, trace.attentions[layer - 1], rtol=0, atol=1e-6)
    assert wanted.spec.tokens == tuple(token.label for token in trace.tokens)
    assert decoded(stage_picture(wanted)).header["layer"] == layer - 1


def test_what_is_kept_of_a_text_is_bounded_and_has_no_weights_in_it(minilm: Model) -> None:
    wanted = looked_at(sentence="word " * 200)
    wanted.trace()
    assert isinstance(wanted.layer, PretrainedLayer)
    through = passed("minilm", wanted.layer.read, wanted.layer.dtype)
    streams = 4 * (2 * len(through.entering) + 3) * MAX_TOKENS * minilm.sizes.d_model
    maps = 4 * through.attentions.numel()
    assert maps < bytes_of(through) < 1.1 * (maps + streams)


def test_in_float64_the_whole_model_runs_so(minilm: Model) -> None:
    weights = looked_at(layer="6", dtype="float64").trace().weights
    torch.testing.assert_close(weights, minilm.trace(SENTENCE, dtype="float64").attentions[5], rtol=0, atol=1e-12)


def test_a_layer_beyond_the_last_is_the_last(minilm: Model) -> None:
    assert looked_at(layer="128").layer.layer == minilm.sizes.num_layers - 1


def test_what_the_model_brings_is_told_to_the_controls() -> None:
    own = own_settings("minilm")
    assert {name: own[name] for name in ("heads", "d_model", "d_k", "positions", "mask", "tokenizer")} == {
        "heads": 12,
        "d_model": 384,
        "d_k": 32,
        "positions": "learned",
        "mask": "none",
        "tokenizer": "pieces",
    }


def test_words_without_a_piece_are_named_and_stay_where_they_are() -> None:
    wanted = looked_at(sentence="a 猫 and a 😀 and a 猫")
    assert wanted.reading.unknown == ("猫", "😀")
    assert wanted.spec.tokens == ("[CLS]", "a", "猫", "and", "a", "😀", "and", "a", "猫", "[SEP]")


def test_swapped_tokens_are_read_in_their_new_order(minilm: Model) -> None:
    edits = (Edit("swap", 0, 2, 3, 1.0),)
    swapped = looked_at(sentence="dog bites man", s=encoded(edits), layer="6")
    other = minilm.trace("dog man bites")
    assert swapped.trace().tokens == ("[CLS]", "dog", "man", "bites", "[SEP]")
    torch.testing.assert_close(swapped.trace().weights, other.attentions[5], rtol=0, atol=1e-6)


def test_a_long_text_is_cut_and_what_is_missing_is_counted() -> None:
    wanted = looked_at(sentence="word " * 500)
    assert (len(wanted.spec.tokens), wanted.text.total) == (MAX_TOKENS, 502)
    assert wanted.spec.tokens[-1] == "[SEP]"


@pytest.mark.parametrize("sentence", ["", " ", "\u200b"])
def test_a_sentence_of_nothing_is_refused_as_any(sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        looked_at(sentence=sentence)
    assert (refused.value.field, refused.value.code) == ("sentence", "empty")


def test_invisible_letters_never_reach_the_stage() -> None:
    wanted = looked_at(sentence="a \u202ecat\u200b")
    assert wanted.spec.tokens == ("[CLS]", "a", "cat", "[SEP]")
    assert wanted.text.dropped == 2


@pytest.mark.parametrize("name", ["bert-large", "..", "minilm.x", "Minilm"])
def test_a_model_that_is_not_installed_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(SpecError) as refused:
        looked_at(model=name)
    assert refused.value.field == "model"


def test_the_picture_ahead_knows_it() -> None:
    params = {name: [text] for name, text in (OF_MINILM | {"layer": "3"}).items()}
    assert picture(params).draw() == stage_picture(looked_at(layer="3"))
