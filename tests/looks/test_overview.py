"""All heads of a model at once are the heads that the stage shows one by one."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import pytest
import torch

from attnlab.engine import Edit, SpecError
from attnlab.looks.layers import Asked, TrainedLayer, asked
from attnlab.looks.overview import EveryLayer, Overview, every_layer, joined, measured, overview
from attnlab.pictures.overview import any_meant, kind_of, overview_payload
from attnlab.pretrained import Model
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from attnlab.settings.lab.models import KINDS, MeasureName, Models, OnlyName, layer_settings
from attnlab.training.shipped import EXAMPLE
from tests.pictures.payloads import decoded

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
    other = looked_at(link, temperature="0.2", normalizer="sparsemax", layer="1", head="2")
    assert every(other) == every(looked_at(link))
    by_hand = looked_at(link, layer="1", s=encoded((Edit("weights", 0, 1, 0, 0.5),)))
    assert (every(by_hand) == every(looked_at(link))) == isinstance(by_hand.layer, TrainedLayer)


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


# --- how heads are ordered, filtered and titled, each told again by a plain loop --------------------------------------

MEASURES: tuple[MeasureName, ...] = get_args(MeasureName)
KINDS_OF_HEADS: tuple[OnlyName, ...] = get_args(OnlyName)


def arranged(found: Overview, **by: Any) -> dict[str, Any]:
    """What the picture says of the order of heads."""
    return dict(decoded(overview_payload(found, 0, 0, arranged=Models(**by))).header["arranged"])


def plainly_measured(rows: list[list[float]], tokens: tuple[str, ...], added: tuple[int, ...], name: str) -> float:
    """A measure of one head of an encoder: a mean over its rows."""
    told: list[float] = []
    for query, row in enumerate(rows):
        keys = range(len(row))
        if name == "entropy_bits":
            told.append(-sum(weight * math.log2(weight) for weight in row if weight > 0))
        elif name == "mean_distance":
            told.append(sum(weight * abs(key - query) for key, weight in zip(keys, row, strict=True)))
        else:
            meant = {
                "self": [query],
                "previous": [query - 1] if query else [],
                "next": [query + 1] if query + 1 < len(row) else [],
                "first": [0],
                "same_word": [key for key in keys if tokens[key].lower() == tokens[query].lower()],
                "nearby": [key for key in keys if abs(key - query) <= 2],
                "punctuation": [key for key in keys if tokens[key] in {",", "."}],
                "special": list(added),
            }[name]
            if meant:
                told.append(sum(row[key] for key in meant))
    return sum(told) / len(told)


@pytest.mark.parametrize("measure", MEASURES)
def test_heads_are_measured_as_a_loop_over_their_rows_does(measure: MeasureName) -> None:
    layers = every(looked_at(LINKS["minilm"]))
    found = overview(layers)
    for layer, heads in enumerate(found.weights.tolist()):
        for head, rows in enumerate(heads):
            wanted = plainly_measured(rows, layers.tokens, layers.added, measure)
            assert float(found.measures[measure][layer, head]) == pytest.approx(wanted, abs=2e-5)


@every_model
@pytest.mark.parametrize("measure", MEASURES)
def test_heads_are_ordered_by_what_is_measured(link: Mapping[str, str], measure: MeasureName) -> None:
    found = overview(every(looked_at(link)))
    values = found.measures[measure].tolist()
    least, most = (arranged(found, measure=measure, order=order)["ranked"] for order in ("least", "most"))
    depth, heads = found.weights.shape[:2]
    for before, behind in pairwise(least):
        assert values[before[0]][before[1]] <= values[behind[0]][behind[1]]
    assert most == least[::-1]
    assert sorted(map(tuple, least)) == [(layer, head) for layer in range(depth) for head in range(heads)]
    assert arranged(found, measure=measure)["ranked"] is None


@every_model
@pytest.mark.parametrize("only", KINDS_OF_HEADS)
@pytest.mark.parametrize("order", ["layer", "most"])
def test_heads_of_another_kind_fade_and_have_no_rank(link: Mapping[str, str], only: OnlyName, order: str) -> None:
    layers = every(looked_at(link))
    found = overview(layers)
    meant, others = [], []
    for layer, labels in enumerate(found.labels):
        for head, label in enumerate(labels):
            farther = label[0] in "23456789"
            kind = "farther" if farther else "same_word" if label == "same word" else label
            (meant if only in {"all", kind} else others).append([layer, head])
    said = arranged(found, only=only, order=order)
    assert said["faded"] == others
    assert sorted(said["ranked"] or []) == ([] if order == "layer" else meant)
    assert any_meant(layers, Models(only=only)) is bool(meant)


def test_every_label_is_of_a_kind_that_can_be_asked_for() -> None:
    named = page_prose("attention")["stage"]["heads"]["labels"]
    labels = {*named, "2 back", "3 ahead", "same word"}
    assert {kind_of(label) for label in labels if label != "none"} <= set(KINDS_OF_HEADS)


@every_model
def test_the_title_of_a_head_says_where_it_is_and_every_measure(link: Mapping[str, str]) -> None:
    found = overview(every(looked_at(link)))
    named = page_prose("attention")["stage"]["heads"]["labels"]
    said = arranged(found, measure="special")
    for layer, titles in enumerate(said["titles"]):
        for head, title in enumerate(titles):
            label = found.labels[layer][head]
            assert title.startswith(f"layer {layer + 1}, head {head + 1}: {named.get(label, label)}. Entropy ")
            for measure in MEASURES:
                value = float(found.measures[measure][layer, head])
                number = f"{value:.1f}" if measure in {"entropy_bits", "mean_distance"} else f"{100 * value:.0f}%"
                assert number in title, measure
            assert said["told"][layer][head] == f"{100 * float(found.measures['special'][layer, head]):.0f}%"


def test_the_blanks_of_a_title_are_filled_with_their_own_measures() -> None:
    weights = torch.ones(1, 1, 2, 2) / 2
    values = {name: torch.tensor([[(1 + place) / 100]]) for place, name in enumerate(MEASURES)}
    values |= {"entropy_bits": torch.tensor([[1.5]]), "mean_distance": torch.tensor([[2.5]])}
    said = arranged(Overview(weights, (("mixed",),), ((1.5,),), values))["titles"][0][0]
    assert said == page_prose("models")["heads"]["cell"].format(
        layer=1,
        head=1,
        label=page_prose("attention")["stage"]["heads"]["labels"].get("mixed", "mixed"),
        entropy_bits="1.5",
        mean_distance="2.5",
        **{name: f"{1 + place}%" for place, name in enumerate(MEASURES) if place > 1},
    )


def test_of_a_broken_order_the_loop_would_know() -> None:
    found = overview(every(looked_at(LINKS["minilm"])))
    swapped = dict(found.measures) | {"self": found.measures["next"], "next": found.measures["self"]}
    wanted, broken = (arranged(one, measure="self", order="most") for one in (found, replace(found, measures=swapped)))
    assert wanted["ranked"] != broken["ranked"]


# --- words instead of pieces ------------------------------------------------------------------------------------------


def test_pieces_are_joined_as_a_loop_over_words_does(minilm: Model) -> None:
    text = "Unbelievable tokenizers, unbelievably."
    trace, layers = minilm.trace(text), every(looked_at(LINKS["minilm"], sentence=text))
    words = layers.layer.words(())  # type: ignore[union-attr]  # a pretrained one
    assert len(set(words)) < len(words)
    assert words[0] != words[1] != words[-1]  # [CLS] and [SEP] are no word's pieces
    weights = trace.attentions
    found = joined(weights, words)
    for row in set(words):
        lookers = [place for place, word in enumerate(words) if word == row]
        for col in set(words):
            seen = [place for place, word in enumerate(words) if word == col]
            total = sum(float(weights[3, 2, i, j]) for i in lookers for j in seen) / len(lookers)
            assert float(found[3, 2, row, col]) == pytest.approx(total, abs=1e-6)
    torch.testing.assert_close(found.sum(-1), torch.ones_like(found[..., 0]))


def test_words_of_one_piece_each_stay_as_they_are() -> None:
    weights = torch.rand(2, 3, 5, 5)
    torch.testing.assert_close(joined(weights, range(5)), weights)


def test_a_picture_of_words_leaves_out_what_is_left_out() -> None:
    found = measured(torch.rand(1, 2, 5, 5).softmax(-1), tuple("abcde"), (0, 4), causal=False)
    words = (0, 1, 1, 2, 3)
    cells = {
        left: decoded(overview_payload(found, 0, 0, left, of_words=words)).sketches["weights"].size
        for left in ((), (0, 4))
    }
    assert cells == {(): 2 * 4 * 4, (0, 4): 2 * 2 * 2}
