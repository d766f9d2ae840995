"""What visitors leave behind."""

import gc
import resource
import weakref
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from streamlit.runtime import Runtime

from attnlab.ui.crowd.leaving import KEPT_S, Absent, close, raise_descriptor_limit, without_browser


class Cycle:
    def __init__(self) -> None:
        self.itself = self


@dataclass
class FakeRuntime:
    """As Streamlit's: sessions by name, and which of them have a browser."""

    sessions: dict[str, bool]
    closed: list[str] = field(default_factory=list)

    @property
    def _session_mgr(self) -> Any:
        listed = [SimpleNamespace(session=SimpleNamespace(id=name)) for name in self.sessions]
        return SimpleNamespace(list_sessions=lambda: listed)

    def is_active_session(self, name: str) -> bool:
        return self.sessions[name]

    def close_session(self, name: str) -> None:
        self.closed.append(name)


def test_who_has_a_browser_is_not_absent() -> None:
    runtime = FakeRuntime({"here": True, "away": False})
    assert without_browser(cast("Runtime", runtime)) == ["away"]


def test_a_session_is_overdue_when_its_browser_has_been_away_long_enough() -> None:
    absent = Absent()
    assert absent.overdue(["a"], now=5.0) == []
    assert absent.overdue(["a", "b"], now=5.0 + KEPT_S - 1) == []
    assert absent.overdue(["a", "b"], now=5.0 + KEPT_S) == ["a"]


def test_who_came_back_begins_anew() -> None:
    absent = Absent()
    absent.overdue(["a"], now=0.0)
    absent.overdue([], now=KEPT_S / 2)
    assert absent.overdue(["a"], now=KEPT_S) == []
    assert absent.overdue(["a"], now=2 * KEPT_S) == ["a"]


def test_sessions_are_closed_and_what_holds_itself_is_collected() -> None:
    runtime, left = FakeRuntime({}), Cycle()
    gone = weakref.ref(left)
    gc.disable()
    try:
        del left
        close(cast("Runtime", runtime), [])
        assert gone() is not None
        close(cast("Runtime", runtime), ["a", "b"])
        assert gone() is None
    finally:
        gc.enable()
    assert runtime.closed == ["a", "b"]


def test_the_process_may_have_as_many_descriptors_as_the_system_lets_it() -> None:
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), most))
    try:
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
