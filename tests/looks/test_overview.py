"""All heads of a model at once are the heads that the stage shows one by one."""

from collections.abc import Mapping

import pytest
import torch

from attnlab.engine import Edit, SpecError
from attnlab.looks.layers import Asked, asked
from attnlab.looks.overview import EveryLayer, Overview, every_layer, overview
from attnlab.pretrained import Model
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from attnlab.settings.models import KINDS, layer_settings
from attnlab.training.shipped import EXAMPLE

SENTENCE = "The cat sat on the mat, because it was tired."
LINKS = {
    "shipped": {"source": "trained", "sentence": EXAMPLE},
    "minilm": {"source": "trained", "model": "minilm", "sentence": SENTENCE},
}
every_model = pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
pytestmark = pytest.mark.usefixtures("minilm")


def looked_at(link: Mapping[str, str], **others: str) -> Asked:
    return asked(Explorer.strict({name: [text] for name, text in (dict(link) | others).items()}))


def every(wanted: Asked) -> EveryLayer:
    found = every_layer(wanted)
    assert found is not None
    return found


@every_model
def test_labels_and_entropies_are_those_of_the_stage(link: Mapping[str, str]) -> None:
    found = overview(every(looked_at(link)))
    depth = found.weights.shape[0]
    assert len(found.labels) == len(found.entropy_bits) == depth > 1
    for layer in range(depth):
        stage = looked_at(link, layer=str(layer + 1)).trace()
        torch.testing.assert_close(found.weights[layer], stage.weights, rtol=0, atol=1e-6)
        assert found.labels[layer] == stage.labels
        assert found.entropy_bits[layer] == pytest.approx(stage.measures.entropy_bits, abs=1e-5)


@every_model
def test_what_acts_on_one_layer_changes_none_of_it(link: Mapping[str, str]) -> None:
    hand = encoded((Edit("weights", 0, 1, 0, 0.5),))
    other = looked_at(link, temperature="0.2", normalizer="sparsemax", layer="1", head="2", s=hand)
    assert every(other) == every(looked_at(link))


@every_model
def test_swapped_tokens_are_read_in_their_new_order(link: Mapping[str, str]) -> None:
    swapped = looked_at(link, s=encoded((Edit("swap", 0, 1, 3, 1.0),)), layer="2")
    found = overview(every(swapped))
    assert every(swapped).tokens == swapped.trace().tokens
    torch.testing.assert_close(found.weights[1], swapped.trace().weights, rtol=0, atol=1e-6)


def test_a_source_that_is_no_model_has_none() -> None:
    assert every_layer(asked(Explorer())) is None


def test_without_the_models_own_tokens_rows_sum_to_one_and_keep_their_shares(minilm: Model) -> None:
    layers = every(looked_at(LINKS["minilm"]))
    assert [layers.tokens[place] for place in layers.added] == ["[CLS]", "[SEP]"]
    whole = overview(layers).weights
    rest = overview(layers).without(layers.added)
    assert rest.shape == (*whole.shape[:2], len(layers.tokens) - 2, len(layers.tokens) - 2)
    torch.testing.assert_close(rest.sum(-1), torch.ones(rest.shape[:-1]))
    torch.testing.assert_close(rest[3, 2, 4, 1] / rest[3, 2, 4, 5], whole[3, 2, 5, 2] / whole[3, 2, 5, 6])
    assert torch.equal(whole, minilm.trace(SENTENCE).attentions)


def test_a_row_with_nothing_on_the_other_tokens_is_zeros() -> None:
    weights = torch.tensor([[[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.125, 0.375]]]])
    rest = Overview(weights, (("first",),), ((0.5,),), {}).without((0,))
    assert rest.tolist() == [[[[0.0, 0.0], [0.25, 0.75]]]]


def test_the_models_own_tokens_are_found_where_they_were_swapped_to() -> None:
    swapped = looked_at(LINKS["minilm"], s=encoded((Edit("swap", 0, 0, 2, 1.0),)))
    assert every(swapped).added[0] == 2
    assert every(swapped).tokens[2] == "[CLS]"


def test_of_a_pair_one_sentence_s_weights_on_the_other_are_shown(minilm: Model) -> None:
    first, second = "The cat sat.", "It was tired."
    values = {name: kind.default for name, kind in KINDS.items()} | {"sentence": first, "m_second": second}
    wanted = asked(layer_settings(values), second)
    trace = minilm.trace(first, second)
    assert wanted.spec.tokens == tuple(token.label for token in trace.tokens)
    torch.testing.assert_close(wanted.trace().weights, trace.attentions[1], rtol=0, atol=1e-6)
    assert wanted.link is None  # the explorer's settings have no place for a second sentence
    layers = every(wanted)
    of_second = layers.layer.of_second(())  # type: ignore[union-attr]  # a pretrained one
    found = overview(layers).between([not one for one in of_second], of_second)
    for row, query in enumerate(trace.tokens):
        for column, key in enumerate(trace.tokens):
            shown = trace.attentions[:, :, row, column] if key.second and not query.second else 0 * found[:, :, 0, 0]
            torch.testing.assert_close(found[:, :, row, column], shown, rtol=0, atol=1e-6)


def test_a_decoder_reads_no_second_sentence(smollm2: Model) -> None:
    values = {name: kind.default for name, kind in KINDS.items()} | {"m_model": smollm2.name}
    with pytest.raises(SpecError, match=r"second \('two'\) must be left out beside a decoder"):
        asked(layer_settings(values), "two")
