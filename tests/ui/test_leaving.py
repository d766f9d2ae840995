"""What visitors leave behind."""

import gc
import resource
import weakref
from typing import cast

import pytest
from streamlit.runtime.session_manager import SessionManager

from attnlab.ui.leaving import raise_descriptor_limit, tidied


class Cycle:
    def __init__(self) -> None:
        self.itself = self


class Sessions:
    """As Streamlit's manager: its list no longer has those whose time is over."""

    def __init__(self, number: int) -> None:
        self.kept = [Cycle() for _ in range(number)]

    def list_sessions(self) -> list[Cycle]:
        return self.kept


def test_sessions_that_have_gone_are_collected() -> None:
    sessions = Sessions(3)
    gone = weakref.ref(sessions.kept[0])
    gc.disable()
    try:
        assert tidied(cast("SessionManager", sessions), 0) == 3
        sessions.kept = sessions.kept[1:]
        assert gone() is not None
        assert tidied(cast("SessionManager", sessions), 3) == 2
        assert gone() is None
    finally:
        gc.enable()


def test_while_none_has_gone_nothing_is_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: calls.append(1))
    assert tidied(cast("SessionManager", Sessions(3)), 2) == 3
    assert tidied(cast("SessionManager", Sessions(3)), 3) == 3
    assert calls == []


def test_the_process_may_have_as_many_descriptors_as_the_system_lets_it() -> None:
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), most))
    try:
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
