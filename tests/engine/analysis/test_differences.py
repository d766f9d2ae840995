"""How two layers differ: against loops, against torch's own derivative, and laws."""

import dataclasses
import math
import random

import pytest
import torch
from torch import Tensor
from torch.func import jacrev

from attnlab.engine import AttentionSpec, trace
from attnlab.engine.analysis.differences import (
    gradient_size,
    head_differences,
    jensen_shannon_bits,
    output_cosine,
    output_difference,
    reordering,
    total_variation,
)
from attnlab.engine.choices.normalizers import NORMALIZERS
from attnlab.engine.spec import PositionsName

H, T, S, D = 2, 3, 7, 11
SENTENCE = ("the", "cat", "saw", "the", "dog")
PLAIN = AttentionSpec(tokens=SENTENCE, num_heads=4, d_model=32, source="random", positions="none", dtype="float64")


def random_rows(seed: int) -> Tensor:
    """(H, T, S) of distributions, some of their weights zero."""
    logits = torch.randn(H, T, S, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3
    return logits.masked_fill(logits < -3, -math.inf).softmax(-1)


def divergence_by_a_loop(p: list[float], q: list[float]) -> float:
    total = 0.0
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        total += 0.5 * a * math.log2(a / middle) if a else 0.0
        total += 0.5 * b * math.log2(b / middle) if b else 0.0
    return total


def test_the_divergence_is_that_of_a_loop() -> None:
    first, second = random_rows(1), random_rows(2)
    got = jensen_shannon_bits(first, second)
    assert got.shape == (H, T)
    for head in range(H):
        for row in range(T):
            wanted = divergence_by_a_loop(first[head, row].tolist(), second[head, row].tolist())
            assert got[head, row].item() == pytest.approx(wanted, abs=1e-12)
    assert torch.equal(got, jensen_shannon_bits(second, first))


def test_the_divergence_runs_from_equal_rows_to_rows_without_a_common_key() -> None:
    rows = torch.tensor([[0.25, 0.75, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.5, 0.5, 0.0, 0.0]])
    assert jensen_shannon_bits(rows, rows).tolist() == [0, 0, 0]
    assert jensen_shannon_bits(rows[:1], rows[1:2]).tolist() == [1]
    # (1/2, 1/2) against (1, 0), worked by hand: entropy of (3/4, 1/4) less half a bit
    hand = 0.75 * math.log2(4 / 3) + 0.25 * 2 - 0.5
    assert jensen_shannon_bits(rows[2], torch.tensor([1.0, 0, 0, 0])).item() == pytest.approx(hand)


def test_rows_without_weight_are_equal_to_each_other_and_to_no_other() -> None:
    zero, one = torch.zeros(S), torch.eye(S)[2]
    assert jensen_shannon_bits(zero, zero) == 0
    assert jensen_shannon_bits(zero, one) == 1
    assert jensen_shannon_bits(one, zero) == 1


def test_rows_that_do_not_sum_to_one_are_compared_by_their_shares() -> None:
    row = random_rows(3)[0, 0]
    assert jensen_shannon_bits(row, row * 5).item() == pytest.approx(0, abs=1e-12)


def test_total_variation_is_the_weight_that_moved() -> None:
    assert total_variation(torch.tensor([0.5, 0.5, 0]), torch.tensor([0.2, 0.5, 0.3])).item() == pytest.approx(0.3)
    first, second = random_rows(4), random_rows(5)
    by_loop = sum(max(b - a, 0) for a, b in zip(first[1, 2].tolist(), second[1, 2].tolist(), strict=True))
    assert total_variation(first, second)[1, 2].item() == pytest.approx(by_loop)


def test_the_cosine_of_outputs_is_that_of_a_loop_and_knows_zeros() -> None:
    draw = torch.Generator().manual_seed(6)
    first, second = (torch.randn(T, D, generator=draw, dtype=torch.float64) for _ in range(2))
    for row in range(T):
        a, b = first[row].tolist(), second[row].tolist()
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        wanted = dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
        assert output_cosine(first, second)[row].item() == pytest.approx(wanted)
    nothing = torch.zeros(D)
    assert output_cosine(nothing, nothing) == 1
    assert output_cosine(nothing, first[0]) == 0


@pytest.mark.parametrize("normalizer", ["softmax", "sparsemax", "entmax15", "sigmoid", "softmax_one", "relu"])
def test_the_gradient_size_is_the_norm_of_torchs_jacobian(normalizer: str) -> None:
    weights_of = NORMALIZERS[normalizer]
    logits = torch.randn(T, S, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    got = gradient_size(weights_of(logits), normalizer)
    for row in range(T):
        jacobian = jacrev(weights_of)(logits[row])
        assert jacobian.shape == (S, S)
        assert got[row].item() == pytest.approx(jacobian.norm().item(), rel=1e-9)


def test_a_settled_row_has_no_gradient_left_and_an_even_one_has_most() -> None:
    settled, even, empty = torch.eye(S)[0], torch.full((S,), 1 / S), torch.zeros(S)
    for normalizer in ("softmax", "sigmoid", "softmax_one", "sparsemax", "entmax15", "hard"):
        assert gradient_size(empty, normalizer) == 0
        assert gradient_size(settled, normalizer) == pytest.approx(0, abs=1e-12)
    assert gradient_size(empty, "relu") == 0
    assert gradient_size(even).item() == pytest.approx(math.sqrt((S - 1) / S**2))
    with pytest.raises(ValueError, match=r"normalizer \('softmx'\) must be hard, relu, .*softmax"):
        gradient_size(even, "softmx")


def test_scaling_keeps_the_gradient_as_d_grows() -> None:
    """Vaswani et al. 2017, section 3.2.1: without scaling large d_k leaves extremely small gradients."""
    draw = torch.Generator().manual_seed(8)

    def gradient(d_k: int, scale: float) -> float:
        query, key = (torch.randn(64, d_k, generator=draw, dtype=torch.float64) for _ in range(2))
        return gradient_size((query @ key.T * scale).softmax(-1)).mean().item()

    assert gradient(256, 1 / math.sqrt(256)) > 0.5 * gradient(4, 1 / math.sqrt(4))
    assert gradient(256, 1) < 0.6 * gradient(4, 1)


# --- two layers -------------------------------------------------------------------------------------------------------


def test_a_layer_does_not_differ_from_itself() -> None:
    for head in head_differences(trace(PLAIN), trace(PLAIN)):
        assert (head.divergence_bits, head.moved) == (0, 0)
        assert head.output_cosine == pytest.approx(1)


def test_heads_are_compared_row_by_row() -> None:
    first, second = trace(PLAIN), trace(dataclasses.replace(PLAIN, mask="causal"))
    got = head_differences(first, second)
    assert len(got) == 4
    for head, difference in enumerate(got):
        rows = [
            divergence_by_a_loop(p, q)
            for p, q in zip(first.weights[head].tolist(), second.weights[head].tolist(), strict=True)
        ]
        assert difference.divergence_bits == pytest.approx(sum(rows) / len(SENTENCE))
        assert 0 < difference.moved < 1
    # The last query sees the same keys under both masks; the first sees itself alone under one.
    assert torch.equal(first.weights[:, -1], second.weights[:, -1])


def test_other_numbers_of_heads_and_tokens_are_compared_as_far_as_they_go() -> None:
    first = trace(PLAIN)
    longer = trace(dataclasses.replace(PLAIN, tokens=(*SENTENCE, "again", "today"), num_heads=2))
    (one, two) = head_differences(first, longer)
    assert one.output_cosine is None  # 8 numbers in one, 16 in the other
    seen = first.weights[1].tolist(), longer.weights[1].tolist()
    rows = [divergence_by_a_loop([*p, 0, 0], q) for p, q in zip(seen[0], seen[1][:5], strict=True)]
    assert two.divergence_bits == pytest.approx(sum(rows) / 5)


def test_a_reordering_says_where_each_token_went() -> None:
    assert reordering(("a", "b", "a"), ("b", "a", "a")) == (1, 0, 2)
    assert reordering(("a", "b"), ("a", "b")) is None
    assert reordering(("a", "b"), ("a", "c")) is None
    assert reordering(("a", "b"), ("a", "b", "b")) is None


def shuffled(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(random.Random(0).sample(tokens, len(tokens)))


@pytest.mark.parametrize(("positions", "same"), [("none", True), ("sinusoidal", False), ("rope", False)])
def test_outputs_of_reordered_tokens_are_reordered_only_without_positions(positions: PositionsName, same: bool) -> None:
    spec = dataclasses.replace(PLAIN, positions=positions)
    moved = dataclasses.replace(spec, tokens=shuffled(SENTENCE))
    order = reordering(spec.tokens, moved.tokens)
    assert order is not None
    difference = output_difference(trace(spec), trace(moved), order)
    assert difference is not None
    assert (difference < 1e-12) is same
    if not same:
        assert difference > 1e-2


def test_outputs_of_other_widths_cannot_be_compared() -> None:
    wider = trace(dataclasses.replace(PLAIN, d_model=64))
    assert output_difference(trace(PLAIN), wider, range(5)) is None
