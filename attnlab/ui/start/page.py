"""The start page: one question, one sentence, and the words that each word listens to."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.layers import Asked, asked, drawable
from attnlab.looks.listening import Listening, listening
from attnlab.paths import PAGES
from attnlab.pictures.listening import listening_picture
from attnlab.pretrained import offered
from attnlab.prose import address, page_prose, percent
from attnlab.settings.start import MODEL, OTHER_END, SENTENCE, Start
from attnlab.ui.canvases.canvas import words as words_canvas
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.layer_notes import model_notes, text_notes
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import counted, kept, picked, rerun, take, values_now

PAGE, CANVAS, PICTURE = "start", "start_canvas", "start_picture"
LISTENED = kept(PAGE, "listened")
"""The session's key of whom the followed word listened to, while the text was another one."""


def start_page() -> None:
    """The question, the sentence, and the picture."""
    words, kinds = page_prose(PAGE), Start.kinds()
    page = words["page"]
    refused_in_link(PAGE, kinds)
    with st.container(gap="xsmall"):
        st.header(page["question"], anchor=False)
        with st.container(key="start_intro"):
            st.markdown(page["line"])
        draw = Drawing(kinds, words, on_change=rerun, args=(PICTURE,), shared=Start.link_prefix)
        place = page["sentence_help"].format(limit=MAX_TOKENS)
        draw.sentence("start_text", page["sentence"], placeholder=place, label_visibility="collapsed")
        _picture()


@st.fragment(key=PICTURE)
def _picture() -> None:
    """Who listens to whom, what must be said about it, and where to go on."""
    words, kinds = page_prose(PAGE), Start.kinds()
    page, values = words["page"], values_now(kinds)
    settings = Start.of(values)
    with said(PAGE):
        say_refused(PAGE, kinds, values, page["link_refused"])
        wanted = _asked(settings, words)
    found = listening(wanted, settings.word - 1)
    picture = listening_picture(found, _changed(found, settings, page), present=settings.present)
    with st.container(key="presenting" if settings.present else "start_shown"):
        words_canvas(picture, key=CANVAS, on_selection_change=_take)
    _ways(found, settings, page)


def _asked(settings: Start, words: Mapping[str, Any]) -> Asked:
    """The layer that the settings ask for; if it cannot be had, that is said and the last one stays."""
    page, explorer, there = words["page"], page_prose("attention")["page"], MODEL in offered()
    if not there:
        st.caption(page["no_model"])
    wanted, error = drawn(
        PAGE, lambda: asked(settings.explorer(there)), drawable, lambda: asked(Start().explorer(there))
    )
    labels = control_labels(Start.kinds(), {"sentence": words["controls"]["text"]})
    if error is None or not say_refusal(error, page["refused"], labels):
        # The first note says what the model brings with it, which nobody asked for here.
        of_model = model_notes(wanted, wanted.settings, explorer)
        for note in (*of_model[1:], *text_notes(wanted.text, wanted.trace(), explorer)):
            st.caption(note)
    return wanted


def _changed(found: Listening, settings: Start, page: Mapping[str, str]) -> str:
    """Whom the followed word listens to now, if the text is another one and so is the answer."""
    row = found.weights[found.word]
    best = int(row.argmax())
    now = (settings.text, settings.word, settings.layer, settings.head, found.tokens[best], percent(float(row[best])))
    before = st.session_state.get(LISTENED)
    st.session_state[LISTENED] = now
    if before is None or before[1:4] != now[1:4] or before[0] == now[0] or before[4:] == now[4:]:
        return ""
    blanks = {"before": before[4], "before_share": before[5], "after": now[4], "after_share": now[5]}
    return page["changed"].format(query=found.tokens[found.word], **blanks)


def _take() -> None:
    """What was chosen on the picture becomes the value of its settings, and so part of the link."""
    if sent := picked(CANVAS):
        places = {f"start_{name}": counted(sent.get(name)) for name in ("word", "layer", "head")}
        take(Start.kinds(), {**places, "start_present": sent.get("present")})
    rerun(PICTURE)


def _ways(found: Listening, settings: Start, page: Mapping[str, str]) -> None:
    """Where all numbers of this head stand, all heads of the model, and the words."""
    query = found.places[found.word] + 1
    key = found.places[int(found.weights[found.word].argmax())] + 1
    link = address("", settings.explorer(found.asked.layer is not None, query=query, key=key).told())
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="start_ways"):
        # No st.page_link: on the way Streamlit drops parameters that both pages bind.
        st.link_button(page["explorer"], link, icon=":material/grid_view:", type="tertiary")
        if found.asked.layer is not None:
            looked_at = {"layer": settings.layer, "head": settings.head, "query": query, "key": key}
            compared = {"m_other": OTHER_END} if settings.text == SENTENCE else {}
            link = address("models", {"sentence": settings.text, **looked_at, **compared})
            st.link_button(page["models"], link, icon=":material/neurology:", type="tertiary")
        st.page_link(PAGES / "lessons.py", label=page["lessons"], icon=":material/school:")
        st.page_link(PAGES / "guide.py", label=page["guide"], icon=":material/menu_book:")
