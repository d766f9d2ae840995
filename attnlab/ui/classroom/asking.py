"""What a teacher asks for, checked: a question, and which controls a class finds."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, cast
from urllib.parse import parse_qs

from attnlab.classroom import Poll, Room
from attnlab.classroom.polls import MAX_CELLS_A_SIDE
from attnlab.pictures.packing import header_and_matrices
from attnlab.settings.fields import Params
from attnlab.settings.learn.classroom import Chosen
from attnlab.training.store import StoreError
from attnlab.ui.classroom.steps import poll_of_step


class Drawing(Protocol):
    """A picture that can be drawn, and whether that is heavy (`attnlab/ui/picture.py`)."""

    @property
    def heavy(self) -> bool:
        """Whether it has to wait its turn."""

    @property
    def draw(self) -> Callable[[], bytes]:
        """Draws it."""


DrawingOf: TypeAlias = Callable[[str | None, Params], Drawing]
"""What /picture gives for its parameter `of`, if there is one, and the parameters of a link."""
WITH_CELLS: Mapping[str, str | None] = {"": None, "start": "start", "models": "models"}
"""By page: what /picture is asked for whose weights have a cell to click."""


def asked_poll(room: Room, said: Mapping[str, Any], drawing_of: DrawingOf) -> Poll:
    """The question in a request: that of the lesson's step where the class is, or the teacher's own.

    One about a cell has the tokens of what the class is shown.

    Raises:
        StoreError: a question that cannot be put, or no matrix is shown to click in.
        SpecError: what is shown cannot be computed.
    """
    if said.get("kind") == "step":
        return poll_of_step(room)
    text, kind, options = said.get("question"), said.get("kind"), said.get("options")
    tokens = shown_tokens(room, drawing_of) if kind == "cell" else ()
    chosen = tuple(options) if isinstance(options, list) else ()
    return Poll(cast("str", text), cast("Any", kind), chosen, tokens, tokens)


def shown_tokens(room: Room, drawing_of: DrawingOf) -> tuple[str, ...]:
    """The rows and columns of the weights that the class is shown. Raises as `asked_poll`."""
    if room.page not in WITH_CELLS:
        allowed = "asked on the explorer, the start page or the models page: no other has cells"
        raise StoreError("kind", "cell", allowed, "no_cells")
    drawing = drawing_of(WITH_CELLS[room.page], parse_qs(room.link, keep_blank_values=True))
    if drawing.heavy:
        allowed = f"asked of at most {MAX_CELLS_A_SIDE} tokens"
        raise StoreError("kind", "cell", allowed, "places", most=MAX_CELLS_A_SIDE)
    return tuple(header_and_matrices(drawing.draw())[0]["tokens"])


def checked_controls(said: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Which controls to show and which to lock.

    Raises:
        StoreError: lists of something else.
        SpecError: names that no control has.
    """
    for name in ("show", "lock"):
        names = said.get(name)
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise StoreError(name, names, "a list of controls", "form")
    chosen = Chosen.strict({f"class_{name}": said[name] for name in ("show", "lock")})
    return list(chosen.show), list(chosen.lock)
