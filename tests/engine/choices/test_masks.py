"""Masks drawn by hand: `#` may attend, `.` may not."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from attnlab.engine import all_of, any_of, causal_mask, full_mask, padding_mask, window_mask
from attnlab.engine.choices.masks import block_mask, dilated_mask, global_mask, prefix_mask, random_blocks_mask
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


def test_dilated_windows_as_drawn() -> None:
    assert drawing(dilated_mask(5, window=2, dilation=2)) == ["#.#..", ".#.#.", "#.#.#", ".#.#.", "..#.#"]
    assert torch.equal(dilated_mask(T, S, window=3, dilation=1), window_mask(T, S, window=3))


def test_blocks_as_drawn() -> None:
    assert drawing(block_mask(5, block=2)) == ["##...", "##...", "..##.", "..##.", "....#"]
    assert drawing(block_mask(2, 5, block=2, offset=3)) == ["..##.", "....#"]
    assert torch.equal(block_mask(T, block=T), full_mask(T))


def test_global_tokens_as_drawn() -> None:
    assert drawing(global_mask(4, count=1)) == ["####", "#...", "#...", "#..."]
    assert drawing(global_mask(2, 4, count=1, offset=2)) == ["#...", "#..."]
    assert not global_mask(T, count=0).any()


def test_prefixes_as_drawn() -> None:
    assert drawing(prefix_mask(4, prefix=2)) == ["##..", "##..", "###.", "####"]
    assert torch.equal(prefix_mask(T, prefix=0), causal_mask(T))
    assert torch.equal(prefix_mask(T, prefix=T), full_mask(T))


def test_longformer_is_a_window_or_global_tokens() -> None:
    longformer = any_of(window_mask(5, window=2), global_mask(5, count=1))
    assert drawing(longformer) == ["#####", "###..", "####.", "#.###", "#..##"]


def test_random_blocks_are_those_of_the_seed_and_no_more_than_there_are() -> None:
    first = random_blocks_mask(12, block=3, count=1, seed=0)
    assert torch.equal(first, random_blocks_mask(12, block=3, count=1, seed=0))
    assert any(not torch.equal(first, random_blocks_mask(12, block=3, count=1, seed=seed)) for seed in (1, 2, 3))
    assert torch.equal(random_blocks_mask(12, block=3, count=9, seed=0), full_mask(12))
    assert torch.equal(random_blocks_mask(12, block=3, count=0, seed=0), block_mask(12, block=3))


@pytest.mark.parametrize(
    ("mask", "numbers", "said"),
    [
        (dilated_mask, {"window": 0, "dilation": 1}, r"window \(0\) and dilation \(1\) must be at least 1"),
        (dilated_mask, {"window": 1, "dilation": 0}, r"window \(1\) and dilation \(0\) must be at least 1"),
        (block_mask, {"block": 0}, r"block \(0\) must be at least 1"),
        (global_mask, {"count": -1}, r"count \(-1\) must be at least 0"),
        (random_blocks_mask, {"block": 0, "count": 1, "seed": 0}, r"block \(0\) must be at least 1"),
        (prefix_mask, {"prefix": -1}, r"prefix \(-1\) must be at least 0"),
    ],
)
def test_numbers_that_make_no_mask_are_refused(mask: Callable[..., Tensor], numbers: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mask(4, **numbers)


@pytest.mark.parametrize(
    "mask",
    [
        partial(dilated_mask, window=2, dilation=2),
        partial(block_mask, block=2),
        partial(global_mask, count=1),
        partial(random_blocks_mask, block=2, count=1, seed=0),
        partial(prefix_mask, prefix=1),
    ],
)
def test_no_tokens_make_an_empty_mask(mask: Callable[..., Tensor]) -> None:
    assert mask(0).shape == (0, 0)
    assert mask(1).tolist() == [[True]]
