"""The class page: a room's screen for whoever follows it, its desk for whoever has made it, and the door to both.

What the teacher shows is drawn here once, by the canvas of that page. From then on the picture is fetched by the
browser whenever the teacher's link changes (`assets/classroom/`): no run, however many follow.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import segno
import streamlit as st

from attnlab.classroom import NoRoomError, Room
from attnlab.engine import SpecError
from attnlab.languages import present
from attnlab.prose import page_prose
from attnlab.settings.learn.classroom import CONTROLS, Classroom
from attnlab.training.store import StoreFault
from attnlab.ui.canvases import canvas
from attnlab.ui.canvases.classroom import classroom
from attnlab.ui.classroom.asking import DrawingOf
from attnlab.ui.classroom.lesson import offered_lessons, step_view
from attnlab.ui.classroom.links import titles
from attnlab.ui.classroom.opened import rooms
from attnlab.ui.classroom.steps import followed_step
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import rerun, take, values_now

PAGE, SCREEN, SHOWN = "class", "class_screen", "class_shown"
CANVASES: Mapping[str, tuple[str, canvas.Canvas]] = {
    "": ("explorer", canvas.stage),
    "start": ("start", canvas.words),
    "models": ("models", canvas.stage),
    "blocks": ("blocks", canvas.stack),
}
"""By page: what /picture is asked for, which has no name for the explorer's; and what draws it. Of other pages a class
is shown the way there."""


def class_page(drawing_of: DrawingOf) -> None:
    """The door, or the room of the link.

    Args:
        drawing_of: what /picture draws, so that the first picture is the one that the browser would fetch.
    """
    words, kinds = page_prose(PAGE), Classroom.kinds()
    page = words["page"]
    refused_in_link(PAGE, kinds)
    values = values_now(kinds)
    room = _room(Classroom.of(values).code)
    if not room:
        st.header(page["heading"], anchor=False)
        with said(PAGE):
            say_refused(PAGE, kinds, values, page["link_refused"])
    data = {"room": room.code if room else "", "missing": _missing(values["room"], room), "qr": _qr(room)}
    offered = {
        "titles": titles(),
        "canvases": {path: of for path, (of, _) in CANVASES.items()},
        "controls": list(CONTROLS),
        "lessons": offered_lessons() if room else [],
        "language": present().code,
        "words": words["screen"],
    }
    classroom(data | offered, key=SCREEN, on_entered_change=_enter, on_turned_change=lambda: rerun(SHOWN))
    if room:
        _shown(drawing_of)


def _room(code: str) -> Room | None:
    try:
        return rooms().look(code) if code else None
    except NoRoomError:
        return None
    except StoreFault:
        st.error(page_prose(PAGE)["refusals"]["store"])
        st.stop()


def _missing(asked: str, room: Room | None) -> str:
    """Why there is no room where one was asked for."""
    missing: str = page_prose(PAGE)["refusals"]["unknown"]
    return missing.format(code=asked.upper()) if asked and not room else ""


def _enter() -> None:
    """Somebody has made a room, or typed a code: it becomes part of the link."""
    sent = st.session_state[SCREEN].get("entered")
    if isinstance(sent, str):
        take(Classroom.kinds(), {"room": sent})
    rerun()


def _qr(room: Room | None) -> list[str]:
    """The room's address as a QR code, a text of 0 and 1 a row; empty where the app does not know its own address."""
    url = st.context.url
    if room is None or not url:
        return []
    parts = urlsplit(url)
    query = urlencode({"room": room.code, **present().in_link})
    address = f"{parts.scheme}://{parts.netloc}{parts.path}?{query}"
    return ["".join("1" if dark else "0" for dark in row) for row in segno.make(address, micro=False).matrix]


@st.fragment(key=SHOWN)
def _shown(drawing_of: DrawingOf) -> None:
    """What the teacher shows, as it is now."""
    room = _room(Classroom.of(values_now(Classroom.kinds())).code)
    step = None if room is None else followed_step(room)
    if room is not None and step is not None:
        step_view(room.code, step)
        return
    if room is None or room.page not in CANVASES:
        return
    of, draw = CANVASES[room.page]
    try:
        payload = drawing_of(of, parse_qs(room.link, keep_blank_values=True)).draw()
    except SpecError:  # the settings do not fit together: the teacher's own page says so, and shows what was before
        payload = drawing_of(of, {}).draw()
    with st.container(key=f"class_canvas_{of}"):
        draw(payload, key=f"class_{of}")
