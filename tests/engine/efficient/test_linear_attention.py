"""Linear attention by its state, beside the score `linear` and its matrix of weights."""

import pytest
import torch
from torch import Tensor

from attnlab.engine import Rule, causal_mask, linear_attention_output, variant_attention

B, H, G, D, DV = 2, 6, 3, 5, 7
LINEAR = Rule(score="linear")


def drawn(length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    shapes = ((B, H, length, D), (B, G, length, D), (B, G, length, DV))
    query, key, value = (torch.randn(shape, generator=noise, dtype=torch.float64) for shape in shapes)
    return query, key, value


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("length", [1, 2, 13, 16, 17, 130])
@pytest.mark.parametrize("chunk", [1, 3, 16, 1000])
def test_states_give_what_the_matrix_gives(chunk: int, length: int, causal: bool) -> None:
    heads = drawn(length)
    wanted = variant_attention(*heads, rule=LINEAR, mask=causal_mask(length) if causal else None).output
    got = linear_attention_output(*heads, causal=causal, chunk=chunk)
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-12)


def test_three_keys_worked_by_hand() -> None:
    query = torch.tensor([[[[0.0], [0.0], [0.0]]]], dtype=torch.float64)  # phi(0) = 1
    key = torch.tensor([[[[0.0], [1.0], [2.0]]]], dtype=torch.float64)  # phi = 1, 2, 3
    value = torch.tensor([[[[6.0], [0.0], [12.0]]]], dtype=torch.float64)
    got = linear_attention_output(query, key, value, causal=True).flatten().tolist()
    assert got == pytest.approx([6.0, 6 / 3, (6 + 3 * 12) / 6])


@pytest.mark.parametrize("causal", [True, False])
def test_gradients_are_those_of_the_matrix(causal: bool) -> None:
    by_state, by_matrix = ([one.requires_grad_() for one in drawn(37)] for _ in range(2))
    direction = torch.randn(B, H, 37, DV, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (linear_attention_output(*by_state, causal=causal, chunk=8) * direction).sum().backward()
    mask = causal_mask(37) if causal else None
    (variant_attention(*by_matrix, rule=LINEAR, mask=mask).output * direction).sum().backward()
    for ours, theirs in zip(by_state, by_matrix, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-12)


def test_a_later_key_changes_no_bit_of_an_earlier_answer() -> None:
    query, key, value = drawn(37)
    before = linear_attention_output(query, key, value, causal=True, chunk=8)
    key[:, :, 17], value[:, :, 17] = 9.0, -9.0
    after = linear_attention_output(query, key, value, causal=True, chunk=8)
    changed = (before != after).any(-1).flatten(0, 1).any(0)
    assert changed.nonzero().flatten().tolist() == list(range(17, 37))


def test_features_that_underflow_give_no_nan() -> None:
    query, key, value = (one.float() for one in drawn(5))
    output = linear_attention_output(query - 1000, key, value, causal=True)
    assert output.eq(0).all()


def test_half_precision_is_summed_in_single_and_rounded_once() -> None:
    heads = [one.bfloat16() for one in drawn(130)]
    got = linear_attention_output(*heads, causal=True)
    assert torch.equal(got, linear_attention_output(*(one.float() for one in heads), causal=True).bfloat16())


def test_no_matrix_of_all_pairs_is_kept_for_the_gradient() -> None:
    length = 1024
    kept: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    query, key, value = (one.requires_grad_() for one in drawn(length))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        linear_attention_output(query, key, value, causal=True, chunk=16)
    assert kept
    assert max(kept) < length * length


@pytest.mark.parametrize(
    ("chunk", "keys", "said"),
    [
        (0, 13, r"chunk \(0\) must be at least 1"),
        (3, 12, r"keys \(12\) must be as many as queries \(13\)"),
    ],
)
def test_what_does_not_fit_is_refused(chunk: int, keys: int, said: str) -> None:
    query, key, value = drawn(13)
    with pytest.raises(ValueError, match=said):
        linear_attention_output(query, key[:, :, :keys], value[:, :, :keys], causal=True, chunk=chunk)


def test_no_positions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"queries \(0\), at least 1"):
        linear_attention_output(*drawn(0), causal=False)
