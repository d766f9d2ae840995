"""What must hold of any attention, whoever computes it.

A law of `ATTENTION_LAWS` takes `attend(query, key, value, **options) -> output`, so that the path with the trace and
the fused one are held to the same; weights are the output for values that form an identity matrix. A law of
`LAYER_LAWS` takes `layer(x, projections, **options) -> output`. `test_laws.py` asks that the engine keeps them all,
`test_mutants.py` that each of them notices an engine that is broken on purpose.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from attnlab.engine import (
    all_of,
    causal_mask,
    padding_mask,
    rotary_angles,
    sinusoidal_positions,
    window_mask,
)
from tests.engine.reference import (
    D_MODEL,
    MASKS,
    B,
    D,
    H,
    S,
    T,
    heads,
    holes,
    naive_attention,
    naive_layer,
    normal,
    projections,
)

Attend = Callable[..., Tensor]
Layer = Callable[..., Tensor]
NAN = math.nan


def close(got: Tensor, wanted: Tensor, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(got.cpu(), wanted.cpu(), rtol=0, atol=tolerance, equal_nan=False)


def same_bits(got: Tensor, wanted: Tensor) -> None:
    assert torch.equal(got, wanted), f"differ by up to {(got - wanted).abs().max()}"


def weights_of(attend: Attend, query: Tensor, key: Tensor, **options: object) -> Tensor:
    """(B, H, T, S)."""
    num_keys = key.shape[2]
    return attend(query, key, torch.eye(num_keys).to(key).expand(*key.shape[:2], -1, -1), **options)


def evenly(mask: Tensor) -> Tensor:
    """(B, H, T, S): the same weight for every key that is seen."""
    return (mask.double() / mask.sum(-1, keepdim=True)).expand(B, H, T, S)


def on(mask: Tensor | None, device: torch.device) -> Tensor | None:
    return None if mask is None else mask.to(device)


# --- one attention call ---------------------------------------------------------------------------------------------


def equals_the_naive_loop(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    bias = normal(H, T, S, seed=7)
    for mask in MASKS.values():
        for options in ({}, {"bias": bias}, {"scale": 0.7, "temperature": 1.7}, {"bias": bias, "temperature": 0.3}):
            got = attend(query, key, value, mask=on(mask, device), **{k: _on(v, device) for k, v in options.items()})
            close(got, naive_attention(query, key, value, mask=mask, **options)[1])


def each_group_of_heads_shares_one_key_head(attend: Attend, device: torch.device) -> None:
    for groups in (1, 2, 3):
        query, key, value = heads(num_heads=6, num_kv_heads=groups, device=device)
        of_head = torch.arange(6, device=device) // (6 // groups)
        close(attend(query, key, value), naive_attention(query, key[:, of_head], value[:, of_head])[1])


def rows_sum_to_one(attend: Attend, device: torch.device) -> None:
    query, key, _ = heads(device=device)
    for mask in MASKS.values():
        weights = weights_of(attend, query, key, mask=on(mask, device))
        sees = (torch.tensor(True) if mask is None else mask).expand(B, H, T, S).any(-1)
        close(weights.sum(-1), sees.double(), 1e-14)
        assert weights.ge(0).all()


def adding_a_number_to_a_row_of_scores_changes_nothing(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    shift = 10 * normal(B, H, T, 1, seed=8, device=device)
    close(attend(query, key, value, bias=shift), attend(query, key, value))


def the_order_of_keys_does_not_matter(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    mask, bias = holes(T, S, device=device), normal(T, S, seed=9, device=device)
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4], device=device)
    got = attend(query, key[:, :, order], value[:, :, order], mask=mask[:, order], bias=bias[:, order])
    close(got, attend(query, key, value, mask=mask, bias=bias))


def permuting_queries_permutes_the_output(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    mask = holes(T, S, device=device)
    order = torch.tensor([3, 0, 4, 1, 2], device=device)
    close(
        attend(query[:, :, order], key, value, mask=mask[order]),
        attend(query, key, value, mask=mask)[:, :, order],
    )


def what_is_masked_never_leaks(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    hidden = torch.tensor([2, 5, 6], device=device)
    for mask in (torch.ones(T, S, dtype=torch.bool, device=device), causal_mask(T, S, device=device)):
        mask[:, hidden] = False
        wanted = attend(query, key, value, mask=mask)
        for poison in (NAN, math.inf, -math.inf, 1e30, -1e30):
            bad_key, bad_value = key.index_fill(2, hidden, poison), value.index_fill(2, hidden, poison)
            same_bits(attend(query, bad_key, value, mask=mask), wanted)
            same_bits(attend(query, key, bad_value, mask=mask), wanted)
            same_bits(attend(query, bad_key, bad_value, mask=mask), wanted)


def what_some_queries_see_does_not_leak_to_others(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    mask = causal_mask(T, S, device=device)
    wanted = attend(query, key, value, mask=mask)
    for poison in (NAN, math.inf):
        bad_value, bad_key = value.clone(), key.clone()
        bad_value[:, :, 3, 0] = poison
        bad_key[:, :, 3] = NAN
        got = attend(query, key, bad_value, mask=mask)
        same_bits(got[:, :, :3], wanted[:, :, :3])
        assert not got[:, :, 3:, 0].isfinite().any()
        close(got[:, :, 3:, 1:], wanted[:, :, 3:, 1:])
        got = attend(query, bad_key, bad_value, mask=mask)
        same_bits(got[:, :, :3], wanted[:, :, :3])
        assert got[:, :, 3:].isnan().all()


def the_future_cannot_change_the_past(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(num_keys=T, device=device)
    for now in range(1, T):
        future = torch.arange(now, T, device=device)
        mask = causal_mask(T, device=device)
        for other in (1.0, 1e30, NAN):
            got = attend(query, key.index_fill(2, future, other), value.index_fill(2, future, other), mask=mask)
            same_bits(got[:, :, :now], attend(query, key, value, mask=mask)[:, :, :now])


def the_present_is_seen(attend: Attend, device: torch.device) -> None:
    query, key, _ = heads(num_keys=T, device=device)
    weights = weights_of(attend, query, key, mask=causal_mask(T, device=device))
    assert weights.tril().gt(0).sum() == B * H * T * (T + 1) // 2
    assert weights.triu(1).eq(0).all()


def no_gradient_reaches_the_future(attend: Attend, device: torch.device) -> None:
    for now in range(1, T - 1):  # the first row has one key, weight 1 and so no gradient to it
        query, key, value = (tensor.requires_grad_() for tensor in heads(num_keys=T, device=device))
        attend(query, key, value, mask=causal_mask(T, device=device))[:, :, now].square().sum().backward()
        for tensor in (key, value):
            assert tensor.grad is not None
            assert tensor.grad[:, :, now + 1 :].eq(0).all()
            assert tensor.grad[:, :, : now + 1].ne(0).any()


def padding_is_as_good_as_absent(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    pads = torch.arange(S, device=device) >= 4
    got = attend(query, key, value, mask=padding_mask(pads))
    close(got, attend(query, key[:, :, :4], value[:, :, :4]))
    left = attend(query, key.flip(2), value.flip(2), mask=padding_mask(pads.flip(0)))
    close(left, got)


def a_batch_element_is_alone(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    wanted = attend(query, key, value)
    for tensor in (query, key, value):
        other = [part.clone() for part in (query, key, value)]
        position = next(i for i, part in enumerate((query, key, value)) if part is tensor)
        other[position][1] = NAN
        same_bits(attend(*other)[0], wanted[0])
    close(attend(query[:1], key[:1], value[:1]), wanted[:1])


def a_head_is_alone(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    wanted = attend(query, key, value)
    for position in range(3):
        other = [part.clone() for part in (query, key, value)]
        other[position][:, 1] = NAN
        got = attend(*other)
        same_bits(got[:, 0], wanted[:, 0])
        same_bits(got[:, 2], wanted[:, 2])
        assert got[:, 1].isnan().all()


def the_output_lies_between_the_values(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(device=device)
    mask = holes(T, S, device=device)
    output = attend(3 * query, key, value, mask=mask)
    seen = mask[None, None, :, :, None]
    spread = value.unsqueeze(2).expand(-1, -1, T, -1, -1)
    low, high = spread.where(seen, math.inf).amin(3), spread.where(seen, -math.inf).amax(3)
    assert (output >= low - 1e-12).all()
    assert (output <= high + 1e-12).all()


def the_output_is_linear_in_the_values(attend: Attend, device: torch.device) -> None:
    query, key, first = heads(value_dim=D, device=device)
    second = normal(*first.shape, seed=10, device=device)
    close(attend(query, key, 2 * first - 3 * second), 2 * attend(query, key, first) - 3 * attend(query, key, second))


def cold_is_argmax(attend: Attend, device: torch.device) -> None:
    query, key, _ = heads(device=device)
    best = torch.nn.functional.one_hot((query @ key.transpose(-2, -1)).argmax(-1), S)
    for temperature in (1e-4, 1e-9, 1e-30, 1e-300):
        close(weights_of(attend, query, key, temperature=temperature), best.to(query))
        narrow = weights_of(attend, query.float(), key.float(), temperature=temperature)
        close(narrow, best.to(narrow))


def hot_is_uniform(attend: Attend, device: torch.device) -> None:
    query, key, _ = heads(device=device)
    mask = holes(T, S, device=device)
    even = evenly(mask)
    for temperature in (1e9, 1e30, 1e300):
        close(weights_of(attend, query, key, mask=mask, temperature=temperature), even, 1e-7)
        narrow = weights_of(attend, query.float(), key.float(), mask=mask, temperature=temperature)
        close(narrow, even.float(), 1e-6)


def one_key_gets_all_the_weight(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(num_keys=1, device=device)
    same_bits(weights_of(attend, query, key), torch.ones(B, H, T, 1).to(query))
    same_bits(attend(query, key, value), value.expand(-1, -1, T, -1))


def equal_keys_share_equally(attend: Attend, device: torch.device) -> None:
    query, key, _ = heads(device=device)
    mask = window_mask(T, S, window=2, device=device)
    weights = weights_of(attend, query, key[:, :, :1].expand(-1, -1, S, -1), mask=mask)
    close(weights, evenly(mask))


def an_empty_row_is_zeros(attend: Attend, device: torch.device) -> None:
    query, key, value = heads(num_keys=T, device=device)
    left_padding = padding_mask(torch.arange(T, device=device) < 2)
    mask = all_of(causal_mask(T, device=device), left_padding)  # the pads see only pads: nothing
    for options in ({"mask": mask}, {"bias": torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, -math.inf)}):
        output = attend(query, key, value, **options)
        assert output[:, :, :2].eq(0).all()
        assert output[:, :, 2:].ne(0).all()
        query.grad = None
        attend(query.requires_grad_(), key, value, **options).sum().backward()
        assert query.grad is not None
        assert query.grad.isfinite().all()
        query = query.detach()


def huge_logits_stay_finite(attend: Attend, device: torch.device) -> None:
    sign = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])
    query = (3e38 * sign)[None, None, :, None].to(device)  # (1, 1, T, 1), float32: the last finite numbers
    key = torch.tensor([1.0, 0.5, -1.0])[None, None, :, None].to(device)
    weights = weights_of(attend, query, key, scale=1.0)
    wanted = torch.tensor([[1.0, 0, 0], [0, 0, 1]])[(sign < 0).long()].to(device)
    same_bits(weights[0, 0], wanted)


def _on(option: object, device: torch.device) -> object:
    return option.to(device) if isinstance(option, Tensor) else option


ATTENTION_LAWS: tuple[Callable[[Attend, torch.device], None], ...] = (
    equals_the_naive_loop,
    each_group_of_heads_shares_one_key_head,
    rows_sum_to_one,
    adding_a_number_to_a_row_of_scores_changes_nothing,
    the_order_of_keys_does_not_matter,
    permuting_queries_permutes_the_output,
    what_is_masked_never_leaks,
    what_some_queries_see_does_not_leak_to_others,
    the_future_cannot_change_the_past,
    the_present_is_seen,
    no_gradient_reaches_the_future,
    padding_is_as_good_as_absent,
    a_batch_element_is_alone,
    a_head_is_alone,
    the_output_lies_between_the_values,
    the_output_is_linear_in_the_values,
    cold_is_argmax,
    hot_is_uniform,
    one_key_gets_all_the_weight,
    equal_keys_share_equally,
    an_empty_row_is_zeros,
    huge_logits_stay_finite,
)


# --- a whole layer --------------------------------------------------------------------------------------------------


def layer_equals_the_naive_loop(layer: Layer, device: torch.device) -> None:
    x, memory = normal(B, T, D_MODEL, device=device), normal(B, S, D_MODEL, seed=1, device=device)
    for num_heads, num_kv_heads, value_dim, with_bias in (
        (3, 3, 13, False),
        (3, 3, 10, True),
        (6, 2, 10, True),
        (6, 2, 13, True),
        (6, 1, 5, False),
        (1, 1, 1, True),
    ):
        weights = projections(
            num_heads=num_heads, num_kv_heads=num_kv_heads, value_dim=value_dim, with_bias=with_bias, device=device
        )
        bias = normal(num_heads, T, T, seed=2)
        close(layer(x, weights), naive_layer(x, weights))
        close(layer(x, weights, memory=memory), naive_layer(x, weights, memory=memory))
        got = layer(x, weights, mask=causal_mask(T, device=device), bias=bias.to(device))
        close(got, naive_layer(x, weights, mask=causal_mask(T), bias=bias))


def without_positions_order_means_nothing(layer: Layer, device: torch.device) -> None:
    x, weights = normal(B, T, D_MODEL, device=device), projections(device=device)
    order = torch.tensor([3, 0, 4, 1, 2], device=device)
    close(layer(x[:, order], weights), layer(x, weights)[:, order])


def with_positions_order_means_something(layer: Layer, device: torch.device) -> None:
    x, weights = normal(B, T, D_MODEL, device=device), projections(device=device)
    order = torch.tensor([3, 0, 4, 1, 2], device=device)
    table, angles = sinusoidal_positions(T, D_MODEL).to(device), rotary_angles(T, weights.head_dim)
    bias = -(torch.arange(T)[:, None] - torch.arange(T)).abs().double().to(device)
    for added, options in ((table, {}), (0.0, {"angles": angles}), (0.0, {"bias": bias})):
        moved = layer(x[:, order] + added, weights, **options)
        assert (moved - layer(x + added, weights, **options)[:, order]).abs().amax() > 1e-3


def rope_knows_distances_only(layer: Layer, device: torch.device) -> None:
    x, weights = normal(B, T, D_MODEL, device=device), projections(device=device)
    angles = rotary_angles(T + 50, weights.head_dim)
    close(layer(x, weights, angles=angles[50:]), layer(x, weights, angles=angles[:T]))
    assert (layer(x, weights, angles=angles[:T]) - layer(x, weights)).abs().amax() > 1e-3


def a_layer_has_no_future(layer: Layer, device: torch.device) -> None:
    x, weights = normal(B, T, D_MODEL, device=device), projections(device=device)
    mask = causal_mask(T, device=device)
    for now in range(1, T):
        other = x.clone()
        other[:, now:] = NAN
        same_bits(layer(other, weights, mask=mask)[:, :now], layer(x, weights, mask=mask)[:, :now])


LAYER_LAWS: tuple[Callable[[Layer, torch.device], None], ...] = (
    layer_equals_the_naive_loop,
    without_positions_order_means_nothing,
    with_positions_order_means_something,
    rope_knows_distances_only,
    a_layer_has_no_future,
)
