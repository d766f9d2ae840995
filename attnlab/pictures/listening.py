"""The start page's picture: a sentence, who listens to whom, and one head's words in full."""

from typing import Any

from attnlab.looks.listening import Listening, heads_by_kind, meanings
from attnlab.looks.pretrained.says import Guesses
from attnlab.pictures.packing import packed
from attnlab.prose import page_prose
from attnlab.settings.start import Start

SHOWN_MEANINGS = 5


def listening_picture(found: Listening, changed: str = "", *, present: bool = False) -> bytes:
    """The payload.

    Args:
        found: the head and its words.
        present: for a room.
        changed: what became of the followed word since the text was another one, as a sentence.
    """
    words = page_prose("start")["picture"]
    layer = 0 if found.asked.layer is None else found.asked.layer.layer
    opening, chosen = Start(), (layer, found.asked.selection["head"])
    kinds = {"opening": (opening.layer - 1, opening.head - 1), **heads_by_kind(found.asked)}
    header: dict[str, Any] = {
        "tokens": found.tokens,
        "word": found.word,
        "added": [round(share, 4) for share in found.added.tolist()],
        "chosen": {"layer": chosen[0], "head": chosen[1]},
        "kinds": [{"name": words["kinds"][name], "layer": at[0], "head": at[1]} for name, at in kinds.items()]
        if found.asked.layer is not None
        else [],
        "meanings": [_listed(guesses) for guesses in meanings(found) or ()],
        "changed": changed,
        "present": present,
        "words": words | {"legend": page_prose("attention")["stage"]["legend"]},
    }
    arrays = {"weights": found.weights, "scores": found.scores, "query": found.queries, "key": found.keys}
    revised_by = tuple(name for name in header if name != "added")  # which follows from the numbers
    return packed(header, arrays, revised_by=revised_by)


def _listed(guesses: Guesses) -> list[str]:
    return [one.piece for one in guesses[:SHOWN_MEANINGS]]
