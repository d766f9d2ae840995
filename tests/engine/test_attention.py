"""Attention against torch's own, against cases worked by hand, its trace, its dropout and its refusals."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import attention, attention_output, causal_mask
from tests.engine.laws import close, on, same_bits
from tests.engine.reference import DEVICES, DV, EXACT_DEVICES, MASKS, B, D, H, S, T, heads, holes, normal, seeded

EXACT = {torch.float64: {"rtol": 0.0, "atol": 1e-12}}
TORCH = {  # what torch asks of its own kernels
    torch.float32: {"rtol": 1.3e-6, "atol": 1e-5},
    torch.float16: {"rtol": 1e-3, "atol": 1e-3},
    torch.bfloat16: {"rtol": 1.6e-2, "atol": 1e-3},
}
TOLERANCES = EXACT | TORCH
DTYPES = pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
ON_EACH_DEVICE = pytest.mark.parametrize("device", [torch.device(name) for name in DEVICES], ids=str)


def attend(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
    return attention(query, key, value, **options).output


BOTH_PATHS = pytest.mark.parametrize("attend", [attend, attention_output], ids=["traced", "fused"])


def skip_without(dtype: torch.dtype, device: torch.device) -> None:
    if dtype == torch.float64 and str(device) not in EXACT_DEVICES:
        pytest.skip("MPS has no float64")


# --- against torch --------------------------------------------------------------------------------------------------


@ON_EACH_DEVICE
@DTYPES
@pytest.mark.parametrize("mask_name", [name for name in MASKS if "empty" not in name])
def test_agrees_with_torch_within_torch_tolerances(dtype: torch.dtype, device: torch.device, mask_name: str) -> None:
    skip_without(dtype, device)
    query, key, value = heads(dtype=dtype, device=device)
    mask = on(MASKS[mask_name], device)
    wanted = F.scaled_dot_product_attention(
        query, key, value, attn_mask=None if mask is None else mask.expand(B, H, T, S)
    )
    torch.testing.assert_close(attend(query, key, value, mask=mask), wanted, **TOLERANCES[dtype])
    torch.testing.assert_close(attention_output(query, key, value, mask=mask), wanted, **TOLERANCES[dtype])


@ON_EACH_DEVICE
@DTYPES
def test_bias_scale_and_groups_agree_with_torch(dtype: torch.dtype, device: torch.device) -> None:
    skip_without(dtype, device)
    query, key, value = heads(num_heads=6, num_kv_heads=2, dtype=dtype, device=device)
    bias = normal(6, T, S, seed=5, dtype=dtype, device=device)
    wanted = F.scaled_dot_product_attention(
        query, key, value, attn_mask=bias.expand(B, -1, -1, -1), scale=0.4, enable_gqa=True
    )
    got = attend(query, key, value, bias=bias, scale=0.4)
    torch.testing.assert_close(got, wanted, **TOLERANCES[dtype])
    torch.testing.assert_close(attention_output(query, key, value, bias=bias, scale=0.4), wanted, **TOLERANCES[dtype])


@ON_EACH_DEVICE
@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("lengths", [(5, 7), (31, 61), (127, 257)])
def test_float32_errs_at_most_twice_as_much_as_torch(
    size: float, lengths: tuple[int, int], device: torch.device
) -> None:
    exact = heads(num_queries=lengths[0], num_keys=lengths[1], dtype=torch.float64)
    narrow = [(size * tensor).float() for tensor in exact]
    truth = attend(*(tensor.double() for tensor in narrow))
    query, key, value = (tensor.to(device) for tensor in narrow)
    allowed = 2 * (F.scaled_dot_product_attention(query, key, value).cpu().double() - truth).abs().max() + 1e-6
    assert (attend(query, key, value).cpu().double() - truth).abs().max() <= allowed


@ON_EACH_DEVICE
def test_gradients_agree_with_torch(device: torch.device) -> None:
    skip_without(torch.float64, device)
    ours, theirs = [[tensor.requires_grad_() for tensor in heads(device=device)] for _ in range(2)]
    bias = [normal(T, S, seed=3, device=device).requires_grad_() for _ in range(2)]
    mask = holes(T, S, device=device)
    attend(*ours, mask=mask, bias=bias[0], temperature=1.0).square().sum().backward()
    added = bias[1].masked_fill(~mask, -math.inf)
    F.scaled_dot_product_attention(*theirs, attn_mask=added).square().sum().backward()
    for mine, torchs in zip([*ours, bias[0]], [*theirs, bias[1]], strict=True):
        assert mine.grad is not None
        close(mine.grad, torchs.grad)


def test_gradient_of_a_tempered_softmax_is_right() -> None:
    query, key, value = (tensor.requires_grad_() for tensor in heads(num_keys=3))
    bias = normal(T, 3, seed=4).requires_grad_()

    def output(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        return attend(query, key, value, bias=bias, temperature=0.7, mask=holes(T, 3))

    assert torch.autograd.gradcheck(output, (query, key, value, bias))


def test_a_learned_bias_gets_its_gradient_when_nothing_else_does() -> None:
    query, key, value = heads()
    bias = normal(T, S, seed=3).requires_grad_()
    attend(query, key, value, bias=bias).square().sum().backward()
    assert bias.grad is not None
    assert bias.grad.ne(0).all()


@BOTH_PATHS
def test_is_causal_is_the_causal_mask_aligned_at_the_start(attend: Any) -> None:
    for num_queries, num_keys in ((T, T), (T, S), (S, T)):
        query, key, value = heads(num_queries=num_queries, num_keys=num_keys)
        fused = attention_output(query, key, value, is_causal=True)
        close(fused, attend(query, key, value, mask=causal_mask(num_queries, num_keys)))


def test_is_causal_does_not_let_the_future_leak_either() -> None:
    query, key, value = heads(num_keys=T)
    wanted = attention_output(query, key, value, is_causal=True)
    key[:, :, 3:], value[:, :, 3:] = math.nan, math.nan
    got = attention_output(query, key, value, is_causal=True)
    close(got[:, :, :3], wanted[:, :, :3])
    assert got[:, :, 3:].isnan().all()


def test_is_causal_holds_at_any_temperature() -> None:
    query, key, value = heads(num_keys=T)
    for temperature in (1e-30, 1e-3, 0.5, 20.0):
        got = attention_output(query, key, value, is_causal=True, temperature=temperature)
        close(got, attend(query, key, value, mask=causal_mask(T), temperature=temperature))


# --- worked by hand -------------------------------------------------------------------------------------------------


def test_two_keys_worked_by_hand() -> None:
    query = torch.tensor([[[[2.0, 0.0]]]], dtype=torch.float64)
    key = torch.tensor([[[[math.log(3) / math.sqrt(2), 5.0], [0.0, -8.0]]]], dtype=torch.float64)
    value = torch.tensor([[[[4.0, 0.0, 8.0], [0.0, 4.0, -4.0]]]], dtype=torch.float64)
    trace = attention(query, key, value)
    # scores: 2 ln 3 / sqrt 2 and 0; over sqrt 2: ln 3 and 0; softmax: 3 / (3 + 1) and 1 / (3 + 1)
    close(trace.scores[0, 0, 0], torch.tensor([math.sqrt(2) * math.log(3), 0.0], dtype=torch.float64))
    close(trace.scaled_scores[0, 0, 0], torch.tensor([math.log(3), 0.0], dtype=torch.float64))
    close(trace.weights[0, 0, 0], torch.tensor([0.75, 0.25], dtype=torch.float64))
    close(trace.output[0, 0, 0], torch.tensor([3.0, 1.0, 5.0], dtype=torch.float64))


def test_temperature_two_takes_the_root_of_the_odds() -> None:
    query = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    key = torch.tensor([math.log(9), 0.0], dtype=torch.float64).view(1, 1, 2, 1)
    weights = attention(query, key, key, temperature=2.0).weights
    close(weights.flatten(), torch.tensor([0.75, 0.25], dtype=torch.float64))  # 9 to 1 becomes 3 to 1


# --- the trace ------------------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("mask_name", MASKS)
def test_the_stages_of_a_trace_lead_to_each_other_bit_for_bit(dtype: torch.dtype, mask_name: str) -> None:
    query, key, value = heads(dtype=dtype)
    bias = normal(H, T, S, seed=5, dtype=dtype)
    trace = attention(query, key, value, mask=MASKS[mask_name], bias=bias, scale=0.5)  # 0.5: exact in any dtype
    same_bits(trace.scaled_scores, trace.scores * 0.5)
    allowed = trace.masked_scores > -math.inf
    close(
        trace.masked_scores[allowed], (trace.scaled_scores + bias)[allowed], 1e-12 if dtype == torch.float64 else 1e-6
    )
    sees = allowed.any(-1, keepdim=True)
    same_bits(trace.weights, trace.masked_scores.softmax(-1).where(sees, 0.0))
    same_bits(trace.output, (trace.weights @ trace.value.to(trace.weights.dtype)).to(dtype))
    assert torch.equal(allowed, (torch.tensor(True) if trace.mask is None else trace.mask).expand(B, H, T, S))


def test_looking_at_the_scores_leaves_the_weights_alone() -> None:
    trace = attention(*heads(), mask=causal_mask(T, S), bias=normal(T, S))
    weights = trace.weights.clone()
    _ = trace.scores, trace.scaled_scores, trace.masked_scores
    same_bits(trace.weights, weights)


def test_inputs_are_left_as_they_were() -> None:
    inputs = [*heads(), causal_mask(T, S), normal(T, S).masked_fill(holes(T, S), -math.inf)]
    before = [tensor.clone() for tensor in inputs]
    for path in (attend, attention_output):
        path(*inputs[:3], mask=inputs[3], bias=inputs[4], temperature=0.5)
    assert all(torch.equal(tensor, copy) for tensor, copy in zip(inputs, before, strict=True))


def test_minus_infinity_in_a_bias_is_a_mask() -> None:
    query, key, value = heads()
    mask, bias = holes(T, S), normal(T, S)
    trace = attention(query, key, value, bias=bias.masked_fill(~mask, -math.inf))
    assert trace.mask is not None
    assert torch.equal(trace.mask, mask)
    same_bits(trace.output, attend(query, key, value, mask=mask, bias=bias))


@pytest.mark.parametrize("requires_grad", [False, True])
@DTYPES
def test_the_bias_takes_the_dtype_of_the_query(dtype: torch.dtype, requires_grad: bool) -> None:
    query, key, value = heads(dtype=dtype)
    trace = attention(query.requires_grad_(requires_grad), key, value, bias=normal(T, S))
    assert trace.bias is not None
    assert trace.output.dtype == trace.bias.dtype == dtype
    assert trace.scores.dtype == trace.weights.dtype == torch.promote_types(dtype, torch.float32)


# --- odd sizes and layouts ------------------------------------------------------------------------------------------


@BOTH_PATHS
@pytest.mark.parametrize("mask", [None, torch.tensor(True)], ids=["no mask", "mask"])
@pytest.mark.parametrize("shape", [(0, H, T, S), (B, H, 0, S), (B, H, T, 0), (B, H, 0, 0), (B, H, 1, 1)], ids=str)
def test_sizes_down_to_nothing(attend: Any, shape: tuple[int, int, int, int], mask: Tensor | None) -> None:
    batch, num_heads, num_queries, num_keys = shape
    query, key, value = normal(batch, num_heads, num_queries, D), normal(batch, num_heads, num_keys, D), None
    value = normal(batch, num_heads, num_keys, DV)
    output = attend(query, key, value, mask=mask, temperature=0.5)
    assert output.shape == (batch, num_heads, num_queries, DV)
    if num_keys == 0:
        assert output.eq(0).all()
    if num_keys == 1:
        same_bits(output, value)


def test_the_shapes_of_a_trace_with_no_tokens() -> None:
    empty = normal(1, H, 0, D)
    trace = attention(empty, empty, empty, bias=torch.zeros(0, 0))
    assert trace.scores.shape == trace.masked_scores.shape == trace.weights.shape == (1, H, 0, 0)


@BOTH_PATHS
def test_masks_and_biases_may_have_stride_zero(attend: Any) -> None:
    query, key, value = heads()
    row, column = holes(1, S), normal(T, 1)
    got = attend(query, key, value, mask=row.expand(B, H, T, S), bias=column.expand(B, H, T, S))
    same_bits(got, attend(query, key, value, mask=row.repeat(B, H, T, 1), bias=column.repeat(B, H, 1, S)))


@BOTH_PATHS
def test_tensors_need_not_be_contiguous(attend: Any) -> None:
    query, key, value = heads()
    strided = [tensor.transpose(1, 2).contiguous().transpose(1, 2) for tensor in (query, key, value)]
    mask = holes(S, T).T
    close(attend(*strided, mask=mask), attend(query, key, value, mask=mask.contiguous()))


@BOTH_PATHS
def test_works_under_inference_mode_and_no_grad(attend: Any) -> None:
    query, key, value = heads()
    wanted = attend(query, key, value, mask=causal_mask(T, S))
    for mode in (torch.inference_mode(), torch.no_grad()):
        with mode:
            same_bits(attend(query.requires_grad_(), key, value, mask=causal_mask(T, S)), wanted.detach())


# --- dropout --------------------------------------------------------------------------------------------------------


def test_dropout_is_a_visible_mask_that_keeps_the_sum_on_average() -> None:
    query, key, value = heads(num_queries=4001)
    trace = attention(query, key, value, dropout=0.3, generator=seeded(1))
    assert trace.dropout_mask is not None
    assert trace.dropout_mask.dtype == torch.bool
    assert trace.dropout_mask.double().mean().item() == pytest.approx(0.7, abs=0.005)
    close(trace.dropped_weights, trace.weights * trace.dropout_mask / 0.7)
    close(trace.output, trace.dropped_weights @ value)
    assert trace.dropped_weights.sum(-1).mean().item() == pytest.approx(1.0, abs=0.01)
    close(trace.weights.sum(-1), torch.ones(B, H, 4001).double(), 1e-14)  # the softmax itself is untouched


def test_the_same_seed_drops_the_same_weights() -> None:
    first, again, other = (attention(*heads(), dropout=0.5, generator=seeded(seed)) for seed in (3, 3, 4))
    same_bits(first.output, again.output)
    assert not torch.equal(first.dropout_mask, other.dropout_mask)


def test_no_dropout_draws_nothing() -> None:
    generator = seeded(3)
    state = generator.get_state()
    trace = attention(*heads(), generator=generator)
    assert trace.dropout_mask is None
    assert torch.equal(generator.get_state(), state)
    same_bits(trace.dropped_weights, trace.weights)


@ON_EACH_DEVICE
def test_a_seed_drops_the_same_weights_on_every_device(device: torch.device) -> None:
    trace = attention(*heads(dtype=torch.float32, device=device), dropout=0.5, generator=seeded(3))
    assert trace.dropout_mask is not None
    wanted = attention(*heads(dtype=torch.float32), dropout=0.5, generator=seeded(3)).dropout_mask
    assert torch.equal(trace.dropout_mask.cpu(), wanted)


def test_the_fused_path_drops_as_many_weights() -> None:
    torch.manual_seed(0)
    query, key, value = heads(num_queries=4001)
    output = attention_output(query, key, torch.ones_like(value), dropout=0.4)
    assert output.mean().item() == pytest.approx(1.0, abs=0.02)
    assert output.std() > 0.1


# --- refusals -------------------------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "three axes": ({"query": normal(B, T, D)}, r"must be \(batch, heads, positions, dim\), got \(2, 5, 11\)"),
    "head_dim": ({"key": normal(B, H, S, D + 1)}, r"key head_dim \(12\) must equal query head_dim \(11\)"),
    "head_dim 0": ({"query": normal(B, H, T, 0), "key": normal(B, H, S, 0)}, r"head_dim \(0\) and be at least 1"),
    "keys and values": ({"value": normal(B, H, S + 1, DV)}, r"key \(2, 3, 7, 11\) and value \(2, 3, 8, 13\)"),
    "batch": ({"query": normal(B + 1, H, T, D)}, r"key batch \(2\) must equal query batch \(3\)"),
    "groups": ({"query": normal(B, 4, T, D)}, r"num_kv_heads \(3\) must divide num_heads \(4\)"),
    "no groups": (
        {"key": normal(B, 0, S, D), "value": normal(B, 0, S, DV)},
        r"num_kv_heads \(0\) must divide num_heads \(3\)",
    ),
    "two dtypes": ({"value": normal(B, H, S, DV).float()}, r"must share a dtype, got torch.float64, .*torch.float32"),
    "whole numbers": (
        {name: torch.ones(B, H, S, D, dtype=torch.int64) for name in ("query", "key", "value")},
        r"\(dtype torch.int64\) must be floating point",
    ),
    "mask dtype": ({"mask": torch.ones(T, S)}, r"mask \(dtype torch.float32\) must be bool, True = may attend"),
    "mask shape": (
        {"mask": torch.ones(T, T, dtype=torch.bool)},
        r"mask \(5, 5\) must be broadcastable .*\(2, 3, 5, 7\)",
    ),
    "mask axes": (
        {"mask": torch.ones(1, B, H, T, S, dtype=torch.bool)},
        r"mask \(1, 2, 3, 5, 7\) must be broadcastable",
    ),
    "bias dtype": ({"bias": torch.ones(T, S, dtype=torch.bool)}, r"bias \(dtype torch.bool\) must be floating point"),
    "bias shape": ({"bias": torch.ones(S, T)}, r"bias \(7, 5\) must be broadcastable"),
    "bias NaN": ({"bias": torch.full((T, S), math.nan)}, r"bias must hold finite numbers or -inf, got NaN or \+inf"),
    "bias inf": ({"bias": torch.full((T, S), math.inf)}, r"bias must hold finite numbers or -inf, got NaN or \+inf"),
    "scale": ({"scale": math.nan}, r"scale \(nan\) must be a finite number"),
    "temperature 0": ({"temperature": 0.0}, r"temperature \(0.0\) must be a finite number above 0"),
    "temperature -1": ({"temperature": -1.0}, r"temperature \(-1.0\) must be"),
    "temperature inf": ({"temperature": math.inf}, r"temperature \(inf\) must be"),
    "temperature NaN": ({"temperature": math.nan}, r"temperature \(nan\) must be"),
    "dropout 1": ({"dropout": 1.0}, r"dropout \(1.0\) must be in \[0, 1\)"),
    "dropout NaN": ({"dropout": math.nan}, r"dropout \(nan\) must be in \[0, 1\)"),
}


@BOTH_PATHS
@pytest.mark.parametrize("name", REFUSALS)
def test_what_does_not_fit_is_refused_by_name(attend: Any, name: str) -> None:
    options, message = REFUSALS[name]
    query, key, value = heads()
    with pytest.raises(ValueError, match=message):
        attend(**({"query": query, "key": key, "value": value} | options))


def test_is_causal_and_a_mask_are_refused_together() -> None:
    with pytest.raises(ValueError, match=r"is_causal \(True\) must come without mask and bias"):
        attention_output(*heads(), is_causal=True, mask=causal_mask(T, S))
