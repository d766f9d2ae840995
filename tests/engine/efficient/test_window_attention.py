"""Attention computed block by block within a window, beside the same behind a mask."""

import pytest
import torch
from torch import Tensor

from attnlab.engine import (
    alibi_bias,
    all_of,
    attention,
    causal_mask,
    full_mask,
    window_attention_output,
    window_mask,
)

B, H, G, D, DV = 2, 6, 3, 5, 7


def drawn(length: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    shapes = ((B, H, length, D), (B, G, length, D), (B, G, length, DV))
    query, key, value = (torch.randn(shape, generator=noise, dtype=torch.float64).to(dtype) for shape in shapes)
    return query, key, value


def masked(length: int, window: int, *, causal: bool) -> Tensor:
    return all_of(window_mask(length, window=window), causal_mask(length) if causal else full_mask(length))


@pytest.mark.parametrize("alibi", [False, True])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("length", [1, 2, 12, 13, 37])
@pytest.mark.parametrize("window", [1, 2, 3, 12, 13, 50])
def test_blocks_give_what_the_mask_gives(window: int, length: int, causal: bool, alibi: bool) -> None:
    heads = drawn(length)
    mask, bias = masked(length, window, causal=causal), alibi_bias(H, length) if alibi else None
    wanted = attention(*heads, mask=mask, bias=bias, scale=0.7).output
    got = window_attention_output(*heads, window=window, causal=causal, alibi=alibi, scale=0.7)
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("causal", [True, False])
def test_gradients_are_those_behind_the_mask(causal: bool) -> None:
    through_blocks, through_mask = ([one.requires_grad_() for one in drawn(37)] for _ in range(2))
    direction = torch.randn(B, H, 37, DV, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (window_attention_output(*through_blocks, window=5, causal=causal) * direction).sum().backward()
    (attention(*through_mask, mask=masked(37, 5, causal=causal)).output * direction).sum().backward()
    for ours, theirs in zip(through_blocks, through_mask, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize("causal", [True, False])
def test_a_changed_key_reaches_the_queries_within_the_window_alone(causal: bool) -> None:
    query, key, value = drawn(37)
    before = window_attention_output(query, key, value, window=4, causal=causal)
    key[:, :, 17], value[:, :, 17] = 9.0, torch.nan
    after = window_attention_output(query, key, value, window=4, causal=causal)
    changed = (before != after).any(-1).flatten(0, 1).any(0).nonzero().flatten().tolist()
    assert changed == list(range(17 if causal else 14, 21))


def test_half_precision_stays_half() -> None:
    heads = drawn(13, dtype=torch.bfloat16)
    got = window_attention_output(*heads, window=4, causal=True)
    assert got.dtype == torch.bfloat16
    wanted = attention(*(one.float() for one in heads), mask=masked(13, 4, causal=True)).output
    torch.testing.assert_close(got.float(), wanted, rtol=0, atol=0.03)


def test_no_matrix_of_all_pairs_is_kept_for_the_gradient() -> None:
    length = 512
    kept: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    query, key, value = (one.requires_grad_() for one in drawn(length))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        window_attention_output(query, key, value, window=8, causal=True)
    assert kept
    assert max(kept) < length * length


@pytest.mark.parametrize(
    ("window", "keys", "said"),
    [
        (0, 13, r"window \(0\) must be at least 1"),
        (3, 12, r"keys \(12\) must be as many as queries \(13\)"),
    ],
)
def test_what_does_not_fit_is_refused(window: int, keys: int, said: str) -> None:
    query, key, value = drawn(13)
    with pytest.raises(ValueError, match=said):
        window_attention_output(query, key[:, :, :keys], value[:, :, :keys], window=window, causal=True)


def test_no_positions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"queries \(0\), at least 1"):
        window_attention_output(*drawn(0), window=3, causal=True)
