"""What pages have asked of a run so far, for a worker that takes it over."""

from collections.abc import Iterable
from dataclasses import dataclass

from attnlab.training.store import Command


@dataclass(frozen=True)
class Orders:
    """What still holds."""

    paused: bool = False
    lr: float | None = None  # the peak that all contenders were given last


def standing_orders(commands: Iterable[Command]) -> Orders:
    """The orders that were carried out and still hold; those that were not are given to the next worker by the store.

    Args:
        commands: of one run, in the order they were sent.
    """
    paused, lr = False, None
    for command in commands:
        if command.acknowledged is None:
            continue
        if command.kind == "set_lr":
            lr = command.value
        elif command.kind != "stop":
            paused = command.kind != "resume"  # so many steps end in a pause
    return Orders(paused, lr)
