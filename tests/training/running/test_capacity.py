"""How many races are trained at once."""

import pytest

from attnlab.engine import SpecError
from attnlab.training.running.capacity import (
    MAX_WORKERS,
    MOST_BY_DEFAULT,
    WORKERS_VARIABLE,
    default_workers,
    num_workers,
)


@pytest.mark.parametrize("asked", [1, 3, MAX_WORKERS])
def test_the_environment_says_how_many(asked: int) -> None:
    assert num_workers({WORKERS_VARIABLE: str(asked)}) == asked


@pytest.mark.parametrize("asked", ["0", "65", "-1", "two", "1.5", "²"])
def test_what_is_no_number_of_workers_is_refused_by_name(asked: str) -> None:
    with pytest.raises(SpecError, match=rf"^{WORKERS_VARIABLE} .* must be a whole number between 1 and 64"):
        num_workers({WORKERS_VARIABLE: asked})


@pytest.mark.parametrize(
    ("cores", "gpu", "workers"),
    [(1, False, 1), (2, False, 1), (2, True, 2), (4, False, 2), (64, True, MOST_BY_DEFAULT)],
)
def test_otherwise_the_machine_does(cores: int, gpu: bool, workers: int) -> None:
    assert default_workers(cores, gpu=gpu) == workers
