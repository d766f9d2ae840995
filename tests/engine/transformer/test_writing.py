"""Writing on: tokens are drawn one by one, each from what stands before it."""

import math

import pytest
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.transformer.writing import MAX_WRITTEN, Cuts, write_on

LIKELIEST = Cuts(1.0, 1, None)


def after_itself(ids: tuple[int, ...]) -> Tensor:
    """Of five tokens the one after the last, most likely."""
    return torch.nn.functional.one_hot(torch.tensor((ids[-1] + 1) % 5), 5) * 3.0


def ids_of(count: int, cuts: Cuts, seed: int = 0, ends: tuple[int, ...] = ()) -> list[int]:
    return [one.id for one in write_on(after_itself, (0,), count, cuts, seed, ends)]


def test_each_token_is_drawn_behind_those_before_it() -> None:
    assert ids_of(7, LIKELIEST) == [1, 2, 3, 4, 0, 1, 2]
    seen: list[tuple[int, ...]] = []
    write_on(lambda ids: seen.append(ids) or after_itself(ids), (3, 3), 3, LIKELIEST, 0)  # type: ignore[func-returns-value]
    assert seen == [(3, 3), (3, 3, 4), (3, 3, 4, 0)]


def test_the_same_seed_writes_the_same_and_another_one_another() -> None:
    assert ids_of(40, Cuts(), 1) == ids_of(40, Cuts(), 1) != ids_of(40, Cuts(), 2)


def test_tokens_come_as_often_as_they_are_likely_and_none_that_is_cut() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    drawn = [
        one.id for seed in range(10) for one in write_on(lambda _: logits, (0,), MAX_WRITTEN, Cuts(1.0, 3, None), seed)
    ]
    for id_, share in enumerate((0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0.0)):
        spread = math.sqrt(share * (1 - share) / len(drawn))
        assert abs(drawn.count(id_) / len(drawn) - share) <= 4 * spread


def test_behind_an_end_nothing_is_written() -> None:
    assert ids_of(7, LIKELIEST, ends=(3,)) == [1, 2, 3]


@pytest.mark.parametrize("count", [0, MAX_WRITTEN + 1, True])
def test_a_count_out_of_bounds_is_refused(count: int) -> None:
    with pytest.raises(SpecError, match=r"count \(") as caught:
        ids_of(count, LIKELIEST)
    assert caught.value.field == "count"
