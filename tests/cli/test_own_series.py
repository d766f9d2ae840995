"""A learner's series on the command line: read, said, raced, or refused in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.tasks.series.shipped import shipped_bytes
from tests.cli.conftest import Said

QUICK = ("--families", "lstm", "--steps", "2", "--budget", "1000", "--size", "lags=12")


def test_a_series_of_ones_own_is_raced_and_what_is_done_to_it_is_said(
    said: Callable[..., Said], tmp_path: Path
) -> None:
    file = tmp_path / "co2.csv"
    file.write_bytes(shipped_bytes("co2"))
    code, out, error = said("race", "--task", "series", "--data", str(file), *QUICK)
    assert code == 0, error
    assert "lstm" in out
    assert "text_column 'month', label_column 'co2_ppm'" in error
    assert "held out after it" in error
    assert "5 gaps take the last value before them" in error


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1.5"] * 60, "must hold values that differ"),
        ([str(at) for at in range(9)], "must have 40 to 20000"),
        ([*(str(at % 7) for at in range(60)), "1e400"], "must be between -1e+12 and 1e+12"),
        ([*(str(at % 7) for at in range(60)), "soon"], "must be a number"),
    ],
)
def test_what_is_no_series_ends_in_a_sentence(
    rows: list[str], message: str, said: Callable[..., Said], tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("\n".join(["value", *rows]))
    code, _, error = said("race", "--task", "series", "--data", str(file), *QUICK)
    assert code == 2
    assert message in error
    assert "Traceback" not in error
