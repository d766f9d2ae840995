"""A measurement in a process of its own: seen as it goes, cancelled, ended at its bound, one at a time."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attnlab.cli.costs import add_options, asked_of
from attnlab.cli.main import OneLineParser
from attnlab.costs import Asked, Sizes
from attnlab.costs.measurement import background as module
from attnlab.costs.measurement.background import (
    Background,
    MeasuringBusyError,
    arguments,
    is_measuring,
    lock_path,
    locked,
)
from tests.waiting import eventually

ASKED = Asked(
    base=Sizes(d_model=8, num_heads=2, window=4),
    axes=("length",),
    works=("forward",),
    mechanisms=("fused",),
    longest=16,
    seconds=120,
)
SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[float], Background]:
    """A measurement that never ends by itself, with so many seconds of grace."""
    real = subprocess.Popen
    monkeypatch.setattr(module.subprocess, "Popen", lambda _command, **options: real(SLEEPS, **options))
    return lambda grace_s: Background(grace_s, tmp_path / "lock")


def test_the_command_line_asks_for_what_was_asked(tmp_path: Path) -> None:
    asked = replace(ASKED, base=Sizes(512, 32, 8, 2, 16), works=("training", "generation"), threads=3, device="cpu")
    parser = OneLineParser()
    add_options(parser)
    options = parser.parse_args(arguments(asked, tmp_path / "x.json")[1:])
    assert asked_of(options) == asked
    assert options.json == str(tmp_path / "x.json")


def test_a_tiny_measurement_comes_to_its_end(tmp_path: Path) -> None:
    background = Background(lock=tmp_path / "lock")
    assert background.state() is None
    background.start(ASKED, "somebody")
    assert background.is_running()
    eventually(lambda: not background.is_running())
    state = background.state()
    assert state is not None
    assert (state.ending, state.owner, state.asked, state.raced) == ("done", "somebody", ASKED, False)
    assert state.table is not None
    assert state.table.complete
    assert [point.sizes.seq_len for point in state.table.points] == [8, 16]


def test_one_that_is_cancelled_ends_at_once(sleeper: Callable[[float], Background]) -> None:
    background = sleeper(600)
    background.start(ASKED, "somebody")
    background.mark_raced()
    background.cancel()
    state = background.state()
    assert state is not None
    assert (state.ending, state.table, state.raced) == ("cancelled", None, True)
    assert not background.is_running()


def test_one_that_goes_on_is_killed_at_its_bound(sleeper: Callable[[float], Background]) -> None:
    background = sleeper(-0.9)
    background.start(replace(ASKED, seconds=1), "somebody")
    eventually(lambda: not background.is_running())
    state = background.state()
    assert state is not None
    assert state.ending == "killed"


def test_one_that_dies_has_failed(sleeper: Callable[[float], Background]) -> None:
    background = sleeper(600)
    background.start(ASKED, "somebody")
    assert background._process is not None
    os.kill(background._process.pid, signal.SIGKILL)
    eventually(lambda: not background.is_running())
    state = background.state()
    assert state is not None
    assert state.ending == "failed"


def test_a_second_one_waits_whoever_asks(sleeper: Callable[[float], Background], tmp_path: Path) -> None:
    background, elsewhere = sleeper(600), Background(600, tmp_path / "lock")
    background.start(ASKED, "somebody")
    with pytest.raises(MeasuringBusyError):
        background.start(ASKED, "somebody else")
    with pytest.raises(MeasuringBusyError):  # of another process: the child holds the lock
        elsewhere.start(ASKED, "somebody else")
    background.cancel()
    elsewhere.start(ASKED, "somebody else")
    elsewhere.cancel()


def test_a_folder_without_room_for_a_lock_holds_nobody_off(tmp_path: Path) -> None:
    with locked(tmp_path / "nowhere" / "lock") as held:
        assert held is None


def test_a_lock_is_never_a_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with locked(tmp_path / "lock") as held:
        assert held is None
    assert not (tmp_path / "other").exists()


def test_the_lock_is_this_users() -> None:
    assert str(os.getuid()) in lock_path().name


def test_who_asks_elsewhere_sees_that_something_is_measured(
    sleeper: Callable[[float], Background], tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    assert not is_measuring(lock)
    background = sleeper(600)
    background.start(ASKED, "somebody")
    assert is_measuring(lock)
    assert is_measuring(lock)  # to have asked holds nobody off
    background.cancel()
    assert not is_measuring(lock)
