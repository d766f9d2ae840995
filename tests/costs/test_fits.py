"""Powers and crossings on costs that were made up, whose answers are known."""

import math

import numpy as np
import pytest

from attnlab.costs.fits import T_975, crossing, fitted

VALUES = [8, 16, 32, 64, 128, 256, 512]


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0, 3.0])
def test_a_power_is_found_with_no_doubt_about_it(exponent: float) -> None:
    fit = fitted(VALUES, [0.03 * value**exponent for value in VALUES])
    assert fit is not None
    assert fit.exponent == pytest.approx(exponent, abs=1e-9)
    assert fit.factor == pytest.approx(0.03)
    assert fit.high - fit.low == pytest.approx(0, abs=1e-6)
    assert fit.points == len(VALUES)


def test_the_interval_holds_the_true_power_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        costs = [value**1.7 * math.exp(0.2 * draw.standard_normal()) for value in VALUES]
        fit = fitted(VALUES, costs)
        assert fit is not None
        held += fit.low <= 1.7 <= fit.high
    assert 0.935 < held / 2000 < 0.965


def test_what_every_call_costs_is_left_out_below_the_start() -> None:
    costs = [50.0 + value**2 for value in VALUES]
    whole, late = fitted(VALUES, costs), fitted(VALUES, costs, start=64)
    assert whole is not None
    assert late is not None
    assert whole.exponent < 1.9 < late.exponent < 2.0
    assert late.points == 4


def test_two_points_are_no_fit() -> None:
    assert fitted(VALUES, [1.0] * len(VALUES), start=256) is None
    assert fitted([], []) is None


@pytest.mark.parametrize("freedom", range(1, len(T_975) + 1))
def test_the_quantiles_of_students_t_leave_a_fortieth_above(freedom: int) -> None:
    # The density, integrated from the quantile on; t = tan(angle) makes the tail finite.
    angles = np.linspace(math.atan(T_975[freedom - 1]), math.pi / 2, 200_001)[:-1]
    constant = math.gamma((freedom + 1) / 2) / math.sqrt(freedom * math.pi) / math.gamma(freedom / 2)
    t = np.tan(angles)
    density = constant * (1 + t**2 / freedom) ** (-(freedom + 1) / 2) * (1 + t**2)
    assert np.trapezoid(density, angles) == pytest.approx(0.025, abs=2e-5)


def test_two_powers_cross_where_algebra_says() -> None:
    longer = [*VALUES, 1024, 2048]
    square, line = [value**2 / 700 for value in longer], [float(value) for value in longer]
    found = crossing(longer, square, line)
    assert found.dearer == 0
    assert found.at == pytest.approx(700)
    assert crossing(longer, line, square).dearer == 1
    assert crossing(longer, line, square).at == pytest.approx(700)


def test_the_last_crossing_is_the_one_from_which_it_stays() -> None:
    found = crossing([1, 2, 4, 8, 16], [2, 1, 2, 1, 4], [1, 2, 1, 2, 1])
    assert found.dearer == 0
    assert found.at is not None
    assert 8 < found.at < 16


def test_a_curve_that_lies_above_everywhere_crosses_nowhere() -> None:
    assert crossing([1, 2], [3, 3], [1, 1]).at is None
    assert crossing([1, 2], [3, 3], [1, 1]).dearer == 0
    assert crossing([1, 2], [1, 1], [3, 3]).dearer == 1


def test_costs_within_five_percent_at_the_end_are_alike() -> None:
    assert crossing([1, 2], [9, 1.04], [1, 1]).dearer == -1
    assert crossing([1, 2], [9, 1.06], [1, 1]).dearer == 0
