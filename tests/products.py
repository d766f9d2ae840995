"""Products of choices, and cases of which one is as good as another: a part runs each time, all in `make test-all`."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

slow = pytest.mark.slow


def alike(cases: Iterable[Any], each_time: int) -> list[Any]:
    """The cases for `parametrize`, all but the first few marked slow.

    Args:
        cases: a value each; a tuple is several arguments.
        each_time: how many run each time.
    """
    cases = list(cases)
    later = (case if isinstance(case, tuple) else (case,) for case in cases[each_time:])
    return [*cases[:each_time], *(pytest.param(*case, marks=slow) for case in later)]


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
