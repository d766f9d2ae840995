"""What a room answers when it cannot do as asked. All are refusals of the store."""

from attnlab.training.store import StoreError


class NoRoomError(StoreError):
    """No such room: a mistyped code, or one that has died."""

    def __init__(self, code: object) -> None:
        super().__init__("room", code, "a room that is open: five letters, as the teacher's screen shows them")
        self.args = (code,)


class NotTeacherError(StoreError):
    """Only the browser that has made a room may lead it."""

    def __init__(self, code: str) -> None:
        super().__init__("room", code, "one that was made in this browser; others follow and vote")
        self.args = (code,)


class FullError(StoreError):
    """No seat is left in the room, or no room in the house."""
