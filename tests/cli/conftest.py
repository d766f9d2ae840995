"""A command line on small contenders."""

from collections.abc import Callable, Sequence

import pytest

from attnlab.cli import main

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
