"""Products of choices: a part that has every pair of them runs each time, the whole of them in `make test-all`."""

import itertools
from collections.abc import Iterable

import pytest

slow = pytest.mark.slow


def product(**axes: Iterable[object]) -> pytest.MarkDecorator:
    """Parametrises a test with every combination.

    The n-th choices of the axes run together where their places add up to a multiple of the shortest axis' length: of
    three axes, every choice of one meets every choice of each other one if none is shorter; of two, every choice meets
    some. All the other combinations are marked slow.

    Args:
        axes: the choices by the name of the argument.
    """
    choices = [list(axis) for axis in axes.values()]
    period = min(map(len, choices))
    cases = [
        pytest.param(*(axis[place] for axis, place in zip(choices, places, strict=True)), marks=_marks(places, period))
        for places in itertools.product(*map(range, map(len, choices)))
    ]
    return pytest.mark.parametrize(tuple(axes), cases)


def _marks(places: tuple[int, ...], period: int) -> tuple[pytest.MarkDecorator, ...]:
    return () if sum(places) % period == 0 else (slow,)
