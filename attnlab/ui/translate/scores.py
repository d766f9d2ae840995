"""How good translators are on sentences they have never seen; computed only while somebody looks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import SCORES_DATASET, scores_by
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import report_of
from attnlab.models import FamilyName
from attnlab.pictures.translation.bridge import compared
from attnlab.prose import name_of, page_prose
from attnlab.tasks import Pair
from attnlab.tasks.translation.text import split_words
from attnlab.text import tokenize
from attnlab.training import StoreError, StoreFault
from attnlab.training.scoring.evaluate import interval_of
from attnlab.training.scoring.intervals import wilson
from attnlab.training.scoring.translating import Report
from attnlab.ui.canvases.answers import answers
from attnlab.ui.races.standings import percent_range
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.translate.controls import SCORES

MOST_MISTAKES = 6

Reports = Mapping[FamilyName, Report]


def scores_view(origin_now: Callable[[], Origin], words: Mapping[str, Any]) -> None:
    """A drawer with tables and a chart.

    Args:
        origin_now: says whose translations are shown when it is asked.
        words: the prose of the page.
    """
    st.fragment(_scores, key=SCORES)(origin_now, words)


def _scores(origin_now: Callable[[], Origin], words: Mapping[str, Any]) -> None:
    said = words["scores"]
    drawer = st.expander(said["title"], key="translate_scores", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        try:
            origin = origin_now()
            with st.spinner(said["wait"]):
                reports = {family: report_of(origin, family) for family in origin.plan.families}
        except (StoreFault, StoreError) as fault:
            st.error(store_trouble(fault))
            return
        count = len(next(iter(reports.values())).examples)
        there_are = origin.plan.task.info.num_test or count
        own = "line_own" if count < there_are else "line_own_all"
        line = said["line" if origin.plan.data is None else own]
        st.caption(line.format(count=count, all=f"{there_are:,}"))
        left, right = st.columns((2, 3), gap="medium")
        with left:
            _table(reports, said)
            _heads(reports, said)
        with right:
            _by_length(reports, said)
        _mistakes(reports, said)


def _table(reports: Reports, said: Mapping[str, str]) -> None:
    facts = page_prose("training")["facts"]
    rows = [
        {
            said["contender"]: name_of("family", family),
            said["exact"]: one.scores.exact,
            facts["interval"]: percent_range(interval_of(one.scores.exact, "exact", len(one.examples))),
            said["bleu"]: one.scores.bleu,
            said["chrf"]: one.scores.chrf,
            said["error"]: one.heads[0].error_rate if one.heads else None,
        }
        for family, one in reports.items()
    ]
    scores = next(iter(reports.values())).scores
    shown = {
        said["exact"]: st.column_config.NumberColumn(format="percent"),
        facts["interval"]: st.column_config.TextColumn(help=facts["interval_help"]),
        said["bleu"]: st.column_config.NumberColumn(format="%.1f", help=scores.bleu_signature),
        said["chrf"]: st.column_config.NumberColumn(format="%.1f", help=scores.chrf_signature),
        said["error"]: st.column_config.NumberColumn(format="percent", help=said["error_help"]),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=shown, placeholder="–", key="translate_table")


def _heads(reports: Reports, said: Mapping[str, str]) -> None:
    rows = [
        {
            said["contender"]: name_of("family", family),
            said["layer"]: head.layer + 1,
            said["head"]: head.head + 1,
            said["error"]: head.error_rate,
        }
        for family, one in reports.items()
        for head in one.heads
    ]
    if not rows:
        return
    st.markdown(f"**{said['heads']}**")
    shown = {said["error"]: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=shown, height=250, key="translate_heads")


def _by_length(reports: Reports, said: Mapping[str, str]) -> None:
    rows = [
        {
            "contender": family,
            "length": share.at,
            "accuracy": share.score,
            "chance": None,
            "count": share.count,
            **asdict(wilson(share.score, share.count)),
        }
        for family, one in reports.items()
        for share in one.by_length
    ]
    spec = scores_by(tuple(reports), "length", said["length"], said["share"])
    st.vega_lite_chart(spec | {"datasets": {SCORES_DATASET: rows}}, key="translate_by_length")
    st.caption(said["by_length"])


def _mistakes(reports: Reports, said: Mapping[str, str]) -> None:
    """The first sentences of which somebody writes another translation than the reference, with everybody's."""
    st.markdown(f"**{said['mistakes']}**")
    tables: list[dict[str, Any]] = []
    for number, example in enumerate(next(iter(reports.values())).examples):
        given = {family: one.examples[number].written for family, one in reports.items()}
        if any(text != example.reference for text in given.values()):
            tables.append({"rows": _mistake(example.pair, given, said)})
        if len(tables) == MOST_MISTAKES:
            break
    if tables:
        answers(tables, key="translate_mistakes")
    else:
        st.caption(said["no_mistakes"])


def _mistake(pair: Pair, given: Mapping[FamilyName, str], said: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    rows = [
        {"name": said["read"], "cells": [{"text": word, "kind": "input"} for word in pair.source]},
        {"name": said["reference"], "cells": [{"text": word, "kind": "target"} for word in pair.target]},
    ]
    for family, text in given.items():
        words = split_words(tokenize(text, "words").tokens)
        cells = [{"text": word, "kind": "wrong" if mark else "right"} for word, mark in compared(words, pair.target)]
        rows.append({"name": name_of("family", family), "cells": cells})
    return rows
