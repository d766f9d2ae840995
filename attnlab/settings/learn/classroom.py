"""The settings of the class page, and what a class finds in the explorer when it tries something itself."""

from dataclasses import dataclass
from typing import ClassVar

from attnlab.classroom.codes import is_code
from attnlab.settings.fields import Settings, line, some
from attnlab.settings.links import Wanted

CONTROLS = ("sentence", "heads", "d_model", "positions", "mask", "score", "normalizer", "temperature", "more")
"""Of the explorer's first screen; `more` is the drawer with all others."""


def room_code(text: str) -> str | None:
    """The parameter names a room, in large or small letters: a `links.Check`."""
    fine = not text or is_code(text.upper())
    return None if fine else Wanted("five letters, as the teacher's screen shows them", "room")


@dataclass(frozen=True, kw_only=True)
class Classroom(Settings):
    """The settings of the page."""

    room: str = line("", room_code)

    @property
    def code(self) -> str:
        """The room's, empty for none."""
        return self.room.upper()


@dataclass(frozen=True, kw_only=True)
class Chosen(Settings):
    """Which of the explorer's controls a teacher has chosen for a class; a learner may always unlock all."""

    link_prefix: ClassVar[str] = "class_"

    show: tuple[str, ...] = some((), CONTROLS)  # none: all
    lock: tuple[str, ...] = some((), CONTROLS)
