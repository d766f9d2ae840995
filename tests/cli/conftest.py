"""A command line on small contenders."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from attnlab.cli import main
from tests.every_file import ROOT

SMALL = ("--budget", "2000", "--layers", "1", "--heads", "2", "--batch-size", "7", "--warmup", "3", "--seed", "3")
REVERSE = ("--task", "reverse", "--size", "length=5", *SMALL)
"""Options of a race that takes milliseconds a step."""

Said = tuple[int, str, str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command; gives exit code, stdout and stderr."""

    def run(*arguments: str) -> Said:
        try:
            code = main(_texts(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def _texts(arguments: Sequence[str]) -> list[str]:
    return [str(argument) for argument in arguments]


def interrupted(number: int, *options: str) -> Said:
    """Exit code and stdout of a race in a process of its own that gets a signal once it trains."""
    ours, theirs = pty.openpty()  # on which the bar tells that training has begun
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "attnlab", "race", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, text=True) as race:
        os.close(theirs)
        while b"gru" not in os.read(ours, 65536):
            pass
        race.send_signal(number)
        while race.poll() is None:  # a pipe that nobody reads would hold it
            with suppress(OSError):
                os.read(ours, 65536)
        assert race.stdout is not None
        out = race.stdout.read()
    os.close(ours)
    return race.returncode, out, ""
