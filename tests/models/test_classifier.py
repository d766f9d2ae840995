"""Text classifiers of every family: what must hold of them, and each against a slower twin or a case worked by hand."""

from itertools import permutations
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import SpecError
from attnlab.models import (
    CLASSIFIER_FAMILIES,
    ClassifierConfig,
    ClassifierModel,
    FamilyName,
    body_parameters,
    build_model,
    config_from_json,
    describe,
    matched_width,
)
from attnlab.models.classifier.config import BOUNDS, WINDOWS
from attnlab.models.classifier.recurrent import LstmBody
from attnlab.models.classifier.text_cnn import TextCnnBody
from attnlab.models.classifier.transformer import ClassifierBlock, TransformerBody

T, CLASSES = 7, 3
every_family = pytest.mark.parametrize("family", CLASSIFIER_FAMILIES)
in_order = pytest.mark.parametrize("family", [name for name in CLASSIFIER_FAMILIES if name != "bag_of_words"])


def config(family: FamilyName = "transformer", **changes: Any) -> ClassifierConfig:
    sizes = {"vocab_size": 19, "num_classes": CLASSES, "max_len": 11, "d_model": 12, "num_heads": 3}
    return ClassifierConfig(family=family, **cast("dict[str, Any]", sizes | changes))


def model(family: FamilyName = "transformer", **changes: Any) -> ClassifierModel:
    """With a head that speaks up, so that different texts get different answers."""
    one = ClassifierModel(config(family, **changes)).double().eval()
    with torch.no_grad():
        one.head.weight.mul_(40)
    return one


def texts(*lengths: int) -> Tensor:
    """(B, T) with so many words each; padding behind them."""
    words = (torch.arange(T) * 3 + torch.arange(len(lengths))[:, None]) % 17 + 1
    return words.where(torch.arange(T) < torch.tensor(lengths)[:, None], 0)


# --- laws -------------------------------------------------------------------------------------------------------------


@every_family
def test_every_text_gets_one_verdict(family: FamilyName) -> None:
    assert model(family)(texts(3, 7)).shape == (2, 1, CLASSES)


@every_family
def test_padding_changes_nothing(family: FamilyName) -> None:
    one = model(family)
    alone = one(texts(3)[:, :3])
    torch.testing.assert_close(one(texts(3, 7))[:1], alone, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one(F.pad(texts(3), (0, 4))), alone, rtol=1e-12, atol=1e-12)


@every_family
@pytest.mark.parametrize("garbage", [1e30, float("nan"), float("inf")])
def test_what_stands_at_padding_is_never_read_bit_for_bit(family: FamilyName, garbage: float) -> None:
    one, mask = model(family), texts(3, 5) != 0
    vectors = one.embed(texts(3, 5))
    wild = vectors.masked_fill(~mask[..., None], garbage)
    assert torch.equal(one.answers(wild, mask), one.answers(vectors, mask))


@every_family
def test_padding_that_is_taken_for_words_changes_the_verdict(family: FamilyName) -> None:
    """The two laws above would notice a mask that is forgotten."""
    one = model(family)
    vectors, mask = one.embed(texts(3)), texts(3) != 0
    assert not torch.allclose(one.answers(vectors, torch.ones_like(mask)), one.answers(vectors, mask))


@every_family
def test_texts_of_a_batch_do_not_meet(family: FamilyName) -> None:
    one = model(family)
    together = one(texts(5, 2, 7))
    for row in range(3):
        torch.testing.assert_close(one(texts(5, 2, 7)[row : row + 1]), together[row : row + 1], rtol=1e-12, atol=1e-12)


@every_family
def test_a_trace_answers_as_the_model_does(family: FamilyName) -> None:
    one = model(family)
    trace = one.trace(texts(3, 7))
    torch.testing.assert_close(trace.logits, one(texts(3, 7)), rtol=1e-12, atol=1e-12)
    assert torch.equal(trace.mask, texts(3, 7) != 0)


@every_family
def test_shares_are_those_of_the_words_and_sum_to_one(family: FamilyName) -> None:
    shares = model(family).trace(texts(3, 7)).shares
    if family == "lstm":
        assert shares is None
        return
    assert shares is not None
    torch.testing.assert_close(shares.sum(1), torch.ones(2).double())
    assert bool((shares[0, 3:] == 0).all())


def test_attention_is_the_transformers_alone_and_leaves_padding_out() -> None:
    weights = model().trace(texts(3, 7)).attention
    assert weights is not None
    assert weights.shape == (2, 2, 3, T, T)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    assert bool((weights[0, ..., 3:] == 0).all())
    assert all(model(family).trace(texts(3)).attention is None for family in CLASSIFIER_FAMILIES[1:])


def test_a_bag_of_words_answers_the_same_in_every_order() -> None:
    one, words = model("bag_of_words"), [3, 5, 5, 11]
    orders = torch.tensor(sorted(set(permutations(words))))
    torch.testing.assert_close(one(orders), one(orders[:1]).expand(len(orders), -1, -1), rtol=1e-12, atol=1e-12)


@in_order
def test_the_others_tell_orders_apart(family: FamilyName) -> None:
    one = model(family)
    assert not torch.allclose(one(torch.tensor([[3, 5, 11, 7]])), one(torch.tensor([[7, 3, 11, 5]])))


@every_family
def test_a_text_without_words_gets_finite_numbers(family: FamilyName) -> None:
    one = model(family)
    assert bool(one(texts(0)).isfinite().all())
    shares = one.trace(texts(0)).shares
    assert shares is None or bool((shares == 0).all())


@every_family
def test_dropout_acts_while_training_alone(family: FamilyName) -> None:
    one = model(family, dropout=0.5)
    torch.manual_seed(0)
    assert not torch.equal(one.train()(texts(5)), one(texts(5)))
    assert torch.equal(one.eval()(texts(5)), one(texts(5)))


# --- against torch and against slower twins ---------------------------------------------------------------------------


def test_a_block_equals_torchs_own() -> None:
    one, reference = model(), nn.TransformerEncoderLayer(12, 3, 48, 0.0, batch_first=True, norm_first=True).double()
    block = cast("ClassifierBlock", cast("TransformerBody", one.body).blocks[0])
    weights = {
        "self_attn.in_proj_weight": block.attention.qkv_proj.weight,
        "self_attn.in_proj_bias": block.attention.qkv_proj.bias,
        "self_attn.out_proj.weight": block.attention.output_proj.weight,
        "self_attn.out_proj.bias": block.attention.output_proj.bias,
        "linear1.weight": block.feed_forward.up_proj.weight,
        "linear1.bias": block.feed_forward.up_proj.bias,
        "linear2.weight": block.feed_forward.down_proj.weight,
        "linear2.bias": block.feed_forward.down_proj.bias,
        "norm1.weight": block.attention_norm.weight,
        "norm1.bias": block.attention_norm.bias,
        "norm2.weight": block.feed_forward_norm.weight,
        "norm2.bias": block.feed_forward_norm.bias,
    }
    reference.load_state_dict(weights)
    vectors, mask = one.embed(texts(3, 7)), texts(3, 7) != 0
    wanted = reference(vectors, src_key_padding_mask=~mask)
    got = block(vectors, mask[:, None, None])
    torch.testing.assert_close(got[mask], wanted[mask], rtol=1e-10, atol=1e-10)


def test_the_pooling_query_is_a_softmax_of_dot_products() -> None:
    one = model()
    body = cast("TransformerBody", one.body)
    mask = texts(3) != 0
    states = torch.randn(1, T, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    body.blocks, body.norm = nn.ModuleList(), cast("nn.LayerNorm", nn.Identity())
    query = cast("nn.Embedding", body.query).weight[0]
    weights = torch.softmax(states[0, :3] @ query / 12**0.5, dim=0)
    pooled = body.pooled(states, mask, look=True)
    torch.testing.assert_close(pooled.vector[0], weights @ states[0, :3])
    assert pooled.shares is not None
    torch.testing.assert_close(pooled.shares[0, :3], weights)


def test_pooling_by_the_mean_counts_every_word_the_same() -> None:
    one = model(pooling="mean")
    assert cast("TransformerBody", one.body).query is None
    shares = one.trace(texts(4)).shares
    assert shares is not None
    assert shares[0].tolist() == [0.25] * 4 + [0.0] * 3


def test_the_lstm_equals_torchs_bidirectional_one_on_packed_texts() -> None:
    body = cast("LstmBody", model("lstm").body)
    both = nn.LSTM(12, 6, batch_first=True, bidirectional=True).double()
    forwards = dict(body.forwards.state_dict())
    backwards = {f"{name}_reverse": value for name, value in body.backwards.state_dict().items()}
    both.load_state_dict(forwards | backwards)
    vectors = torch.randn(2, T, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    packed = nn.utils.rnn.pack_padded_sequence(vectors, torch.tensor([3, 7]), batch_first=True, enforce_sorted=False)
    last = both(packed)[1][0]
    pooled = body.pooled(vectors, texts(3, 7) != 0).vector
    torch.testing.assert_close(pooled, torch.cat((last[0], last[1]), dim=-1), rtol=1e-12, atol=1e-12)


def test_the_cnn_equals_a_loop_over_windows() -> None:
    body = cast("TextCnnBody", model("text_cnn").body)
    vectors = torch.randn(1, 3, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    padded = F.pad(vectors[0], (0, 0, 0, max(WINDOWS)))
    wanted = []
    for width, each in zip(WINDOWS, body.convolutions, strict=True):
        convolution = cast("nn.Conv1d", each)
        for weight, bias in zip(convolution.weight, convolution.bias, strict=True):  # type: ignore[arg-type]
            answers = [(weight.T * padded[start : start + width]).sum() + bias for start in range(3)]
            wanted.append(torch.stack(answers).max().clamp(min=0))
    pooled = body.pooled(vectors, torch.ones(1, 3, dtype=torch.bool))
    torch.testing.assert_close(pooled.vector[0], torch.stack(wanted))


def test_a_bag_of_words_by_hand() -> None:
    one = model("bag_of_words")
    mean = one.embedding.weight[[3, 5, 5]].mean(0)
    torch.testing.assert_close(one(torch.tensor([[3, 5, 5, 0, 0]]))[0, 0], one.head(mean))


# --- sizes, configs, refusals -----------------------------------------------------------------------------------------


@in_order
@pytest.mark.parametrize("budget", [2_000, 10_000, 100_000])
def test_every_body_meets_a_budget(family: FamilyName, budget: int) -> None:
    found = matched_width(config(family, d_model=12), budget)
    assert abs(body_parameters(build_model(found, device="meta")) / budget - 1) <= 0.05


def test_a_bag_of_words_has_no_body() -> None:
    facts = describe(config("bag_of_words"))
    assert (facts.body_parameters, facts.parameters) == (0, 19 * 12 + 12 * CLASSES + CLASSES)


@every_family
def test_the_same_config_gives_the_same_weights(family: FamilyName) -> None:
    first, second = build_model(config(family)), build_model(config(family))
    assert all(torch.equal(*pair) for pair in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(build_model(config(family, seed=1)).head.weight, first.head.weight)


@every_family
def test_a_config_comes_back_from_json(family: FamilyName) -> None:
    assert config_from_json(config(family).to_json()) == config(family)


@pytest.mark.parametrize("field", BOUNDS)
@pytest.mark.parametrize("value", [-1, 10**18, float("nan"), True, "1", None])
def test_a_field_out_of_bounds_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(SpecError, match=field) as caught:
        config(**{field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("family", "width", "parts"),
    [("transformer", 13, "num_heads"), ("lstm", 13, "directions"), ("text_cnn", 14, "filter")],
)
def test_a_width_that_cannot_be_shared_is_refused(family: FamilyName, width: int, parts: str) -> None:
    with pytest.raises(SpecError, match=rf"d_model \({width}\) must be a multiple of .*{parts}"):
        config(family, d_model=width)


@pytest.mark.parametrize(
    "changes", [{"family": "gru"}, {"family": "classifier"}, {"pooling": "max"}, {"pooling": None}]
)
def test_a_word_that_is_no_choice_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="must be one of"):
        config(**{"family": "lstm", **changes})


@every_family
@pytest.mark.parametrize(
    "inputs",
    [torch.ones(2, dtype=torch.int64), torch.ones(2, 3), torch.ones(2, 0, dtype=torch.int64), torch.ones(1, 12).long()],
)
def test_inputs_that_do_not_fit_are_refused(family: FamilyName, inputs: Tensor) -> None:
    with pytest.raises(ValueError, match="must be"):
        model(family)(inputs)
