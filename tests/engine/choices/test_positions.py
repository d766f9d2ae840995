"""Positions against the formulas of their papers, and what RoPE and ALiBi promise."""

import itertools
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from attnlab.engine import alibi_bias, alibi_slopes, learned_positions, rotary_angles, rotate, sinusoidal_positions
from attnlab.engine.choices.positions import shaw_scores, shaw_table, t5_bias, t5_buckets, t5_table_bias
from tests.engine.laws import close, same_bits
from tests.engine.reference import DEVICES, B, D, H, S, T, heads, normal

Rotate = Callable[[Tensor, Tensor], Tensor]


@pytest.mark.parametrize("d_model", [1, 2, 7, 64])
def test_sinusoids_are_those_of_the_paper(d_model: int) -> None:
    table = sinusoidal_positions(T, d_model)
    for position in range(T):
        for i in range(d_model):
            angle = position / 10_000 ** (2 * (i // 2) / d_model)
            wanted = math.sin(angle) if i % 2 == 0 else math.cos(angle)
            assert table[position, i].item() == pytest.approx(wanted, abs=1e-12)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_a_longer_sentence_keeps_the_learned_rows_it_had(length: int, d_model: int, seed: int) -> None:
    same_bits(learned_positions(length + 7, d_model, seed)[:length], learned_positions(length, d_model, seed))


def test_learned_rows_have_the_size_of_sinusoids_and_depend_on_the_seed() -> None:
    table = learned_positions(101, 128, seed=1)
    assert table.square().mean().item() == pytest.approx(0.5, abs=0.02)
    assert not torch.equal(table, learned_positions(101, 128, seed=2))
    assert learned_positions(0, 8, 0).shape == (0, 8)


# --- RoPE: laws of a function rotate(vectors, angles), which mutants must break ------------------------------------


def rope_multiplies_by_a_unit_complex_number(rotate: Rotate) -> None:
    vectors, angles = normal(B, H, T, D - 1), rotary_angles(T, D - 1)
    pairs = torch.view_as_complex(vectors.unflatten(-1, (-1, 2)))
    wanted = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    close(rotate(vectors, angles), wanted)


def rope_keeps_lengths(rotate: Rotate) -> None:
    vectors = normal(B, H, T, D)
    close(rotate(vectors, rotary_angles(T, D)).norm(dim=-1), vectors.norm(dim=-1))


def rope_scores_depend_on_the_distance_alone(rotate: Rotate) -> None:
    query, key = normal(D), normal(D, seed=1)
    angles = rotary_angles(41, D)
    turned = [rotate(vector.expand(41, -1), angles) for vector in (query, key)]
    scores = turned[0] @ turned[1].T
    for distance in range(-40, 41):
        same_distance = scores.diagonal(distance)
        close(same_distance, same_distance[:1].expand_as(same_distance))
    assert (scores[0] - scores[0, 0])[1:].abs().min() > 1e-3  # and it does depend on it


ROPE_LAWS = (rope_multiplies_by_a_unit_complex_number, rope_keeps_lengths, rope_scores_depend_on_the_distance_alone)


@pytest.mark.parametrize("law", ROPE_LAWS, ids=lambda law: law.__name__)
def test_rope_keeps_the_law(law: Callable[[Rotate], None]) -> None:
    law(rotate)


def test_a_quarter_turn_worked_by_hand() -> None:
    angles = torch.tensor([[0.0], [math.pi / 2], [math.pi]], dtype=torch.float64)
    vectors = torch.tensor([3.0, 4.0, 5.0], dtype=torch.float64).expand(3, 3)  # the odd last coordinate stays
    close(rotate(vectors, angles), torch.tensor([[3.0, 4, 5], [-4, 3, 5], [-3, -4, 5]], dtype=torch.float64))


@pytest.mark.parametrize("base", [10_000.0, 500_000.0])
def test_angles_are_those_of_the_paper(base: float) -> None:
    angles = rotary_angles(T, 8) if base == 10_000 else rotary_angles(T, 8, base)
    assert angles.shape == (T, 4)
    for position in range(T):
        wanted = [position * base ** (-2 * pair / 8) for pair in range(4)]
        assert angles[position].tolist() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_turning_keeps_device_and_dtype(dtype: torch.dtype, device: str) -> None:
    query, _, _ = heads(dtype=dtype, device=torch.device(device))
    turned = rotate(query, rotary_angles(T, D))  # the angles are float64 on the CPU
    assert (turned.device, turned.dtype, turned.shape) == (query.device, dtype, query.shape)


@pytest.mark.parametrize("shape", [(T - 1, D // 2), (T, D // 2 + 1), (T,)])
def test_angles_for_other_vectors_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"angles \(.*\) must be \(T, D // 2\) = \(5, 5\)"):
        rotate(normal(H, T, D), torch.zeros(shape))


# --- ALiBi ------------------------------------------------------------------------------------------------------------


def alibi_slopes_are_those_of_the_paper(slopes: Callable[[int], tuple[float, ...]]) -> None:
    assert slopes(8) == (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256)
    assert slopes(1) == (2**-8,)
    assert slopes(2) == (2**-4, 2**-8)
    assert slopes(16) == tuple(2 ** (-head / 2) for head in range(1, 17))


def alibi_fills_up_as_the_authors_do(slopes: Callable[[int], tuple[float, ...]]) -> None:
    assert slopes(3) == (2**-4, 2**-8, 2**-2)
    assert slopes(12) == (*slopes(8), 2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5)


def alibi_punishes_distance(bias: Callable[..., Tensor]) -> None:
    got = bias(2, 2, 3)
    away = torch.tensor([[0.0, 1, 2], [1, 0, 1]], dtype=torch.float64)
    same_bits(got, torch.stack([-away / 16, -away / 256]))


def test_alibi_keeps_its_laws() -> None:
    alibi_slopes_are_those_of_the_paper(alibi_slopes)
    alibi_fills_up_as_the_authors_do(alibi_slopes)
    alibi_punishes_distance(alibi_bias)
    assert alibi_bias(H, T, S).shape == (H, T, S)
    assert alibi_bias(H, T).shape == (H, T, T)


# --- T5 and Shaw ------------------------------------------------------------------------------------------------------


def scalar_bucket(distance: int) -> int:
    """The rule of the T5 paper's code for attention in both directions, one number at a time."""
    side, away = (16 if distance > 0 else 0), abs(distance)
    if away < 8:
        return side + away
    return side + min(15, 8 + int(math.log(away / 8) / math.log(128 / 8) * 8))


def test_t5_buckets_are_those_of_the_rule_for_every_distance_a_sentence_has() -> None:
    distances = torch.arange(-200, 201)
    assert t5_buckets(distances).tolist() == [scalar_bucket(distance) for distance in range(-200, 201)]


def one_way_bucket(distance: int, buckets: int, farthest: int) -> int:
    """The same rule for a decoder, which has no use for keys behind the query."""
    away, exact = max(-distance, 0), buckets // 2
    if away < exact:
        return away
    return min(buckets - 1, exact + int(math.log(away / exact) / math.log(farthest / exact) * (buckets - exact)))


@pytest.mark.parametrize(("buckets", "farthest"), [(32, 128), (7, 19), (4, 5)])
def test_t5_buckets_of_a_decoder_are_all_for_what_came_before(buckets: int, farthest: int) -> None:
    distances = torch.arange(-200, 20)
    found = t5_buckets(distances, num_buckets=buckets, farthest=farthest, both_ways=False)
    assert found.tolist() == [one_way_bucket(distance, buckets, farthest) for distance in range(-200, 20)]
    assert set(found.tolist()) == set(range(buckets))
    both = t5_buckets(distances, num_buckets=2 * buckets, farthest=farthest)
    assert torch.equal(both[distances <= 0], found[distances <= 0])
    assert (both[distances > 0] > buckets).all()


def test_a_table_of_t5_gives_each_head_its_number_of_the_bucket() -> None:
    table = normal(H, 14)
    for both_ways in (True, False):
        bias = t5_table_bias(table, T, S, farthest=19, both_ways=both_ways)
        assert bias.shape == (H, T, S)
        for query, key in ((0, 6), (4, 0), (3, 3)):
            where = t5_buckets(torch.tensor(key - query), num_buckets=14, farthest=19, both_ways=both_ways)
            assert torch.equal(bias[:, query, key], table[:, where])


def test_t5_has_a_bucket_for_each_near_distance_and_one_for_all_far_ones() -> None:
    near = t5_buckets(torch.arange(-7, 8))
    assert len(set(near.tolist())) == 15
    assert t5_buckets(torch.tensor([128, 129, 5000])).unique().numel() == 1


def test_t5_bias_depends_on_head_and_distance_alone() -> None:
    bias = t5_bias(H, T, S, seed=3)
    assert bias.shape == (H, T, S)
    for offset in range(1 - T, S):
        diagonal = bias.diagonal(offset, dim1=-2, dim2=-1)
        assert torch.equal(diagonal, diagonal[:, :1].expand_as(diagonal))
    assert not torch.equal(bias[0], bias[1])
    assert not torch.equal(bias, t5_bias(H, T, S, seed=4))
    assert torch.equal(t5_bias(1, T, S, seed=3)[0], bias[0])


def test_shaw_scores_are_the_loop_of_the_paper() -> None:
    query, table = normal(B, H, T, D), shaw_table(D, max_distance=2, seed=1)
    scores = shaw_scores(query, table, S)
    for b, h, i, j in itertools.product(range(B), range(H), range(T), range(S)):
        row = table[max(-2, min(2, j - i)) + 2]
        wanted = sum(q * a for q, a in zip(query[b, h, i].tolist(), row.tolist(), strict=True))
        assert abs(float(scores[b, h, i, j]) - wanted) < 1e-12


def test_all_far_keys_share_shaws_last_row() -> None:
    scores = shaw_scores(normal(1, 1, 1, D), shaw_table(D, max_distance=2, seed=1), S)
    assert scores[0, 0, 0, 2:].unique().numel() == 1
    assert scores[0, 0, 0, 1] != scores[0, 0, 0, 2]


def test_another_reach_keeps_the_rows_of_the_near_distances() -> None:
    assert torch.equal(shaw_table(D, max_distance=4, seed=1)[2:7], shaw_table(D, max_distance=2, seed=1))
