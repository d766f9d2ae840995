"""A whole layer: projections, splitting and merging of heads, against torch's own layer."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import (
    Projections,
    Rule,
    causal_mask,
    merge_heads,
    multi_head_attention,
    multi_head_output,
    padding_mask,
    rotary_angles,
    split_heads,
)
from tests.engine.laws import close, same_bits
from tests.engine.reference import (
    CPU,
    D_MODEL,
    DEVICES,
    EXACT_DEVICES,
    B,
    D,
    H,
    S,
    T,
    naive_layer,
    normal,
    projections,
    seeded,
)
from tests.engine.test_attention import TOLERANCES

EMBED = 6 * D


def torch_layer(dtype: torch.dtype, device: torch.device = CPU, seed: int = 0) -> nn.MultiheadAttention:
    """torch's own, with biases that are not zero."""
    layer = nn.MultiheadAttention(EMBED, 6, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for number, parameter in enumerate(layer.parameters()):
            parameter.copy_(0.1 * normal(*parameter.shape, seed=10 * seed + number))  # about as torch draws them
    return layer.to(device, dtype).eval()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_agrees_with_multihead_attention(dtype: torch.dtype, device: str, masked: bool) -> None:
    if dtype == torch.float64 and device not in EXACT_DEVICES:
        pytest.skip("MPS has no float64")
    layer = torch_layer(dtype, torch.device(device))
    x = normal(B, T, EMBED, seed=50, dtype=dtype, device=torch.device(device))
    is_padding = torch.tensor([[False] * T, [False] * 3 + [True] * (T - 3)], device=device)
    mask = causal_mask(T, device=torch.device(device))
    options = {"attn_mask": ~mask, "key_padding_mask": is_padding} if masked else {}
    wanted, wanted_weights = layer(x, x, x, need_weights=True, average_attn_weights=False, **options)
    ours = {"mask": mask & padding_mask(is_padding)} if masked else {}
    weights = Projections.from_torch(layer)
    trace = multi_head_attention(x, weights, **ours)
    torch.testing.assert_close(trace.heads.weights.to(dtype), wanted_weights, **TOLERANCES[dtype])
    if dtype != torch.bfloat16:  # see below
        torch.testing.assert_close(trace.output, wanted, **TOLERANCES[dtype])
        torch.testing.assert_close(multi_head_output(x, weights, **ours), wanted, **TOLERANCES[dtype])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_a_layer_is_as_near_to_float64_as_torch_is(dtype: torch.dtype, device: str) -> None:
    # In bfloat16 torch's own layer strays from float64 by up to twice its tolerance for one operation: a layer is
    # four operations in a row, each rounded. So no other layer can be asked to agree with it; being as good can.
    ours, fused, theirs = [], [], []
    for seed in range(7):
        layer = torch_layer(dtype, torch.device(device), seed=seed)
        weights = Projections.from_torch(layer)
        x = normal(B, T, EMBED, seed=60 + seed, dtype=dtype, device=torch.device(device))
        exact = Projections.from_torch(torch_layer(dtype, seed=seed).double())
        truth = multi_head_attention(x.cpu().double(), exact).output
        results = (multi_head_attention(x, weights).output, multi_head_output(x, weights), layer(x, x, x)[0])
        for errors, result in zip((ours, fused, theirs), results, strict=True):
            errors.append(result.detach().cpu().double() - truth)
    mine, quick, torchs = (torch.stack(errors) for errors in (ours, fused, theirs))
    for errors in (mine, quick):
        assert errors.square().mean() <= 1.1 * torchs.square().mean()
        assert errors.abs().max() <= 2 * torchs.abs().max() + 1e-6


@pytest.mark.parametrize("device", EXACT_DEVICES)
def test_cross_attention_agrees_with_multihead_attention(device: str) -> None:
    layer = torch_layer(torch.float64, torch.device(device))
    x = normal(B, T, EMBED, seed=51, device=torch.device(device))
    memory = normal(B, S, EMBED, seed=52, device=torch.device(device))
    wanted, _ = layer(x, memory, memory)
    close(multi_head_attention(x, Projections.from_torch(layer), memory=memory).output, wanted)


def test_the_gradients_of_the_weights_agree_with_multihead_attention() -> None:
    ours, theirs = torch_layer(torch.float64), torch_layer(torch.float64)
    x = normal(B, T, EMBED, seed=53)
    multi_head_attention(x, Projections.from_torch(ours)).output.square().sum().backward()
    theirs(x, x, x)[0].square().sum().backward()
    for mine, wanted in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None
        close(mine.grad, wanted.grad, 1e-11)


@pytest.mark.parametrize("layer", [multi_head_attention, multi_head_output])
def test_a_look_without_gradients_does_not_take_them_away(layer: Any) -> None:
    module = torch_layer(torch.float64)
    weights, x = Projections.from_torch(module), normal(B, T, EMBED)
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            layer(x, weights)
    result = layer(x, weights)
    (result if isinstance(result, Tensor) else result.output).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_two_heads_worked_by_hand() -> None:
    # Head 1 reads coordinate 0 and looks where the keys are large; head 2 reads coordinate 1 and sees all alike.
    x = torch.tensor([[[1.0, 10.0], [3.0, 20.0]]], dtype=torch.float64)
    large = 200.0
    qkv = torch.tensor([[large, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 1]], dtype=torch.float64)
    output = torch.tensor([[1.0, 0.0], [0.0, 100.0]], dtype=torch.float64)
    trace = multi_head_attention(x, Projections(qkv, output, 2, 2, 1, 1))
    close(trace.heads.weights[0, 0], torch.tensor([[0.0, 1.0], [0.0, 1.0]], dtype=torch.float64))
    close(trace.heads.weights[0, 1], torch.full((2, 2), 0.5, dtype=torch.float64))
    close(trace.concat, torch.tensor([[[3.0, 15.0], [3.0, 15.0]]], dtype=torch.float64))
    close(trace.output, torch.tensor([[[3.0, 1500.0], [3.0, 1500.0]]], dtype=torch.float64))


@pytest.mark.parametrize("num_kv_heads", [1, 2, 3, 6])
def test_grouped_heads_equal_a_layer_with_the_shared_heads_repeated(num_kv_heads: int) -> None:
    grouped = projections(num_heads=6, num_kv_heads=num_kv_heads)
    x = normal(B, T, D_MODEL)
    query, key, value = grouped.matrices
    repeats = 6 // num_kv_heads
    widened = Projections(
        torch.cat([query, repeated(key, num_kv_heads, repeats), repeated(value, num_kv_heads, repeats)], dim=1),
        grouped.output_proj,
        6,
        6,
        grouped.head_dim,
        grouped.value_dim,
    )
    close(multi_head_attention(x, grouped).output, multi_head_attention(x, widened).output)
    close(multi_head_output(x, grouped), multi_head_attention(x, widened).output)


def repeated(matrix: Tensor, num_kv_heads: int, repeats: int) -> Tensor:
    return torch.cat([head for head in matrix.chunk(num_kv_heads, dim=1) for _ in range(repeats)], dim=1)


@pytest.mark.parametrize(("head_dim", "value_dim"), [(1, 1), (7, 7), (13, 2), (2, 13)])
@pytest.mark.parametrize(("num_heads", "num_kv_heads"), [(1, 1), (5, 5), (5, 1), (6, 2)])
def test_widths_are_free_of_d_model_and_of_each_other(
    num_heads: int, num_kv_heads: int, head_dim: int, value_dim: int
) -> None:
    weights = projections(num_heads=num_heads, num_kv_heads=num_kv_heads, head_dim=head_dim, value_dim=value_dim)
    trace = multi_head_attention(normal(B, T, D_MODEL), weights, memory=normal(B, S, D_MODEL, seed=1))
    assert trace.projected_query.shape == trace.heads.query.shape == (B, num_heads, T, head_dim)
    assert trace.projected_key.shape == trace.heads.key.shape == (B, num_kv_heads, S, head_dim)
    assert trace.heads.value.shape == (B, num_kv_heads, S, value_dim)
    assert trace.heads.weights.shape == (B, num_heads, T, S)
    assert trace.concat.shape == (B, T, num_heads * value_dim)
    assert trace.output.shape == (B, T, D_MODEL)


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("value_dim", [D - 1, 13])
def test_the_stages_of_a_layer_lead_to_each_other(value_dim: int, with_bias: bool) -> None:
    weights = projections(num_heads=6, num_kv_heads=2, value_dim=value_dim, with_bias=with_bias)
    x = normal(B, T, D_MODEL)
    trace = multi_head_attention(x, weights)
    assert trace.memory is trace.x is x
    shifts = (0, 0, 0) if weights.qkv_bias is None else weights.qkv_bias.split(weights.widths)
    query, key, value = (x @ matrix + shift for matrix, shift in zip(weights.matrices, shifts, strict=True))
    close(merge_heads(trace.projected_query), query)
    close(merge_heads(trace.projected_key), key)
    close(merge_heads(trace.heads.value), value)
    same_bits(trace.concat, merge_heads(trace.heads.output))
    shift = 0 if weights.output_bias is None else weights.output_bias
    close(trace.output, trace.concat @ weights.output_proj + shift)


def test_rope_turns_queries_and_keys_but_not_values() -> None:
    weights, x = projections(), normal(B, T, D_MODEL)
    plain = multi_head_attention(x, weights)
    turned = multi_head_attention(x, weights, angles=rotary_angles(T, weights.head_dim))
    same_bits(turned.projected_query, plain.heads.query)
    same_bits(turned.projected_key, plain.heads.key)
    same_bits(turned.heads.value, plain.heads.value)
    for before, after in ((turned.projected_query, turned.heads.query), (turned.projected_key, turned.heads.key)):
        same_bits(after[:, :, 0], before[:, :, 0])  # position 0 is where angles are 0
        assert (after[:, :, 1:] - before[:, :, 1:]).abs().amax(-1).gt(1e-3).all()


def test_dropout_reaches_the_layer_and_is_seeded() -> None:
    weights, x = projections(), normal(B, T, D_MODEL)
    rules = (Rule(dropout=0.5, generator=seeded(1)) for _ in range(2))
    first, again = (multi_head_attention(x, weights, rule=rule) for rule in rules)
    same_bits(first.output, again.output)
    assert not torch.allclose(first.output, multi_head_attention(x, weights).output)


def test_a_rule_reaches_the_heads_of_a_layer() -> None:
    weights, x, bias = projections(), normal(B, T, D_MODEL), normal(H, T, T, seed=2)
    close(
        multi_head_attention(x, weights, mask=causal_mask(T), bias=bias, rule=Rule(temperature=1.3, scale=0.4)).output,
        naive_layer(x, weights, mask=causal_mask(T), bias=bias, temperature=1.3, scale=0.4),
    )
    alike = multi_head_attention(x, weights, rule=Rule(score="cosine", qk_norm=True, normalizer="hard"))
    assert set(alike.heads.weights.flatten().tolist()) == {0.0, 1.0}
    close(alike.heads.query.square().mean(-1), torch.ones(B, H, T, dtype=torch.float64))


def test_a_layer_with_no_tokens_gives_no_tokens() -> None:
    for layer in (lambda *a: multi_head_attention(*a).output, multi_head_output):
        assert layer(normal(B, 0, D_MODEL), projections()).shape == (B, 0, D_MODEL)


def test_merging_undoes_splitting() -> None:
    stream = normal(B, T, H * D)
    split = split_heads(stream, H)
    assert split.shape == (B, H, T, D)
    same_bits(split[1, 2, 4], stream[1, 4, 2 * D : 3 * D])
    same_bits(merge_heads(split), stream)


def test_weights_come_from_torch_without_a_copy() -> None:
    layer = torch_layer(torch.float64)
    weights = Projections.from_torch(layer)
    assert weights.qkv_proj.data_ptr() == layer.in_proj_weight.data_ptr()
    x = normal(B, T, EMBED)
    close(x @ weights.matrices[0], F.linear(x, layer.in_proj_weight[:EMBED]))


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "groups": ({"num_kv_heads": 2}, r"num_kv_heads \(2\) must divide num_heads \(3\)"),
    "no groups": ({"num_kv_heads": 0}, r"num_kv_heads \(0\) must divide num_heads \(3\)"),
    "columns": ({"qkv_proj": torch.ones(5, 10)}, "qkv_proj has 10 columns, the heads need 9"),
    "rows": ({"output_proj": torch.ones(4, 5)}, "output_proj has 4 rows, the heads give 3"),
    "qkv_bias": ({"qkv_bias": torch.ones(1)}, r"qkv_bias \(1,\) must have one number a column: \(9,\)"),
    "output_bias": ({"output_bias": torch.ones(9)}, r"output_bias \(9,\) must have one number a column: \(5,\)"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_weights_that_do_not_fit_the_heads_are_refused(name: str) -> None:
    fitting = {
        "qkv_proj": torch.ones(5, 9),
        "output_proj": torch.ones(3, 5),
        "num_heads": 3,
        "num_kv_heads": 3,
        "head_dim": 1,
        "value_dim": 1,
    }
    options, message = REFUSALS[name]
    with pytest.raises(ValueError, match=message):
        Projections(**(fitting | options))


@pytest.mark.parametrize("layer", [multi_head_attention, multi_head_output])
def test_streams_that_do_not_fit_are_refused_by_name(layer: Any) -> None:
    weights, x = projections(), normal(B, T, D_MODEL)
    with pytest.raises(ValueError, match=r"x \(2, 5, 16\) must be \(batch, positions, d_model = 17\)"):
        layer(x[..., :16], weights)
    with pytest.raises(ValueError, match=r"memory \(5, 17\) must be \(batch, positions, d_model = 17\)"):
        layer(x, weights, memory=x[0])
    with pytest.raises(ValueError, match=r"x \(dtype torch.float32\) must have the dtype .* \(torch.float64\)"):
        layer(x.float(), weights)
    with pytest.raises(ValueError, match=r"angles \(3, 5\) must be \(T, D // 2\) = \(5, 5\)"):
        layer(x, weights, angles=rotary_angles(3, weights.head_dim))


def test_a_width_that_heads_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match=r"num_heads \(3\) must divide the stream's width \(17\)"):
        split_heads(normal(B, T, D_MODEL), 3)


@pytest.mark.parametrize("option", [{"kdim": 5}, {"add_bias_kv": True}, {"add_zero_attn": True}], ids=str)
def test_a_torch_layer_with_more_than_this_one_has_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be a MultiheadAttention without kdim, vdim, add_bias_kv"):
        Projections.from_torch(nn.MultiheadAttention(8, 2, **option))
