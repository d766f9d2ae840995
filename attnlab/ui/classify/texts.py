"""What the contenders read: the vocabulary with its counts, and a batch with its padding and its mask."""

import functools
from collections.abc import Mapping
from typing import Any, cast

import pandas as pd
import streamlit as st
import torch

from attnlab.engine.seeds import generator
from attnlab.tasks import Classification
from attnlab.tasks.csv_table import formula_safe
from attnlab.training.plan import RacePlan
from attnlab.ui.canvases.answers import answers

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
    symbols = task.reader.symbols
    rows: list[dict[str, Any]] = []
    for number, (ids, target) in enumerate(
        zip(batch.inputs[:, :length].tolist(), batch.targets[:, 0].tolist(), strict=True)
    ):
        cells = [{"text": symbols[one], "kind": "input" if one else "padding"} for one in ids]
        mask = [{"text": str(int(one > 0)), "kind": "on" if one else "off"} for one in ids]
        rows.append({"name": said["row"].format(number=number + 1, label=task.labels[target]), "cells": cells})
        rows.append({"name": said["mask"], "cells": mask})
    answers([{"rows": rows}], key="cl_batch_grid")


def _vocabulary(task: Classification, said: Mapping[str, str]) -> None:
    counts = word_counts(task)
    st.markdown(f"**{said['vocabulary']}**")
    texts = len(task.examples("train").inputs)
    st.caption(said["vocabulary_line"].format(words=f"{len(task.reader.words):,}", texts=f"{texts:,}"))
    wanted = st.text_input(said["find"], key="cl_find", live="120ms", max_chars=64, width=260)
    found = [
        {said["id"]: number, said["word"]: formula_safe(symbol), said["count"]: counts[number]}
        for number, symbol in enumerate(task.reader.symbols)
        if (wanted or "").casefold().strip() in symbol
    ]
    table = pd.DataFrame(found, columns=[said["id"], said["word"], said["count"]])
    st.dataframe(table.sort_values(said["count"], ascending=False), hide_index=True, height=280)


@functools.lru_cache(maxsize=8)
def word_counts(task: Classification) -> tuple[int, ...]:
    """How often each symbol stands in the training texts; padding never."""
    inputs = task.examples("train").inputs
    counts = torch.bincount(inputs[inputs > 0], minlength=len(task.reader.symbols))
    return tuple(counts.tolist())
