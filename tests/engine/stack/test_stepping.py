"""A decoder that runs the newest token alone gives what the whole stack gives."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import (
    BlockSwitches,
    StackInputs,
    StackSpec,
    multi_head_attention,
    rotary_angles,
    seeded_inputs,
    stack_trace,
)
from attnlab.engine.efficient.kv_cache import cached_cross_attention, memory_cache
from attnlab.engine.stack import Decoder, SoFar, decoder_beside, decoder_step, decoder_steps
from tests.engine.laws import close
from tests.engine.reference import D_MODEL, B, S, T, holes, normal, projections

stepping = importlib.import_module("attnlab.engine.stack.stepping")

SOURCE = ("The", "cat", "sat", "on", "the", "mat", ".")  # S of them
TARGET = ("Le", "chat", "est", "la", ".")  # T of them
HEADS, WIDTH = 4, 32
SWITCHES = {
    "norm first": BlockSwitches(),
    "norm last": BlockSwitches(norm_first=False),
    "unscaled": BlockSwitches(scaled=False),
    "no norms": BlockSwitches(norm=False),
    "no residual": BlockSwitches(residual=False),
    "no feed-forward": BlockSwitches(feed_forward=False, norm_first=False),
}


def stack(switches: BlockSwitches, *, biased: bool = False) -> StackInputs:
    options: dict[str, Any] = {"source_tokens": SOURCE, "target_tokens": TARGET, "dtype": "float64"}
    inputs = seeded_inputs(StackSpec(**options, num_heads=HEADS, d_model=WIDTH, num_kv_heads=2, depth=3))
    return replace(inputs, switches=switches, target_bias=2 * normal(HEADS, T, T) if biased else None)


def stepped(inputs: StackInputs) -> Tensor:
    """(T, d_model): the last stream of the target, one token after the other."""
    trace = stack_trace(inputs)
    weights = trace.inputs.weights
    bias = trace.inputs.target_bias
    assert trace.memory is not None
    decoder = decoder_beside(trace.memory, weights.decoder, weights.decoder_norm, inputs.switches, bias)
    so_far, streams = SoFar(), []
    for place in range(T):
        assert so_far.length == place
        stream, so_far = decoder_step(decoder, trace.decoder[0].x[:, place], so_far)
        streams.append(stream)
    return torch.cat(streams)


def agrees(name: str, *, biased: bool = False) -> None:
    inputs = stack(SWITCHES[name], biased=biased)
    close(stepped(inputs), stack_trace(inputs).final[0])


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("name", SWITCHES)
def test_step_by_step_the_streams_are_those_of_the_whole_stack(name: str, biased: bool) -> None:
    agrees(name, biased=biased)


def test_texts_go_on_side_by_side_and_any_of_them_can_be_gone_on_with() -> None:
    inputs = stack(SWITCHES["norm first"])
    trace = stack_trace(inputs)
    assert trace.memory is not None
    decoder = decoder_beside(trace.memory, inputs.weights.decoder, inputs.weights.decoder_norm, inputs.switches)
    first, second = normal(3, WIDTH), normal(2, WIDTH, seed=1)
    _, so_far = decoder_step(decoder, first, SoFar())
    rows = torch.tensor([2, 0])
    stream, now = decoder_step(decoder, second, so_far.of(rows))
    assert (so_far.length, now.length) == (1, 2)
    for row, text in enumerate(rows.tolist()):
        _, alone = decoder_step(decoder, first[text : text + 1], SoFar())
        close(stream[row], decoder_step(decoder, second[row : row + 1], alone)[0][0])


def test_a_decoder_without_cross_attention_is_refused() -> None:
    inputs = stack(SWITCHES["norm first"])
    with pytest.raises(ValueError, match="blocks must have cross_attention, which is what looks at a memory"):
        decoder_beside(normal(1, S, WIDTH), inputs.weights.encoder, None, inputs.switches)


@pytest.mark.parametrize("scale", [None, 1.0])
@pytest.mark.parametrize("with_bias", [False, True])
def test_cross_attention_with_its_keys_at_hand_is_the_same(with_bias: bool, scale: float | None) -> None:
    weights = projections(num_kv_heads=1, with_bias=with_bias)
    x, memory, mask = normal(B, T, D_MODEL), normal(B, S, D_MODEL, seed=1), holes(T, S)
    found = cached_cross_attention(x, weights, memory_cache(memory, weights), mask=mask, scale=scale)
    rule = BlockSwitches(scaled=scale is None).rule
    close(found, multi_head_attention(x, weights, memory=memory, mask=mask, rule=rule).output)


def without(name: str) -> Callable[[Any], Any]:
    def wrong(right: Any) -> Any:
        return lambda *args, **options: right(*args, **{**options, name: None})

    return wrong


MUTANTS: dict[str, tuple[str, Callable[[Any], Any], Callable[[], None]]] = {
    "no bias": ("cached_attention_step", without("bias"), lambda: agrees("norm last", biased=True)),
    "scores scaled": ("cached_attention_step", without("scale"), lambda: agrees("unscaled")),
    "scores of the memory scaled": ("cached_cross_attention", without("scale"), lambda: agrees("unscaled")),
    "norms first for ever": (
        "_joined",
        lambda _: lambda stream, written, *_: stream + written,
        lambda: agrees("norm last"),
    ),
    "nothing kept": (
        "cached_attention_step",
        lambda right: lambda x, weights, _, **options: right(x, weights, None, bias=None, scale=options["scale"]),
        lambda: agrees("norm first"),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_step_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, wrong, law = MUTANTS[name]
    monkeypatch.setattr(stepping, broken, wrong(getattr(stepping, broken)))
    with pytest.raises(AssertionError):
        law()


def test_a_decoder_alone_takes_a_prompt_at_once_and_turns_by_rope() -> None:
    spec = StackSpec(source_tokens=TARGET, architecture="decoder", dtype="float64", positions="rope")
    trace = stack_trace(seeded_inputs(spec))
    weights, entering = trace.inputs.weights, trace.decoder[0].x
    angles = rotary_angles(T, weights.decoder[0].self_attention.head_dim)
    decoder = Decoder(weights.decoder, weights.decoder_norm, (), trace.inputs.switches, angles=angles)
    first = decoder_steps(decoder, entering[:, :3], SoFar())
    then = decoder_steps(decoder, entering[:, 3:], first.so_far)
    close(torch.cat([first.stream, then.stream], dim=1), trace.final)
    for number, block in enumerate(trace.decoder):
        attention = block.part("self_attention").attention
        assert attention is not None
        close(then.weights[number], attention.heads.weights[:, :, 3:])
