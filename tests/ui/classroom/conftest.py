"""A room with its teacher and a student, in a store of the test's own, with limits that begin anew."""

from dataclasses import dataclass

import pytest

from attnlab.training import RunStore
from attnlab.ui import room
from attnlab.ui.classroom.limits import Limit
from tests.ui.classroom.asking import Browser


@dataclass(frozen=True)
class Class:
    """Who is in a room, and where it is."""

    code: str
    path: str
    teacher: Browser
    student: Browser


@pytest.fixture
def a_class(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(room, "POSTS", Limit(clock=lambda: 0.0))
    monkeypatch.setattr(room, "MADE", Limit(clock=lambda: 0.0))
    teacher, student = Browser(), Browser()
    code = teacher.post("/room", {}).told["code"]
    student.get(f"/room/{code}")
    return Class(code, f"/room/{code}", teacher, student)
