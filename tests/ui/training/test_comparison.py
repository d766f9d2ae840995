"""The shipped comparison: how many seeds end as told, and what trained them."""

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from attnlab.prose import page_prose
from attnlab.ui.training import comparison as module

SAID = page_prose("training")["comparison"]
MACHINE = {"processor": "Some CPU", "python": "3.11", "torch": "9.9"}


def row(**changes: Any) -> dict[str, Any]:
    about = {"task": "parity", "view": "examples", "contender": "lstm", "metric": "accuracy", "tested_length": None}
    scores = {"median": 1.0, "low": 0.5, "high": 1.0, "steps": 400, "seconds": 3.21, "seeds": 10}
    return about | scores | {"at_least": 0.99, "at_most": None, "as_told": 9} | changes


def shown(monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any]) -> AppTest:
    """The open drawer with these rows of one race."""
    by = {"machine": MACHINE, "date": "2026-01-02"}
    measured = {each["view"]: by for each in rows}
    shipped = {"tasks": {"parity": {"task": "parity", "metric": "accuracy", "measured": measured}}, "rows": list(rows)}
    monkeypatch.setattr(module, "comparison", lambda: shipped)

    def page() -> None:
        from attnlab.prose import page_prose
        from attnlab.ui.training.comparison import comparison_view

        comparison_view(page_prose("training"))

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["comparison"] = True
    app.run()
    assert not app.exception
    return app


def table(app: AppTest) -> pd.DataFrame:
    (found,) = app.dataframe
    frame: pd.DataFrame = found.value
    return frame


def test_a_row_says_what_is_told_and_of_how_many_seeds_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    other = row(contender="tcn", at_least=None, at_most=0.6, as_told=10)
    silent = row(contender="rnn", at_least=None, as_told=None)
    frame = table(shown(monkeypatch, row(), other, silent))
    assert list(frame[SAID["told"]]) == [
        SAID["at_least"].format(limit="99.0%"),
        SAID["at_most"].format(limit="60.0%"),
        "",
    ]
    assert list(frame[SAID["as_told"]]) == ["9 of 10", "10 of 10", ""]
    assert frame[SAID["range"]][0] == "50.0% – 100.0%"


def test_the_machine_and_the_day_stand_above_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    captions = [one.value for one in shown(monkeypatch, row()).caption]
    assert captions[-1] == SAID["origin"].format(view="examples", seeds=10, date="2026-01-02", **MACHINE)
    assert "Some CPU" in captions[-1]


def test_fewer_than_ten_seeds_are_said_to_be_fewer_view_by_view(monkeypatch: pytest.MonkeyPatch) -> None:
    app = shown(monkeypatch, row(), row(view="seconds", seeds=5, at_least=None, as_told=None))
    few = SAID["origin_few"].format(view="seconds", seeds=5, wanted=10, date="2026-01-02", **MACHINE)
    assert [one.value for one in app.caption][-2:] == [
        SAID["origin"].format(view="examples", seeds=10, date="2026-01-02", **MACHINE),
        few,
    ]


def test_seconds_are_told_where_they_are_what_is_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = table(shown(monkeypatch, row(), row(view="seconds")))[SAID["seconds"]]
    assert pd.isna(seconds[0])
    assert seconds[1] == 3.2
