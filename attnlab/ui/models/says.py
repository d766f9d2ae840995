"""What a model says of the text, layer by layer, and how alike it finds sentences. Made only while somebody looks."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.pretrained.layer import PretrainedLayer, opened
from attnlab.looks.pretrained.says import MOST_SENTENCES, Lens, alike, edited_model, is_cut, lens, said_at
from attnlab.prose import listed
from attnlab.text import formula_safe
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.models.shades import shaded

ROW = 35
"""Pixels of a table's row, as Streamlit draws it."""


def says_view(wanted: Asked, words: Mapping[str, Any]) -> None:
    """A drawer with the words of each layer.

    Args:
        wanted: the layer on the stage.
        words: the prose of what models say.
    """
    layer = edited_model(wanted)
    drawer = st.expander(words["title"], key="models_says", on_change="rerun")
    if layer is None or not drawer.open:
        return
    with drawer:
        found = lens(layer)
        st.caption(words["line"][found.score])
        table = _table(found, layer, words)
        strength = [[guess.score for guess in row] for row in found.words]
        shown = st.dataframe(
            shaded(table, shares=pd.DataFrame(strength, table.index, table.columns)),
            key="models_lens",
            on_select="rerun",
            selection_mode="single-cell",
            height=ROW * (len(table) + 1) + 3,
        )
        cells, query = shown.selection.cells, wanted.selection["query"]
        followed = len(table.columns) - 1 if query is None else query
        row, column = cells[0] if cells else (len(table) - 1, table.columns[followed])
        _at(layer, found, int(row), list(table.columns).index(column), words)


def _table(found: Lens, layer: PretrainedLayer, words: Mapping[str, Any]) -> pd.DataFrame:
    """A row a layer, a column a token; the last layer at the end, as text flows through."""
    names = [words["entering"], *(words["layer"].format(number=number) for number in range(1, len(found.words)))]
    index = pd.Index(names, name=words["layer_column"])
    columns = [
        words["token_column"].format(number=place + 1, token=token.label)
        for place, token in enumerate(layer.read.tokens)
    ]
    return pd.DataFrame([[formula_safe(guess.piece) for guess in row] for row in found.words], index, columns)


def _at(layer: PretrainedLayer, found: Lens, depth: int, place: int, words: Mapping[str, Any]) -> None:
    """More of what is said at one place."""
    said = words["at"]
    where = said["entering"] if depth == 0 else said["layer"].format(number=depth)
    token = plain(layer.read.tokens[place].label)
    st.markdown(said[found.score].format(token=token, where=where))
    column = said[f"{found.score}_column"]
    guesses = said_at(layer, depth, place)
    pieces, scores = [formula_safe(one.piece) for one in guesses], [one.score for one in guesses]
    table = pd.DataFrame({said["piece"]: pieces, column: scores})
    shown = "%.3f" if found.score == "cosine" else "percent"
    bar = st.column_config.ProgressColumn(column, format=shown, min_value=0.0, max_value=1.0)
    st.dataframe(table, hide_index=True, column_config={column: bar}, width=420)


def sentences_view(name: str, words: Mapping[str, Any]) -> None:
    """A drawer in which sentences are compared.

    Args:
        name: of the model.
        words: the prose of what models say.
    """
    drawer = st.expander(words["sentences_title"], key="models_alike", on_change="rerun")
    if not drawer.open:
        return
    said = words["sentences"]
    with drawer:
        typed = st.text_area(
            said["label"],
            value="",
            placeholder=said["examples"].strip(),
            key="m_sentences",
            bind="query-params",
            help=said["help"].format(most=MOST_SENTENCES),
            height=170,
        )
        lines = typed or said["examples"]
        sentences = tuple(line.strip() for line in lines.splitlines() if line.strip())
        if len(sentences) > MOST_SENTENCES:
            st.caption(said["more"].format(most=MOST_SENTENCES))
        sentences = sentences[:MOST_SENTENCES]
        if not sentences:
            return
        try:
            found = alike(name, sentences)
        except SpecError as error:
            st.error(refusal_sentence(error, {}))
            return
        st.caption(said["line"])
        numbers = [said["number"].format(number=number + 1) for number in range(len(sentences))]
        cut = [number for number, sentence in zip(numbers, sentences, strict=True) if is_cut(name, sentence)]
        if cut:
            st.caption(said["cut"].format(limit=opened(name).reader.longest, sentences=listed(cut)))
        index = pd.Index(
            [f"{number} {sentence}" for number, sentence in zip(numbers, sentences, strict=True)],
            name=said["sentence_column"],
        )
        table = pd.DataFrame(found.numpy(), index, numbers)
        st.dataframe(shaded(table).format("{:.2f}"))
