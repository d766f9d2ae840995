"""A room of a class: its door, its screen, its desk (`assets/classroom/`)."""

from collections.abc import Callable, Mapping
from typing import Any

from attnlab.ui.canvases.component import component

_component = component("classroom")


def classroom(
    data: Mapping[str, Any],
    *,
    key: str,
    on_entered_change: Callable[[], None],
    on_turned_change: Callable[[], None],
) -> None:
    """Draw a room, or the way into one. What happens in it the browser hears by itself (`attnlab/ui/classroom/`).

    Args:
        data: {"room": its code or "", "missing": why there is none or "", "qr": rows of 0 and 1, "titles": of pages by
            path, "canvases": what /picture calls those that are followed by picture, by path, "controls": names,
            "lessons": {"id", "title", "steps": what each is}, "language": its code, "words": the prose}.
        key: names the component; `st.session_state[key].entered` then holds the code of a room that was made or typed.
        on_entered_change: called when that happens.
        on_turned_change: called when the teacher has turned to a page of another canvas.
    """
    _component(key=key, data=data, on_entered_change=on_entered_change, on_turned_change=on_turned_change)
