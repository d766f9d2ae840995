"""From a spec to every number of a layer: recomputed by hand, repeatable, and refused by field when it cannot be."""

import dataclasses
import math
import random
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attnlab.engine import (
    DTYPES,
    PAD,
    AttentionSpec,
    LayerTrace,
    Projections,
    SpecError,
    alibi_bias,
    attention_mask,
    available_devices,
    describe_device,
    merge_heads,
    multi_head_attention,
    resolve_device,
    trace,
)
from attnlab.engine import trace as trace_of
from attnlab.engine.choices.positions import shaw_scores, shaw_table, t5_bias
from attnlab.engine.spec import MaskName, NormalizerName, PositionsName, ScoreName
from tests.engine.choices.test_masks import drawing
from tests.engine.laws import close, same_bits
from tests.engine.reference import DEVICES, EXACT_DEVICES, NO_SHARES, SENTENCE, naive_attention
from tests.products import product

POSITIONS = get_args(PositionsName)
MASKS = get_args(MaskName)
SOURCES = ("designed", "random")


def spec(**fields: Any) -> AttentionSpec:
    return AttentionSpec(**({"tokens": SENTENCE} | fields))


def tensors_of(traced: LayerTrace) -> dict[str, torch.Tensor]:
    heads, layer = traced.layer.heads, traced.layer
    return {
        "x": layer.x,
        "qkv_proj": layer.projections.qkv_proj,
        "output_proj": layer.projections.output_proj,
        "query": heads.query,
        "key": heads.key,
        "value": heads.value,
        "scores": heads.scores,
        "masked_scores": heads.masked_scores,
        "weights": heads.weights,
        "output": layer.output,
    }


# --- the numbers ----------------------------------------------------------------------------------------------------


def bias_of(positions: str, query: Tensor, length: int) -> Tensor | None:
    """What positions add to the scaled scores, from the position functions alone."""
    if positions == "alibi":
        return alibi_bias(4, length)
    if positions == "t5":
        return t5_bias(4, length, seed=0)
    if positions == "shaw":
        return shaw_scores(query.cpu(), shaw_table(5, seed=0), length) / math.sqrt(5)
    return None


@pytest.mark.parametrize("device", EXACT_DEVICES)
@product(positions=POSITIONS, mask=MASKS, num_kv_heads=[4, 2, 1])
def test_every_stage_recombines_to_the_next(positions: str, mask: str, num_kv_heads: int, device: str) -> None:
    asked = spec(
        tokens=SENTENCE[:5],
        source="random",
        positions=positions,
        mask=mask,
        second_mask="causal",
        padding=2,
        window=2,
        num_heads=4,
        num_kv_heads=num_kv_heads,
        d_model=20,
        value_dim=3,
        temperature=1.3,
        dtype="float64",
        device=device,
    )
    traced = trace(asked)
    layer, heads = traced.layer, traced.layer.heads
    w_query, w_key, w_value = layer.projections.matrices
    close(layer.x[0], traced.token_embedding + traced.position_embedding)
    close(merge_heads(layer.projected_query), layer.x @ w_query)
    close(merge_heads(layer.projected_key), layer.x @ w_key)
    close(merge_heads(heads.value), layer.x @ w_value)
    if traced.angles is not None:
        pairs = torch.view_as_complex(layer.projected_query[..., :4].unflatten(-1, (-1, 2)).contiguous())
        turned = pairs * torch.polar(torch.ones_like(traced.angles), traced.angles).to(device)
        close(heads.query[..., :4], torch.view_as_real(turned).flatten(-2))
        same_bits(heads.query[..., 4:], layer.projected_query[..., 4:])  # the odd fifth coordinate
    of_head = torch.arange(4) // (4 // num_kv_heads)
    weights, output = naive_attention(
        heads.query,
        heads.key[:, of_head],
        heads.value[:, of_head],
        mask=attention_mask(asked),
        bias=bias_of(positions, heads.query, asked.seq_len),
        temperature=1.3,
    )
    close(heads.weights, weights)
    close(heads.output, output)
    close(layer.output, merge_heads(output) @ layer.projections.output_proj.cpu())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_dtype_is_used_and_comes_near_the_truth(dtype: str, device: str) -> None:
    if dtype == "float64" and device not in EXACT_DEVICES:
        pytest.skip("MPS has no float64")
    traced, exact = trace(spec(dtype=dtype, device=device, mask="causal")), trace(spec(dtype="float64", mask="causal"))
    assert traced.layer.x.dtype == traced.layer.output.dtype == DTYPES[dtype]
    assert str(traced.layer.output.device) == device
    tolerance = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-2, "bfloat16": 2e-1}[dtype]
    close(traced.weights.double(), exact.weights, tolerance)


def test_scaling_and_temperature_do_what_they_say() -> None:
    plain, unscaled = trace(spec(dtype="float64")), trace(spec(dtype="float64", score="dot"))
    hot = trace(spec(dtype="float64", temperature=2.0))
    close(unscaled.layer.heads.scaled_scores, plain.layer.heads.scores)
    close(hot.weights, (plain.layer.heads.masked_scores[0] / 2).softmax(-1))


# --- the masks of a spec --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "drawn"),
    [
        ({"mask": "causal"}, ["#..", "##.", "###"]),
        ({"mask": "window", "window": 2}, ["##.", "###", ".##"]),
        ({"mask": "window", "window": 2, "second_mask": "causal"}, ["#..", "##.", ".##"]),
        ({"mask": "padding", "padding": 1}, ["###.", "###.", "###.", "###."]),
        ({"mask": "padding", "padding": 1, "pad_left": True}, [".###", ".###", ".###", ".###"]),
        ({"mask": "padding", "padding": 1, "second_mask": "causal"}, ["#...", "##..", "###.", "###."]),
        (
            {"mask": "padding", "padding": 1, "pad_left": True, "second_mask": "causal"},
            ["....", ".#..", ".##.", ".###"],
        ),
    ],
    ids=str,
)
def test_the_mask_of_a_spec_as_drawn(fields: dict[str, Any], drawn: list[str]) -> None:
    asked = spec(tokens=("a", "b", "c"), **fields)
    mask = attention_mask(asked)
    assert mask is not None
    assert drawing(mask) == drawn
    used = trace(asked).layer.heads.mask
    assert used is not None
    assert drawing(used) == drawn


def test_no_mask_is_none() -> None:
    assert attention_mask(spec(combine="or")) is None
    assert trace(spec()).layer.heads.mask is None


def test_padding_stands_where_it_is_asked_for_and_sees_nothing_on_the_left_of_a_causal_mask() -> None:
    right, left = (trace(spec(mask="padding", padding=2, pad_left=side)) for side in (False, True))
    assert right.tokens == (*SENTENCE, PAD, PAD)
    assert left.tokens == (PAD, PAD, *SENTENCE)
    assert right.weights[:, :, -2:].eq(0).all()
    blind = trace(spec(mask="padding", padding=2, pad_left=True, second_mask="causal"))
    assert blind.weights[:, :2].eq(0).all()
    assert blind.layer.heads.output[:, :, :2].eq(0).all()
    assert not any(tensor.isnan().any() for tensor in tensors_of(blind).values())


def test_padding_changes_nothing_for_the_words() -> None:
    # Without positions, or every word would stand elsewhere.
    plain = trace(spec(source="random", positions="none", dtype="float64"))
    for pad_left in (False, True):
        padded = trace(
            spec(source="random", positions="none", dtype="float64", mask="padding", padding=5, pad_left=pad_left)
        )
        words = slice(5, None) if pad_left else slice(0, 12)
        close(padded.layer.output[:, words], plain.layer.output)


# --- same seed, same numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_spec_gives_the_same_bits(source: str) -> None:
    asked = spec(source=source, dropout=0.4, seed=7)
    first, again = tensors_of(trace(asked)), tensors_of(trace(asked))
    for name, tensor in first.items():
        same_bits(tensor, again[name])
    other = tensors_of(trace(dataclasses.replace(asked, seed=8)))
    assert not torch.equal(first["output"], other["output"])


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("d_model", [64, 24])
def test_typing_one_more_token_moves_no_other_number(positions: str, source: str, d_model: int) -> None:
    shorter = trace(spec(positions=positions, source=source, d_model=d_model))
    longer = trace(spec(tokens=(*SENTENCE, "Really"), positions=positions, source=source, d_model=d_model))
    same_bits(longer.token_embedding[:12], shorter.token_embedding)
    same_bits(longer.position_embedding[:12], shorter.position_embedding)
    same_bits(longer.layer.projections.qkv_proj, shorter.layer.projections.qkv_proj)
    same_bits(longer.layer.projections.output_proj, shorter.layer.projections.output_proj)


def test_the_device_makes_no_other_numbers() -> None:
    wanted = trace(spec(dropout=0.3))
    for device in DEVICES:
        got = trace(spec(dropout=0.3, device=device))
        same_bits(got.layer.x.cpu(), wanted.layer.x)
        same_bits(got.layer.projections.qkv_proj.cpu(), wanted.layer.projections.qkv_proj)
        assert got.layer.heads.dropout_mask is not None
        assert torch.equal(got.layer.heads.dropout_mask.cpu(), wanted.layer.heads.dropout_mask)
        close(got.layer.output, wanted.layer.output, 1e-4)


def test_saved_and_loaded_weights_give_the_same_bits(tmp_path: Path) -> None:
    traced = trace(spec(mask="causal", num_kv_heads=2))
    layer = traced.layer
    np.savez(
        tmp_path / "layer.npz",
        x=layer.x,
        qkv_proj=layer.projections.qkv_proj,
        output_proj=layer.projections.output_proj,
        output=layer.output,
    )
    with np.load(tmp_path / "layer.npz", allow_pickle=False) as saved:
        loaded = {name: torch.from_numpy(saved[name]) for name in saved.files}
    weights = Projections(loaded["qkv_proj"], loaded["output_proj"], 8, 2, 8, 8)
    again = multi_head_attention(loaded["x"], weights, mask=attention_mask(traced.spec))
    same_bits(again.output, loaded["output"])
    same_bits(again.heads.weights, layer.heads.weights)


# --- any size -------------------------------------------------------------------------------------------------------


@st.composite
def specs(draw: st.DrawFn) -> AttentionSpec:
    num_kv_heads = draw(st.integers(1, 4))
    num_heads = num_kv_heads * draw(st.integers(1, 16 // num_kv_heads))
    free = draw(st.booleans())
    widths = st.integers(1, 128)
    return AttentionSpec(
        tokens=tuple(draw(st.lists(st.sampled_from((*SENTENCE, "\ud800", "\0")), min_size=1, max_size=14))),
        source=draw(st.sampled_from(SOURCES)),
        num_heads=num_heads,
        num_kv_heads=draw(st.sampled_from([None, num_kv_heads])),
        d_model=draw(st.integers(1, 256)) if free else num_heads * draw(st.integers(1, 256 // num_heads)),
        head_dim=draw(widths) if free else draw(st.none() | widths),
        value_dim=draw(widths) if free else draw(st.none() | widths),
        positions=draw(st.sampled_from(POSITIONS)),
        mask=draw(st.sampled_from(MASKS)),
        second_mask=draw(st.sampled_from(get_args(MaskName))),
        window=draw(st.integers(1, 128)),
        padding=draw(st.integers(0, 20)),
        pad_left=draw(st.booleans()),
        combine=draw(st.sampled_from(["and", "or"])),
        score=draw(st.sampled_from(get_args(ScoreName))),
        qk_norm=draw(st.booleans()),
        softcap=draw(st.none() | st.floats(0.1, 100.0)),
        normalizer=draw(st.sampled_from(get_args(NormalizerName))),
        temperature=draw(st.floats(0.05, 10.0)),
        dropout=draw(st.floats(0.0, 0.9)),
        seed=draw(st.integers(0, 2**31 - 1)),
        dtype=draw(st.sampled_from(sorted(DTYPES))),
    )


@settings(max_examples=120)
@given(specs())
def test_any_spec_within_bounds_gives_finite_numbers(asked: AttentionSpec) -> None:
    traced = trace(asked)
    assert traced.layer.output.shape == (1, asked.seq_len, asked.d_model)
    for name, tensor in tensors_of(traced).items():
        assert not tensor.isnan().any(), name
    assert traced.layer.output.isfinite().all()
    sums = traced.weights.double().sum(-1)
    sees = traced.layer.heads.masked_scores[0].isfinite().any(-1)
    if asked.normalizer in NO_SHARES:
        assert (sums[~sees] == 0).all()
    else:
        close(sums, sees.double(), 1e-5)
    assert len(traced.labels) == asked.num_heads
    assert all(0 <= bits <= most + 1e-6 for bits, most in zip(*measured(traced), strict=True))


def measured(traced: LayerTrace) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return traced.measures.entropy_bits, traced.measures.most_bits


@pytest.mark.parametrize("source", ["designed", "random"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_repeated_word_shares_the_hard_weight_without_positions(dtype: str, source: str) -> None:
    draw = random.Random(dtype + source)
    for seed in range(12):
        tokens = tuple(draw.choices(SENTENCE[: draw.choice((1, 2, 4, 12))], k=draw.choice((2, 3, 9, 17, 40))))
        heads, d_model = draw.choice(((8, 64), (2, 256), (4, 32)))
        score = draw.choice(("scaled_dot", "cosine"))
        traced = trace(
            spec(
                tokens=tokens,
                source=source,
                positions="none",
                normalizer="hard",
                dtype=dtype,
                seed=seed,
                num_heads=heads,
                d_model=d_model,
                score=score,
                temperature=draw.choice((0.05, 1.0)),
            )
        )
        first = [tokens.index(token) for token in tokens]
        same_bits(traced.weights, traced.weights[:, :, first])
        assert (traced.weights.sum(-1) - 1).abs().max() < 1e-6


def test_the_largest_spec_runs() -> None:
    largest = spec(tokens=("a",) * 128, num_heads=16, d_model=256, head_dim=128, value_dim=128, dtype="float64")
    assert trace(largest).weights.shape == (16, 128, 128)


# --- devices --------------------------------------------------------------------------------------------------------


def test_the_device_is_chosen_and_described() -> None:
    assert available_devices()[-1] == "cpu"
    assert str(resolve_device("auto")) == available_devices()[0]
    assert str(trace(spec(device="auto")).device) == available_devices()[0]
    assert describe_device(torch.device("cpu")) == "cpu"


def test_a_gpu_is_described_by_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H200")
    assert describe_device(torch.device("cuda:1")) == "cuda:1 (NVIDIA H200)"


def test_faster_devices_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert available_devices() == ("cuda:0", "cuda:1", "mps", "cpu")
    assert resolve_device("auto") == torch.device("cuda:0")


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "", "cpu:0", "CPU"])
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    with pytest.raises(SpecError, match=rf"device \('{device}'\) must be 'auto' or one of .*cpu") as refusal:
        trace(spec(device=device))
    assert refusal.value.field == "device"


def module_of_trace() -> Any:
    import sys

    return sys.modules["attnlab.engine.trace"]


def test_float64_on_mps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.engine.devices.resolve_device", lambda name: torch.device("mps"))
    with pytest.raises(SpecError, match=r"dtype \('float64'\) must be another on device 'mps'") as refusal:
        trace(spec(dtype="float64", device="auto"))
    assert refusal.value.field == "dtype"


def test_too_little_memory_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*args: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(module_of_trace(), "multi_head_attention", exhausted)
    message = r"device \('cpu'\) has too little free memory for 12 tokens"
    with pytest.raises(SpecError, match=message) as refusal:
        trace(spec())
    assert refusal.value.field == "device"
    monkeypatch.undo()
    assert trace_of(spec()).layer.output.isfinite().all()  # the next one works


def test_a_trace_says_how_long_the_layer_took() -> None:
    assert trace(spec()).elapsed_ms > 0


@pytest.mark.parametrize("fields", [{}, {"positions": "alibi"}, {"num_kv_heads": 2}, {"temperature": 0.3}])
def test_a_trace_says_how_far_it_is_from_torch(fields: dict[str, Any]) -> None:
    error = trace_of(spec(tokens=("a", "cat", "sat"), mask="causal", **fields)).reference_error
    assert error is not None
    assert error < 1e-5


def test_a_wrong_trace_is_far_from_torch() -> None:
    right = trace_of(spec(tokens=("a", "cat", "sat")))
    heads = dataclasses.replace(right.layer.heads, output=right.layer.heads.output + 0.5)
    wrong = dataclasses.replace(right, layer=dataclasses.replace(right.layer, heads=heads))
    assert wrong.reference_error == pytest.approx(0.5, abs=1e-5)


def test_dropout_has_no_reference() -> None:
    assert trace_of(spec(tokens=("a", "cat"), dropout=0.5)).reference_error is None
