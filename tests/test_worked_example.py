"""The worked example of the guide: its nine scores, six steps and three links behind them, computed by hand."""

import math
from itertools import product

import pytest
import torch

from attnlab.engine import LayerTrace
from attnlab.looks.stacks import asked_stack
from attnlab.looks.trained.classifications import classifiers, said_of
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import Search, heads_of, translated
from attnlab.prose import page_text
from attnlab.settings.classify import Classify
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.translate import Translate
from tests.guide_links import guide_links, layer_shown, settings_of

LINKS = guide_links()
STEPS = {
    "Three vectors": "x",
    "Queries, keys, values": "qkv",
    "Nine scores": "scores",
    "Nine scores, scaled": "scale",
    "Nine weights": "softmax",
    "Three outputs": "values",
}
BUILT = ("An encoder and a decoder", "The two of them, trained", "A classifier")
WORKED = {*STEPS, *BUILT}
"""The links of the example; `tests/test_guide_claims.py` sees to it that the guide has no others without a test."""

TOKENS = range(3)
PAIRS = list(product(TOKENS, TOKENS))


def three() -> LayerTrace:
    return layer_shown(LINKS["Nine scores"])


def rows(matrix: torch.Tensor) -> list[list[float]]:
    """A matrix as lists, in float64: what a pencil would write down."""
    return [[float(number) for number in row] for row in matrix.double()]


def dot(one: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def column(matrix: list[list[float]], place: int) -> list[float]:
    return [row[place] for row in matrix]


# --- the six steps ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "stage"), STEPS.items())
def test_each_step_shows_its_stage_of_the_same_three_tokens(said: str, stage: str) -> None:
    asked_for = settings_of(LINKS[said])
    assert asked_for["stage"] == [stage]
    assert asked_for | {"stage": []} == settings_of(LINKS["Nine scores"]) | {"stage": []}
    assert layer_shown(LINKS[said]).tokens == ("x1", "x2", "x3")


def test_what_a_token_is_and_where_it_stands_are_added() -> None:
    trace = three()
    assert trace.layer.x.shape == (1, 3, 8)
    assert float(trace.position_embedding.abs().max()) > 0
    torch.testing.assert_close(trace.layer.x[0], trace.token_embedding + trace.position_embedding)


def test_one_matrix_serves_all_tokens_and_a_longer_text_needs_no_more() -> None:
    short, long = three(), layer_shown(LINKS["Nine scores"], sentence="x1 x2 x3 x4 x5 x6 x7")
    x, weights = rows(short.layer.x[0]), rows(short.layer.projections.qkv_proj)  # W_Q, W_K and W_V side by side
    by_hand = [[dot(token, column(weights, place)) for place in range(24)] for token in x]
    heads = short.layer.heads
    computed = torch.cat((heads.query[0, 0], heads.key[0, 0], heads.value[0, 0]), dim=-1)
    torch.testing.assert_close(computed.double(), torch.tensor(by_hand, dtype=torch.float64), rtol=1e-4, atol=1e-5)
    assert len(long.tokens) == 7
    assert torch.equal(short.layer.projections.qkv_proj, long.layer.projections.qkv_proj)


def test_each_of_nine_scores_is_a_query_times_a_key() -> None:
    heads = three().layer.heads
    query, key = rows(heads.query[0, 0]), rows(heads.key[0, 0])
    assert heads.scores.numel() == len(PAIRS) == 9
    for i, j in PAIRS:
        assert float(heads.scores[0, 0, i, j]) == pytest.approx(dot(query[i], key[j]), rel=1e-4, abs=1e-5)


def test_scaling_divides_by_the_root_of_eight() -> None:
    heads = three().layer.heads
    assert heads.query.shape[-1] == 8
    torch.testing.assert_close(heads.scaled_scores, heads.scores / math.sqrt(8))


def test_the_softmax_runs_along_rows_and_columns_need_not_add_up() -> None:
    heads = three().layer.heads
    scaled = rows(heads.scaled_scores[0, 0])
    for i, j in PAIRS:
        share = math.exp(scaled[i][j]) / math.fsum(math.exp(one) for one in scaled[i])
        assert float(heads.weights[0, 0, i, j]) == pytest.approx(share, rel=1e-4)
    assert float((heads.weights.sum(-1) - 1).abs().max()) < 1e-5
    assert float((heads.weights.sum(-2) - 1).abs().max()) > 0.1


def test_an_output_is_a_vector_mixed_from_the_values() -> None:
    heads = three().layer.heads
    weights, value = rows(heads.weights[0, 0]), rows(heads.value[0, 0])
    assert heads.output.shape == (1, 1, 3, 8)
    for i, place in product(TOKENS, range(8)):
        mixed = dot(weights[i], column(value, place))
        assert float(heads.output[0, 0, i, place]) == pytest.approx(mixed, rel=1e-4, abs=1e-5)


# --- what is built from it --------------------------------------------------------------------------------------------


def test_the_decoders_two_queries_meet_the_encoders_three_keys() -> None:
    stack = asked_stack(Blocks.strict(settings_of(LINKS["An encoder and a decoder"]))).trace()
    across = stack.decoder[0].part("cross_attention").attention
    assert across is not None
    assert across.heads.weights.shape[-2:] == (2, 3)
    assert stack.memory is not None
    assert across.memory is not None
    assert torch.equal(across.memory, stack.memory)


def test_the_cat_sat_on_the_mat_is_translated_as_the_guide_says() -> None:
    wanted, origin = Translate.strict(settings_of(LINKS["The two of them, trained"])), Origin("translation")
    written = translated(origin, wanted.family, Search(wanted.text))
    assert f"“{wanted.text}” becomes “{written.text}”" in page_text("guide")
    assert f"“{wanted.text}”译成“{written.text}”" in page_text("guide", "zh")
    shown = heads_of(origin, wanted.family)[0]  # whose largest weights are nearest to the gold links
    assert written.cross_weights is not None
    looked = written.cross_weights[shown.layer, shown.head, wanted.word - 1]
    assert written.words[wanted.word - 1] == "assis"
    assert written.source.tokens[int(looked.argmax())] == "sat"


def test_one_word_turns_the_readers_of_order_and_not_the_bag_of_words() -> None:
    wanted = Classify.strict(settings_of(LINKS["A classifier"]))
    turned = {}
    for family, classifier in classifiers(Origin("classification")).items():
        read = [classifier.reader.read(text) for text in (wanted.text, wanted.instead)]
        assert not any(one.unknown for one in read)
        before, after = (said_of(Origin("classification"), family, one) for one in read)
        turned[family] = before.index(max(before)) != after.index(max(after))
    assert turned == {"transformer": True, "lstm": True, "text_cnn": True, "bag_of_words": False}
