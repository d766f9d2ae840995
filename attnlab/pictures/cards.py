"""What the cards of variants draw (`assets/cards/`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from attnlab.pictures.packing import packed


def cards_payload(
    groups: Sequence[Mapping[str, Any]], words: Mapping[str, str], pictures: Mapping[str, Tensor] | None = None
) -> bytes:
    """Pack cards.

    Args:
        groups: {"title", "line", "cards"} each; a card is {"name", "mathml", "line", "more", "source", "title", "url",
            "link", "picture"}, of which the last two may be missing: where "Show it" leads, and the name of a picture.
        words: "show", "show_help" and "picture", with the blank {name}.
        pictures: weights by name, each (rows, columns) from 0 to 1; NaN is left empty.
    """
    kept = {name: words[name] for name in ("show", "show_help", "picture")}
    return packed({"groups": list(groups), "words": kept}, pictures or {})
