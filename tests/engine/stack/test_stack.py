"""Stacks of blocks, against torch's own, and what must hold of any stack: who can change whom."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from attnlab.engine import (
    BlockSwitches,
    BlockWeights,
    NormWeights,
    SpecError,
    StackInputs,
    StackSpec,
    StackTrace,
    StackWeights,
    alibi_bias,
    causal_mask,
    influence_of_tokens,
    resolve_device,
    seeded_inputs,
    sinusoidal_positions,
    stack_trace,
    written_share,
)
from attnlab.engine.stack import ArchitectureName, StackActivationName, StackPositionsName
from attnlab.engine.stack import trace as stack
from attnlab.engine.transformer.norms import NormName
from tests.engine.laws import close, same_bits
from tests.engine.reference import DEVICES, S, T, normal

SOURCE = ("The", "cat", "sat", "on", "the", "mat", ".")  # S of them
TARGET = ("Le", "chat", "est", "the", ".")  # T of them; two words stand in both
ARCHITECTURES = get_args(ArchitectureName)
POSITIONS = get_args(StackPositionsName)
WIDTH, HEADS, HIDDEN = 33, 3, 19


def spec(**fields: Any) -> StackSpec:
    return StackSpec(**({"source_tokens": SOURCE, "target_tokens": TARGET, "dtype": "float64"} | fields))


def last_blocks(trace: StackTrace) -> Any:
    return trace.blocks(trace.inputs.sides[-1])


# --- against torch ----------------------------------------------------------------------------------------------------


def torch_stacks(norm_first: bool) -> tuple[nn.TransformerEncoder, nn.TransformerDecoder, nn.Linear]:
    options: dict[str, Any] = {"dropout": 0.0, "batch_first": True, "norm_first": norm_first, "dtype": torch.float64}
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, **options),
        num_layers=2,
        norm=nn.LayerNorm(WIDTH, dtype=torch.float64),
        enable_nested_tensor=False,
    )
    decoder = nn.TransformerDecoder(
        nn.TransformerDecoderLayer(WIDTH, HEADS, HIDDEN, **options),
        num_layers=3,
        norm=nn.LayerNorm(WIDTH, dtype=torch.float64),
    )
    head = nn.Linear(WIDTH, 11, dtype=torch.float64)
    with torch.no_grad():
        for number, parameter in enumerate(p for module in (encoder, decoder, head) for p in module.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=300 + number) / (1 if parameter.ndim == 1 else 5))
    return encoder, decoder, head


def inputs_of(encoder: Any, decoder: Any, head: nn.Linear, norm_first: bool) -> StackInputs:
    return StackInputs(
        weights=StackWeights(
            encoder=tuple(BlockWeights.from_torch_encoder(layer) for layer in encoder.layers),
            decoder=tuple(BlockWeights.from_torch_decoder(layer) for layer in decoder.layers),
            encoder_norm=NormWeights.from_torch(encoder.norm),
            decoder_norm=NormWeights.from_torch(decoder.norm),
            output_proj=head.weight.T,
            output_bias=head.bias,
        ),
        source_tokens=SOURCE,
        source_embedding=normal(S, WIDTH),
        vocabulary=tuple("abcdefghijk"),
        target_tokens=TARGET,
        target_embedding=normal(T, WIDTH, seed=1),
        source_positions=normal(S, WIDTH, seed=2),
        target_positions=normal(T, WIDTH, seed=3),
        source_mask=torch.arange(S) < 4,
        switches=BlockSwitches(norm_first=norm_first),
        dtype="float64",
    )


@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_decoder_agrees_with_torchs(norm_first: bool) -> None:
    encoder, decoder, head = torch_stacks(norm_first)
    inputs = inputs_of(encoder, decoder, head, norm_first)
    trace = stack_trace(inputs)
    padded = torch.arange(S)[None] >= 4
    memory = encoder((normal(S, WIDTH) + normal(S, WIDTH, seed=2))[None], src_key_padding_mask=padded)
    target = (normal(T, WIDTH, seed=1) + normal(T, WIDTH, seed=3))[None]
    future = torch.ones(T, T).triu(1).bool()
    final = decoder(target, memory, tgt_mask=future, memory_key_padding_mask=padded)
    assert trace.memory is not None
    close(trace.memory, memory)
    close(trace.final, final)
    close(trace.logits, head(final))


def test_an_encoder_alone_agrees_with_torchs() -> None:
    encoder, decoder, head = torch_stacks(norm_first=True)
    both = inputs_of(encoder, decoder, head, norm_first=True)
    alone = replace(
        both,
        weights=replace(both.weights, decoder=(), decoder_norm=None),
        target_tokens=(),
        target_embedding=None,
        target_positions=None,
    )
    trace = stack_trace(alone)
    wanted = encoder(
        (normal(S, WIDTH) + normal(S, WIDTH, seed=2))[None], src_key_padding_mask=torch.arange(S)[None] >= 4
    )
    close(trace.final, wanted)
    close(trace.logits, head(wanted))
    assert (trace.memory, trace.decoder, alone.sides) == (None, (), ("encoder",))


# --- shapes and stages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("positions", POSITIONS)
def test_every_stack_has_its_stages(architecture: ArchitectureName, positions: StackPositionsName) -> None:
    trace = stack_trace(spec(architecture=architecture, positions=positions, depth=3, num_heads=2, d_model=14))
    inputs = trace.inputs
    assert inputs.architecture == architecture
    for side in inputs.sides:
        tokens, streams = inputs.tokens(side), trace.streams(side)
        assert tokens == (TARGET if side == "decoder" and len(inputs.sides) == 2 else SOURCE)
        assert [stream.shape for stream in streams] == [(1, len(tokens), 14)] * 4
        placed = inputs.position_embedding(side)
        same_bits(streams[0][0], inputs.embedding(side) + (0 if placed is None else placed))
        assert (placed is not None) == (positions == "sinusoidal")
        assert [one.shape for one in trace.maps(side)] == [(len(tokens), len(tokens))] * 3
    assert trace.logits.shape == (1, len(inputs.tokens(inputs.sides[-1])), len(inputs.vocabulary))
    if architecture == "encoder_decoder":
        assert [one.shape for one in trace.maps("decoder", "cross_attention")] == [(T, S)] * 3


def test_a_stack_without_a_head_has_the_same_streams_and_no_logits() -> None:
    inputs = seeded_inputs(spec(architecture="encoder"))
    headless = replace(inputs.weights, output_proj=inputs.weights.output_proj[:, :0])
    trace = stack_trace(replace(inputs, weights=headless, vocabulary=()))
    assert trace.logits.shape == (1, S, 0)
    same_bits(trace.final, stack_trace(inputs).final)


def test_the_base_of_rope_reaches_the_blocks() -> None:
    inputs = seeded_inputs(spec(architecture="decoder", positions="rope"))
    streams = [stack_trace(replace(inputs, rotary_base=base)).final for base in (10_000.0, 500_000.0)]
    same_bits(streams[0], stack_trace(inputs).final)
    assert (streams[0] - streams[1]).abs().max() > 1e-6


@pytest.mark.parametrize("norm", get_args(NormName))
@pytest.mark.parametrize("activation", get_args(StackActivationName))
@pytest.mark.parametrize("norm_first", [False, True])
def test_every_kind_of_part_is_what_the_spec_says(
    norm_first: bool, activation: StackActivationName, norm: NormName
) -> None:
    trace = stack_trace(spec(norm=norm, activation=activation, norm_first=norm_first, num_kv_heads=2, ff_width=23))
    assert (trace.memory_norm is not None) == (trace.final_norm is not None) == norm_first
    for block in (*trace.encoder, *trace.decoder):
        for part in block.parts:
            assert part.norm is not None
            assert part.norm.weights.kind == norm
            if part.attention is not None:
                assert part.attention.projections.num_kv_heads == 2
        fed = block.part("feed_forward").feed_forward
        assert fed is not None
        assert fed.activation.shape[-1] == 23
        assert fed.weights.activation == activation
    assert trace.logits.isfinite().all()
    assert 0.2 < trace.logits.std() < 5


def test_the_head_reads_the_last_stream_and_cross_attention_the_memory() -> None:
    trace = stack_trace(spec())
    assert trace.final_norm is not None
    same_bits(trace.final_norm.x, trace.streams("decoder")[-1])
    close(trace.logits, trace.final @ trace.inputs.weights.output_proj)
    for block in trace.decoder:
        across = block.part("cross_attention").attention
        assert across is not None
        assert across.memory is trace.memory


def test_without_norms_nothing_is_normed() -> None:
    trace = stack_trace(spec(norm_on=False))
    assert trace.final_norm is trace.memory_norm is None
    same_bits(trace.final, trace.streams("decoder")[-1])
    assert all(part.norm is None for block in (*trace.encoder, *trace.decoder) for part in block.parts)
    # A trained stack keeps its last norms: the switch turns them off as well.
    switched = stack_trace(replace(seeded_inputs(spec()), switches=BlockSwitches(norm=False)))
    same_bits(switched.logits, trace.logits)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_every_dtype_and_device_comes_near_to_float64(dtype: Any, device: str) -> None:
    wanted = stack_trace(spec(positions="rope", activation="swiglu", norm="rms")).logits
    trace = stack_trace(spec(positions="rope", activation="swiglu", norm="rms", dtype=dtype, device=device))
    assert trace.device == resolve_device(device)
    assert str(trace.logits.dtype) == f"torch.{dtype}"
    close(trace.logits.cpu().double(), wanted, 1e-5 if dtype == "float32" else 0.2)


# --- the seeded source ------------------------------------------------------------------------------------------------


def test_the_same_token_has_the_same_vector_in_both_texts_and_the_vocabulary_names_it_once() -> None:
    inputs = seeded_inputs(spec())
    assert inputs.vocabulary == ("The", "cat", "sat", "on", "the", "mat", ".", "Le", "chat", "est")
    assert inputs.target_embedding is not None
    same_bits(inputs.source_embedding[4], inputs.target_embedding[3])
    assert inputs.source_positions is not None
    same_bits(inputs.source_positions, sinusoidal_positions(S, 32))


def test_typing_another_word_leaves_the_logits_of_the_others_weights() -> None:
    before = seeded_inputs(spec()).weights.output_proj
    after = seeded_inputs(spec(source_tokens=("A", *SOURCE[1:]))).weights.output_proj
    same_bits(before[:, 1:], after[:, 1:])
    assert not torch.equal(before[:, 0], after[:, 0])


def test_another_block_leaves_those_below_as_they_were() -> None:
    short, deep = stack_trace(spec(depth=2, dropout=0.3)), stack_trace(spec(depth=5, dropout=0.3))
    for below, beneath in zip(short.streams("encoder"), deep.streams("encoder"), strict=False):
        same_bits(below, beneath)


def test_a_seed_is_repeatable_and_another_one_is_another_stack() -> None:
    same_bits(stack_trace(spec(dropout=0.2)).logits, stack_trace(spec(dropout=0.2)).logits)
    first, second = (seeded_inputs(spec(seed=seed)).weights for seed in (0, 1))
    for one, other in zip((*first.encoder, *first.decoder), (*second.encoder, *second.decoder), strict=True):
        assert not torch.equal(one.self_attention.qkv_proj, other.self_attention.qkv_proj)
        assert not torch.equal(one.feed_forward.up_proj, other.feed_forward.up_proj)
    matrices = [block.self_attention.output_proj for block in (*first.encoder, *first.decoder)]
    assert all(not torch.equal(one, other) for n, one in enumerate(matrices) for other in matrices[:n])


# --- who can change whom ----------------------------------------------------------------------------------------------


def changed(inputs: StackInputs, text: str, token: int) -> StackInputs:
    """The same, with another vector at one token."""
    vectors = getattr(inputs, f"{text}_embedding").clone()
    vectors[token] += 3.0
    return replace(inputs, **{f"{text}_embedding": vectors})


def differs(first: Tensor, second: Tensor) -> list[bool]:
    return (first != second).flatten(0, -2).any(-1).tolist()


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("norm_first", [False, True])
def test_the_future_cannot_change_the_past(norm_first: bool, positions: StackPositionsName) -> None:
    for architecture, text, length in (("decoder", "source", S), ("encoder_decoder", "target", T)):
        inputs = seeded_inputs(spec(architecture=architecture, positions=positions, norm_first=norm_first))
        first, second = stack_trace(inputs), stack_trace(changed(inputs, text, 2))
        for before, after in zip(last_blocks(first), last_blocks(second), strict=True):
            same_bits(before.output[:, :2], after.output[:, :2])
        assert differs(first.logits, second.logits) == [False] * 2 + [True] * (length - 2)


def test_an_encoder_sees_both_ways_and_the_source_reaches_every_token_of_the_target() -> None:
    for architecture, length in (("encoder", S), ("encoder_decoder", T)):
        inputs = seeded_inputs(spec(architecture=architecture))
        first, second = stack_trace(inputs), stack_trace(changed(inputs, "source", S - 1))
        assert differs(first.logits, second.logits) == [True] * length


def test_the_target_cannot_change_the_memory() -> None:
    inputs = seeded_inputs(spec())
    first, second = stack_trace(inputs), stack_trace(changed(inputs, "target", 0))
    assert first.memory is not None
    assert second.memory is not None
    same_bits(first.memory, second.memory)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_padding_of_the_source_changes_nothing_that_is_a_word(architecture: ArchitectureName) -> None:
    inputs = replace(seeded_inputs(spec(architecture=architecture)), source_mask=torch.arange(S) < 5)
    first, second = stack_trace(inputs), stack_trace(changed(inputs, "source", 6))
    words = slice(None) if architecture == "encoder_decoder" else slice(5)
    same_bits(first.logits[:, words], second.logits[:, words])
    unmasked = stack_trace(replace(inputs, source_mask=None))
    assert architecture == "decoder" or not torch.equal(unmasked.logits[:, 0], first.logits[:, 0])


@pytest.mark.parametrize("positions", ["none", "alibi"])
def test_a_bias_reaches_the_self_attention_of_its_text_in_every_block(positions: StackPositionsName) -> None:
    inputs = seeded_inputs(spec(positions=positions))
    biases = {"encoder": 3 * normal(4, S, S), "decoder": 3 * normal(4, T, T, seed=1)}
    trace = stack_trace(replace(inputs, source_bias=biases["encoder"], target_bias=biases["decoder"]))
    for side, bias in biases.items():
        for block in trace.blocks(side):  # type: ignore[arg-type]
            own = block.part("self_attention").attention
            assert own is not None
            assert own.heads.bias is not None
            slopes = alibi_bias(4, bias.shape[-1]) if positions == "alibi" else torch.zeros(())
            close(own.heads.bias.expand(1, *bias.shape)[0], bias + slopes)
    for block in trace.decoder:
        crossing = block.part("cross_attention").attention
        assert crossing is not None
        assert crossing.heads.bias is None


def test_without_positions_an_encoder_forgets_the_order_and_with_them_it_does_not() -> None:
    order = [3, 0, 6, 2, 5, 1, 4]
    for positions in ("none", "alibi", "rope"):
        there = stack_trace(spec(architecture="encoder", positions=positions)).final
        moved = stack_trace(
            spec(architecture="encoder", positions=positions, source_tokens=tuple(SOURCE[place] for place in order))
        ).final
        assert ((moved - there[:, order]).abs().max() < 1e-12) == (positions == "none")


# --- gradients --------------------------------------------------------------------------------------------------------


def test_influence_is_the_length_of_a_gradient() -> None:
    inputs = seeded_inputs(spec())
    found = influence_of_tokens(inputs, position=3, output=8)
    assert found.target is not None
    step, logit = 1e-6, stack_trace(inputs).logits[0, 3, 8]
    for text, length in (("source", found.source[2]), ("target", found.target[1])):
        token = 2 if text == "source" else 1
        slopes = []
        for coordinate in range(32):
            vectors = getattr(inputs, f"{text}_embedding").clone()
            vectors[token, coordinate] += step
            slopes.append(
                (stack_trace(replace(inputs, **{f"{text}_embedding": vectors})).logits[0, 3, 8] - logit) / step
            )
        assert torch.stack(slopes).norm().item() == pytest.approx(length.item(), rel=1e-4)


def test_the_gradient_to_what_cannot_be_seen_is_exactly_zero() -> None:
    alone = influence_of_tokens(seeded_inputs(spec(architecture="decoder")), position=2)
    assert (alone.source > 0).tolist() == [True] * 3 + [False] * (S - 3)
    assert alone.target is None
    both = influence_of_tokens(replace(seeded_inputs(spec()), source_mask=torch.arange(S) < 5), position=2)
    assert both.target is not None
    assert (both.target > 0).tolist() == [True] * 3 + [False] * (T - 3)
    assert (both.source > 0).tolist() == [True] * 5 + [False] * (S - 5)


def test_the_word_that_is_asked_about_is_the_likeliest_unless_another_is_named() -> None:
    inputs = seeded_inputs(spec(dropout=0.5))
    calm = stack_trace(seeded_inputs(spec()))
    found = influence_of_tokens(inputs, position=1)
    assert found.output == int(calm.logits[0, 1].argmax())  # dropout is off
    close(found.source, influence_of_tokens(inputs, position=1, output=found.output).source, 0)


def test_influence_needs_nothing_of_its_callers_mode_and_leaves_the_weights_alone() -> None:
    with torch.inference_mode():
        inputs = seeded_inputs(spec(seed=5))
        inside = influence_of_tokens(inputs, position=1)
    close(influence_of_tokens(inputs, position=1).source, inside.source, 0)
    assert not inputs.source_embedding.requires_grad


def test_a_position_or_a_word_that_is_not_there_is_refused() -> None:
    inputs = seeded_inputs(spec())
    for position in (-1, T):
        with pytest.raises(ValueError, match=rf"position \({position}\) must be between 0 and 4"):
            influence_of_tokens(inputs, position)
    with pytest.raises(ValueError, match=r"output \(10\) must be between 0 and 9"):
        influence_of_tokens(inputs, 0, output=10)


# --- what was written -------------------------------------------------------------------------------------------------


def test_what_a_part_wrote_is_measured_at_each_position() -> None:
    part = stack_trace(spec()).decoder[1].part("cross_attention")
    found = written_share(part)
    for token in range(T):
        x, written, output = (stream[0, token].tolist() for stream in (part.x, part.written, part.output))
        lengths = [math.hypot(*vector) for vector in (x, written, output)]
        got = [found.x[token].item(), found.written[token].item(), found.output[token].item()]
        assert got == pytest.approx(lengths, rel=1e-12)
        cosine = math.fsum(a * b for a, b in zip(x, written, strict=True))
        assert found.cosine[token].item() == pytest.approx(cosine / lengths[0] / lengths[1], abs=1e-12)


def test_beside_nothing_written_the_cosine_is_zero() -> None:
    part = stack_trace(spec()).encoder[0].part("feed_forward")
    silent = written_share(replace(part, written=torch.zeros_like(part.written)))
    assert silent.written.tolist() == silent.cosine.tolist() == [0.0] * S


# --- broken on purpose ------------------------------------------------------------------------------------------------


def sees_one_ahead(length: int, **options: Any) -> Tensor:
    return causal_mask(length, offset=1, **options)


def without_the_last_norm(stream: Tensor, weights: Any, inputs: StackInputs) -> None:
    return None


def reads_the_source_twice(right: Any) -> Any:
    def blocks(inputs: StackInputs, side: Any, *, memory: Tensor | None = None, **options: Any) -> Any:
        return right(inputs, side, memory=None if memory is None else inputs.source_embedding[None], **options)

    return blocks


MUTANTS: dict[str, tuple[str, Any, Any]] = {  # what is replaced, by what, and who notices
    "the future is seen": (
        "causal_mask",
        lambda _: sees_one_ahead,
        lambda: test_the_future_cannot_change_the_past(True, "none"),
    ),
    "the last norms are left out": (
        "_normed",
        lambda _: without_the_last_norm,
        lambda: test_an_encoder_decoder_agrees_with_torchs(True),
    ),
    "the memory is the source's embedding": (
        "_blocks",
        reads_the_source_twice,
        lambda: test_an_encoder_decoder_agrees_with_torchs(False),
    ),
    "padding is read": (
        "padding_mask",
        lambda _: lambda mask: torch.ones_like(mask)[None],
        lambda: test_an_encoder_decoder_agrees_with_torchs(True),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_stack_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, wrong, law = MUTANTS[name]
    monkeypatch.setattr(stack, broken, wrong(getattr(stack, broken)))
    with pytest.raises(AssertionError):
        law()


# --- what is refused --------------------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no source": ({"source_tokens": ()}, "source_tokens", r"source_tokens \(0\) must be between 1 and 32"),
    "long source": ({"source_tokens": ("a",) * 33}, "source_tokens", r"source_tokens \(33\) must be between 1 and 32"),
    "no target": ({"target_tokens": ()}, "target_tokens", r"target_tokens \(0\) must be between 1 and 32"),
    "a list": ({"target_tokens": ["a"]}, "target_tokens", r"target_tokens \(list\) must be a tuple of strings"),
    "a string": ({"source_tokens": "abc"}, "source_tokens", r"source_tokens \(str\) must be a tuple of strings"),
    "architecture": (
        {"architecture": "both"},
        "architecture",
        r"architecture \('both'\) must be one of encoder, decoder",
    ),
    "depth 0": ({"depth": 0}, "depth", r"depth \(0\) must be between 1 and 6"),
    "depth 7": ({"depth": 7}, "depth", r"depth \(7\) must be between 1 and 6"),
    "depth 2.0": ({"depth": 2.0}, "depth", r"depth \(2.0\) must be a whole number"),
    "heads": ({"num_heads": 7}, "num_heads", r"num_heads \(7\) must divide d_model \(32\)"),
    "kv heads": ({"num_kv_heads": 3}, "num_kv_heads", r"num_kv_heads \(3\) must divide num_heads \(4\)"),
    "kv heads 0": ({"num_kv_heads": 0}, "num_kv_heads", r"num_kv_heads \(0\) must be between 1 and 16"),
    "d_model": ({"d_model": 129}, "d_model", r"d_model \(129\) must be between 1 and 128"),
    "ff_width": ({"ff_width": 0}, "ff_width", r"ff_width \(0\) must be between 1 and 512"),
    "norm": ({"norm": "batch"}, "norm", r"norm \('batch'\) must be one of layer, rms"),
    "norm_first": ({"norm_first": "yes"}, "norm_first", r"norm_first \('yes'\) must be True or False"),
    "activation": ({"activation": "tanh"}, "activation", r"activation \('tanh'\) must be one of relu, gelu, swiglu"),
    "positions": ({"positions": "t5"}, "positions", r"positions \('t5'\) must be one of none, sinusoidal, rope, alibi"),
    "dropout": ({"dropout": math.nan}, "dropout", r"dropout \(nan\) must be between 0.0 and 0.9"),
    "seed": ({"seed": -1}, "seed", r"seed \(-1\) must be between 0 and 2147483647"),
    "dtype": ({"dtype": "int8"}, "dtype", r"dtype \('int8'\) must be one of float32"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_out_of_bounds_is_refused_by_field_and_value(name: str) -> None:
    fields, field, message = REFUSALS[name]
    with pytest.raises(SpecError, match=f"^{message}") as refusal:
        spec(**fields)
    assert refusal.value.field == field
    assert field in {known.name for known in dataclasses.fields(StackSpec)}


@pytest.mark.parametrize(
    "fields",
    [
        {"depth": 6, "d_model": 128, "ff_width": 512, "num_heads": 16, "activation": "swiglu"},
        {"depth": 1, "d_model": 1, "ff_width": 1, "num_heads": 1, "source_tokens": ("",), "target_tokens": ("\ud800",)},
        {"architecture": "decoder", "target_tokens": ("a",) * 100},
    ],
    ids=["largest", "smallest", "a target that is not read"],
)
def test_the_bounds_themselves_are_allowed(fields: dict[str, Any]) -> None:
    assert stack_trace(spec(**fields)).logits.isfinite().all()


def test_equal_specs_have_one_hash() -> None:
    assert len({spec(), spec(), spec(depth=1)}) == 2


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match=r"device \('tpu'\) must be 'auto' or one of") as refusal:
        stack_trace(spec(device="tpu"))
    assert refusal.value.field == "device"


ASKED = {"stack_trace": stack_trace, "influence": lambda inputs: influence_of_tokens(inputs, 0)}


@pytest.mark.parametrize("asked", ASKED.values(), ids=list(ASKED))
def test_what_a_device_cannot_do_is_refused_whoever_asks(
    asked: Callable[[StackInputs], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*args: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patch:
        patch.setattr("attnlab.engine.devices.resolve_device", lambda name: torch.device("mps"))
        with pytest.raises(SpecError, match=r"dtype \('float64'\) must be another on device 'mps'"):
            asked(seeded_inputs(spec(dtype="float64")))
    monkeypatch.setattr("attnlab.engine.stack.trace.block_stages", exhausted)
    with pytest.raises(SpecError, match=r"device \('cpu'\) has too little free memory for 12 tokens") as refusal:
        asked(seeded_inputs(spec()))
    assert refusal.value.code == "device_memory"


def test_inputs_that_do_not_fit_each_other_are_refused() -> None:
    inputs = seeded_inputs(spec())
    refusals: dict[str, dict[str, Any]] = {
        r"vocabulary \(2\) must have the 10 words of output_proj": {"vocabulary": ("a", "b")},
        "target_embedding must come with an encoder-decoder and no other, got encoder": {"target_embedding": None},
        r"source_embedding \(7, 31\) must be \(7, 32\)": {"source_embedding": normal(S, 31)},
        r"target_positions \(6, 32\) must be \(5, 32\)": {"target_positions": normal(6, 32)},
        r"source_mask \(5,\) must be \(7,\)": {"source_mask": torch.ones(5).bool()},
        r"bias of the encoder \(4, 5, 5\) must be \(4, 7, 7\)": {"source_bias": torch.ones(4, T, T)},
        r"bias of the decoder \(3, 5, 5\) must be \(4, 5, 5\)": {"target_bias": torch.ones(3, T, T)},
    }
    for message, fields in refusals.items():
        with pytest.raises(ValueError, match=message):
            replace(inputs, **fields)
    with pytest.raises(ValueError, match="must have at least one block together"):
        replace(inputs.weights, encoder=(), decoder=())
    with pytest.raises(ValueError, match="must have cross_attention beside an encoder, and only there"):
        replace(inputs.weights, encoder=())
