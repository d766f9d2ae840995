"""A layer of a model that was trained here, by the name that links give it: what Python asks for without a page."""

from dataclasses import replace

from attnlab.engine import TRAINED, SpecError
from attnlab.engine.allowed import check_number
from attnlab.looks.layers import Asked, asked, is_pretrained
from attnlab.settings import links
from attnlab.settings.attention import Explorer, model_name
from attnlab.settings.drawn import MOST_EXAMPLES
from attnlab.settings.drawn import check as check_drawn


def layer_named(name: str, text: str, *, example: int = 0, drawn: str = "", layer: int = 0, head: int = 0) -> Asked:
    """One layer of a snapshot, as the explorer shows it.

    Args:
        name: "<run>:<contender>:<step>" as in the explorer's link; "shipped" is the model that comes with the app.
        text: what it reads; without meaning where it reads numbers.
        example: which held-out example it reads where it reads numbers, from 0.
        drawn: what was changed by hand of that example, as in the explorer's link.
        layer: which one, from 0.
        head: of it, from 0.

    Raises:
        SpecError: an argument out of bounds, or no such snapshot; and as `asked`.
    """
    if is_pretrained(name) or model_name(name) is not None:
        got = links.shortened(name)
        message = f"model ({got!r}) must be shipped, or <run>:<contender>:<step> of a snapshot"
        raise SpecError("model", "unknown", message, got=name)
    check_number("example", example, 0, MOST_EXAMPLES)
    if (allowed := check_drawn(drawn)) is not None:
        raise SpecError("drawn", "form", f"drawn ({links.shortened(drawn)!r}) must be {allowed}", got=drawn)
    read = {"sentence": text} if text else {}
    settings = Explorer.of({"source": TRAINED, "model": name, "example": example, "drawn": drawn, **read})
    wanted = asked(settings)
    check_number("layer", layer, 0, 0 if wanted.reading is None else wanted.reading.num_layers - 1)
    check_number("head", head, 0, wanted.spec.num_heads - 1)
    return asked(replace(settings, layer=layer + 1, head=head + 1, query=0, key=0))
