"""How good the contenders are on texts they have never seen: as a whole, class by class, text by text."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts.confusion import CONFUSION_DATASET, confusion_matrix
from attnlab.looks.classifications import classifiers, judged, task_of, test_texts
from attnlab.looks.opened import Origin
from attnlab.models import FamilyName, count_parameters
from attnlab.prose import name_of, page_prose
from attnlab.settings.classify import Classify
from attnlab.tasks.csv_table import formula_safe
from attnlab.training.verdicts import Verdicts, class_scores
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import value_now

MOST_MISTAKES = 12
SUBSETS = ("plain", "flipped", "unflipped", "negated")


def results_view(origin: Origin, words: Mapping[str, Any]) -> None:
    """Tables and matrix of the contenders of one origin. Raises what `classifiers` does."""
    said = words["results"]
    found, task = classifiers(origin), task_of(origin)
    batch = test_texts(task)
    told = "from_shipped" if origin.store is None else "from_run"
    st.caption(said[told].format(count=f"{len(batch.inputs):,}", step=origin.step))
    subsets = task.subsets(batch)
    everyone = {family: judged(origin, family) for family in found}
    rows = []
    for family, one in everyone.items():
        shares = one.within(subsets)
        rows.append(
            {
                said["contender"]: name_of("family", family),
                said["all"]: one.accuracy,
                **{said[name]: shares[name] for name in SUBSETS if name in shares},
                said["parameters"]: count_parameters(found[family].model.config)[1],
            }
        )
    percents = {said[name]: st.column_config.NumberColumn(format="percent") for name in ("all", *SUBSETS)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=percents, height="content", key="cl_results")
    if subsets:
        st.caption(said["floor"])
    else:
        share = next(floor.metric for floor in task.info.floors if floor.name == "majority")
        st.caption(said["majority"].format(share=f"{share:.1%}"))
    _closer(everyone, origin, said)


def _closer(everyone: Mapping[FamilyName, Verdicts], origin: Origin, said: Mapping[str, str]) -> None:
    Drawing(Classify.kinds(), page_prose("classify")).row("cl_judged", key="judged_row", few=("cl_judged",))
    family = value_now(Classify.kinds(), "cl_judged")
    one = next((verdict for name, verdict in everyone.items() if name == family), next(iter(everyone.values())))
    labels = task_of(origin).labels
    left, right = st.columns((2, 3), gap="large")
    with left:
        st.markdown(f"**{said['confusion']}**")
        _confusion(one, labels, said)
    with right:
        st.markdown(f"**{said['scores']}**")
        _class_table(one, labels, said)
    _mistakes(one, origin, said)


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
            said["class"]: formula_safe(label),
            said["precision"]: score.precision,
            said["recall"]: score.recall,
            said["f1"]: score.f1,
            said["count"]: score.count,
        }
        for label, score in zip(labels, scores, strict=True)
    ]
    helped = {
        said[name]: st.column_config.NumberColumn(format="percent", help=said[f"{name}_help"])
        for name in ("precision", "recall")
    }
    helped[said["f1"]] = st.column_config.NumberColumn(format="%.3f", help=said["f1_help"])
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=helped, height="content", key="cl_scores")


def _mistakes(one: Verdicts, origin: Origin, said: Mapping[str, str]) -> None:
    numbers, task = one.mistakes(MOST_MISTAKES), task_of(origin)
    if not numbers:
        st.caption(said["no_mistakes"])
        return
    st.markdown(f"**{said['mistakes']}**")
    inputs, symbols = test_texts(task).inputs, task.reader.symbols
    rows = [
        {
            said["text"]: formula_safe(" ".join(symbols[word] for word in inputs[number].tolist() if word)),
            said["right_class"]: formula_safe(task.labels[int(one.targets[number])]),
            said["said"]: formula_safe(task.labels[int(one.predicted[number])]),
            said["sure"]: float(one.probabilities[number].max()),
        }
        for number in numbers
    ]
    sure = {
        said["text"]: st.column_config.TextColumn(width="large"),
        said["sure"]: st.column_config.NumberColumn(format="percent"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=sure, height="content", key="cl_mistakes")
