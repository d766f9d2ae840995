from collections.abc import Callable

from attnlab.tasks import PRESETS, TASKS
from attnlab.training.shown.races import RACES
from tests.cli.conftest import Said


def test_every_task_preset_and_race_has_a_line(said: Callable[..., Said]) -> None:
    code, out, error = said("tasks")
    assert (code, error) == (0, "")
    tasks, races = out.rstrip().split("\n\n")
    listed = {tuple(line.split()[:2]) for line in tasks.splitlines()[2:]}
    assert listed == {(name, preset) for name in TASKS for preset in PRESETS[name] if preset != "example"}
    assert [line.split()[0] for line in races.splitlines()[2:]] == list(RACES)


def test_a_floor_says_what_it_is_a_floor_of(said: Callable[..., Said]) -> None:
    lines = said("tasks")[1].splitlines()
    (sort,) = [line for line in lines if line.split()[:2] == ["sort", "live"]]
    assert "exact" in sort
    assert "memoryless loss 0.4843" in sort  # it has no exact metric
    assert "num_symbols=3, length=6" in sort
