"""What the compare page says about A and B."""

from collections.abc import Callable, Mapping
from typing import Any

from attnlab.engine import LayerTrace
from attnlab.engine.analysis.differences import output_difference, reordering
from attnlab.prose import listed_clauses
from attnlab.settings import links
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.compare import EDITS, OTHER, PICTURE, differing
from attnlab.ui.kit.messages import plain

SAME_OUTPUT = 1e-4
"""Outputs that differ by no more, of numbers around 1, differ by rounding (1e-6 in float32) and not by order."""


def what_differs(a: Explorer, b: Explorer, words: Mapping[str, Any], explorer: Any) -> str:
    """The sentence that says in what B is not A, as Markdown."""
    return f"**{sentence_of_differences(a, b, words, explorer, plain)}**"


def sentence_of_differences(
    a: Explorer,
    b: Explorer,
    words: Mapping[str, Any],
    explorer: Any,
    written: Callable[[str], str] = str,
) -> str:
    """In what B is not A; `written` makes a value fit for where the sentence stands."""
    said = words["differs"]
    names, of_a, of_b = differing(a, b), a.values(), b.values()
    if not names:
        return str(said["nothing"])
    shown = {name: [written(_as_text(name, of[name], words)) for of in (of_a, of_b)] for name in names}
    parts = [
        said[{EDITS: "edits", PICTURE: "picture"}.get(name, "item")].format(
            name=_label(name, explorer), a=values[0], b=values[1]
        )
        for name, values in shown.items()
    ]
    return str(said["sentence"].format(items=listed_clauses(parts)))


def _label(name: str, explorer: Mapping[str, Any]) -> str:
    return str(explorer["page"]["sentence"].lower() if name == "sentence" else explorer["controls"][name]["label"])


def _as_text(name: str, value: Any, words: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return str(words["page"]["on" if value else "off"])
    if value is None:
        return str(words["page"]["automatic"])
    return links.shortened(f"{value:g}" if isinstance(value, float) else Explorer.kinds()[name].shown(value))


def pair_notes(first: LayerTrace, second: LayerTrace, page: Mapping[str, str]) -> list[str]:
    """What must be known to read the comparison rightly."""
    notes = []
    if len(first.tokens) != len(second.tokens):
        counts = {"a": len(first.tokens), "b": len(second.tokens), "both": min(len(first.tokens), len(second.tokens))}
        notes.append(page["lengths"].format(**counts))
    if first.spec.num_heads != second.spec.num_heads:
        notes.append(page["head_counts"].format(a=first.spec.num_heads, b=second.spec.num_heads))
    return notes


def about_order(first: LayerTrace, second: LayerTrace, a: Explorer, b: Explorer, page: Mapping[str, str]) -> str | None:
    """Whether the layer sees the order of its tokens, if B is A with its tokens in another order."""
    order = reordering(first.tokens, second.tokens)
    difference = None if order is None else output_difference(first, second, order)
    if differing(a, b) != ["sentence"] or difference is None:
        return None
    return page["order_unseen" if difference <= SAME_OUTPUT else "order_seen"].format(difference=f"{difference:.1g}")


def titles(a: Explorer, b: Explorer, words: Mapping[str, Any], explorer: Mapping[str, Any]) -> tuple[str, str]:
    """A and B, each with what it has of the one setting in which they differ."""
    picture = words["picture"]
    names = [name for name in differing(a, b) if name not in ("sentence", EDITS, PICTURE)]
    if len(names) != 1 or len(differing(a, b)) != 1:
        return picture["a"], picture["b"]
    (name,) = names
    # A word speaks for itself; a number needs the name of what it is a number of. On a canvas all of it is plain text.
    values = (a.values()[name], b.values()[name])
    pattern = "word" if isinstance(values[0], str) else "number"
    label = _label(name, explorer)
    shown = [_as_text(name, one, words) for one in values]
    return (
        picture[f"a_{pattern}"].format(name=label, value=shown[0]),
        picture[f"b_{pattern}"].format(name=label, value=shown[1]),
    )


def shows(settings: Mapping[str, Any], a: Explorer, b: Explorer) -> bool:
    """Whether A and B differ as a preset makes them differ."""
    names, kinds = list(settings["changes"]), Explorer.kinds()
    wanted = [(settings.get(name, kinds[name].default), settings[f"{OTHER}{name}"]) for name in names]
    if "sentence" in names:  # then order is the lesson, and the same words with and without positions are two
        wanted.append((settings.get("positions", kinds["positions"].default),) * 2)
        names.append("positions")
    return sorted(differing(a, b)) == sorted(settings["changes"]) and all(
        (getattr(a, name), getattr(b, name)) == pair for name, pair in zip(names, wanted, strict=True)
    )
