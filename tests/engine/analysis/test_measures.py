"""What a head does, on weights whose measures can be worked out by hand."""

import math

import pytest
import torch

from attnlab.engine import causal_mask, full_mask, head_label, measure_heads, padding_mask
from attnlab.engine.analysis.measures import is_punctuation, row_entropy_bits

TOKENS = ("A", "b", ",", "a")


def weights(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([rows], dtype=torch.float64)


EVEN = weights(*[[0.25] * 4] * 4)
SELF = torch.eye(4, dtype=torch.float64)[None]
PREVIOUS = weights([1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0])


def test_entropy_in_bits_and_effective_tokens_worked_by_hand() -> None:
    rows = weights([0.25] * 4, [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0.5, 0.25, 0.125, 0.125])
    assert row_entropy_bits(rows)[0].tolist() == pytest.approx([2, 1, 0, 1.75], abs=1e-12)
    measures = measure_heads(rows, TOKENS)
    assert measures.entropy_bits[0] == pytest.approx((2 + 1 + 0 + 1.75) / 4)
    assert measures.effective_tokens[0] == pytest.approx((4 + 2 + 1 + 2**1.75) / 4)
    assert measures.most_bits[0] == pytest.approx(2)
    assert measures.evenness[0] == pytest.approx((2 + 1 + 0 + 1.75) / 8)


def test_no_entropy_is_zero_and_not_minus_zero() -> None:
    (bits,) = measure_heads(SELF, TOKENS).entropy_bits
    assert bits == 0
    assert math.copysign(1, bits) == 1


def test_mean_distance_worked_by_hand() -> None:
    assert measure_heads(SELF, TOKENS).mean_distance == (0,)
    assert measure_heads(PREVIOUS, TOKENS).mean_distance == pytest.approx([3 / 4])  # the first row sees itself
    assert measure_heads(EVEN, TOKENS).mean_distance == pytest.approx([(6 + 4 + 4 + 6) / 16])


def test_shares_worked_by_hand() -> None:
    rows = weights([0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1])
    shares = {name: share[0] for name, share in measure_heads(rows, TOKENS).shares.items()}
    assert shares["self"] == pytest.approx((0.4 + 0.2 + 0.25 + 0.1) / 4)
    assert shares["previous"] == pytest.approx((0.1 + 0.25 + 0.1) / 3)  # the first token has none
    assert shares["next"] == pytest.approx((0.3 + 0.3 + 0.25) / 3)
    assert shares["2 back"] == pytest.approx((0.25 + 0.1) / 2)
    assert shares["3 ahead"] == pytest.approx(0.1)
    assert shares["first"] == pytest.approx((0.4 + 0.1 + 0.25 + 0.7) / 4)
    assert shares["punctuation"] == pytest.approx((0.2 + 0.3 + 0.25 + 0.1) / 4)
    assert shares["same word"] == pytest.approx((0.4 + 0.1 + 0.2 + 0.25 + 0.7 + 0.1) / 4)  # "A" is "a"
    assert shares["repeat"] == pytest.approx((0.1 + 0.7) / 2)
    reach = {name: share[0] for name, share in measure_heads(rows, TOKENS).reach.items()}
    assert (reach["self"], reach["previous"], reach["3 ahead"], reach["repeat"]) == (1, 0.75, 0.25, 0.5)
    assert shares["nearby"] == pytest.approx((0.9 + 1 + 1 + 0.3) / 4)


def test_heads_are_measured_one_by_one() -> None:
    both = measure_heads(torch.cat([SELF, PREVIOUS]), TOKENS)
    assert both.shares["self"] == (1, 0.25)
    assert both.shares["previous"] == (0, 1)


def test_only_keys_that_may_be_seen_count() -> None:
    mask = causal_mask(4)
    rows = (mask / mask.sum(-1, keepdim=True)).double()[None]
    measures = measure_heads(rows, TOKENS, mask)
    assert measures.evenness == pytest.approx([1])
    assert measures.most_bits == pytest.approx([(0 + 1 + math.log2(3) + 2) / 4])
    assert measures.shares["next"] == (0,)
    assert head_label(measures, 0) == "uniform"


def test_rows_that_see_nothing_are_left_out() -> None:
    mask = causal_mask(4) & padding_mask(torch.tensor([True, True, False, False]))
    rows = weights([0] * 4, [0] * 4, [0, 0, 1, 0], [0, 0, 0.5, 0.5])
    measures = measure_heads(rows, TOKENS, mask)
    assert measures.entropy_bits == pytest.approx([0.5])
    assert measures.effective_tokens == pytest.approx([1.5])
    assert measures.mean_distance == pytest.approx([0.25])
    blind = measure_heads(torch.zeros(1, 4, 4), TOKENS, ~full_mask(4))
    assert (*blind.entropy_bits, *blind.effective_tokens, *blind.mean_distance, *blind.most_bits) == (0, 0, 0, 0)


LABELS = {
    "self": (SELF, "self"),
    "previous": (PREVIOUS, "previous"),
    "uniform": (EVEN, "uniform"),
    "first": (weights(*[[1, 0, 0, 0]] * 4), "first"),
    "punctuation": (weights(*[[0, 0, 1, 0]] * 4), "punctuation"),
    "same word": (weights([0.5, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0.5, 0, 0, 0.5]), "same word"),
    "nearby": (weights([0.5, 0.5, 0, 0], [0.3, 0.4, 0.3, 0], [0, 0.3, 0.4, 0.3], [0, 0, 0.5, 0.5]), "nearby"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_head_is_called_what_it_does(name: str) -> None:
    rows, label = LABELS[name]
    assert head_label(measure_heads(rows, TOKENS), 0) == label


def test_a_head_torn_between_both_ends_is_mixed() -> None:
    ends = torch.zeros(1, 9, 9, dtype=torch.float64)
    ends[..., [0, 8]] = 0.5
    assert head_label(measure_heads(ends, tuple("abcdefghi")), 0) == "mixed"


def test_a_pattern_that_few_queries_could_follow_names_no_head() -> None:
    rows = weights([0, 0, 0.6, 0.4], [0, 0.4, 0.2, 0.4], [0, 0.1, 0.5, 0.4], [0.8, 0.2, 0, 0])
    measures = measure_heads(rows, ("a", "b", "c", "d"))
    assert measures.shares["3 back"] == (0.8,)
    assert measures.reach["3 back"] == (0.25,)
    assert head_label(measures, 0) == "nearby"


def test_one_token_has_measures() -> None:
    measures = measure_heads(torch.ones(1, 1, 1), ("a",))
    assert measures.entropy_bits == (0,)
    assert measures.effective_tokens == (1,)
    assert head_label(measures, 0) == "self"


@pytest.mark.parametrize(
    ("token", "answer"),
    [(".", True), ("?!", True), ("。", True), ("a.", False), ("$", False), ("", False), (" ", False)],
)
def test_punctuation_is_what_unicode_says_it_is(token: str, answer: bool) -> None:
    assert is_punctuation(token) is answer
