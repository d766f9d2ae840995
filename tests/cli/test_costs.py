"""`costs`: a small measurement, as tables and as a file; refusals in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import costs
from attnlab.costs import read_table
from tests.cli.conftest import Said

SMALL = ("--axes", "length", "--works", "forward", "--mechanisms", "fused,gru", "--longest", "64", "--d-model", "16")


def test_tables_fits_and_crossings_are_printed_and_kept(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    code, out, _ = said("costs", *SMALL, "--heads", "2", "--fit-from", "8", "--json", str(path))
    assert code == 0
    assert "threads 1, clock processor" in out
    assert "8 of 8 points" in out
    for title in ("forward, seconds in ms by length", "forward, peak_bytes in MiB by length", "as a power of length"):
        assert title in out
    (growth,) = [line for line in out.splitlines() if line.startswith("gru") and "n·d²" in line]
    assert growth.split()[4:] == ["1", "n·d²", "n", "n"]
    assert " costs more than " in out or "cost the same" in out
    table = read_table(path)
    assert table.complete
    assert (table.planned, table.done, len(table.points)) == (8, 8, 8)
    assert table.base.d_model == 16


def test_what_a_table_lacks_is_added_and_the_rest_stays(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "costs.json"
    monkeypatch.setattr(costs, "is_busy", lambda: False)
    small = (*SMALL, "--heads", "2", "--length", "8", "--json", str(path))
    assert said("costs", *small)[0] == 0
    before = read_table(path)
    assert said("costs", *small, "--missing")[0] == 0
    assert read_table(path) == before
    monkeypatch.setattr(costs, "machine", lambda: {"processor": "another", "python": "3", "torch": "2"})
    code, _, error = said("costs", *small, "--window", "9", "--missing")
    assert code == 2
    assert "missing must go with the sizes of the table" in error
    code, out, error = said("costs", *small, "--axes", "length,d_model", "--longest", "128", "--missing")
    assert "points (2) are left out: other machines have begun their curves" in error
    after = read_table(path)
    assert code == 0
    assert after.points[: len(before.points)] == before.points
    added = after.points[len(before.points) :]
    assert {one.origin for one in added} == {1}
    assert {one.sizes.seq_len for one in added} == {before.base.seq_len}  # lengths were measured elsewhere
    assert [one.machine["processor"] for one in after.origins][1] == "another"
    assert (after.complete, after.planned) == (True, len(after.points))
    assert "processor another" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--heads", "7"), "num_heads (7) must divide d_model (64)"),
        (("--d-model", "x"), "d_model ('x') must be a whole number"),
        (("--works", "dreams"), "works ('dreams') must be one of forward"),
        (("--seconds", "0"), "seconds (0) must be between 1 and 3600"),
        (("--device", "tpu"), "device ('tpu') must be 'auto' or one of"),
        (("--missing",), "missing must go with json"),
        (("--json", "/no/such/folder/x.json"), "json ('/no/such/folder/x.json') must be a file"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(
    said: Callable[..., Said], arguments: tuple[str, ...], reason: str
) -> None:
    code, out, error = said("costs", *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(f"python -m attnlab costs: {reason}")
    assert error.count("\n") == 1
