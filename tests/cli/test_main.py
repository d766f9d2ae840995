import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli.main import COMMANDS
from tests.cli.conftest import REVERSE, Said

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "the following arguments are required: command"),
        (("nope",), "invalid choice: 'nope'"),
        (("race", "--nope"), "unrecognized arguments: --nope"),
        (("race", "--\x1b[31m\n\udc80"), "unrecognized arguments: --\\x1b[31m \\udc80"),
        (("race", "--steps"), "argument --steps: expected one argument"),
        (("race", "--task", "sort", "--st", "5"), "unrecognized arguments: --st 5"),
        (("race", "--task", "sort", "--steps", "0"), "steps (0) must be between 1 and 100000"),
        (("race", "--task", "sort\n\x1b[31m"), "task_name ('sort\\n\\x1b[31m') must be one of"),
        (("race", *REVERSE, "--device", "tpu"), "device ('tpu') must be 'auto' or one of"),
        (("race", *REVERSE, "--threads", "0"), "threads (0) must be between 1 and"),
        (("race", *REVERSE, "--json", "/no/such/folder/out.json"), "json ('/no/such/folder/out.json') must be a file"),
        (("tune", "--race", "nope"), "race ('nope') must be one of recall"),
        (("tune", "--steps", "x"), "steps ('x') must be a whole number"),
        (("sweep", "--tasks", "nope"), "tasks ('nope') must be one of recall"),
        (("sweep", "--workers", "0"), "workers (0) must be between 1 and"),
        (("sweep", "--seeds", ",".join(map(str, range(9999)))), "must lead to at most 10000 runs"),
    ],
)
def test_a_refusal_is_one_line_on_stderr_and_exit_code_2(
    said: Callable[..., Said], arguments: tuple[str, ...], reason: str
) -> None:
    code, out, error = said(*arguments)
    assert (code, out) == (2, "")
    assert reason in error
    assert error.startswith("python -m attnlab")
    assert error.endswith("\n")
    assert error[:-1].isprintable()  # one line, no escape codes


def test_every_command_has_help(said: Callable[..., Said]) -> None:
    for name in COMMANDS:
        code, out, _ = said(name, "--help")
        assert code == 0
        assert f"python -m attnlab {name}" in out


def test_a_file_that_cannot_be_written_is_one_line_and_exit_code_1(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device", "out.json")

    monkeypatch.setattr(Path, "write_text", refuse)
    code, out, error = said("race", *REVERSE, "--families", "gru", "--steps", "2", "--json", str(tmp_path / "out.json"))
    assert code == 1
    assert "gru" in out  # the table came first
    assert error == "python -m attnlab race: No space left on device: 'out.json'\n"


def test_it_runs_as_a_module_and_draws_nothing_where_nobody_sees_it() -> None:
    command = [sys.executable, "-m", "attnlab", "race", *REVERSE, "--families", "gru", "--steps", "3"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("contender")
    assert "\x1b" not in ended.stdout
