"""Which words each word listens to: one head of the model, told of words alone."""

from dataclasses import dataclass

from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine.analysis.measures import row_shares
from attnlab.looks.layers import Asked
from attnlab.looks.overview import every_layer, overview
from attnlab.looks.pretrained.layer import PretrainedLayer
from attnlab.looks.pretrained.says import Guesses, pretrained_layer, said_at

KINDS = ("previous", "next", "same_word", "punctuation")
"""What a head may be looked for, beside the one that the page opens with."""
MOST_OF_IT = 0.4
"""The share that a head of a kind spends on it, at least."""


@dataclass(frozen=True, eq=False)
class Listening:
    """One head on a text of T words, or pieces of words. What the model adds is not among them."""

    asked: Asked
    tokens: tuple[str, ...]
    places: tuple[int, ...]  # of the words among all tokens, from 0
    weights: Tensor  # (T, T), shares of all that a word gives; they sum to less than 1 where some goes to `added`
    added: Tensor  # (T,), the share that rests on what the model adds to every text
    scores: Tensor  # (T, T), after scaling
    queries: Tensor  # (T, D)
    keys: Tensor  # (T, D)
    word: int  # the followed one, from 0


def listening(asked: Asked, word: int) -> Listening:
    """The head that is asked for, of words alone. Raises as `Asked.trace`.

    Args:
        asked: a layer and a head.
        word: the followed one, from 0; one beyond the last is the last.
    """
    trace, head = asked.trace(), asked.selection["head"]
    added = () if asked.layer is None else asked.layer.added(())
    places = tuple(place for place in range(len(trace.tokens)) if place not in added)
    heads, kept_places = trace.layer.heads, list(places)
    weights = row_shares(trace.weights[head])
    return Listening(
        asked,
        tuple(trace.tokens[place] for place in places),
        places,
        weights[kept_places][:, kept_places],
        weights[kept_places][:, list(added)].sum(-1),
        heads.scaled_scores[0, head][kept_places][:, kept_places],
        heads.query[0, head][kept_places],
        heads.key[0, head // (asked.spec.num_heads // asked.spec.kv_heads)][kept_places],
        min(word, len(places) - 1),
    )


@kept
def heads_by_kind(asked: Asked) -> dict[str, tuple[int, int]]:
    """For each kind the layer and head, from 0, that spend most on it; without those that no head spends much on."""
    every = every_layer(asked)
    if every is None:
        return {}
    measures, found = overview(every).measures, {}
    for kind in KINDS:
        values = measures[kind]
        if float(values.max()) >= MOST_OF_IT:
            layer, head = divmod(int(values.argmax()), values.shape[1])
            found[kind] = (layer, head)
    return found


def meanings(found: Listening) -> tuple[Guesses, Guesses] | None:
    """The pieces nearest to the followed word before all layers and behind the chosen one; None of other sources."""
    layer = pretrained_layer(found.asked)
    if layer is None or not isinstance(found.asked.layer, PretrainedLayer):
        return None
    place = found.places[found.word]
    return said_at(layer, 0, place), said_at(layer, found.asked.layer.layer + 1, place)
