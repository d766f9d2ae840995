"""Score functions: against scalars, against each other where papers say so, and where numbers get extreme.

That each is the loop over scalars of its paper, inside a whole attention, is in `test_variants`.
"""

import math

import pytest
import torch
from torch import Tensor

from attnlab.engine.choices.scores import SCORES, cosine_score, dot_score, gaussian_score, linear_score

B, H, T, S, D = 2, 3, 5, 7, 11


def pair(scale: float = 1.0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(5)
    query, key = (torch.randn(B, H, n, D, dtype=torch.float64, generator=noise) * scale for n in (T, S))
    return query.to(dtype), key.to(dtype)


def scored(name: str, query: Tensor, key: Tensor) -> Tensor:
    parameters = {part: w.to(query.dtype) for part, w in SCORES[name].parameters(H, D, 3).items()}
    return SCORES[name].function(query, key, **parameters)


@pytest.mark.parametrize("name", SCORES)
def test_a_score_has_a_row_for_each_query_and_a_column_for_each_key(name: str) -> None:
    assert scored(name, *pair()).shape == (B, H, T, S)


@pytest.mark.parametrize("name", SCORES)
def test_permuting_the_keys_permutes_the_columns(name: str) -> None:
    query, key = pair()
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    torch.testing.assert_close(scored(name, query, key[:, :, order]), scored(name, query, key)[..., order])


@pytest.mark.parametrize("name", SCORES)
def test_heads_do_not_see_each_other(name: str) -> None:
    query, key = pair()
    other = key.clone()
    other[:, 1] = 9.0
    changed = (scored(name, query, key) != scored(name, query, other)).flatten(2).any(-1)
    assert changed.tolist() == [[False, True, False]] * B


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e4])
@pytest.mark.parametrize("name", SCORES)
def test_scores_of_tiny_and_large_vectors_are_finite(name: str, scale: float) -> None:
    assert scored(name, *pair(scale, torch.float32)).isfinite().all()


@pytest.mark.parametrize("name", SCORES)
def test_no_keys_are_no_scores(name: str) -> None:
    query, key = pair()
    assert scored(name, query, key[:, :, :0]).shape == (B, H, T, 0)


def test_a_case_by_hand() -> None:
    query, key = torch.tensor([[[[3.0, 4.0]]]]), torch.tensor([[[[4.0, 3.0], [0.0, 0.0]]]])
    assert dot_score(query, key).flatten().tolist() == [24.0, 0.0]
    torch.testing.assert_close(cosine_score(query, key).flatten(), torch.tensor([0.96, 0.0]))
    torch.testing.assert_close(gaussian_score(query, key).flatten(), torch.tensor([-1.0, -12.5]))
    wanted = [math.log(5 * 4 + 4 * 5), math.log(4 * 1 + 5 * 1)]  # phi of 3 is 4
    torch.testing.assert_close(linear_score(query, key).flatten().double().sort().values.tolist(), sorted(wanted))


def test_the_cosine_forgets_the_lengths() -> None:
    query, key = pair()
    torch.testing.assert_close(cosine_score(7 * query, key / 3), cosine_score(query, key))
    assert cosine_score(query, query).diagonal(dim1=-2, dim2=-1).allclose(torch.ones(B, H, T, dtype=torch.float64))


def test_the_gaussian_score_is_the_dot_product_less_half_the_squared_lengths() -> None:
    query, key = pair()
    less = (query.square().sum(-1)[..., None] + key.square().sum(-1)[..., None, :]) / 2
    torch.testing.assert_close(gaussian_score(query, key), dot_score(query, key) - less, rtol=0, atol=1e-12)


def test_the_gaussian_score_keeps_its_digits_where_long_vectors_lie_close() -> None:
    query = torch.full((1, 1, 1, D), 1e4)
    assert gaussian_score(query, query + 0.5).item() == pytest.approx(-D * 0.25 / 2, rel=1e-6)


def test_the_gaussian_score_is_never_above_zero() -> None:
    query, _ = pair(1e3, torch.float32)
    assert (gaussian_score(query, query) <= 0).all()


def test_a_linear_score_of_vectors_far_below_zero_is_not_the_log_of_zero() -> None:
    query, key = torch.full((1, 1, 2, 3), -500.0), torch.full((1, 1, 2, 3), -500.0)
    assert linear_score(query, key).isfinite().all()


def test_more_heads_keep_the_weights_of_the_first_ones() -> None:
    for name in ("additive", "bilinear"):
        few, many = (SCORES[name].parameters(heads, D, 3) for heads in (2, 5))
        assert all(torch.equal(few[part], many[part][:2]) for part in few)


def test_the_bilinear_weight_stays_near_the_dot_product() -> None:
    query, key = pair()
    bilinear, plain = scored("bilinear", query, key).flatten(), dot_score(query, key).flatten()
    assert torch.corrcoef(torch.stack((bilinear, plain)))[0, 1] > 0.8
    assert not torch.allclose(bilinear, plain)
