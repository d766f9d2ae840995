"""What a race of a lesson has come to, as a chart and the sentence above it."""

from collections.abc import Mapping
from typing import Any

from attnlab.charts.races.contenders import contender_name
from attnlab.charts.races.finishes import FINISHES_DATASET, finishes
from attnlab.lessons.shown import ShownRace
from attnlab.prose import page_prose
from attnlab.training.shown.compared import comparison


def race_title(race: str) -> str:
    """As the training page calls it: a race of a task's own, and a task without a race, have the task's title."""
    words, compared = page_prose("training"), comparison()["tasks"]
    own = words["races"].get(race)
    return str((own or words["tasks"][compared[race]["task"] if race in compared else race])["title"])


def finishes_chart(found: ShownRace) -> tuple[str, dict[str, Any]]:
    """The sentence and the chart, longest bar first as the file has them.

    Raises:
        SpecError: a task that no race of the comparison has.
    """
    page, rows = page_prose("lessons")["page"], found.rows
    once = found.raced.seeds == 1
    caption = page["raced" if once else "race"].format(title=race_title(found.settings.race), seeds=found.raced.seeds)
    contenders = tuple(dict.fromkeys(row["contender"] for row in rows))
    titles = (page["contender"], page["median"], page["low"], page["high"])
    chart = finishes(contenders, page["metric"][found.metric], titles)
    data = [_finish(place, row, page) for place, row in enumerate(rows)]
    return caption, chart | {"datasets": {FINISHES_DATASET: data}}


def _finish(place: int, row: Mapping[str, Any], page: Mapping[str, str]) -> dict[str, Any]:
    name, length = contender_name(row["contender"]), row["tested_length"]
    shown = page["race_name"].format(contender=name, length=length) if length else name
    return {"place": place, "name": shown, **{field: row[field] for field in ("contender", "median", "low", "high")}}
