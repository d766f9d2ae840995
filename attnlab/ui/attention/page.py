"""The attention page: controls, and one fragment with all that they change."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.charts import HEADS_DATASET, entropy_by_head
from attnlab.engine import LayerTrace, describe_device
from attnlab.looks.layers import Asked, asked, drawable
from attnlab.pictures.stage import stage_picture
from attnlab.pictures.tables import heads_table
from attnlab.prose import in_a_row, page_prose
from attnlab.settings.attention import Explorer
from attnlab.ui.attention.controls import (
    DRAWN,
    PICTURE,
    STAGE_KEY,
    model_controls,
    take_selection,
    text_controls,
)
from attnlab.ui.attention.overview import overview_view
from attnlab.ui.attention.positions import positions_view
from attnlab.ui.canvases.canvas import stage
from attnlab.ui.kit.examples.drawing import PAD_WIDTH, example_pad, is_drawn_on
from attnlab.ui.kit.examples.moving import example_curve
from attnlab.ui.kit.explorer import explorer_settings
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.layer_notes import model_notes, text_notes
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import say_refused
from attnlab.ui.kit.taking.files import export_view
from attnlab.ui.kit.taking.numbers import numbers_view
from attnlab.ui.kit.variant_cards import variant_cards


def attention_page() -> None:
    """The controls, and the picture they describe."""
    words = page_prose("attention")
    with st.container(gap="xsmall"):
        text_controls(words)
        _picture()


@st.fragment(key=PICTURE)
def _picture() -> None:
    """The bar of settings, what must be said about them, the stage, and tables of its numbers."""
    words = page_prose("attention")
    settings, page = explorer_settings(), words["page"]
    bar, line = st.container(), said("attention")
    with line:
        own = {**dict.fromkeys(("s", "elsewhere"), page["edits_refused"]), "drawn": page["drawn_refused"]}
        say_refused("attention", settings.kinds(), settings.values(), page["link_refused"], own)
        wanted, brought = _asked(settings, words)
    with bar:
        model_controls(words, brought)
    trace, head = wanted.trace(), wanted.selection["head"]
    with _place_of_stage(wanted):
        stage(stage_picture(wanted), key=STAGE_KEY, on_selection_change=take_selection)
    overview_view(wanted, words["overview"])
    variant_cards(settings)
    _heads(trace, words)
    positions_view(trace, page_prose("positions"), head)
    numbers_view(trace, head, page)
    export_view(wanted)
    st.caption(_computed(trace, page))


def _place_of_stage(wanted: Asked) -> AbstractContextManager[Any]:
    """Beside a pad, where the model reads a picture that can be drawn on; below the line of a series."""
    example_curve(wanted, "drawn", (PICTURE, DRAWN))
    if not is_drawn_on(wanted):
        return nullcontext()
    with st.container(horizontal=True, key="pad_row"):
        with st.container(width=PAD_WIDTH, key="pad_place", gap="xsmall"):
            example_pad(wanted, "drawn", (PICTURE, DRAWN))
        return st.container(key="beside_pad")


def _computed(trace: LayerTrace, words: dict[str, str]) -> str:
    """Where and how fast the numbers were computed, and how far they are from torch's own."""
    error = trace.reference_error
    variant = trace.layer.heads.stages is not None
    checked = "computed" if error is not None else "computed_variant" if variant else "computed_unchecked"
    return words[checked].format(
        device=describe_device(trace.device),
        dtype=trace.spec.dtype,
        elapsed=f"{trace.elapsed_ms:.2f}",
        error="0" if error == 0 else f"{error:.0e}" if error is not None else "",
    )


def _asked(settings: Explorer, words: dict[str, Any]) -> tuple[Asked, list[str]]:
    """What the settings ask for, and what its model brings with it, which stands with the settings.

    If they do not fit together, that is said and the last picture stays.
    """
    wanted, error = drawn("attention", lambda: asked(settings), drawable, lambda: asked(Explorer()))
    page, brought = words["page"], list[str]()
    if error is None or not say_refusal(error, page["refused"], control_labels(settings.kinds(), words["controls"])):
        notes = model_notes(wanted, wanted.settings, page)
        brought, model_note = notes[:1], in_a_row(notes[1:])
        for note in filter(None, (model_note, *text_notes(wanted.text, wanted.trace(), page))):
            st.caption(note)
    # Of the last good picture another cell can still be chosen.
    return replace(wanted, settings=settings, computed_for=wanted.settings), brought


def _heads(trace: LayerTrace, words: dict[str, Any]) -> None:
    """What every head does, measured: a table and a chart, made only while somebody looks."""
    page = words["page"]
    drawer = st.expander(page["heads"], key="measures", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        table = heads_table(trace, words["stage"]["heads"]["labels"])
        titles = {name: st.column_config.Column(title) for name, title in words["measures"].items()}
        st.caption(page["heads_line"])
        chart = entropy_by_head(words["measures"]["head"], words["measures"]["entropy_bits"])
        data = table[["head", "entropy_bits", "most_bits"]]
        st.vega_lite_chart(chart | {"datasets": {HEADS_DATASET: data.to_dict("records")}}, key="entropy")
        st.dataframe(table, column_config=titles, hide_index=True)
