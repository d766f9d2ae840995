"""What the pair component draws, packed (see `packing`): one row of matrices a layer, one column a head.

header   rows: [{kind: "weights" | "difference", name, title, tokens, heads, items?}],
         cards: [{number, title, note, measures}], order: numbers of the heads as they stand,
         large: whether one head is also drawn large
arrays   m0, m1, ...: (heads * T, T) of each row of weights; a masked cell is NaN
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from attnlab.engine import HeadMeasures, LayerTrace
from attnlab.engine.analysis.differences import HeadDifference
from attnlab.pictures.packing import packed
from attnlab.prose import page_prose
from attnlab.sequences import two_decimals


@dataclass(frozen=True, eq=False)
class Row:
    """One layer; its name is written over each of its matrices, its title over the large one."""

    name: str
    trace: LayerTrace
    title: str = ""
    items: Mapping[str, Any] = field(default_factory=dict)  # what `items_told` says of the positions


@dataclass(frozen=True)
class Card:
    """What is said about one head."""

    title: str
    note: str = ""
    measures: tuple[tuple[str, str], ...] = ()  # name and number


def shown_weights(trace: LayerTrace) -> Tensor:
    """(H * T, T): the weights of all heads, NaN where the mask leaves none."""
    mask = trace.layer.heads.mask
    weights = trace.weights
    if mask is not None:
        weights = weights.masked_fill(~mask.reshape(mask.shape[-2:]), float("nan"))
    return weights.flatten(0, 1)


def compare_payload(
    rows: Sequence[Row],
    cards: Sequence[Card],
    order: Sequence[int],
    selection: Mapping[str, int | None],
    params: Mapping[str, Any],
    words: Mapping[str, str],
    *,
    about: Sequence[str],
    file: str,
    difference: str = "",
    large: bool = True,
) -> bytes:
    """Pack what is drawn.

    Args:
        rows: the layers, from top to bottom.
        cards: one for each head that any of them has.
        order: the numbers of the cards as they stand.
        selection: head, query and key, counted from 0; None for nothing.
        params: for `data-params`.
        words: the sentences of the component.
        about: what stands below a saved picture: a heading and sentences.
        file: name of a saved picture, without its end.
        difference: title of the row with the second layer's weights less the first's; there is none if empty.
        large: draw the chosen head large as well.
    """
    told: list[dict[str, Any]] = [
        {"kind": "weights", "name": row.name, "title": row.title or row.name}
        | {"tokens": row.trace.tokens, "heads": row.trace.spec.num_heads, **row.items}
        for row in rows
    ]
    if difference:
        told.append({"kind": "difference", "name": difference, "title": difference})
    header = {
        "rows": told,
        "cards": [{"title": card.title, "note": card.note, "measures": card.measures} for card in cards],
        "order": list(order),
        "selection": dict(selection),
        "params": dict(params),
        "text": {**words, **{name: page_prose("attention")["stage"][name] for name in ("save", "legend")}},
        "about": list(about),
        "file": file,
        "large": large,
    }
    arrays = {f"m{number}": shown_weights(row.trace) for number, row in enumerate(rows)}
    return packed(header, arrays, revised_by=("rows", "cards", "order", "params", "selection"))


def order_of(by: str, differences: Sequence[HeadDifference], heads: int) -> list[int]:
    """The heads as they stand: by number, or those that changed most first and those without a partner last."""
    if by == "number":
        return list(range(heads))
    paired = sorted(range(len(differences)), key=lambda head: -differences[head].divergence_bits)
    return [*paired, *range(len(differences), heads)]


def cards_of(
    first: LayerTrace, second: LayerTrace, differences: Sequence[HeadDifference], words: Mapping[str, Any]
) -> list[Card]:
    """What is said about each head of two layers.

    Args:
        first: A.
        second: B.
        differences: of the heads that both have.
        words: the prose of the cards.
    """
    heads = max(first.spec.num_heads, second.spec.num_heads)
    return [_card(head, first, second, differences, words) for head in range(heads)]


def _card(
    head: int, first: LayerTrace, second: LayerTrace, differences: Sequence[HeadDifference], words: Mapping[str, Any]
) -> Card:
    title = words["title"].format(number=head + 1)
    in_a, in_b = head < first.spec.num_heads, head < second.spec.num_heads
    if not (in_a and in_b):
        alone = first if in_a else second
        note = words["only_a" if in_a else "only_b"]
        return Card(title, note, tuple(_alone(alone.measures, head, words)))
    one, difference = differences[head], (first.measures, second.measures)
    cosine = words["no_number"] if one.output_cosine is None else two_decimals(one.output_cosine)
    measures = (
        (words["divergence"], words["bits"].format(value=two_decimals(one.divergence_bits))),
        (words["entropy"], _change(difference, "entropy_bits", head, words)),
        (words["distance"], _change(difference, "mean_distance", head, words)),
        (words["cosine"], cosine),
    )
    return Card(title, _label(first.labels[head], second.labels[head], words), measures)


def _alone(measures: HeadMeasures, head: int, words: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (words["entropy"], two_decimals(measures.entropy_bits[head])),
        (words["distance"], two_decimals(measures.mean_distance[head])),
    ]


def _change(measures: Sequence[HeadMeasures], name: str, head: int, words: Mapping[str, Any]) -> str:
    before, after = (two_decimals(getattr(one, name)[head]) for one in measures)
    return before if before == after else str(words["change"]).format(a=before, b=after)


def _label(before: str, after: str, words: Mapping[str, Any]) -> str:
    names = words["labels"]
    a, b = names.get(before, before), names.get(after, after)
    return str(a) if a == b else str(words["change"]).format(a=a, b=b)
