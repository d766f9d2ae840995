"""`shrink`: both tables of a small measurement, as far as there is time; refusals in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import shrink
from attnlab.cli.terminal.interrupts import Asked
from attnlab.training.smaller.table import read_table
from tests.cli.conftest import Said


def test_what_is_known_when_the_end_is_asked_for_is_printed_and_kept(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "smaller.json"
    monkeypatch.setattr(Asked, "is_set", lambda _: read_table(path).shrunk.done == 8)
    code, out, _ = said("shrink", "--examples", "5", "--json", str(path))
    assert code == 0
    assert "8 of 54 steps, 5 held-out sentences" in out
    assert "weights in few bits" in out
    assert [line.split()[:3] for line in out.splitlines() if line.startswith("encoder")] == [
        ["encoder", "1", "1"],
        ["encoder", "1", "2"],
    ]
    assert "heads cut" not in out
    assert "heads can go" not in out
    assert not read_table(path).shrunk.complete
    whole = list(shrink.told(read_table()))
    assert whole[-2:] == [
        "7 of 24 heads can go for a point of exact sentences or less.",
        "4 bits a weight cost a point or less, 18% of the bytes.",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--examples", "0"), "examples (0) must be between 1 and 1000"),
        (("--examples", "x"), "examples ('x') must be a whole number"),
        (("--seconds", "0"), "seconds (0) must be between 1 and 86400"),
        (("--json", "/no/such/folder/x.json"), "json ('/no/such/folder/x.json') must be a file"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(
    said: Callable[..., Said], arguments: tuple[str, ...], reason: str
) -> None:
    code, out, error = said("shrink", *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(f"python -m attnlab shrink: {reason}")
    assert error.count("\n") == 1
