"""How good the contenders are on texts they have never seen: as a whole, class by class, text by text."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from attnlab.charts import SCORES_DATASET, scores_by
from attnlab.charts.confusion import CONFUSION_DATASET, confusion_matrix
from attnlab.looks.trained.classifications import classifiers, judged, task_of, test_texts, under_noise
from attnlab.looks.trained.opened import Origin
from attnlab.models import PRETRAINED_FAMILIES, ClassifierConfig, FamilyName, count_parameters
from attnlab.prose import counted, name_of, page_prose, percent
from attnlab.settings.classify import Classify
from attnlab.tasks import Classification, class_balance, is_uneven
from attnlab.training.scoring.evaluate import interval_of
from attnlab.training.scoring.intervals import wilson
from attnlab.training.scoring.verdicts import Verdicts, class_scores
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import value_now
from attnlab.ui.kit.tables import guarded
from attnlab.ui.races.standings import majority_note, percent_range

MOST_MISTAKES = 12
SUBSETS = ("plain", "flipped", "unflipped", "negated")


def results_view(origin: Origin, words: Mapping[str, Any], *, forming: bool = False) -> None:
    """Tables and matrix of the contenders of one origin. Raises what `classifiers` does.

    Args:
        origin: of the classifiers.
        words: the prose of the page.
        forming: whether they are being trained, so that they soon are others.
    """
    said = words["results"]
    found, task = classifiers(origin), task_of(origin)
    if forming and any(family in PRETRAINED_FAMILIES for family in found):
        st.caption(said["forming"])  # a page that reads for minutes does not tell that somebody watches
        found = {family: one for family, one in found.items() if family not in PRETRAINED_FAMILIES}
        if not found:
            return
    batch = test_texts(task)
    told = "from_shipped" if origin.store is None else "from_run"
    st.caption(counted(said[told], len(batch.inputs), count=f"{len(batch.inputs):,}", step=origin.step))
    subsets = task.subsets(batch)
    with nullcontext() if forming else st.spinner(said["wait"]):
        everyone = {family: judged(origin, family) for family in found}
    counts = torch.bincount(batch.targets[:, 0], minlength=len(task.labels))
    _contenders({family: (one, found[family].model.config) for family, one in everyone.items()}, subsets, counts, said)
    if subsets:
        st.caption(said["floor"])
    elif is_uneven(counts):
        st.caption(majority_note(task.info))
    else:
        st.caption(said["majority"].format(share=percent(_most_frequent(origin) or 0.0, 1)))
    _steadiness(tuple(found), origin, said["noise"], forming=forming)
    _closer(everyone, origin, said)


def _steadiness(families: tuple[FamilyName, ...], origin: Origin, said: Mapping[str, str], *, forming: bool) -> None:
    """A drawer with accuracy under noise, measured only while somebody looks, and once the race has ended."""
    drawer = st.expander(said["title"], key="cl_noise", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        st.caption(said["line"])
        if origin.file is None:  # of one that was brought back, nobody knows
            noise = origin.plan.noise
            st.caption(said["trained" if noise else "untrained"].format(noise=f"{noise:g}"))
        if forming:
            st.caption(said["forming"])
            return
        with st.spinner(said["wait"]):
            found = {family: under_noise(origin, family) for family in families}
        count, chance = len(test_texts(task_of(origin)).inputs), _most_frequent(origin)
        rows = [
            {"contender": family, "noise": sigma, "accuracy": share, "chance": chance, "count": count}
            | asdict(wilson(share, count))
            for family, shares in found.items()
            for sigma, share in shares.items()
        ]
        spec = scores_by(families, "noise", said["sigma"], said["share"])
        st.vega_lite_chart(spec | {"datasets": {SCORES_DATASET: rows}}, key="cl_noise_chart")


def _most_frequent(origin: Origin) -> float | None:
    """What always saying the most frequent class would get."""
    return next((one.metric for one in task_of(origin).info.floors if one.name == "majority"), None)


def _contenders(
    everyone: Mapping[FamilyName, tuple[Verdicts, ClassifierConfig]],
    subsets: Mapping[str, Tensor],
    counts: Tensor,
    said: Mapping[str, str],
) -> None:
    """One row each; a column that would be empty is left out.

    Args:
        everyone: what each contender says of the test texts, and what it is.
        subsets: (N,) bool, kinds of test texts that are scored apart.
        counts: (C,) test texts of each class.
        said: the prose.
    """
    sizes = {name: int(members.sum()) for name, members in subsets.items()}
    titles = {name: said["subset"].format(name=said[name], count=sizes[name]) for name in SUBSETS if sizes.get(name)}
    facts = page_prose("training")["facts"]
    uneven = is_uneven(counts)
    rows = []
    for family, (one, config) in everyone.items():
        shares, balance = one.within(subsets), class_balance(one.confusion)
        body, whole = count_parameters(config)
        row: dict[str, Any] = {said["contender"]: name_of("family", family), said["all"]: one.accuracy}
        if interval := interval_of(one.accuracy, "accuracy", len(one.targets)):
            row[facts["interval"]] = percent_range(interval)
        row[facts["examples"]] = len(one.targets)
        if uneven and balance:
            row |= {facts["balanced"]: balance.balanced_accuracy, facts["macro_f1"]: balance.macro_f1}
        row |= {title: _with_range(shares[name], sizes[name], said) for name, title in titles.items()}
        rows.append(row | {facts["body"]: body, facts["all"]: whole})
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    shown = {
        said["all"]: number(format="percent"),
        facts["interval"]: text(help=facts["interval_help"]),
        facts["examples"]: number(help=facts["examples_help"]),
        facts["balanced"]: number(format="percent", help=facts["balanced_help"]),
        facts["macro_f1"]: number(format="%.3f", help=facts["macro_f1_help"]),
        **{title: text(help=facts["interval_help"]) for title in titles.values()},
        facts["body"]: number(help=facts["body_help"]),
        facts["all"]: number(help=facts["all_help"]),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=shown, height="content", key="cl_results")


def _with_range(share: float | None, count: int, said: Mapping[str, str]) -> str | None:
    """A share, and where the true one lies if it is of few."""
    if share is None:
        return None
    told, interval = percent(share, 1), percent_range(interval_of(share, "accuracy", count))
    return said["share_range"].format(share=told, range=interval) if interval else told


def _closer(everyone: Mapping[FamilyName, Verdicts], origin: Origin, said: Mapping[str, str]) -> None:
    draw, offered = Drawing(Classify.kinds(), page_prose("classify")), {"cl_judged": list(everyone)}
    draw.row("cl_judged", key="judged_row", few=("cl_judged",), offered=offered)
    family = value_now(Classify.kinds(), "cl_judged")
    one = next((verdict for name, verdict in everyone.items() if name == family), next(iter(everyone.values())))
    labels = _labels(task_of(origin))
    left, right = st.columns((2, 3), gap="large")
    with left:
        st.markdown(f"**{said['confusion']}**")
        _confusion(one, labels, said)
    with right:
        st.markdown(f"**{said['scores']}**")
        _class_table(one, labels, said)
    _mistakes(one, origin, said)


def _labels(task: Classification) -> tuple[str, ...]:
    """The classes as the language calls them; a learner's own are as they were written."""
    return tuple(name_of(task.info.name, label) for label in task.labels)


def _confusion(one: Verdicts, labels: tuple[str, ...], said: Mapping[str, str]) -> None:
    counts = one.confusion.tolist()
    rows = [
        {
            "right": labels[row],
            "said": labels[col],
            "row": row,
            "col": col,
            "count": count,
            "share": count / max(1, sum(line)),
        }
        for row, line in enumerate(counts)
        for col, count in enumerate(line)
    ]
    spec = confusion_matrix(len(labels), said["right_class"], said["said_class"])
    st.vega_lite_chart(spec | {"datasets": {CONFUSION_DATASET: rows}}, width="stretch", key="cl_confusion")


def _class_table(one: Verdicts, labels: tuple[str, ...], said: Mapping[str, str]) -> None:
    scores = class_scores(one.confusion)
    rows = [
        {
            said["class"]: label,
            said["precision"]: _with_range(score.precision, score.said, said),
            said["said_count"]: score.said,
            said["recall"]: _with_range(score.recall, score.count, said),
            said["count"]: score.count,
            said["f1"]: score.f1,
        }
        for label, score in zip(labels, scores, strict=True)
    ]
    helped = {said[name]: st.column_config.TextColumn(help=said[f"{name}_help"]) for name in ("precision", "recall")}
    helped[said["f1"]] = st.column_config.NumberColumn(format="%.3f", help=said["f1_help"])
    table = guarded(pd.DataFrame(rows), [said["class"]])
    st.dataframe(table, hide_index=True, column_config=helped, height="content", key="cl_scores")


def _mistakes(one: Verdicts, origin: Origin, said: Mapping[str, str]) -> None:
    numbers, task = one.mistakes(MOST_MISTAKES), task_of(origin)
    labels = _labels(task)
    if not numbers:
        st.caption(said["no_mistakes"])
        return
    st.markdown(f"**{said['mistakes']}**")
    rows = [
        {
            said["text"]: task.as_written("test", number),
            said["right_class"]: labels[int(one.targets[number])],
            said["said"]: labels[int(one.predicted[number])],
            said["sure"]: float(one.probabilities[number].max()),
        }
        for number in numbers
    ]
    sure = {
        said["text"]: st.column_config.TextColumn(width="large"),
        said["sure"]: st.column_config.NumberColumn(format="percent"),
    }
    table = guarded(pd.DataFrame(rows), [said[name] for name in ("text", "right_class", "said")])
    st.dataframe(table, hide_index=True, column_config=sure, height="content", key="cl_mistakes")
