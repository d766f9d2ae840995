"""What contenders of a race on a text write by themselves, at the snapshot that is looked at."""

import streamlit as st
from torch import Tensor

from attnlab.charts import contender_name, styles
from attnlab.engine import SpecError
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import held_out_probe
from attnlab.looks.trained.writing import Letters, Prompted, letters_written
from attnlab.pictures.writing import Line, Said, offers, written_payload
from attnlab.prose import page_prose
from attnlab.settings.writing import OF_LETTERS, Writing
from attnlab.tasks import NextCharacter
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.canvases.writing import writing
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refusals import control_labels, refusal_sentence
from attnlab.ui.kit.session import rerun, values_now

OPENING = 24
"""Letters of a held-out text that stand before, until somebody types others."""


def writing_view(origin: Origin, plan: RacePlan, task: NextCharacter, fragment: str) -> None:
    """A text field, the settings of the draw, and a text for each contender.

    Args:
        origin: the snapshot.
        plan: of the race.
        task: its text.
        fragment: that runs again on a change.
    """
    words = page_prose("writing")
    said, canvas = words["letters"], words["canvas"]
    st.markdown(f"**{said['title']}**")
    st.caption(said["line"])
    draw = Drawing(OF_LETTERS, words, on_change=rerun, args=(fragment,), shared=Writing.link_prefix)
    opening = "".join(held_out_probe(task, 0).tokens)[:OPENING]
    draw.sentence("w_prompt", words["controls"]["prompt"]["label"], placeholder=opening)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        with st.container(width=220):
            draw.drag("w_temperature")
        draw.row("w_top_k", "w_top_p", "w_letters", "w_seed", key="writing_row")
    asked = Writing.of(values_now(OF_LETTERS))
    prompted = Prompted(asked.prompt or opening, asked.letters, asked.cuts, asked.seed)
    try:
        found = {key: letters_written(origin, key, prompted) for key in plan.contenders}
    except SpecError as error:
        reason = refusal_sentence(error, control_labels(OF_LETTERS, words["controls"]))
        st.error(said["refused"].format(reason=reason))
        return
    colors = {key: style.color for key, style in styles(plan.contenders).items()}
    note = said["note"].format(window=task.info.seq_len)
    lines = [_line(contender_name(key), colors[key], note, one) for key, one in found.items()]
    attends = any(one.attention is not None for one in found.values())
    measures = [said["influence"], *([said["attention"]] if attends else [])]
    writing(written_payload(lines, measures, canvas), key="letters_written")
    if not all(known for line in lines for _, known in line.prompt):
        st.caption(said["unknown"])


def _line(name: str, color: str, note: str, found: Letters) -> Line:
    ends = [len(found.prompt) + place for place in range(len(found.written))]

    def looked(place: int) -> tuple[Tensor | None, ...]:
        length = ends[place] - found.begins[place]
        every = (found.influence, found.attention)
        return tuple(None if measure is None else measure[place, :length] for measure in every)

    said = tuple(
        Said(found.symbols[token.id], offers(token, found.symbols.__getitem__), looked(place), found.begins[place])
        for place, token in enumerate(found.written)
    )
    return Line(name, color, note, found.prompt, said)
