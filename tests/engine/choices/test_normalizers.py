"""Normalizers: worked examples, laws, and rows of extreme numbers.

That each is what its paper says, by bisection or by a loop over scalars, is in `test_variants`.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from attnlab.engine.choices.normalizers import (
    NORMALIZERS,
    entmax15,
    hard,
    sigmoid,
    sink_softmax,
    softmax,
    softmax_one,
    sparsemax,
)
from tests.engine.reference import KEY_BY_KEY, NO_SHARES

SUM_TO_ONE = sorted(set(NORMALIZERS) - set(NO_SHARES))
INF = math.inf


def row(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


rows = st.lists(st.floats(-30, 30), min_size=1, max_size=9)


@pytest.mark.parametrize("name", SUM_TO_ONE)
@given(numbers=rows)
def test_shares_sum_to_one_and_none_is_negative(name: str, numbers: list[float]) -> None:
    weights = NORMALIZERS[name](row(*numbers))
    assert (weights >= 0).all()
    assert abs(float(weights.sum()) - 1) < 1e-12


@pytest.mark.parametrize("name", SUM_TO_ONE)
@given(numbers=rows, shift=st.floats(-50, 50))
def test_shares_do_not_change_if_all_scores_rise_alike(name: str, numbers: list[float], shift: float) -> None:
    logits = row(*numbers).round(decimals=3)
    shifted = NORMALIZERS[name](logits + round(shift))
    torch.testing.assert_close(shifted, NORMALIZERS[name](logits), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", NORMALIZERS)
@given(numbers=rows)
def test_a_higher_score_never_gets_less(name: str, numbers: list[float]) -> None:
    weights = NORMALIZERS[name](row(*sorted(numbers)))
    assert (weights.diff() >= -1e-12).all()


@pytest.mark.parametrize("name", NORMALIZERS)
def test_rows_are_normalized_one_by_one(name: str) -> None:
    logits = torch.randn(2, 3, 5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    together = NORMALIZERS[name](logits)
    apart = torch.stack([NORMALIZERS[name](one) for one in logits.flatten(0, 2)]).view_as(logits)
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NORMALIZERS)
def test_masked_keys_get_nothing_and_change_nothing(name: str, dtype: torch.dtype) -> None:
    seen = torch.tensor([0.3, -1.0, 2.0], dtype=dtype)
    masked = torch.tensor([-INF, 0.3, -1.0, -INF, 2.0], dtype=dtype)
    weights = NORMALIZERS[name](masked)
    assert weights[[0, 3]].tolist() == [0.0, 0.0]
    if name not in KEY_BY_KEY:
        torch.testing.assert_close(weights[[1, 2, 4]], NORMALIZERS[name](seen))


@pytest.mark.parametrize("name", NORMALIZERS)
def test_a_row_of_masked_keys_is_zeros(name: str) -> None:
    assert NORMALIZERS[name](row(-INF, -INF, -INF)).tolist() == [0.0] * 3


@pytest.mark.parametrize("name", sorted(set(NORMALIZERS) - {"hard"}))  # which has no gradient anywhere
def test_a_row_of_masked_keys_has_no_gradient_and_no_nan(name: str) -> None:
    logits = torch.tensor([[-INF, -INF], [0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    NORMALIZERS[name](logits).square().sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert (logits.grad[0] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NORMALIZERS)
def test_the_largest_numbers_there_are_make_no_nan(name: str, dtype: torch.dtype) -> None:
    for numbers in ((3e38, -3e38, 0.0), (-3e38, -3e38), (3e38, 3e38), (-3e38, -INF), (1e20,)):
        weights = NORMALIZERS[name](torch.tensor(numbers, dtype=dtype))
        assert weights.isfinite().all()
        assert weights.min() >= 0
        assert name == "relu" or weights.max() <= 1


@pytest.mark.parametrize("name", SUM_TO_ONE)
def test_one_key_gets_all(name: str) -> None:
    assert NORMALIZERS[name](row(-7.0)).tolist() == [1.0]


@pytest.mark.parametrize("name", SUM_TO_ONE)
def test_equal_scores_share_equally(name: str) -> None:
    torch.testing.assert_close(NORMALIZERS[name](row(2, 2, 2, 2)), row(0.25, 0.25, 0.25, 0.25))


@pytest.mark.parametrize("name", ["softmax", "sparsemax", "entmax15"])
def test_towards_temperature_zero_all_goes_to_the_best(name: str) -> None:
    cold = NORMALIZERS[name](row(1.0, 3.0, 2.0) / 1e-3)
    torch.testing.assert_close(cold, hard(row(1.0, 3.0, 2.0)))


def test_sparsemax_of_a_row_by_hand() -> None:
    """Scores 1, .5, -1: two keys in the support, threshold (1.5 - 1) / 2 = .25."""
    torch.testing.assert_close(sparsemax(row(1.0, 0.5, -1.0)), row(0.75, 0.25, 0.0))


def test_entmax_of_a_row_by_hand() -> None:
    """Scores 0 and -2 halved are 0 and -1: threshold -1 gives (1, 0)."""
    torch.testing.assert_close(entmax15(row(0.0, -2.0)), row(1.0, 0.0))


def test_entmax_lies_between_softmax_and_sparsemax() -> None:
    logits = row(1.0, 0.5, 0.2, -0.4)
    best = [float(NORMALIZERS[name](logits).max()) for name in ("softmax", "entmax15", "sparsemax")]
    assert best == sorted(best)


def test_ties_at_the_top_share_the_hard_weight() -> None:
    assert hard(row(1.0, 4.0, 4.0, -INF)).tolist() == [0.0, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_that_differ_by_a_rounding_share_the_hard_weight(dtype: torch.dtype) -> None:
    eps = torch.finfo(dtype).eps
    for size in (4.0, -4.0, 1e30):
        logits = torch.tensor([size * (1 - eps), size, size * (1 + eps), -INF], dtype=dtype)
        assert hard(logits).tolist() == torch.tensor([1 / 3, 1 / 3, 1 / 3, 0], dtype=dtype).tolist()
    assert hard(torch.tensor([0.0, 3 * eps, -0.5], dtype=dtype)).tolist() == [0.5, 0.5, 0.0]  # cancelled to nearly 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_that_differ_by_more_than_roundings_do_not(dtype: torch.dtype) -> None:
    apart = 1000 * torch.finfo(dtype).eps
    for size in (4.0, -4.0, 1e30):
        logits = torch.tensor([size, size + abs(size) * apart], dtype=dtype)
        assert hard(logits).tolist() == [0.0, 1.0]


def test_a_sink_takes_its_share() -> None:
    torch.testing.assert_close(sink_softmax(row(0.0, 0.0), math.log(2)), row(0.25, 0.25))
    torch.testing.assert_close(softmax_one(row(0.0, 0.0)), row(1 / 3, 1 / 3))
    torch.testing.assert_close(sink_softmax(row(0.3, 1.0), -1e4), softmax(row(0.3, 1.0)))
    assert softmax_one(row(-1e3, -1e3)).tolist() == [0.0, 0.0]


def test_each_sigmoid_weight_stands_alone() -> None:
    before, after = sigmoid(row(1.0, 2.0, 3.0)), sigmoid(row(1.0, 2.0, -8.0))
    assert torch.equal(before[:2], after[:2])
    torch.testing.assert_close(sigmoid(row(0.0, 0.0, 0.0)), row(0.25, 0.25, 0.25))  # 1 / (1 + 3)


@pytest.mark.parametrize("name", ["softmax", "sparsemax", "entmax15", "sigmoid", "softmax_one"])
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    logits = row(0.5, -0.3, 1.1, 0.7).requires_grad_()
    assert torch.autograd.gradcheck(NORMALIZERS[name], logits)
