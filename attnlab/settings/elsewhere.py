"""Edits in several layers of a pretrained model: `s` has those of one layer, `elsewhere` those of all others.

    elsewhere = "1." + base64url, without padding, of {"layer": N, "others": [[M, edits], ...]}, edits as in `s`

N is the layer that `s` is of, and counts from 1 as `layer` does. Without `elsewhere` the edits of `s` are those of the
layer that is shown, as in links that are older. `assets/stage/elsewhere.js` writes the same. An edit of a layer that
the model does not have waits, as one does that does not fit the sentence.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from attnlab.engine import Edit, SpecError
from attnlab.engine.allowed import check_number
from attnlab.settings.carried import content_of, decoded, edits_of, encoded, packed, rows_of

NAME = "elsewhere"
MAX_LAYERS = 128
"""Of a model: as many as `layer` may say."""
MOST = 256
"""Edits of all other layers together."""

EditedLayers: TypeAlias = tuple[tuple[int, tuple[Edit, ...]], ...]
"""Layers with their edits, in the order of the layers, none of them empty."""


def by_layer(shown: int, s: str, elsewhere: str) -> dict[int, tuple[Edit, ...]]:
    """The edits of every layer that has some, in the order of the layers, which count from 1.

    Args:
        shown: the layer that `s` is of where nothing else is said.
        s: the parameter.
        elsewhere: the parameter.

    Raises:
        SpecError: a parameter that cannot be read.
    """
    owner, others = _read(elsewhere) if elsewhere else (shown, {})
    every = others | {owner: decoded(s)}
    return {layer: every[layer] for layer in sorted(every) if every[layer]}


def told(shown: int, every: Mapping[int, tuple[Edit, ...]]) -> tuple[str, str]:
    """The parameters `s` and `elsewhere` that say the same with `s` of the layer that is shown."""
    others = [[layer, rows_of(every[layer])] for layer in sorted(every) if layer != shown and every[layer]]
    own = every.get(shown, ())
    if not own and not others:
        return "", ""
    return encoded(own), packed({"layer": shown, "others": others})


def moved(before: int, shown: int, s: str, elsewhere: str) -> tuple[str, str]:
    """The same parameters where another layer is shown than before. Raises as `by_layer`."""
    return told(shown, by_layer(before, s, elsewhere))


def check(text: str) -> str | None:
    """A `links.Check`: what is allowed, if the parameter is not."""
    try:
        if text:
            _read(text)
    except SpecError as error:
        return f"edits as this app writes them: {error}"
    return None


def _read(text: str) -> tuple[int, dict[int, tuple[Edit, ...]]]:
    content = content_of(NAME, text)
    if not isinstance(content, dict) or set(content) != {"layer", "others"}:
        raise SpecError(NAME, "damaged", f"{NAME} must hold a layer and the edits of others")
    owner, rows = content["layer"], content["others"]
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise SpecError(NAME, "damaged", f"{NAME} must hold pairs of a layer and its edits")
    layers = [owner, *(layer for layer, _ in rows)]
    for layer in layers:
        _check_layer(layer)
    if len(set(layers)) < len(layers):
        raise SpecError(NAME, "damaged", f"{NAME} must hold each layer once")
    others = {layer: edits_of(NAME, edits) for layer, edits in rows}
    total = sum(map(len, others.values()))
    if total > MOST:
        raise SpecError(NAME, "most", f"{NAME} ({total} edits) must hold at most {MOST}", got=total, most=MOST)
    return owner, others


def _check_layer(layer: Any) -> None:
    if isinstance(layer, bool) or not isinstance(layer, int):
        raise SpecError(NAME, "damaged", f"{NAME}: layer ({str(layer)[:40]}) must be a whole number")
    check_number(NAME, layer, 1, MAX_LAYERS)
