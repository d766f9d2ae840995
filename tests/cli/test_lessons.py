"""`python -m attnlab lessons`."""

import pytest

from attnlab.cli import lessons as command
from attnlab.cli.main import main
from attnlab.lessons import LessonError
from attnlab.settings.learn.lessons import LESSONS


def test_every_lesson_is_listed_and_true(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lessons"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == list(LESSONS)
    assert all(line.endswith("true") for line in lines[2:])


def test_one_that_is_not_true_is_named_and_the_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "check", lambda lesson: ["step x: why"] if lesson.id == "mask" else [])
    assert main(["lessons"]) == 1
    said = capsys.readouterr().out
    assert said.endswith("lesson mask, step x: why\n")
    assert "1 wrong" in said


def test_one_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise LessonError("mask", "minutes is missing")

    monkeypatch.setattr(command, "lessons", broken)
    assert main(["lessons"]) == 1
    assert capsys.readouterr().out == "lesson mask: minutes is missing\n"
