from typing import Any

import pytest
import torch
from torch import nn

from attnlab.engine import Rule, available_devices, multi_head_attention
from attnlab.models import FAMILIES, SequenceModel
from attnlab.models.parts.initialise import initialise
from attnlab.models.parts.terms import attention_terms, sinusoidal_table
from tests.models.reference import HEADS, OUTPUTS, B, T, close, config, model, tokens

every_family = pytest.mark.parametrize("family", FAMILIES)
every_mode = pytest.mark.parametrize("mode", [{}, {"causal": False}, {"trailing_blanks": True}], ids=str)


@every_family
@every_mode
def test_each_position_has_an_answer(family: str, mode: dict[str, bool]) -> None:
    for length in (1, 2, T, 23):
        assert model(family, **mode)(tokens(B, length)).shape == (B, length, OUTPUTS)


@every_family
@every_mode
def test_features_take_the_place_of_tokens(family: str, mode: dict[str, bool]) -> None:
    network = model(family, vocab_size=None, num_features=2, num_outputs=1, **mode)
    assert network(torch.randn(B, T, 2)).shape == (B, T, 1)


@pytest.mark.parametrize(
    ("sizes", "inputs", "message"),
    [
        ({}, tokens().float(), r"inputs \(2, 13\) torch.float32 must be \(B, T\) torch.int64"),
        ({}, tokens()[0], r"inputs \(13,\) torch.int64 must be \(B, T\)"),
        ({}, tokens(B, 24), r"inputs \(24 positions\) must have between 1 and max_len = 23"),
        ({}, tokens()[:, :0], r"inputs \(0 positions\) must have between 1 and max_len = 23"),
        (
            {"num_features": 2},
            torch.zeros(B, T, 3),
            r"inputs \(2, 13, 3\) torch.float32 must be \(B, T, 2\) torch.float32",
        ),
        ({"num_features": 2}, tokens(), r"inputs \(2, 13\) torch.int64 must be \(B, T, 2\) torch.float32"),
    ],
    ids=str,
)
@pytest.mark.parametrize("call", ["forward", "trace"])
def test_inputs_that_do_not_fit_are_refused(
    call: str, sizes: dict[str, int], inputs: torch.Tensor, message: str
) -> None:
    network = model(**({"vocab_size": None} | sizes if sizes else {}))
    with pytest.raises(ValueError, match=message):
        getattr(network, call)(inputs)


# --- weights ----------------------------------------------------------------------------------------------------------


@every_family
def test_building_a_model_leaves_the_global_generator_alone(family: str) -> None:
    before = torch.get_rng_state()
    model(family, trailing_blanks=True)
    assert torch.equal(torch.get_rng_state(), before)


@every_family
@pytest.mark.parametrize("device", available_devices())
def test_weights_are_the_same_on_every_device(family: str, device: str) -> None:
    there = SequenceModel(config(family), device=device).state_dict()
    for name, weight in model(family).state_dict().items():
        assert torch.equal(there[name].cpu(), weight)


@every_family
@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_no_weight_is_left_as_memory_had_it(family: str, norm: str) -> None:
    torch.use_deterministic_algorithms(True)  # which fills fresh memory with NaN
    try:
        network = model(family, norm=norm, positions="learned", trailing_blanks=True)
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(weight.isfinite().all() for weight in network.parameters())


def test_a_module_without_a_rule_is_refused() -> None:
    with pytest.raises(TypeError, match=r"module '1' \(Conv3d\) must have a rule"):
        initialise(nn.Sequential(nn.Linear(2, 2), nn.Conv3d(2, 2, 2)), seed=0)


def test_families_of_one_width_share_embedding_and_head() -> None:
    first, second = model("transformer").state_dict(), model("tcn").state_dict()
    for name in ("embedding.weight", "head.weight"):
        assert torch.equal(first[name], second[name])


@pytest.mark.parametrize("causal", [True, False])
def test_a_model_that_does_not_scale_is_one_that_does_with_larger_queries(causal: bool) -> None:
    bare, scaled = model(scaling=False, causal=causal), model(causal=causal)
    with torch.no_grad():
        for block in scaled.blocks:
            query_rows = slice(0, scaled.config.d_model)
            block.mixer.qkv_proj.weight[query_rows] *= scaled.config.head_dim**0.5
            block.mixer.qkv_proj.bias[query_rows] *= scaled.config.head_dim**0.5
    torch.testing.assert_close(bare(tokens()), scaled(tokens()))
    torch.testing.assert_close(bare.trace(tokens()).logits, scaled(tokens()))
    assert not torch.allclose(bare(tokens()), model(causal=causal)(tokens()))


@every_family
@pytest.mark.parametrize("norm_first", [True, False])
def test_without_the_residual_stream_what_a_part_gives_takes_its_place(family: str, norm_first: bool) -> None:
    network = model(family, residual=False, norm_first=norm_first)
    block = network.trace(tokens()).blocks[0]
    assert block.feed_forward is not None
    if norm_first:
        assert torch.equal(block.after_mixer, block.mixer.output)
        assert torch.equal(block.output, block.feed_forward)
    else:
        assert torch.equal(block.output, network.blocks[0].feed_forward_norm(block.feed_forward))
    torch.testing.assert_close(network(tokens()), network.trace(tokens()).logits)


def test_one_more_layer_leaves_the_others_as_they_were() -> None:
    deep = model(num_layers=3).state_dict()
    for name, weight in model(num_layers=2).state_dict().items():
        assert torch.equal(deep[name], weight)


@every_family
def test_a_state_dict_carries_the_whole_model(family: str) -> None:
    first, second = model(family, positions="learned"), model(family, positions="learned", seed=1)
    assert not torch.equal(first(tokens()), second(tokens()))
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(tokens()), second(tokens()))


@every_family
def test_every_weight_takes_part(family: str) -> None:
    network = model(family, positions="learned", trailing_blanks=True, max_len=T)
    network(tokens()).square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        if not name.endswith("qkv_proj.bias"):  # what is added to all keys alike cancels in the softmax
            assert weight.grad.ne(0).any(), name


# --- dropout ----------------------------------------------------------------------------------------------------------


@every_family
def test_dropout_acts_in_training_alone(family: str) -> None:
    network = model(family, dropout=0.5)
    assert torch.equal(network(tokens()), network(tokens()))
    network.train()
    torch.manual_seed(0)
    assert not torch.equal(network(tokens()), network(tokens()))


# --- trace ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "learned", "rope", "alibi"])
def test_a_trace_holds_all_that_a_variant_takes(positions: str) -> None:
    trace = model(positions=positions).double().trace(tokens())
    for block in trace.blocks:
        layer, terms = block.mixer.attention, block.mixer.terms
        assert layer.heads.weights.shape == (B, HEADS, T, T)
        held: dict[str, Any] = {"mask": terms.mask, "bias": terms.bias, "angles": terms.angles}
        again = multi_head_attention(layer.x, layer.projections, **held)
        assert torch.equal(again.output, block.mixer.output)
        sharper = multi_head_attention(layer.x, layer.projections, **held, rule=Rule(temperature=0.1))
        assert not torch.allclose(sharper.output, block.mixer.output)


def test_a_trace_takes_the_weights_and_copies_none() -> None:
    network = model()
    for block, traced in zip(network.blocks, network.trace(tokens()).blocks, strict=True):
        projections = traced.mixer.attention.projections
        assert projections.qkv_proj.data_ptr() == block.mixer.qkv_proj.weight.data_ptr()
        assert projections.output_proj.data_ptr() == block.mixer.output_proj.weight.data_ptr()


@every_family
def test_the_stream_of_a_trace_runs_from_embedding_to_head(family: str) -> None:
    network = model(family).double()
    trace = network.trace(tokens())
    start = trace.embedding if trace.position_embedding is None else trace.embedding + trace.position_embedding
    close(trace.streams[0], start)
    for before, block, after in zip(trace.streams, trace.blocks, trace.streams[1:], strict=False):
        close(before + block.mixer.output + block.feed_forward, after)
    close(network.head(network.final_norm(trace.streams[-1])), trace.logits)


def test_with_blanks_a_trace_shows_the_blanks_too() -> None:
    trace = model(trailing_blanks=True).trace(tokens())
    assert trace.final.shape[1] == 2 * T
    assert trace.logits.shape[1] == T
    assert torch.equal(trace.embedding[0, T], trace.embedding[1, -1])


def test_without_feed_forward_a_block_is_its_mixer() -> None:
    (block, *_) = model(ff_multiple=None).trace(tokens()).blocks
    assert block.feed_forward is None
    assert block.output is block.after_mixer


# --- what is computed once --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("positions", ["sinusoidal", "alibi", "rope"])
def test_a_model_that_was_first_looked_at_can_be_trained(positions: str) -> None:
    attention_terms.cache_clear()
    sinusoidal_table.cache_clear()
    network = model(positions=positions)
    with torch.inference_mode():
        network(tokens())  # fills the caches
    network(tokens()).sum().backward()
    assert network.embedding.weight.grad.ne(0).any()


def test_a_double_model_has_double_positions() -> None:
    coarse, fine = model(), model().double()
    coarse(tokens())
    stream = fine.trace(tokens())
    assert stream.position_embedding.dtype == torch.float64
    wanted = torch.sin(torch.tensor(12.0, dtype=torch.float64))
    close(stream.position_embedding[12, 0], wanted)


@every_family
def test_a_model_moves_between_precisions(family: str) -> None:
    options: dict[str, Any] = {"rtol": 0, "atol": 1e-5}
    torch.testing.assert_close(model(family)(tokens()), model(family).double()(tokens()).float(), **options)
