"""The choosing page, run by Streamlit without a browser, and what it is made of."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.settings.training import Training
from attnlab.training.grid import QUESTIONS, Cell, GridTable, View, finding, grid_table, views
from attnlab.training.shown.compared import comparison
from attnlab.ui.choosing import panels, races
from attnlab.ui.choosing.panels import cell_rows, finding_told, floor_rows, value_name
from attnlab.ui.choosing.races import SETTINGS, chances, choice_rows

WORDS = page_prose("choosing")
LINK = re.compile(r"\[(?P<text>[^]]+)\]\((?P<link>[^)]+)\)")


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=120)
    page.switch_page(str(PAGES / "choosing.py"))
    page.query_params.update(link)
    page.run()
    assert not page.exception, page.exception[0].message
    return page


def texts(page: AppTest) -> str:
    return "\n".join(str(one.value) for kind in ("markdown", "caption", "warning") for one in getattr(page, kind))


# --- panels -----------------------------------------------------------------------------------------------------------

VIEW = next(view for view in views("heads") if view.curves == "layers")


def told(*rows: tuple[float, float, float, float, float]) -> str:
    """The sentence of cells: heads, layers, low, median, high."""
    cells = [
        Cell(key="x", along=heads, curve=layers, median=median, low=low, high=high, seeds=3)
        for heads, layers, low, median, high in rows
    ]
    return finding_told(finding(cells, 0.1), VIEW, WORDS)


def test_the_sentence_of_a_panel_is_decided_by_its_numbers() -> None:
    low, high = (0.2, 0.3, 0.4), (0.8, 0.9, 1.0)
    assert told((1, 1, *low), (2, 1, *high)) == (
        "Whatever the layers, as good as any: 2 heads. The best is 90%, the worst 30% (1 head, 1 layer of width 44–48)."
    )
    assert told((1, 1, *high), (2, 1, *high)).startswith("It makes no difference: whatever the layers")
    sentence, *lines = told((1, 1, *low), (2, 1, *high), (1, 2, *high), (2, 2, *low)).splitlines()
    assert sentence.startswith("The best choice of heads hangs on layers. The best is 90%, the worst 30% (")
    assert lines == [
        "",
        "- 1 layer of width 44–48: 2 heads.",
        "- 2 layers of width 32: 1 head.",
    ]
    assert told((1, 1, 0.1, 0.1, 0.1)).startswith("Nothing is learned here")


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_score_is_a_link_to_the_race_of_its_model(question: str) -> None:
    for view in views(question):  # type: ignore[arg-type]
        rows = cell_rows(grid_table().cells(view), view, WORDS)
        assert len(rows) == len({cell.curve for cell in grid_table().cells(view)})
        for row in rows:
            for text in filter(None, row.values()):
                check_link(text, view)


def check_link(text: str, view: View) -> None:
    """It opens that race with contenders that the training page takes."""
    found = LINK.fullmatch(text)
    assert found is not None, text
    where = urlsplit(found["link"])
    params: Mapping[str, Any] = parse_qs(where.query)
    assert where.path == "./training"
    assert params["t_race"] == [view.panel.race]
    assert not Training.refusals(params)
    assert params["t_contenders"]


def test_values_have_their_names_and_of_two_floors_with_one_score_the_first_is_told() -> None:
    assert value_name("heads", 1, WORDS) == "1 head"
    assert value_name("dropout", 0.1, WORDS) == "dropout 0.1"
    assert value_name("d_k", 7.5, WORDS) == "d_k 7.5"
    assert floor_rows({"a": 0.5, "b": 0.5, "c": 0.25}) == [{"name": "a", "score": 0.5}, {"name": "c", "score": 0.25}]


# --- races over ten seeds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("race", SETTINGS)
def test_a_setting_is_answered_by_every_value_that_raced_and_its_floors(race: str) -> None:
    shipped = comparison()
    rows = choice_rows(shipped["rows"], race)
    assert len(rows) >= 2
    assert len({row["value"] for row in rows}) == len(rows)
    assert all(row["low"] <= row["median"] <= row["high"] for row in rows)
    assert not any("·" in row["value"] for row in rows)
    floors = chances(shipped["tasks"][race], page_prose("training"))
    assert floors
    assert all(floor["score"] is not None and floor["name"] for floor in floors)


def test_the_drawer_of_races_is_drawn_when_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    real = races.st.expander

    def open_one(*arguments: Any, **options: Any) -> Any:
        return Opened(real(*arguments, **options))

    monkeypatch.setattr(races.st, "expander", open_one)
    said = texts(opened())
    assert WORDS["races"]["line"] in said
    assert said.count(" seeds each, trained on ") == len(SETTINGS)


class Opened:
    """A drawer that somebody has opened."""

    open = True

    def __init__(self, drawer: Any) -> None:
        self._drawer = drawer

    def __enter__(self) -> Any:
        return self._drawer.__enter__()

    def __exit__(self, *error: Any) -> Any:
        return self._drawer.__exit__(*error)


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["d_k", "dropout"])
def test_the_page_answers_what_the_link_asks_and_names_the_machine_of_its_table(question: str) -> None:
    page, shown = opened(choose_question=question), views(question)  # type: ignore[arg-type]
    said = texts(page)
    assert WORDS["questions"][question] in said
    assert len(page.table) == len(shown)
    by = grid_table().measured([shown[0].panel])[0]
    assert by["machine"]["processor"] in said
    assert by["date"] in said


def test_what_was_not_trained_yet_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "grid_table", lambda: GridTable({}, {}))
    page = opened()
    assert [one.value for one in page.info] == [WORDS["panel"]["none"]]
    assert not page.table


def test_a_question_that_there_is_not_is_refused_in_words() -> None:
    said = texts(opened(choose_question="<b>"))
    assert "must be one of heads, layers" in said
    assert "<b>" not in said.replace("\\<b\\>", "")
