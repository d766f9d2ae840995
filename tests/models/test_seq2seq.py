"""Encoder-decoders of every family: what must hold of them, and each against a slower twin."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from attnlab.engine import SpecError, stack_trace
from attnlab.models import (
    SEQ2SEQ_FAMILIES,
    FamilyName,
    Seq2SeqConfig,
    Seq2SeqModel,
    body_parameters,
    build_model,
    config_from_json,
    matched_width,
)
from attnlab.models.parts.residual import placed
from attnlab.models.seq2seq.decoding import END_ID, START_ID, beam_search, greedy
from attnlab.models.seq2seq.influence import source_influence
from attnlab.models.seq2seq.recurrent import BahdanauBody, GruEncoder, SummaryBody
from attnlab.models.seq2seq.stack import translation_stack
from attnlab.models.seq2seq.transformer import TransformerBody

S, T = 7, 5
every_family = pytest.mark.parametrize("family", SEQ2SEQ_FAMILIES)


def config(family: FamilyName = "transformer", **changes: Any) -> Seq2SeqConfig:
    sizes = {"source_vocab_size": 19, "target_vocab_size": 23, "source_len": S, "target_len": T, "d_model": 12}
    return Seq2SeqConfig(family=family, **cast("dict[str, Any]", sizes | {"num_heads": 3} | changes))


def model(family: FamilyName = "transformer", **changes: Any) -> Seq2SeqModel:
    return Seq2SeqModel(config(family, **changes)).double().eval()


def source(*lengths: int) -> Tensor:
    """(B, S) with so many words each; padding behind them."""
    words = torch.arange(4, 4 + S).expand(len(lengths), S) + torch.arange(len(lengths))[:, None]
    return words.where(torch.arange(S) < torch.tensor(lengths)[:, None], 0)


def target(batch: int, length: int = T) -> Tensor:
    return torch.cat((torch.full((batch, 1), START_ID), (torch.arange(length - 1) * 3 + 5).expand(batch, -1)), dim=1)


def spread(one: Seq2SeqModel) -> Seq2SeqModel:
    """The same with a head that speaks up, so that different states give different answers."""
    with torch.no_grad():
        one.head.weight.mul_(40)
    return one


# --- laws -------------------------------------------------------------------------------------------------------------


@every_family
def test_a_row_of_inputs_is_a_source_and_a_target(family: FamilyName) -> None:
    one = model(family)
    sources, targets = source(3, 7), target(2)
    logits = one(torch.cat((sources, targets), dim=1))
    assert logits.shape == (2, T, 23)
    torch.testing.assert_close(one.decode(one.encode(sources), targets).logits, logits, rtol=1e-12, atol=1e-12)


@every_family
def test_padding_changes_nothing(family: FamilyName) -> None:
    one = model(family)
    alone = one.decode(one.encode(source(3)[:, :3]), target(1)).logits
    padded = one.decode(one.encode(source(3, 7)), target(2)).logits[:1]
    torch.testing.assert_close(padded, alone, rtol=1e-12, atol=1e-12)


@every_family
def test_what_stands_at_padding_of_the_source_is_never_read(family: FamilyName) -> None:
    one = model(family)
    vectors = one.source_embedding(source(3))
    wild = vectors.clone()
    wild[:, 3:] = 1e6
    mask = source(3) != 0
    first, second = (one.decode(one.read(each, mask), target(1)) for each in (vectors, wild))
    assert torch.equal(first.logits, second.logits)


@every_family
def test_later_words_of_the_target_change_nothing_before_them(family: FamilyName) -> None:
    one = model(family)
    changed = target(1).clone()
    changed[0, 3] = 9
    first, second = (one.decode(one.encode(source(5)), each).logits for each in (target(1), changed))
    assert torch.equal(first[:, :3], second[:, :3])
    assert not torch.allclose(first[:, 3:], second[:, 3:])


@every_family
def test_every_word_of_the_source_matters(family: FamilyName) -> None:
    lengths = source_influence(model(family), source(5), target(1))
    assert lengths.shape == (T, S)
    assert bool((lengths[:, :5] > 0).all())
    assert bool((lengths[:, 5:] == 0).all())


@every_family
def test_examples_of_a_batch_do_not_meet(family: FamilyName) -> None:
    one = model(family)
    both = one.decode(one.encode(source(5, 2)), target(2)).logits
    alone = one.decode(one.encode(source(5)), target(1)).logits
    torch.testing.assert_close(both[:1], alone, rtol=1e-12, atol=1e-12)


def test_the_rows_of_cross_attention_sum_to_one_and_leave_padding_out() -> None:
    for family, layers, heads in (("transformer", 2, 3), ("gru_attention", 1, 1)):
        one = model(cast("FamilyName", family))
        weights = one.decode(one.encode(source(4)), target(1)).cross_weights
        assert weights is not None
        assert weights.shape == (1, layers, heads, T, S)
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
        assert bool((weights[..., 4:] == 0).all())
    assert model("gru").decode(model("gru").encode(source(4)), target(1)).cross_weights is None


@pytest.mark.parametrize("family", ["transformer", "gru_attention"])
def test_a_source_without_words_gives_finite_numbers(family: FamilyName) -> None:
    one = model(family)
    traced = one.decode(one.encode(source(0)), target(1))
    assert bool(traced.logits.isfinite().all())
    assert traced.cross_weights is not None
    assert bool((traced.cross_weights == 0).all())


# --- against torch and against a slower twin --------------------------------------------------------------------------


@pytest.mark.parametrize("norm_first", [True, False])
def test_the_transformer_equals_torchs_own(norm_first: bool) -> None:
    one = model("transformer", norm_first=norm_first)
    body = cast("TransformerBody", one.body)
    sources, targets = source(3, 7), target(2)
    encoder = [_torch_layer(block, nn.TransformerEncoderLayer, norm_first) for block in body.encoder]
    decoder = [_torch_layer(block, nn.TransformerDecoderLayer, norm_first) for block in body.decoder]
    padding = sources == 0
    memory = placed(one.source_embedding(sources), "transformer")
    for layer in encoder:
        memory = layer(memory, src_key_padding_mask=padding)
    memory = body.encoder_norm(memory)
    stream = placed(one.target_embedding(targets), "transformer")
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    for layer in decoder:
        stream = layer(stream, memory, tgt_mask=future, memory_key_padding_mask=padding)
    wanted = one.head(body.decoder_norm(stream))
    torch.testing.assert_close(one(torch.cat((sources, targets), dim=1)), wanted, rtol=1e-12, atol=1e-12)


def _torch_layer(block: Any, kind: Callable[..., nn.Module], norm_first: bool) -> nn.Module:
    """torch's layer with the weights of one of our blocks."""
    layer: Any = kind(12, 3, 48, dropout=0.0, batch_first=True, norm_first=norm_first, dtype=torch.float64).eval()
    attentions = [(layer.self_attn, block.self_attention)]
    norms = [block.self_norm, block.feed_forward_norm]
    if block.cross_attention is not None:
        attentions.append((layer.multihead_attn, block.cross_attention))
        norms.insert(1, block.cross_norm)
    with torch.no_grad():
        for theirs, ours in attentions:
            theirs.in_proj_weight.copy_(ours.qkv_proj.weight)
            theirs.in_proj_bias.copy_(ours.qkv_proj.bias)
            theirs.out_proj.load_state_dict(ours.output_proj.state_dict())
        layer.linear1.load_state_dict(block.feed_forward.up_proj.state_dict())
        layer.linear2.load_state_dict(block.feed_forward.down_proj.state_dict())
    for number, norm in enumerate(norms, start=1):
        setattr(layer, f"norm{number}", norm)
    return cast("nn.Module", layer)


def test_the_encoder_reads_both_ways_as_torch_does_with_packed_sequences() -> None:
    encoder = GruEncoder(12).double()
    mask = torch.arange(S) < torch.tensor([[3], [7], [1]])
    embedded = torch.randn(3, S, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    both = nn.GRU(12, 6, batch_first=True, bidirectional=True, dtype=torch.float64)
    weights = dict(encoder.forwards.named_parameters())
    weights |= {f"{name}_reverse": weight for name, weight in encoder.backwards.named_parameters()}
    both.load_state_dict(weights)
    packed = nn.utils.rnn.pack_padded_sequence(embedded, mask.sum(1), batch_first=True, enforce_sorted=False)
    states, last = both(packed)
    states = nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=S)[0]
    memory = encoder(embedded, mask)
    torch.testing.assert_close(memory.states * mask[..., None], states)
    torch.testing.assert_close(memory.summary, torch.cat((last[0], last[1]), dim=-1))


def test_bahdanaus_weights_are_those_of_a_loop_over_scalars() -> None:
    one = model("gru_attention")
    body = cast("BahdanauBody", one.body)
    memory = one.encode(source(4))
    weights = one.decode(memory, target(1, 2)).cross_weights
    assert weights is not None
    state = torch.tanh(body.start(memory.summary))[0]
    energies = []
    for word in range(4):
        inner = body.query_proj(state) + body.key_proj(memory.states[0, word])
        energies.append(
            sum(v * math.tanh(x) for v, x in zip(body.energy.weight[0].tolist(), inner.tolist(), strict=True))
        )
    wanted = torch.tensor(energies, dtype=torch.float64).softmax(-1)
    torch.testing.assert_close(weights[0, 0, 0, 0, :4], wanted)


def test_the_two_grus_differ_in_their_context_alone() -> None:
    plain, attending = (cast("Any", model(family).body) for family in ("gru", "gru_attention"))
    assert isinstance(plain, SummaryBody)
    own = {name for name, _ in attending.named_parameters()} - {name for name, _ in plain.named_parameters()}
    assert {name.split(".")[0] for name in own} == {"query_proj", "key_proj", "energy", "decoder"}
    assert plain.decoder.weight_ih_l0.shape == attending.decoder.weight_ih.shape


# --- writing ----------------------------------------------------------------------------------------------------------


@every_family
def test_a_beam_of_one_is_greedy(family: FamilyName) -> None:
    one = spread(model(family, target_len=11))
    tree = beam_search(one, source(5), 1)
    assert tuple(word for word in tree.words_to(tree.best) if word != END_ID) == greedy(one, source(5))[0]


@every_family
def test_a_wide_enough_beam_finds_the_likeliest_of_all_sentences(family: FamilyName) -> None:
    """With three words and two steps there are nine hypotheses of length two: all of them fit into the beam."""
    one = spread(model(family, target_vocab_size=5, target_len=2))
    sources = source(5)
    tree = beam_search(one, sources, 10, alpha=0.0)
    first = one.decode(one.encode(sources), torch.tensor([[START_ID]])).logits[0, 0].detach().log_softmax(-1)
    best = float(first[END_ID])
    for word in (0, 1, 3, 4):
        second = one.decode(one.encode(sources), torch.tensor([[START_ID, word]])).logits[0, 1].detach().log_softmax(-1)
        best = max(best, float(first[word] + second[END_ID]))
    assert tree.finished[0].total == pytest.approx(best, abs=1e-12)


@every_family
def test_totals_are_sums_along_the_tree_and_equal_what_the_model_says(family: FamilyName) -> None:
    one = spread(model(family))
    tree = beam_search(one, source(4), 3, alpha=0.6)
    for node in tree.nodes[1:]:
        assert node.parent is not None
        assert node.total == pytest.approx(tree.nodes[node.parent].total + node.log_prob)
        assert node.score == pytest.approx(node.total / (node.step + 1) ** 0.6)
        assert node.step == tree.nodes[node.parent].step + 1
    words = tree.words_to(tree.best)
    logits = (
        one.decode(one.encode(source(4)), torch.tensor([[START_ID, *words[:-1]]])).logits[0].detach().log_softmax(-1)
    )
    said = sum(float(logits[step, word]) for step, word in enumerate(words))
    assert tree.nodes[tree.best].total == pytest.approx(said)


def test_no_more_hypotheses_go_on_than_the_beam_is_wide() -> None:
    tree = beam_search(spread(model("gru")), source(4), 3)
    for step in {node.step for node in tree.nodes if node.step >= 0}:
        assert sum(node.kept for node in tree.nodes if node.step == step) <= 3


@pytest.mark.parametrize(("width", "alpha", "field"), [(0, 0.6, "beams"), (11, 0.6, "beams"), (True, 0.6, "beams")])
def test_a_beam_out_of_bounds_is_refused(width: int, alpha: float, field: str) -> None:
    with pytest.raises(SpecError, match=rf"{field} \(.*\) must be (between 1 and 10|a whole number)"):
        beam_search(model(), source(3), width, alpha=alpha)
    with pytest.raises(SpecError, match=r"alpha \(nan\) must be between 0 and 2"):
        beam_search(model(), source(3), 2, alpha=float("nan"))


def test_writing_stops_at_what_the_model_can_write() -> None:
    one = model("gru")
    with torch.no_grad():
        one.head.bias[END_ID] = -100.0
    assert [len(words) for words in greedy(one, source(3, 5))] == [T, T]
    assert len(greedy(one, source(3), most=2)[0]) == 2


def test_looking_leaves_the_model_in_the_mode_it_was_in() -> None:
    one = model("transformer", dropout=0.5).train()
    assert greedy(one, source(3)) == greedy(one, source(3))
    assert torch.equal(source_influence(one, source(3), target(1)), source_influence(one, source(3), target(1)))
    assert one.training
    assert all(weight.grad is None for weight in one.parameters())


# --- configs ----------------------------------------------------------------------------------------------------------


@every_family
def test_a_config_comes_back_from_json_and_builds_the_same_model(family: FamilyName) -> None:
    one = config(family)
    again = config_from_json(one.to_json())
    assert again == one
    assert isinstance(again, Seq2SeqConfig)
    first, second = build_model(one), build_model(again)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


@every_family
@pytest.mark.parametrize("budget", [20_000, 120_000])
def test_contenders_meet_a_budget(family: FamilyName, budget: int) -> None:
    matched = matched_width(config(family), budget)
    assert abs(body_parameters(build_model(matched, device="meta")) / budget - 1) <= 0.05


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("family", {"family": "tcn"}, r"family \('tcn'\) must be one of transformer, gru_attention, gru"),
    ("source_len", {"source_len": 0}, r"source_len \(0\) must be between 1 and 256"),
    ("d_model", {"d_model": 13}, r"d_model \(13\) must be a multiple of num_heads \(3\)"),
    ("d_model", {"d_model": 13, "family": "gru"}, r"d_model \(13\) must be a multiple of two directions \(2\)"),
    ("norm_first", {"norm_first": 1}, r"norm_first \(1\) must be True or False"),
)


@pytest.mark.parametrize(("field", "changes", "message"), REFUSED, ids=lambda value: str(value)[:30])
def test_a_refusal_names_field_value_and_what_is_allowed(field: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}") as refusal:
        replace(config(), **changes)
    assert refusal.value.field == field


def test_kinds_are_told_apart_in_json() -> None:
    with pytest.raises(SpecError, match=r"kind \('novel'\) must be one of sequence, seq2seq"):
        config_from_json('{"version": 1, "kind": "novel"}')
    with pytest.raises(SpecError, match=r"kind \('sequence'\) must be 'seq2seq'"):
        Seq2SeqConfig.from_json('{"version": 1}')


@pytest.mark.parametrize(
    "inputs",
    [torch.zeros(2, S, dtype=torch.int64), torch.zeros(2, S + T + 1, dtype=torch.int64), torch.zeros(2, S + T)],
)
def test_inputs_that_do_not_fit_are_refused(inputs: Tensor) -> None:
    with pytest.raises(ValueError, match=rf"inputs .* must be \(B, {S + 1} to {S + T}\) int64"):
        model()(inputs)


@every_family
def test_columns_of_padding_alone_are_not_computed_and_change_nothing(family: FamilyName) -> None:
    one = model(family)
    short = torch.cat((target(2, 3), torch.zeros(2, T - 3, dtype=torch.int64)), dim=1)
    logits = one(torch.cat((source(2, 3), short), dim=1))
    assert bool((logits[:, 3:] == 0).all())
    wanted = one.decode(one.encode(source(2, 3)), short).logits
    torch.testing.assert_close(logits[:, :3], wanted[:, :3], rtol=1e-12, atol=1e-12)


# --- as a stack -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_first", [True, False])
def test_the_engines_stack_gives_the_models_own_logits_and_attention(norm_first: bool) -> None:
    one = Seq2SeqModel(config("transformer", norm_first=norm_first)).eval()
    sources, targets = source(5), target(1)
    names, words = tuple(f"s{number}" for number in range(19)), tuple(f"t{number}" for number in range(23))
    stack = translation_stack(one, sources[0, :5].tolist(), targets[0].tolist(), names, words)
    traced = stack_trace(stack)
    with torch.inference_mode():
        wanted = one.decode(one.encode(sources), targets)
    torch.testing.assert_close(traced.logits, wanted.logits)
    assert wanted.cross_weights is not None
    for layer, block in enumerate(traced.decoder):
        seen = block.part("cross_attention").attention
        assert seen is not None
        torch.testing.assert_close(seen.heads.weights[0], wanted.cross_weights[0, layer, :, :, :5])
    assert stack.source_tokens == names[4:9]
    assert stack.target_tokens[0] == words[START_ID]


def test_only_a_transformer_is_a_stack() -> None:
    with pytest.raises(ValueError, match=r"family \('gru'\) must be 'transformer'"):
        translation_stack(model("gru"), [4], [1], ("a",) * 19, ("b",) * 23)
