"""A class: a room that a teacher leads by links, with questions to it. No Streamlit; tables beside the run store's."""

from attnlab.classroom.errors import FullError, NoRoomError, NotTeacherError
from attnlab.classroom.polls import Poll
from attnlab.classroom.room import Room
from attnlab.classroom.rooms import RoomStore

__all__ = ["FullError", "NoRoomError", "NotTeacherError", "Poll", "Room", "RoomStore"]
