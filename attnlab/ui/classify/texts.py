"""What the contenders read: the vocabulary with its counts, and a batch with its padding and its mask."""

import functools
from collections.abc import Mapping
from typing import Any, cast

import pandas as pd
import streamlit as st

from attnlab.engine.seeds import generator
from attnlab.prose import name_of, token_name
from attnlab.tasks import Classification, input_texts
from attnlab.text import PAD, UNKNOWN
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.canvases.answers import answers
from attnlab.ui.kit.tables import guarded

ROWS = 5
"""Texts of the batch that is drawn."""


def texts_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """A drawer: closed, it costs nothing."""
    said = words["texts"]
    drawer = st.expander(said["title"], key="cl_texts", on_change="rerun")
    if not drawer.open:
        return
    task = cast("Classification", plan.task)
    with drawer:
        st.fragment(_batch, key="cl_batch_now")(task, said)
        st.fragment(_vocabulary, key="cl_vocabulary_now")(task, said)


def _batch(task: Classification, said: Mapping[str, str]) -> None:
    """Texts of different lengths, filled up to the longest of them."""
    st.markdown(f"**{said['batch']}**")
    st.caption(said["batch_line"])
    st.button(said["other"], key="cl_other_batch", icon=":material/shuffle:")
    seed = st.session_state["cl_batch"] = st.session_state.get("cl_batch", -1) + 1
    batch = task.sample(ROWS, generator(seed, "batch that is shown"), "test")
    length = max(1, int((batch.inputs > 0).sum(1).max()))
    rows: list[dict[str, Any]] = []
    for number, (ids, target) in enumerate(
        zip(batch.inputs[:, :length].tolist(), batch.targets[:, 0].tolist(), strict=True)
    ):
        read = input_texts(task, batch, number)
        cells = [
            {"text": token_name(word), "kind": "input" if one else "padding"}
            for word, one in zip(read, ids, strict=False)
        ]
        mask = [{"text": str(int(one > 0)), "kind": "on" if one else "off"} for one in ids]
        label = name_of(task.info.name, task.labels[target])
        rows.append({"name": said["row"].format(number=number + 1, label=label), "cells": cells})
        rows.append({"name": said["mask"], "cells": mask})
    answers([{"rows": rows}], key="cl_batch_grid")


def _vocabulary(task: Classification, said: Mapping[str, str]) -> None:
    st.markdown(f"**{said['vocabulary']}**")
    texts = task.num_texts("train")
    st.caption(said["vocabulary_line"].format(words=f"{len(task.reader.words):,}", texts=f"{texts:,}"))
    wanted = st.text_input(said["find"], key="cl_find", live="120ms", max_chars=64, width=260)
    table = vocabulary_table(task, wanted or "", said)
    if table.empty:  # of which Streamlit would say so in English, in a picture
        st.caption(said["not_found"])
        return
    st.dataframe(guarded(table, [said["word"]]), hide_index=True, height=280)


def vocabulary_table(task: Classification, wanted: str, said: Mapping[str, str]) -> pd.DataFrame:
    """The symbols that hold what is wanted, the commonest first; those that nobody can type by what they are."""
    counts, names = word_counts(task), {PAD: said["padding"], UNKNOWN: said["unknown"]}
    called = [names.get(symbol, symbol) for symbol in task.reader.symbols]
    found = [
        {said["id"]: number, said["word"]: word, said["count"]: counts[number]}
        for number, word in enumerate(called)
        if wanted.casefold().strip() in word
    ]
    table = pd.DataFrame(found, columns=[said["id"], said["word"], said["count"]])
    return table.sort_values(said["count"], ascending=False)


@functools.lru_cache(maxsize=8)
def word_counts(task: Classification) -> tuple[int, ...]:
    """How often each symbol stands in the training texts; padding never."""
    return task.word_counts()
