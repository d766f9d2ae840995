"""Runs pass one after the other, and one that takes long keeps nobody."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from attnlab.looks import turns
from attnlab.ui.crowd import turnstile
from attnlab.ui.crowd.turnstile import Turnstile, put_up
from tests.waiting import PATIENCE_S, eventually


class Seconds:
    """A clock that tests move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Crowd:
    """Some who pass, each in a thread, until they are told to leave."""

    def __init__(self, turnstile: Turnstile) -> None:
        self.turnstile = turnstile
        self.inside: list[int] = []  # in the order they came in
        self.leaving: dict[int, threading.Event] = {}
        self.threads: list[threading.Thread] = []

    def comes(self, name: int) -> None:
        self.leaving[name] = threading.Event()
        self.threads.append(threading.Thread(target=self._passes, args=(name,)))
        waiting = len(self.turnstile._line) + len(self.inside)
        self.threads[-1].start()
        eventually(lambda: len(self.turnstile._line) + len(self.inside) > waiting)

    def _passes(self, name: int) -> None:
        with self.turnstile.passing():
            self.inside.append(name)
            self.leaving[name].wait(PATIENCE_S)

    def all_leave(self) -> None:
        for leaves in self.leaving.values():
            leaves.set()
        for thread in self.threads:
            thread.join(PATIENCE_S)


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def crowd(clock: Seconds) -> Iterator[Crowd]:
    crowd = Crowd(Turnstile(2, 0.05, clock))
    yield crowd
    crowd.all_leave()
    assert not crowd.turnstile._inside


def test_so_many_pass_at_once_and_the_others_in_their_order(crowd: Crowd) -> None:
    for name in range(4):
        crowd.comes(name)
    time.sleep(0.2)  # longer than anybody waits before looking again
    assert crowd.inside == [0, 1]
    crowd.leaving[1].set()
    eventually(lambda: crowd.inside == [0, 1, 2])
    crowd.leaving[0].set()
    eventually(lambda: crowd.inside == [0, 1, 2, 3])


def test_who_takes_long_has_no_place_any_more(crowd: Crowd, clock: Seconds) -> None:
    for name in range(5):
        crowd.comes(name)
    assert crowd.inside == [0, 1]
    clock.now += 0.05
    eventually(lambda: sorted(crowd.inside) == [0, 1, 2, 3])  # two at once
    crowd.leaving[0].set()  # makes no room: it had none
    time.sleep(0.2)
    assert len(crowd.inside) == 4
    crowd.leaving[2].set()
    eventually(lambda: crowd.inside[4:] == [4])


def test_who_fails_leaves_its_place(clock: Seconds) -> None:
    one = Turnstile(1, 0.05, clock)
    with pytest.raises(ValueError, match="in the run"), one.passing():
        raise ValueError("in the run")
    with one.passing():
        pass


def test_who_steps_aside_leaves_its_place_and_comes_back_into_one() -> None:
    one, seen = Turnstile(1, 60.0), list[int]()
    with one.aside():  # has none
        assert not one._inside
    with one.passing():
        with one.aside(), one.passing():
            seen.append(len(one._inside))
        seen.append(len(one._inside))
    assert seen == [1, 1]
    assert not one._inside


def test_all_runs_of_the_process_pass_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    told: list[float] = []
    stile = Turnstile(1, 0.05)
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda _runner, data: ran.append((data, len(stile._inside))))
    monkeypatch.setattr(turnstile, "Turnstile", lambda *_bounds: stile)
    monkeypatch.setattr(sys, "setswitchinterval", told.append)
    monkeypatch.setattr(turns, "_waiting", list(turns._waiting))
    put_up.cache_clear()
    put_up()
    ScriptRunner._run_script(None, "this run")  # type: ignore[arg-type]
    assert ran == [("this run", 1)]
    assert told == [turnstile.SWITCH_S]
    assert turns._waiting[-1] == stile.aside
    put_up.cache_clear()
