"""Small multiples of what is asked: a chart, a sentence that its numbers decide, every point as a link to its race."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts import setting_name
from attnlab.charts.grid import CELLS_DATASET, FLOORS_DATASET, scores_over
from attnlab.prose import listed, page_prose
from attnlab.settings.lab.choosing import Choosing
from attnlab.training.grid import Cell, Finding, QuestionName, View, finding, grid_table, views
from attnlab.ui.choosing.races import floor_told, race_link, share
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import rerun, values_now
from attnlab.ui.kit.tables import table_view

QUESTION = "choose_question"
NO_BREAK = "\u00a0"
WIDE, NARROW = 560, 400
"""Pixels of a panel where there is room, of two and of more: side by side on a wide page, on a phone never."""


def panels_view(words: Mapping[str, Any], key: str) -> None:
    """The question and its panels.

    Args:
        words: the prose of the page.
        key: of the fragment, which runs again on a change.
    """
    kinds = Choosing.kinds()
    draw = Drawing(kinds, words, on_change=rerun, args=(key,), shared=Choosing.link_prefix)
    draw.row(QUESTION, few=(QUESTION,), key="choosing_row")
    asked = Choosing.of(values_now(kinds)).question
    st.markdown(words["questions"][asked])
    shown = [view for view in views(asked) if grid_table().has(view.panel)]
    if not shown:
        st.info(words["panel"]["none"])
        return
    with st.container(horizontal=True, gap="medium"):
        for number, view in enumerate(shown):
            with st.container(width=WIDE if len(shown) <= 2 else NARROW, key=f"choosing_panel_{number}"):
                _panel(view, words, number)
    st.caption(words["panel"]["scored"])


def _panel(view: View, words: Mapping[str, Any], number: int) -> None:
    cells, races = grid_table().cells(view), page_prose("training")
    said = words["panel"]
    floors = {races["floors"].get(name, name): score for name, score in grid_table().floors(view.panel).items()}
    title = (races["races"].get(view.panel.race) or races["tasks"][view.panel.plan.task_name])["title"]
    sizes = said["equal" if view.panel.equal_budget else "free"]
    curves = tuple(named(view, view.curves, curve, words) for curve in dict.fromkeys(cell.curve for cell in cells))
    along = "layers_wide" if _is_traded(view, view.along) else view.along
    titles = (words["axes"][along], said["score"], words["axes"][view.curves])
    dotted = floor_rows(floors)
    below = tuple(floor_told(row, words) for row in dotted)
    spec = scores_over(said["title"].format(race=title, sizes=sizes), *titles, curves, below)
    data = {CELLS_DATASET: chart_rows(cells, view, words), FLOORS_DATASET: dotted}
    with st.container(key=f"choosing_chart_{number}"):  # which has its room before the chart comes
        st.vega_lite_chart(spec | {"datasets": data})
    st.markdown(finding_told(finding(cells, max(floors.values(), default=0.0)), view, words))
    table_view(cell_rows(cells, view, words))
    seeds = min(cell.seeds for cell in cells)
    for by in grid_table().measured([view.panel]):
        st.caption(said["origin"].format(seeds=seeds, date=by["date"], **by["machine"]))


def value_name(setting: QuestionName, value: float, words: Mapping[str, Any]) -> str:
    """What a value of a setting is called, "2 heads"."""
    if setting == "d_k":
        return str(words["panel"]["d_k"]).format(value=f"{value:g}")
    return setting_name(setting, value_word(setting, value))


def named(view: View, setting: QuestionName, value: float, words: Mapping[str, Any]) -> str:
    """The same in a panel: at equal parameters so many layers have a width that follows."""
    name = value_name(setting, value, words)
    if not _is_traded(view, setting):
        return name
    return str(words["panel"]["as_wide"]).format(name=name, width=width_word(view, value, words))


def width_word(view: View, layers: float, words: Mapping[str, Any]) -> str:
    """The width of so many layers at equal parameters, or from the narrowest to the widest."""
    low, high = view.panel.widths(layers)
    return f"{low}" if low == high else str(words["panel"]["between"]).format(low=low, high=high)


def value_word(setting: QuestionName, value: float) -> str:
    """A value as a contender's key says it."""
    return str(value) if setting == "dropout" else f"{value:g}"


def chart_rows(cells: Sequence[Cell], view: View, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each cell."""
    order = sorted({cell.along for cell in cells})
    return [
        {
            "place": order.index(cell.along),
            "value": _mark(view, cell.along, words),
            "curve": named(view, view.curves, cell.curve, words),
            **{name: getattr(cell, name) for name in ("median", "low", "high")},
        }
        for cell in cells
    ]


def _mark(view: View, value: float, words: Mapping[str, Any]) -> str:
    """A value below its axis, whose title says what it is."""
    if not _is_traded(view, view.along):
        return f"{value:g}"
    return str(words["panel"]["mark"]).format(value=f"{value:g}", width=width_word(view, value, words))


def _is_traded(view: View, setting: QuestionName) -> bool:
    """Whether a setting says the width too."""
    return setting == "layers" and view.panel.equal_budget


def floor_rows(floors: Mapping[str, float]) -> list[dict[str, Any]]:
    """What needs no learning, the best first; of two with one score the first."""
    told: dict[float, str] = {}
    for name, score in floors.items():
        told.setdefault(score, name)
    return [{"name": name, "score": score} for score, name in sorted(told.items(), reverse=True)]


# ---- what it says ----------------------------------------------------------------------------------------------------


def finding_told(found: Finding, view: View, words: Mapping[str, Any]) -> str:
    """The sentence that the numbers decide."""
    said = words["findings"]
    blanks = {
        "along": words["axes"][view.along],
        "curves": words["axes"][view.curves],
        "good": listed(named(view, view.along, value, words) for value in found.good),
        "best": share(found.best.median, words),
        "worst": share(found.worst.median, words),
        "where": _where(found.worst, view, words),
    }
    sentence = str(said[found.kind]).format(**blanks)
    if found.kind != "hangs":
        return sentence
    lines = (
        said["line"].format(
            curve=named(view, view.curves, curve, words),
            good=listed(named(view, view.along, value, words) for value in good),
        )
        for curve, good in found.by_curve.items()
    )
    return "\n".join((sentence, "", *(f"- {line}" for line in lines)))


def _where(cell: Cell, view: View, words: Mapping[str, Any]) -> str:
    both = (named(view, view.along, cell.along, words), named(view, view.curves, cell.curve, words))
    return listed(both)


# ---- every point, to race anew ---------------------------------------------------------------------------------------


def cell_rows(cells: Sequence[Cell], view: View, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a curve, a column a value: each score leads to its race, a curve's name to a race of the whole curve."""
    rows = []
    for curve in dict.fromkeys(cell.curve for cell in cells):
        mine = [cell for cell in cells if cell.curve == curve]
        name = named(view, view.curves, curve, words)
        row = {words["panel"]["race"]: _linked(name, view, [cell.key for cell in mine])}
        by_value = {cell.along: cell for cell in mine}
        for value in sorted({cell.along for cell in cells}):
            cell = by_value.get(value)
            heading = named(view, view.along, value, words)
            if not _is_traded(view, view.along):  # "2 heads" stands on one line
                heading = heading.replace(" ", NO_BREAK)
            row[heading] = "" if cell is None else _linked(share(cell.median, words), view, [cell.key])
        rows.append(row)
    return rows


def _linked(text: str, view: View, keys: Sequence[str]) -> str:
    return f"[{text}]({race_link(view.panel.race, keys)})"
