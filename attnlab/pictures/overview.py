"""All layers and heads at a glance, packed (see `packing`): their weights as they look, with what each head does."""

from math import isqrt

from attnlab.byte_cache import kept
from attnlab.looks.overview import EveryLayer, Overview, overview
from attnlab.pictures.packing import Sketch, packed
from attnlab.pictures.stage import THUMBNAIL_PIXELS, thumbnails
from attnlab.prose import page_prose

MOST_CELLS = 900_000
"""Of all thumbnails, a byte each. A model with so many heads that they would be more has smaller thumbnails."""


@kept
def overview_picture(every: EveryLayer, layer: int, head: int, left_out: tuple[int, ...] = ()) -> bytes:
    """The payload of all heads.

    Args:
        every: the model and what it reads.
        layer: the chosen one, from 0.
        head: the chosen one, from 0.
        left_out: places of tokens without which the weights are shown, from 0. Labels and entropies stay those of all.

    Raises:
        SpecError: as `overview`.
    """
    return overview_payload(overview(every), layer, head, left_out)


def overview_payload(found: Overview, layer: int, head: int, left_out: tuple[int, ...] = ()) -> bytes:
    """As `overview_picture`, of heads that were measured already."""
    weights = (found.without(left_out) if left_out else found.weights).flatten(0, 1)
    pixels = min(THUMBNAIL_PIXELS, isqrt(MOST_CELLS // len(weights)))
    words = page_prose("attention")
    header = {
        "labels": found.labels,
        "entropy_bits": found.entropy_bits,
        "chosen": {"layer": layer, "head": head},
        "words": {
            **words["overview"]["grid"],
            **{name: words["stage"]["heads"][name] for name in ("labels", "entropy")},
        },
    }
    sketch = Sketch(thumbnails(weights, pixels), root=True)
    return packed(header, {"weights": sketch}, revised_by=("labels", "entropy_bits", "chosen", "words"))
