"""All layers and heads at a glance, packed (see `packing`): their weights as they look, with what each head does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

from torch import Tensor

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.overview import EveryLayer, Overview, changes, every_layer, joined, overview
from attnlab.pictures.packing import Sketch, packed
from attnlab.pictures.stage import THUMBNAIL_PIXELS, thumbnails
from attnlab.prose import kept_by_language, page_prose, percent
from attnlab.settings.lab.models import BetweenName, EditsName, Models

IN_NUMBERS = ("entropy_bits", "mean_distance")
"""Measures that are no shares."""
MOST_CELLS = 900_000
"""Of all thumbnails, a byte each. A model with so many heads that they would be more has smaller thumbnails."""


OF = "overview"
"""What `/picture` is asked for."""
BARE, JOINED = "bare", "joined"


@dataclass(frozen=True)
class Told:
    """What the reader wants of the pictures that stands in no link."""

    bare: bool = False  # without the tokens that the model adds
    joined: bool = False  # pieces as the words they make

    @property
    def params(self) -> dict[str, str]:
        """With what `/picture` is asked, beside the page's link."""
        return {name: "true" for name, on in ((BARE, self.bare), (JOINED, self.joined)) if on}

    @classmethod
    def of(cls, params: Mapping[str, Sequence[str]]) -> "Told":
        """As it was asked; what is not said is off."""
        return cls(*("true" in params.get(name, ()) for name in (BARE, JOINED)))


@kept_by_language
def overview_picture(
    every: EveryLayer,
    layer: int,
    head: int,
    left_out: tuple[int, ...] = (),
    arranged: Models | None = None,
    second: tuple[bool, ...] = (),
    words: tuple[int, ...] = (),
    asks: Told | None = None,
) -> bytes:
    """The payload of all heads.

    Args:
        every: the model and what it reads.
        layer: the chosen one, from 0.
        head: the chosen one, from 0.
        left_out: places of tokens without which the weights are shown, from 0. Labels and entropies stay those of all.
        arranged: by what the heads are ordered, and which of them are meant; a row a layer and all of them without it.
        second: of each token whether it is of a pair's second sentence; nothing where there is none.
        words: of each token the number of its word, where pieces are shown as the words they make.
        asks: with what the picture is asked for ahead of a run; None where it is not.

    Raises:
        SpecError: as `overview`.
    """
    edits: EditsName = "after" if arranged is None or not every.edited else arranged.edits
    found = overview(every.before if edits == "before" else every)
    if edits == "difference":
        found = changes(found, overview(every.before))
        left_out = ()  # what moved from or to the tokens that the model adds is of interest too
    return overview_payload(found, layer, head, left_out, arranged, second, words, every.edited, asks)


def models_overview(wanted: Asked, by: Models, told: Told) -> bytes:
    """The payload of the models page: the same whether a run draws it or `/picture` ahead of it.

    Raises:
        SpecError: a source that is no pretrained model; and as `overview`.
    """
    every = every_layer(wanted)
    if every is None or wanted.layer is None:
        raise SpecError("source", "missing", "source must be a model, whose heads are shown")
    left_out = every.added if told.bare and 0 < len(every.added) < len(every.tokens) else ()
    words = every.words if told.joined else ()
    place = (wanted.layer.layer, wanted.selection["head"])
    return overview_picture(every, *place, left_out, by, every.of_second, words, told)


def overview_payload(
    found: Overview,
    layer: int,
    head: int,
    left_out: tuple[int, ...] = (),
    arranged: Models | None = None,
    second: tuple[bool, ...] = (),
    of_words: tuple[int, ...] = (),
    edited: tuple[int, ...] = (),
    asks: Told | None = None,
) -> bytes:
    """As `overview_picture`, of heads that were measured already, and with the layers, from 0, that were edited."""
    weights = _shown(found, left_out, second, "all" if arranged is None else arranged.between)
    if of_words:
        weights = joined(weights, _kept_words(of_words, left_out if len(weights[0, 0]) < len(of_words) else ()))
    weights = weights.flatten(0, 1)
    pixels = min(THUMBNAIL_PIXELS, isqrt(MOST_CELLS // len(weights)))
    words = page_prose("attention")
    header = {
        "labels": found.labels,
        "entropy_bits": found.entropy_bits,
        "chosen": {"layer": layer, "head": head},
        "arranged": None if arranged is None else _arranged(found, arranged),
        "edited": edited,
        "of": None if asks is None else OF,
        "asks": {} if asks is None else asks.params,
        "words": {
            **words["overview"]["grid"],
            **{name: words["stage"]["heads"][name] for name in ("labels", "entropy")},
            "legend": words["stage"]["legend"],
        },
    }
    sketch = Sketch(thumbnails(weights, pixels), root=True)
    return packed(
        header, {"weights": sketch}, revised_by=("labels", "entropy_bits", "chosen", "words", "arranged", "edited")
    )


def _shown(found: Overview, left_out: tuple[int, ...], second: tuple[bool, ...], between: BetweenName) -> Tensor:
    """The weights that are drawn: of one sentence of a pair on the other, or without some tokens, or all."""
    first = [not of_second for of_second in second]
    if second and between != "all":
        return found.between(first, second) if between == "first_second" else found.between(second, first)
    return found.without(left_out) if left_out else found.weights


def _kept_words(words: tuple[int, ...], left_out: tuple[int, ...]) -> list[int]:
    """The numbers of the words of the tokens that are shown, counted anew."""
    kept = [word for place, word in enumerate(words) if place not in left_out]
    numbers = {word: number for number, word in enumerate(dict.fromkeys(kept))}
    return [numbers[word] for word in kept]


def _arranged(found: Overview, by: Models) -> dict[str, Any]:
    """Where each head stands and what is told of it, by layer and head."""
    words = page_prose("models")["heads"]
    labels = page_prose("attention")["stage"]["heads"]["labels"]
    values = found.moved if found.moved is not None else found.measures[by.measure]
    places = [(layer, head) for layer, heads in enumerate(found.labels) for head in range(len(heads))]
    meant = [place for place in places if by.only in {"all", kind_of(found.labels[place[0]][place[1]])}]
    told = {name: _told(measured, name in IN_NUMBERS) for name, measured in found.measures.items()}

    def title(layer: int, head: int) -> str:
        numbers = {name: measured[layer][head] for name, measured in told.items()}
        name = found.labels[layer][head]
        said = {"layer": layer + 1, "head": head + 1, "label": labels.get(name, name)}
        if found.moved is not None:
            return str(words["cell_moved"].format(moved=f"{float(found.moved[layer, head]):.0%}", **said))
        return str(words["cell"].format(**said, **numbers))

    rising = sorted(meant, key=lambda place: float(values[place]))
    return {
        "told": _told(found.moved, in_numbers=False) if found.moved is not None else told[by.measure],
        "titles": [[title(layer, head) for head in range(len(heads))] for layer, heads in enumerate(found.labels)],
        "ranked": {"layer": None, "least": rising, "most": rising[::-1]}[by.order] or None,
        "faded": [place for place in places if place not in set(meant)],
    }


def any_meant(every: EveryLayer, by: Models) -> bool:
    """Whether any head is of the kind that is asked for."""
    return by.only == "all" or any(kind_of(label) == by.only for heads in overview(every).labels for label in heads)


def kind_of(label: str) -> str:
    """The kind that a head of a label is asked for by: one of `OnlyName`."""
    return "farther" if label[0].isdigit() else label.replace(" ", "_")


def _told(values: Tensor, in_numbers: bool) -> list[list[str]]:
    """(L, H) values as a cell says them: bits and tokens with a decimal, shares in percent."""
    return [[f"{value:.1f}" if in_numbers else percent(value) for value in heads] for heads in values.tolist()]
