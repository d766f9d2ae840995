"""The hash behind every split: fixed for ever, even, and sensitive to everything."""

from collections.abc import Sequence

import pytest
import torch

from attnlab.tasks import SizeError
from attnlab.tasks.split import TEST_ONE_IN, distinct, draw, hash_rows, is_test, is_test_both_sides, pick
from tests.tasks.small import seeded

MASK = 2**64 - 1


def slow_hash(row: Sequence[int]) -> int:
    """SplitMix64's mixer over keyed values, in Python's unbounded integers."""

    def mixed(bits: int) -> int:
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
        return bits ^ (bits >> 31)

    total = sum(mixed((value + 0x9E3779B97F4A7C15 * (at + 1)) & MASK) for at, value in enumerate(row))
    return mixed(total & MASK)


def test_the_hash_is_that_of_exact_integers() -> None:
    rows = torch.randint(-5, 2**62, (31, 7), generator=seeded())
    assert [value & MASK for value in hash_rows(rows).tolist()] == [slow_hash(row) for row in rows.tolist()]


def test_known_sides_never_change() -> None:
    """A changed hash would put test examples of saved runs into training."""
    assert is_test(hash_rows(torch.arange(24)[:, None])).nonzero().flatten().tolist() == [1, 2, 4, 6, 16, 18, 22]


def test_order_length_and_every_value_matter() -> None:
    rows = torch.randint(3, (200, 11), generator=seeded())
    hashes = hash_rows(rows)
    assert len(set(hashes.tolist())) == len({tuple(row) for row in rows.tolist()})
    assert (hash_rows(rows.flip(1)) != hashes)[(rows != rows.flip(1)).any(1)].all()
    assert (hash_rows(torch.cat([rows, torch.zeros(200, 1, dtype=torch.long)], 1)) != hashes).all()
    for column in range(11):
        changed = rows.clone()
        changed[:, column] += 1
        assert (hash_rows(changed) != hashes).all()


def test_a_quarter_of_neighbouring_examples_is_for_the_test() -> None:
    """Counting numbers and one-hot rows are as unlike random ones as examples get."""
    for rows in (torch.arange(8000)[:, None], torch.eye(2000, dtype=torch.long)):
        assert is_test(hash_rows(rows)).double().mean().item() == pytest.approx(1 / TEST_ONE_IN, abs=0.03)


def test_floats_are_hashed_by_their_bits() -> None:
    rows = torch.rand(50, 3, 2, generator=seeded())
    same = hash_rows(rows.clone())
    assert torch.equal(hash_rows(rows), same)
    assert (hash_rows(torch.nextafter(rows, torch.tensor(2.0))) != same).all()


def test_the_split_does_not_bend_the_distribution() -> None:
    generator = seeded()
    ones = draw(lambda count: torch.randint(2, (count, 20), generator=generator), 8000, "test")
    assert ones.double().mean(0).sub(0.5).abs().max() < 0.03


def test_a_side_without_any_example_is_refused_rather_than_sought_for_ever() -> None:
    number = next(value for value in range(100) if slow_hash([value]) % 4)
    with pytest.raises(SizeError, match=r"leave 0 examples for split \('test'\), must be at least 1$"):
        draw(lambda count: torch.full((count, 1), number), 5, "test")


@pytest.mark.parametrize(
    ("hashes", "test"),
    [
        ([], []),
        ([1], [False]),  # one text alone, even twice: nothing can be done
        ([4, 4], [True, True]),
        ([1, 2, 3], [True, False, False]),
        ([4, 8, 4], [True, False, True]),
        ([4, 5, 8], [True, False, True]),
    ],
)
def test_both_sides_get_an_example_if_there_are_two(hashes: list[int], test: list[bool]) -> None:
    assert is_test_both_sides(torch.tensor(hashes, dtype=torch.long)).tolist() == test


def test_pick_reaches_every_entry_and_no_other() -> None:
    assert set(pick(torch.tensor([3, 5, 7]), 200, seeded()).tolist()) == {3, 5, 7}


def test_distinct_entries_are_drawn_until_there_are_no_more() -> None:
    side = torch.arange(10, 40)
    for count in (1, 7, 30, 31, 4000):
        drawn = distinct(side, count, seeded())
        assert len(set(drawn.tolist())) == len(drawn) == min(count, 30)
        assert set(drawn.tolist()) <= set(side.tolist())
        assert torch.equal(drawn, distinct(side, count, seeded()))
    assert not torch.equal(distinct(side, 30, seeded()), distinct(side, 30, seeded(1)))
