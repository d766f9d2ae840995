"""Who stands where: the table of a race, with the score of each contender and what that score is of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.races.curve_rows import Row, standings
from attnlab.looks.run_store import Final
from attnlab.models import describe
from attnlab.prose import counted, page_prose, percent
from attnlab.tasks import SHARES, TaskInfo
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import interval_of
from attnlab.training.scoring.intervals import Interval
from attnlab.ui.races.before_start import lr_shown, untuned_note

OPTIONAL = ("interval", "balanced", "macro_f1")
"""Columns that are there where somebody has something in them."""


def standings_view(
    rows: list[Row], scored: int | None, finals: Mapping[str, Final], plan: RacePlan, words: Mapping[str, Any]
) -> None:
    """The table, and below it what its scores are of.

    Args:
        rows: of the curves.
        scored: test examples of each score while training; None of a run that has not told.
        finals: how contenders have ended; what counts is where they stand now.
        plan: the race.
        words: those of the training page.
    """
    now = standings(rows)
    tested = {
        key: finals[key]
        for key in plan.contenders
        if key in finals and finals[key].step == now.get(key, {}).get("step")
    }
    lines = [_line(key, now.get(key, {}), tested.get(key), scored, plan, words) for key in plan.contenders]
    said = words["facts"]
    empty = [said[name] for name in OPTIONAL if all(line[said[name]] is None for line in lines)]
    table = pd.DataFrame(lines).drop(columns=empty)
    st.dataframe(table, hide_index=True, column_config=_columns(plan, words), placeholder="", key="standings")
    for sentence in _sentences(tested, scored, plan, words):
        st.caption(sentence)


def percent_range(interval: Interval | None) -> str | None:
    """An interval of shares as a table shows it; None where there is none."""
    said = page_prose("training")["facts"]["range"]
    if interval is None:
        return None
    return str(said).format(low=f"{100 * interval.low:.1f}", high=f"{100 * interval.high:.1f}")


def majority_note(info: TaskInfo) -> str | None:
    """What always saying the most frequent class comes to, of a task with such a floor; scored on the same rows."""
    floor = next((one for one in info.floors if one.name == "majority"), None)
    if floor is None or floor.balance is None or floor.metric is None:
        return None
    said, balance = page_prose("training")["facts"], floor.balance
    return str(said["majority"]).format(
        accuracy=percent(floor.metric, 1), balanced=percent(balance.balanced_accuracy, 1), f1=f"{balance.macro_f1:.3f}"
    )


def _line(
    key: str,
    row: Row,
    final: Final | None,
    scored: int | None,
    plan: RacePlan,
    words: Mapping[str, Any],
) -> dict[str, Any]:
    """One contender."""
    said, info = words["facts"], plan.task.info
    metric = info.metric
    facts = describe(plan.model_config(key), info.seq_len)
    step, seconds = row.get("step"), row.get("seconds")
    test = final and final.score
    score, examples = (test.metric, test.examples) if test else (row.get("metric"), scored)
    balance = test.balance if test and test.uneven else None
    peak = final.peak if final else plan.rate(key).lr
    return {
        said["contender"]: contender_name(key),
        said["step"]: step,
        said["loss"]: row.get("loss"),
        words["curves"]["metric"][metric]: score,
        said["interval"]: percent_range(interval_of(score, metric, examples or 0)),
        said["examples"]: None if score is None else examples,
        said["balanced"]: balance and balance.balanced_accuracy,
        said["macro_f1"]: balance and balance.macro_f1,
        said["equal"]: row.get("equal_seconds"),
        said["seconds"]: seconds,
        said["step_ms"]: 1000 * seconds / step if step and seconds else None,
        said["tokens"]: row.get("tokens_per_s"),
        said["body"]: facts.body_parameters,
        said["all"]: facts.parameters,
        said["field"]: str(facts.receptive_field or said["unlimited"]),
        said["state"]: facts.state_size,
        said["lr"]: lr_shown(peak, untuned=_is_guess(key, final, plan)),
    }


def _columns(plan: RacePlan, words: Mapping[str, Any]) -> dict[str, Any]:
    said, metric = words["facts"], plan.task.info.metric
    score = "percent" if metric in SHARES else "%.4f"
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        words["curves"]["metric"][metric]: number(format=score),
        said["interval"]: text(help=said["interval_help"]),
        said["examples"]: number(help=said["examples_help"]),
        said["balanced"]: number(format="percent", help=said["balanced_help"]),
        said["macro_f1"]: number(format="%.3f", help=said["macro_f1_help"]),
        said["equal"]: number(format=score, help=said["equal_help"]),
        said["loss"]: number(format="%.4f", help=said["loss_help"]),
        said["seconds"]: number(format="%.1f"),
        said["step_ms"]: number(format="%.1f"),
        said["tokens"]: number(format="%.0f"),
        said["body"]: number(help=said["body_help"]),
        said["all"]: number(help=said["all_help"]),
        said["state"]: number(help=said["state_help"]),
        said["field"]: text(help=said["field_help"]),
    }


def _sentences(tested: Mapping[str, Final], scored: int | None, plan: RacePlan, words: Mapping[str, Any]) -> list[str]:
    """What scores are of, what needs no learning, whose rate is a guess."""
    said, info = words["facts"], plan.task.info
    notes: list[str | None] = []
    if tested:
        count = next(iter(tested.values())).score.examples
        told = "of_fresh" if info.num_test is None else "of_all" if count == info.num_test else "of_some"
        notes.append(counted(said[told], count, count=f"{count:,}", all=f"{info.num_test or 0:,}"))
        if scored is not None and scored != count:
            notes.append(said["curves_of"].format(count=f"{scored:,}"))
    elif scored is not None:
        notes.append(said["while_training"].format(count=f"{scored:,}"))
    if any(one.score.uneven for one in tested.values()):
        notes.append(majority_note(info))
    notes.append(untuned_note([key for key in plan.contenders if _is_guess(key, tested.get(key), plan)]))
    return [note for note in notes if note]


def _is_guess(key: str, final: Final | None, plan: RacePlan) -> bool:
    """Whether nobody had tuned the learning rate of a contender when it trained."""
    return final.untuned if final else key in plan.untuned
