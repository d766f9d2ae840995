import math

import pytest

from attnlab.training.racing.schedule import lr_at


def test_warm_up_rises_in_equal_parts_to_the_peak_and_never_stands_still() -> None:
    assert [lr_at(step, 20, 0.8, 4, "cosine") for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])


def test_a_cosine_is_half_way_down_in_the_middle_and_zero_at_the_end() -> None:
    assert lr_at(12, 20, 0.8, 4, "cosine") == pytest.approx(0.4)
    assert lr_at(8, 20, 0.8, 4, "cosine") == pytest.approx(0.4 * (1 + math.sqrt(0.5)))
    assert lr_at(20, 20, 0.8, 4, "cosine") == 0
    assert lr_at(50, 20, 0.8, 4, "cosine") == 0


def test_a_cosine_only_falls_and_its_last_update_still_learns() -> None:
    rates = [lr_at(step, 20, 0.8, 4, "cosine") for step in range(4, 20)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] > 0


def test_a_constant_rate_stays_at_its_peak() -> None:
    assert {lr_at(step, 20, 0.8, 4, "constant") for step in range(4, 40)} == {0.8}


@pytest.mark.parametrize("warmup", [20, 30])
def test_a_warm_up_that_never_ends_has_no_cosine(warmup: int) -> None:
    assert lr_at(19, 20, 0.8, warmup, "cosine") == pytest.approx(0.8 * 20 / warmup)


def test_no_warm_up_starts_at_the_peak() -> None:
    assert lr_at(0, 20, 0.8, 0, "cosine") == 0.8
