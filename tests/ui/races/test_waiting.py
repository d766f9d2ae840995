"""What a page says of a run that waits."""

from types import SimpleNamespace
from typing import Any

import pytest

from attnlab.prose import page_prose
from attnlab.ui.races.race import _waiting, waiting_s

SAID = page_prose("training")["run"]


def told(place: int, trained: int, usual_s: float | None) -> str:
    queue = SimpleNamespace(position=lambda _run: place, num_trained=lambda: trained, usual_s=lambda: usual_s)
    store: Any = SimpleNamespace(queue=queue)
    run: Any = SimpleNamespace(id="2" * 12)
    return _waiting(store, run, SAID)


@pytest.mark.parametrize(
    ("place", "trained", "usual_s", "sentence", "minutes"),
    [
        (1, 0, 60, "queued_starting", None),  # nobody is before it
        (1, 1, None, "queued", None),  # the next one: no worker is started for it
        (3, 0, 60, "queued", None),
        (1, 1, 60, "queued_minute", 1),
        (3, 1, 60, "queued_minutes", 3),
        (3, 2, 600, "queued_minutes", 15),
    ],
)
def test_who_waits_is_told_where_and_how_long(
    place: int, trained: int, usual_s: float | None, sentence: str, minutes: int | None
) -> None:
    assert told(place, trained, usual_s) == SAID[sentence].format(place=place, minutes=minutes)


def test_more_workers_make_shorter_waits() -> None:
    waits = [waiting_s(7, trained, 60) for trained in (1, 2, 3, 7)]
    assert waits == [390, 210, 150, 30]
