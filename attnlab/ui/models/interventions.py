"""Changes that go through the whole model: the reader's edits, and pieces of another run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.overview import every_layer
from attnlab.looks.pretrained.interventions import Followed, followed, patched
from attnlab.looks.pretrained.layer import PretrainedLayer, opened
from attnlab.looks.pretrained.says import Guesses, edited_model
from attnlab.pretrained.says import score_of
from attnlab.prose import counted, listed, percent
from attnlab.settings.lab.models import Models
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import control_labels, refusal_sentence
from attnlab.ui.models.controls import patching_controls
from attnlab.ui.models.shades import shaded

MOST_NAMED = 6
"""Heads, and words, that are named in a line."""
SEEN = 0.005
"""A share below it is not worth a line."""


def followed_view(wanted: Asked, words: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    """A drawer with what the edits of all layers do to the whole model, made only while somebody looks.

    Args:
        wanted: the layer on the stage.
        words: the prose of interventions.
        page: that of the models page.
    """
    said, layer = words["followed"], wanted.layer
    drawer = st.expander(said["title"], key="models_followed", on_change="rerun")
    if not isinstance(layer, PretrainedLayer) or not drawer.open:
        return
    with drawer:
        every = every_layer(wanted)
        edited = () if every is None else every.edited
        if not edited:
            st.caption(said["nothing"])
            return
        place = followed_place(wanted)
        st.caption(counted(said["layers"], len(edited), layers=listed(str(number + 1) for number in edited)))
        st.caption(said["line"])
        try:
            found = followed(layer, wanted.spec, place)
        except SpecError as error:
            say_refused(error, page)
            return
        table = _by_token(found.moved, wanted.spec.tokens, words)
        st.dataframe(shaded(table, float(found.moved.max())).format(_percent))
        st.markdown(said["near"].format(cosine=f"{found.nearness:.3f}"))
        _say_heads(found, said)
        _say_words(found, layer, wanted.spec.tokens[place], said)


def _say_heads(found: Followed, said: Mapping[str, str]) -> None:
    behind = found.heads[found.first + 1 :]
    order = behind.flatten().argsort(descending=True)[:MOST_NAMED].tolist()
    places = [(found.first + 1 + place // behind.shape[1], place % behind.shape[1]) for place in order]
    told = [
        said["head"].format(layer=row + 1, head=head + 1, share=percent(float(found.heads[row, head])))
        for row, head in places
        if found.heads[row, head] >= SEEN
    ]
    if told:
        st.markdown(said["heads"])
        st.markdown("\n".join(f"- {line}" for line in told))


def _say_words(found: Followed, layer: PretrainedLayer, token: str, said: Mapping[str, str]) -> None:
    score = score_of(opened(layer.name))

    def several(guesses: Guesses) -> str:
        told = [(plain(one.piece), f"{one.score:.2f}" if score == "cosine" else percent(one.score)) for one in guesses]
        return listed(said[f"guess_{score}"].format(piece=piece, score=number) for piece, number in told[:3])

    line = said[f"said_{score}"]
    st.markdown(line.format(token=plain(token), before=several(found.before), after=several(found.after)))


def patched_view(wanted: Asked, settings: Models, words: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    """A drawer in which pieces of this run are put into another sentence's.

    Args:
        wanted: the layer on the stage.
        settings: of the page.
        words: the prose of interventions.
        page: that of the models page.
    """
    said, layer = words["patched"], edited_model(wanted)
    drawer = st.expander(said["title"], key="models_patched", on_change="rerun")
    if layer is None or not drawer.open:
        return
    with drawer:
        patching_controls(page, outcomes_of(layer))
        st.caption(said["line"])
        say_edited(layer, said["edited"])
        try:
            with st.spinner(said["wait"]):
                found = patched(layer, settings.other, settings.outcome, followed_place(wanted))
        except SpecError as error:
            other = page["controls"]["other"]["label"]
            say_refused(error, page, dict.fromkeys(("second", "sentence", "text"), other))
            return
        if (length := len(layer.read.tokens)) != (theirs := len(found.tokens)):
            count = sum(place is not None for place in found.counterparts)
            st.caption(counted(said["unequal"], count, own=length, theirs=theirs))
        st.markdown(said["streams"])
        st.dataframe(shaded(_by_token(found.streams, found.tokens, words)).format(_percent, na_rep=""), placeholder="")
        st.markdown(said["heads"])
        st.dataframe(shaded(by_head(found.heads, words)).format(_percent))


def say_edited(layer: PretrainedLayer, said: Mapping[str, str]) -> None:
    """Which layers' edits are in what is computed, if there are any."""
    if layer.edited:
        st.caption(counted(said, len(layer.edited), layers=listed(str(number + 1) for number in layer.edited)))


def say_refused(error: SpecError, page: Mapping[str, Any], fields: Mapping[str, str] | None = None) -> None:
    """Why there is no table; what fields are called where they do not stand for controls of the page."""
    st.error(refusal_sentence(error, control_labels(Models.kinds(), page["controls"]) | dict(fields or {})))


def followed_place(wanted: Asked) -> int:
    """The token that is followed, or the last one."""
    query = wanted.selection["query"]
    return len(wanted.spec.tokens) - 1 if query is None else int(query)


def outcomes_of(layer: PretrainedLayer) -> tuple[str, ...]:
    """What can be compared: a model without a head says no word."""
    return ("sentence", "token", "next") if score_of(opened(layer.name)) == "probability" else ("sentence", "token")


def _by_token(values: Tensor, tokens: Sequence[str], words: Mapping[str, Any]) -> pd.DataFrame:
    """(L + 1, T): a row a layer, what enters the first one above."""
    names = [words["entering"], *(words["layer"].format(number=number) for number in range(1, len(values)))]
    columns = [words["token_column"].format(number=place + 1, token=token) for place, token in enumerate(tokens)]
    return pd.DataFrame(values.numpy(), pd.Index(names, name=words["layer_column"]), columns)


def by_head(values: Tensor, words: Mapping[str, Any]) -> pd.DataFrame:
    """(L, H): a row a layer, a column a head."""
    names = [words["layer"].format(number=number + 1) for number in range(len(values))]
    columns = [words["head_column"].format(number=head + 1) for head in range(values.shape[1])]
    return pd.DataFrame(values.numpy(), pd.Index(names, name=words["head_row"]), columns)


def _percent(share: Any) -> str:
    return percent(round(share, 2) + 0.0)  # + 0.0: no -0
