"""The rooms of this process: in the database of its runs, opened at the first need."""

import functools

from attnlab.classroom import RoomStore
from attnlab.looks import run_store
from attnlab.training import RunStore


def rooms() -> RoomStore:
    """The rooms.

    Raises:
        StoreFault: the database cannot be reached; the next call tries again.
    """
    return _rooms_in(run_store.store())


@functools.lru_cache(maxsize=2)
def _rooms_in(store: RunStore) -> RoomStore:
    return RoomStore(store.database)
