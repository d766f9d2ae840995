"""What pictures of positions show, against loops; and the laws of what is drawn at random."""

import math

import pytest
import torch

from attnlab.engine.choices.masks import any_of, block_mask, global_mask, random_blocks_mask, window_mask
from attnlab.engine.choices.positions import (
    alibi_bias,
    bias_by_distance,
    position_similarity,
    rotary_angles,
    rotary_similarity,
    sinusoidal_positions,
    t5_bias,
    t5_buckets,
)
from tests.engine.laws import close
from tests.engine.reference import D, H, T, normal


def test_similarity_is_the_cosine_between_two_rows() -> None:
    table = normal(T, D)
    wanted = torch.nn.functional.cosine_similarity(table[:, None], table[None, :], dim=-1)
    close(position_similarity(table), wanted)


def test_a_position_without_a_vector_is_like_none() -> None:
    table = normal(T, D)
    table[2] = 0.0
    similar = position_similarity(table)
    assert not similar[2].any()
    assert not similar[:, 2].any()
    assert similar[1, 1] == pytest.approx(1.0)


def test_sinusoids_are_alike_by_their_distance_alone() -> None:
    similar = position_similarity(sinusoidal_positions(13, 8))
    for distance in range(13):
        same = similar.diagonal(distance)
        close(same, same[:1].expand_as(same))
    assert similar[0, 1] > similar[0, 2] > similar[0, 3]


def test_what_turning_leaves_is_the_mean_cosine_of_the_pairs() -> None:
    similar = rotary_similarity(rotary_angles(T, 7))
    for m in range(T):
        for n in range(T):
            wanted = sum(math.cos((m - n) * 10_000 ** (-2 * pair / 7)) for pair in range(3)) / 3
            assert similar[m, n].item() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("bias", [alibi_bias(H, T), t5_bias(H, T, seed=3)], ids=["alibi", "t5"])
def test_a_bias_by_distance_is_the_same_bias(bias: torch.Tensor) -> None:
    curves = bias_by_distance(bias)
    assert curves.shape == (H, 2 * T - 1)
    for query in range(T):
        for key in range(T):
            assert torch.equal(curves[:, key - query + T - 1], bias[:, query, key])


def test_t5_edges_lie_where_whole_numbers_put_them() -> None:
    """Bucket 8 + k of a direction begins at 8 * 2^(k / 2): no rounding of a logarithm may move one."""

    def bucket(distance: int) -> int:
        away = abs(distance)
        far = 8 + sum(away**2 >= 64 * 2**k for k in range(1, 8))
        return (16 if distance > 0 else 0) + (away if away < 8 else far)

    distances = range(-300, 301)
    assert t5_buckets(torch.tensor(distances)).tolist() == [bucket(distance) for distance in distances]


# --- random blocks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_query_sees_its_own_block_and_so_many_others(block: int, count: int) -> None:
    length = 5 * block
    mask = random_blocks_mask(length, block=block, count=count, seed=7)
    assert (mask | ~block_mask(length, block=block)).all()
    assert (mask.sum(-1) == (1 + count) * block).all()
    by_block = mask.view(5, block, 5, block)
    assert torch.equal(by_block, by_block[:, :1, :, :1].expand_as(by_block))


def test_a_longer_sentence_keeps_the_blocks_it_had_unless_a_new_one_takes_their_place() -> None:
    short, longer = (random_blocks_mask(length, block=2, count=2, seed=5) for length in (14, 22))
    assert not (longer[:14, :14] & ~short).any()
    lost = (short & ~longer[:14, :14]).sum(-1)
    gained = longer[:14, 14:].sum(-1)
    assert torch.equal(lost, gained)


def test_rows_decoded_later_see_what_they_would_have_seen() -> None:
    whole = random_blocks_mask(17, block=3, count=1, seed=2)
    assert torch.equal(random_blocks_mask(4, 17, block=3, count=1, seed=2, offset=13), whole[13:])


def test_bigbird_is_random_blocks_or_a_window_or_global_tokens() -> None:
    parts = (random_blocks_mask(13, block=2, count=1, seed=0), window_mask(13, window=2), global_mask(13, count=1))
    bigbird = any_of(*parts)
    assert all((bigbird | ~part).all() for part in parts)
    assert bigbird[0].all()
    assert bigbird[:, 0].all()
    assert not bigbird.all()
