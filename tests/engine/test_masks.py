"""Masks drawn by hand: `#` may attend, `.` may not."""

import pytest
import torch
from torch import Tensor

from attnlab.engine import all_of, any_of, causal_mask, full_mask, padding_mask, window_mask
from tests.engine.reference import B, S, T, holes


def drawing(mask: Tensor) -> list[str]:
    return ["".join("#" if seen else "." for seen in row) for row in mask.tolist()]


def test_causal_masks_as_drawn() -> None:
    assert drawing(causal_mask(3)) == ["#..", "##.", "###"]
    assert drawing(causal_mask(3, 5)) == ["#....", "##...", "###.."]
    assert drawing(causal_mask(3, 5, offset=2)) == ["###..", "####.", "#####"]
    assert drawing(causal_mask(5, 3)) == ["#..", "##.", "###", "###", "###"]
    assert drawing(causal_mask(5, 3, offset=-2)) == ["...", "...", "#..", "##.", "###"]
    assert drawing(causal_mask(1)) == ["#"]
    assert causal_mask(0).shape == (0, 0)


def test_causal_at_the_start_is_torchs_is_causal() -> None:
    assert torch.equal(causal_mask(T, S), torch.ones(T, S, dtype=torch.bool).tril())


def test_windows_as_drawn() -> None:
    assert drawing(window_mask(4, window=2)) == ["##..", "###.", ".###", "..##"]
    assert drawing(window_mask(4, window=4)) == ["####"] * 4
    assert drawing(window_mask(2, 5, window=2, offset=3)) == ["..###", "...##"]
    assert drawing(all_of(window_mask(4, window=2), causal_mask(4))) == ["#...", "##..", ".##.", "..##"]


def test_a_window_of_one_sees_only_itself() -> None:
    assert torch.equal(window_mask(T, window=1), torch.eye(T, dtype=torch.bool))


def test_padding_hides_the_same_keys_from_every_query() -> None:
    is_padding = torch.tensor([False, False, True])
    assert drawing(all_of(full_mask(2, 3), padding_mask(is_padding))) == ["##.", "##."]
    of_batch = padding_mask(torch.tensor([[False, True, True], [False, False, False]]))
    assert of_batch.shape == (B, 1, 1, 3)
    assert drawing(of_batch[:, 0, 0]) == ["#..", "###"]


def test_causal_and_left_padding_compose_to_empty_rows() -> None:
    mask = all_of(causal_mask(4), padding_mask(torch.tensor([True, True, False, False])))
    assert drawing(mask) == ["....", "....", "..#.", "..##"]


def test_all_of_and_any_of_are_and_and_or() -> None:
    first, second, third = (holes(T, S, seed=seed) for seed in range(3))
    assert torch.equal(all_of(first), first)
    assert torch.equal(all_of(first, second, third), first & second & third)
    assert torch.equal(any_of(first, second, third), first | second | third)
    assert all_of(full_mask(T, S), holes(B, 1, 1, S)).shape == (B, 1, T, S)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match=r"window \(0\) must be at least 1"):
        window_mask(T, window=0)


def test_padding_that_is_not_bool_is_refused() -> None:
    with pytest.raises(ValueError, match=r"is_padding \(dtype torch.int64\) must be bool"):
        padding_mask(torch.tensor([0, 1]))
