import pytest

from benchmarks import __main__ as command


def test_without_names_everything_runs_but_what_takes_its_time() -> None:
    assert list(command.chosen([])) == list(command.NAMES)
    assert not {command.PUBLISHED, *command.ONLY_NAMED} & set(command.NAMES)
    assert command.chosen(["bertviz", "engine"]) == {"bertviz": [], "engine": []}


def test_names_after_published_are_its_experiments() -> None:
    assert command.chosen(["engine", "published", "reverse", "sort"]) == {
        "engine": [],
        "published": ["reverse", "sort"],
    }
    assert command.chosen(["published"]) == {"published": []}


def test_what_is_no_benchmark_is_refused() -> None:
    with pytest.raises(SystemExit, match="no benchmark called nope"):
        command.chosen(["engine", "nope"])
