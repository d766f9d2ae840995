"""The next token: temperature, top-k and top-p, by hand and at their edges."""

import math
from typing import Any

import pytest
import torch

from attnlab.engine import SpecError, next_token
from tests.engine.laws import close, same_bits
from tests.engine.reference import normal

WORDS = 13
HALVES = torch.tensor([0.5, 0.25, 0.125, 0.125]).double().log()


def test_nothing_cut_is_the_softmax() -> None:
    logits = normal(WORDS)
    found = next_token(logits)
    close(found.probabilities, logits.softmax(-1))
    close(found.final, found.probabilities)
    assert bool(found.kept.all())


def test_temperature_divides_the_logits() -> None:
    logits = normal(WORDS)
    for temperature in (0.05, 0.5, 2.0, 10.0):
        close(next_token(logits, temperature).probabilities, (logits / temperature).softmax(-1))


def test_cold_takes_the_likeliest_and_hot_takes_all_alike() -> None:
    logits = torch.tensor([1.0, 5.0, 3.0]).double()
    close(next_token(logits, 0.05).probabilities, torch.tensor([0.0, 1.0, 0.0]).double())
    hot = [next_token(logits, temperature).probabilities.std().item() for temperature in (1.0, 3.0, 10.0)]
    assert hot == sorted(hot, reverse=True)


@pytest.mark.parametrize(
    ("top_k", "top_p", "kept"),
    [
        (1, None, [True, False, False, False]),
        (2, None, [True, True, False, False]),
        (3, None, [True, True, True, False]),  # the third and the fourth are equal: the earlier one stays
        (99, None, [True] * 4),
        (None, 0.0, [True, False, False, False]),
        (None, 0.5, [True, False, False, False]),  # reached exactly
        (None, 0.51, [True, True, False, False]),
        (None, 0.8, [True, True, True, False]),
        (None, 1.0, [True] * 4),
        (2, 0.6, [True, False, False, False]),  # of the two that are left the first has 2/3
        (2, 0.7, [True, True, False, False]),
    ],
)
def test_top_k_and_top_p_worked_by_hand(top_k: int | None, top_p: float | None, kept: list[bool]) -> None:
    found = next_token(HALVES, 1.0, top_k, top_p)
    assert found.kept.tolist() == kept
    close(found.probabilities, HALVES.exp())
    left = HALVES.exp() * torch.tensor(kept)
    close(found.final, left / left.sum())


@pytest.mark.parametrize("top_p", [0.1, 0.5, 0.9, 0.99])
def test_top_p_keeps_the_fewest_that_reach_it(top_p: float) -> None:
    found = next_token(normal(WORDS, seed=3), 1.0, None, top_p)
    kept = found.probabilities[found.kept]
    assert kept.sum() >= top_p
    assert kept.sum() - kept.min() < top_p
    assert kept.min() >= found.probabilities.where(~found.kept, 0.0).max()


def test_cuts_do_not_care_where_a_token_stands() -> None:
    logits, order = normal(WORDS), torch.randperm(WORDS, generator=torch.Generator().manual_seed(1))
    straight, moved = next_token(logits, 0.7, 7, 0.8), next_token(logits[order], 0.7, 7, 0.8)
    same_bits(moved.kept, straight.kept[order])
    close(moved.final, straight.final[order])


def test_equal_logits_keep_the_first_k() -> None:
    assert next_token(torch.zeros(WORDS), 1.0, 5).kept.tolist() == [True] * 5 + [False] * (WORDS - 5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_the_largest_logits_do_not_overflow(dtype: torch.dtype) -> None:
    most = torch.finfo(dtype).max
    for temperature in (0.05, 1.0, 10.0):
        found = next_token(torch.tensor([most, -most, most], dtype=dtype), temperature, 2, 0.99)
        assert found.final.tolist() == [0.5, 0.0, 0.5]


def test_one_word_is_certain() -> None:
    assert next_token(torch.tensor([-3.0]), 0.5, 1, 0.0).final.tolist() == [1.0]


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "temperature 0": ({"temperature": 0}, r"temperature \(0\) must be between 0.05 and 10.0"),
    "temperature NaN": ({"temperature": math.nan}, r"temperature \(nan\) must be between 0.05 and 10.0"),
    "top_k 0": ({"top_k": 0}, r"top_k \(0\) must be a whole number from 1 up"),
    "top_k 2.0": ({"top_k": 2.0}, r"top_k \(2.0\) must be a whole number from 1 up"),
    "top_k True": ({"top_k": True}, r"top_k \(True\) must be a whole number from 1 up"),
    "top_p": ({"top_p": 1.1}, r"top_p \(1.1\) must be between 0.0 and 1.0"),
    "top_p NaN": ({"top_p": math.nan}, r"top_p \(nan\) must be between 0.0 and 1.0"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_out_of_bounds_is_refused_by_field_and_value(name: str) -> None:
    fields, message = REFUSALS[name]
    with pytest.raises(SpecError, match=message) as refusal:
        next_token(normal(WORDS), **fields)
    assert [refusal.value.field] == list(fields)


@pytest.mark.parametrize("logits", [torch.zeros(0), torch.zeros(2, 3), torch.tensor([0.0, math.inf])], ids=str)
def test_logits_that_are_no_row_of_finite_numbers_are_refused(logits: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"must be \(V,\), V at least 1, and finite"):
        next_token(logits)
