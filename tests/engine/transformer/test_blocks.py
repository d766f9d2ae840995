"""One block, against torch's own encoder and decoder layers, stage by stage, and broken on purpose."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import (
    BlockStages,
    BlockSwitches,
    BlockWeights,
    block_stages,
    causal_mask,
    padding_mask,
    rotary_angles,
)
from attnlab.engine.multihead import MultiHeadTrace
from tests.engine.laws import close, same_bits
from tests.engine.reference import B, S, T, holes, normal, seeded

# `attnlab.engine.transformer.feed_forward` is a function to whoever asks the package; this is the module.
blocks = importlib.import_module("attnlab.engine.transformer.blocks")

HEADS, WIDTH, HIDDEN = 3, 33, 19
PADDED = torch.tensor([[False] * S, [False] * 3 + [True] * (S - 3)])


def torch_block(kind: type[nn.Module], *, norm_first: bool, activation: Any = "relu", bias: bool = True) -> Any:
    """torch's own, with norms and biases that are not those of a fresh one."""
    options = {"dropout": 0.0, "activation": activation, "batch_first": True, "norm_first": norm_first, "bias": bias}
    block = kind(WIDTH, HEADS, HIDDEN, dtype=torch.float64, **options)
    with torch.no_grad():
        for number, parameter in enumerate(block.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=200 + number) / (1 if parameter.ndim == 1 else 5))
    return block


def encoder_agrees(norm_first: bool, activation: Any = "relu", mask: Tensor | None = None, bias: bool = True) -> None:
    module = torch_block(nn.TransformerEncoderLayer, norm_first=norm_first, activation=activation, bias=bias)
    x = normal(B, S, WIDTH)
    seen = padding_mask(PADDED) if mask is None else mask & padding_mask(PADDED)
    got = block_stages(x, BlockWeights.from_torch_encoder(module), BlockSwitches(norm_first=norm_first), mask=seen)
    close(got.output, module(x, src_mask=None if mask is None else ~mask, src_key_padding_mask=PADDED))


def decoder_agrees(norm_first: bool, activation: Any = "relu", bias: bool = True) -> None:
    module = torch_block(nn.TransformerDecoderLayer, norm_first=norm_first, activation=activation, bias=bias)
    got = decoder_stages(module)
    hidden = {"tgt_mask": ~causal_mask(T), "memory_mask": ~holes(T, S), "memory_key_padding_mask": PADDED}
    close(got.output, module(normal(B, T, WIDTH), normal(B, S, WIDTH, seed=1), **hidden))


def decoder_stages(module: Any, **changed: Any) -> BlockStages:
    """A decoder block on T positions that sees a memory of S, with holes and padding."""
    return block_stages(
        normal(B, T, WIDTH),
        BlockWeights.from_torch_decoder(module),
        BlockSwitches(**({"norm_first": module.norm_first} | changed)),
        memory=normal(B, S, WIDTH, seed=1),
        mask=causal_mask(T),
        memory_mask=holes(T, S) & padding_mask(PADDED),
    )


@pytest.mark.parametrize("activation", ["relu", "gelu", F.gelu, nn.ReLU()], ids=str)
@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_block_agrees_with_torchs(norm_first: bool, activation: Any) -> None:
    encoder_agrees(norm_first, activation)
    encoder_agrees(norm_first, activation, causal_mask(S))


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_block_agrees_with_torchs(norm_first: bool, activation: str) -> None:
    decoder_agrees(norm_first, activation)


@pytest.mark.parametrize("norm_first", [False, True])
def test_blocks_without_biases_agree_with_torchs(norm_first: bool) -> None:
    encoder_agrees(norm_first, bias=False)
    decoder_agrees(norm_first, bias=False)


def test_the_gradients_of_the_weights_agree_with_torchs() -> None:
    ours, theirs = (torch_block(nn.TransformerDecoderLayer, norm_first=True) for _ in range(2))
    decoder_stages(ours).output.square().sum().backward()
    hidden = {"tgt_mask": ~causal_mask(T), "memory_mask": ~holes(T, S), "memory_key_padding_mask": PADDED}
    theirs(normal(B, T, WIDTH), normal(B, S, WIDTH, seed=1), **hidden).square().sum().backward()
    for mine, wanted in zip(ours.parameters(), theirs.parameters(), strict=True):
        close(mine.grad, wanted.grad, 1e-10)


# --- its stages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
def test_the_stages_of_every_part_lead_to_each_other(norm_first: bool, residual: bool, norm: bool) -> None:
    module = torch_block(nn.TransformerDecoderLayer, norm_first=norm_first)
    stages = decoder_stages(module, residual=residual, norm=norm)
    assert [part.name for part in stages.parts] == ["self_attention", "cross_attention", "feed_forward"]
    stream = stages.x
    for part in stages.parts:
        same_bits(part.x, stream)
        assert (part.norm is not None) == norm
        same_bits(part.entering, part.norm.output if part.norm and norm_first else part.x)
        stages_of_part = part.attention or part.feed_forward
        assert stages_of_part is not None
        same_bits(stages_of_part.x, part.entering)
        same_bits(part.undropped, stages_of_part.output)
        same_bits(part.written, part.undropped)
        close(part.joined, part.x + part.written if residual else part.written)
        same_bits(part.output, part.norm.output if part.norm and not norm_first else part.joined)
        if part.norm:
            same_bits(part.norm.x, part.x if norm_first else part.joined)
        stream = part.output
    same_bits(stages.output, stream)


def test_self_attention_reads_the_target_and_cross_attention_the_memory() -> None:
    stages = decoder_stages(torch_block(nn.TransformerDecoderLayer, norm_first=True))
    own, across = stages.part("self_attention").attention, stages.part("cross_attention").attention
    assert own is not None
    assert across is not None
    assert own.memory is own.x
    same_bits(across.memory, normal(B, S, WIDTH, seed=1))
    assert own.heads.weights.shape == (B, HEADS, T, T)
    assert across.heads.weights.shape == (B, HEADS, T, S)


def test_without_residual_the_stream_is_what_was_written_last() -> None:
    module = torch_block(nn.TransformerEncoderLayer, norm_first=True)
    stages = block_stages(normal(B, T, WIDTH), BlockWeights.from_torch_encoder(module), BlockSwitches(residual=False))
    same_bits(stages.output, stages.part("feed_forward").written)
    # Without its own vector a token is a mixture alone: with uniform weights all tokens become one.
    weights = BlockWeights.from_torch_encoder(module)
    blind = replace(
        weights.self_attention,
        qkv_proj=torch.cat(
            [0 * m for m in weights.self_attention.matrices[:2]] + [weights.self_attention.matrices[2]], dim=1
        ),
        qkv_bias=None,
    )
    alike = block_stages(normal(B, T, WIDTH), replace(weights, self_attention=blind), BlockSwitches(residual=False))
    close(alike.output, alike.output[:, :1].expand_as(alike.output))


def test_without_feed_forward_a_block_is_its_attention() -> None:
    module = torch_block(nn.TransformerDecoderLayer, norm_first=True)
    whole, short = decoder_stages(module), decoder_stages(module, feed_forward=False)
    same_bits(short.output, whole.part("cross_attention").output)
    with pytest.raises(ValueError, match=r"part \('feed_forward'\) must be one of self_attention, cross_attention"):
        short.part("feed_forward")


def test_dropout_acts_on_what_is_added_and_is_seeded() -> None:
    weights = BlockWeights.from_torch_encoder(torch_block(nn.TransformerEncoderLayer, norm_first=True))
    x, switches = normal(B, 31, WIDTH), BlockSwitches(dropout=0.25)
    first, again, other = (block_stages(x, weights, switches, generator=seeded(seed)) for seed in (1, 1, 2))
    same_bits(first.output, again.output)
    assert not torch.equal(first.output, other.output)
    for part in first.parts:
        assert part.dropout_mask is not None
        assert part.dropout_mask.double().mean() == pytest.approx(0.75, abs=0.05)
        close(part.written, part.undropped * part.dropout_mask / 0.75)
    attention = first.part("self_attention").attention
    assert attention is not None
    assert attention.heads.dropout_mask is None


def test_rope_and_bias_reach_self_attention_alone() -> None:
    module = torch_block(nn.TransformerDecoderLayer, norm_first=True)
    weights, x, memory = BlockWeights.from_torch_decoder(module), normal(B, T, WIDTH), normal(B, S, WIDTH, seed=1)
    bias, angles = normal(HEADS, T, T, seed=2), rotary_angles(T, WIDTH // HEADS)
    stages = block_stages(x, weights, memory=memory, bias=bias, angles=angles)
    own, across = stages.part("self_attention").attention, stages.part("cross_attention").attention
    assert own is not None
    assert across is not None
    assert not torch.equal(own.heads.query, own.projected_query)
    same_bits(across.heads.query, across.projected_query)
    close(own.heads.masked_scores - own.heads.scaled_scores, bias.expand(B, -1, -1, -1))
    same_bits(across.heads.masked_scores, across.heads.scaled_scores)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_memory_and_weights_that_look_at_it_come_together() -> None:
    encoder = BlockWeights.from_torch_encoder(torch_block(nn.TransformerEncoderLayer, norm_first=True))
    decoder = BlockWeights.from_torch_decoder(torch_block(nn.TransformerDecoderLayer, norm_first=True))
    x = normal(B, T, WIDTH)
    for weights, memory in ((encoder, x), (decoder, None)):
        with pytest.raises(ValueError, match="memory must come with weights of cross_attention"):
            block_stages(x, weights, memory=memory)
    with pytest.raises(ValueError, match="cross_attention and cross_norm must come together"):
        replace(decoder, cross_norm=None)


def test_an_activation_that_this_block_does_not_know_is_refused() -> None:
    for activation in (torch.tanh, nn.GELU(approximate="tanh")):
        with pytest.raises(ValueError, match="must be ReLU or GELU"):
            BlockWeights.from_torch_encoder(
                torch_block(nn.TransformerEncoderLayer, norm_first=True, activation=activation)
            )


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_dropout_out_of_bounds_is_refused(dropout: float) -> None:
    with pytest.raises(ValueError, match=r"dropout \(.*\) must be in \[0, 1\)"):
        BlockSwitches(dropout=dropout)


# --- broken on purpose ------------------------------------------------------------------------------------------------

Wrong = Callable[[Callable[..., Any]], Callable[..., Any]]


def always(**changed: Any) -> Wrong:
    """The parts under other switches than were asked for."""

    def broken(right: Callable[..., Any]) -> Callable[..., Any]:
        def part(name: str, x: Tensor, read: Any, norm: Any, switches: BlockSwitches, generator: Any) -> Any:
            return right(name, x, read, norm, replace(switches, **changed), generator)

        return part

    return broken


def norms_the_stream_itself(right: Callable[..., Any]) -> Callable[..., Any]:
    """The residual is taken behind the norm."""

    def part(name: str, x: Tensor, read: Any, norm: Any, switches: BlockSwitches, generator: Any) -> Any:
        normed = blocks.normed(x, norm).output if switches.norm_first else x
        return right(name, normed, read, norm, replace(switches, norm=not switches.norm_first), generator)

    return part


def looks_at_itself(right: Callable[..., Any]) -> Callable[..., Any]:
    def attention(x: Tensor, weights: Any, *, memory: Tensor | None = None, **options: Any) -> Any:
        crossing = memory is not None
        return right(x, weights, **({"mask": None} if crossing else options))

    return attention


def unmasked_memory(right: Callable[..., Any]) -> Callable[..., Any]:
    def attention(x: Tensor, weights: Any, *, mask: Tensor | None = None, **options: Any) -> Any:
        return right(x, weights, mask=None if options.get("memory") is not None else mask, **options)

    return attention


MUTANTS: dict[str, tuple[str, Wrong, bool, bool]] = {  # what is replaced, by what, and which norm_first notice it
    "no residual": ("_part", always(residual=False), True, True),
    "norm always first": ("_part", always(norm_first=True), False, True),
    "norm always last": ("_part", always(norm_first=False), True, False),
    "residual behind the norm": ("_part", norms_the_stream_itself, True, False),
    "cross-attention reads the target": ("multi_head_attention", looks_at_itself, True, True),
    "the memory's mask is forgotten": ("multi_head_attention", unmasked_memory, True, True),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_block_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, wrong, first, last = MUTANTS[name]
    monkeypatch.setattr(blocks, broken, wrong(getattr(blocks, broken)))
    for norm_first, notices in ((True, first), (False, last)):
        if notices:
            with pytest.raises(AssertionError):
                decoder_agrees(norm_first)


# --- scale ------------------------------------------------------------------------------------------------------------


def test_without_scale_scores_are_larger_by_the_root_of_the_heads_width() -> None:
    module = torch_block(nn.TransformerDecoderLayer, norm_first=True)
    scaled, bare = decoder_stages(module), decoder_stages(module, scaled=False)
    for name in ("self_attention", "cross_attention"):
        one, other = (stages.part(name).attention for stages in (scaled, bare))
        assert one is not None
        assert other is not None
        assert (one.heads.scale, other.heads.scale) == (one.projections.head_dim**-0.5, 1.0)
        close(
            other.heads.weights, (other.heads.query @ other.heads.key.mT).where(mask_of(other), -torch.inf).softmax(-1)
        )


def mask_of(layer: MultiHeadTrace) -> Tensor:
    weights = layer.heads.weights
    return (
        torch.ones_like(weights, dtype=torch.bool) if layer.heads.mask is None else layer.heads.mask.expand_as(weights)
    )
