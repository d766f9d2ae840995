"""What stands at each position of the stage where it is more than a word: its look, its name, its place on a picture.

header.items  looks: of each position as `assets/kit/looks.js` draws it, null for a word; names: what sentences call it,
              null where they spell it; of a held-out example also said: which it is, and words: sentences of it; of a
              picture also picture: the whole one, its grid of patches, and the place among these of each position,
              null for what is no patch
"""

from collections.abc import Iterable, Mapping
from typing import Any

from attnlab.engine import Edit
from attnlab.engine.edits import swapped
from attnlab.looks.layers import Asked
from attnlab.looks.trained.reading import HeldOut, Read
from attnlab.prose import page_prose
from attnlab.sequences import Item, Level, Patch, looks_of, picture_of


def items_told(read: Read | None, edits: Iterable[Edit]) -> dict[str, Any]:
    """For the header of the stage: the items in the order that edits leave them in; nothing of words.

    Args:
        read: what a model reads, if it is one that was trained here.
        edits: of the layer.
    """
    if read is None or looks_of(read.items) is None:
        return {}
    swaps = tuple(edit for edit in edits if edit.stage == "swap")
    told = {"items": _told(read, swaps)}
    return told | {"before_items": _told(read, ())} if swaps else told


def items_of(asked: Asked) -> dict[str, Any]:
    """As `items_told`, of what settings ask for."""
    return items_told(asked.read, asked.spec.applied)


def read_said(asked: Asked) -> str | None:
    """Which example is read in the place of a sentence; None where one is read."""
    return None if asked.read is None or asked.read.held_out is None else held_out_said(asked.read.held_out)


def held_out_said(held_out: HeldOut) -> str:
    """Which example it is, and what is due."""
    words = page_prose("attention")["items"]
    task = page_prose("training")["tasks"][held_out.task]["title"]
    by_hand = "drawn" if held_out.curve is None else "moved"
    line = words[by_hand if held_out.drawn else "held_out" if held_out.due is None else "held_out_due"]
    return str(line.format(number=held_out.number, task=task, due=held_out.due))


def _told(read: Read, swaps: tuple[Edit, ...]) -> dict[str, Any]:
    words = page_prose("attention")["items"]
    places = swapped(range(len(read.items)), swaps)
    items = [read.items[place] for place in places]
    told: dict[str, Any] = {
        "looks": looks_of(items),
        "names": [_name(read, place, words) for place in places],
    }
    if read.held_out is not None:
        following = words[_next(read.held_out)]
        told |= {"said": held_out_said(read.held_out), "words": {"looks": words["looks"], "next": following}}
    if read.grid is not None:
        cells = read.grid[0] * read.grid[1]
        whole = {**picture_of(read.items, read.grid).wire, "grid": list(read.grid)}
        told["picture"] = {**whole, "places": [place if place < cells else None for place in places]}
    return told


def _next(held_out: HeldOut) -> str:
    """What can be done now: the name of the sentence that says it."""
    if held_out.ink:
        return "next_drawn"
    return "next" if held_out.curve is None else "next_moved"


def _name(read: Read, place: int, words: Mapping[str, str]) -> str | None:
    """What a sentence calls it."""
    item: Item = read.items[place]
    if isinstance(item, Patch) and read.grid is not None:
        row, col = divmod(place, read.grid[1])
        return words["patch"].format(number=place + 1, row=row + 1, col=col + 1)
    if isinstance(item, Level):
        return words["level"].format(number=place + 1, value=item.label)
    return None
