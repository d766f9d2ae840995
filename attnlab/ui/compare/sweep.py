"""One control swept: the weights at each of its values, and what is measured along them for A and for B."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from torch import Tensor

from attnlab.charts.names import below
from attnlab.charts.sweep import HEIGHT, SWEEP_DATASET, WIDTH, measure_along
from attnlab.engine import LayerTrace, SpecError
from attnlab.engine.analysis.differences import gradient_size
from attnlab.looks.layers import Asked, asked
from attnlab.pictures.items import items_of, read_said
from attnlab.pictures.pair import Card, Row, compare_payload
from attnlab.prose import listed
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.compare import KINDS, SWEEPS, differing
from attnlab.ui.canvases.canvas import pair
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import value_now

MOST_HEADS = 8
MEASURES = ("entropy_bits", "effective_tokens", "mean_distance", "largest_weight", "gradient")

Swept = list[tuple[Any, Asked]]


def sweep_view(a: Explorer, b: Explorer, words: Mapping[str, Any], labels: Mapping[str, Any]) -> None:
    """The choice of a control, and what comes of it.

    Args:
        a: the settings of A.
        b: those of B.
        words: the prose of the page.
        labels: the explorer's prose of the controls.
    """
    said = words["sweep"]
    st.markdown(f"#### {said['title']}")
    called = {"sweep": lambda name: str(labels[name]["label"])}
    Drawing(KINDS, words).row("sweep", "sweep_of", key="sweep_row", few=("sweep_of",), named=called)
    name, of = (value_now(KINDS, setting) for setting in ("sweep", "sweep_of"))
    if name is None:
        st.caption(said["none"])
        return
    swept = {"A": _swept(a, name), "B": _swept(b, name)}
    if differing(a, b) == [name]:
        st.caption(said["same"])
    left_out = [value for value in SWEEPS[name] if value not in {at for at, _ in swept[str(of)]}]
    if left_out:
        st.caption(said["left_out"].format(values=plain(listed(map(Explorer.kinds()[name].shown, left_out))), of=of))
    if not any(swept.values()):
        return
    _charts(swept, name, labels[name]["label"], said)
    _matrices(swept[str(of)], name, labels[name]["label"], said)


def _swept(settings: Explorer, name: str) -> Swept:
    """The layer at each value of the control that fits the other settings."""
    found = []
    for value in SWEEPS[name]:
        try:
            wanted = asked(replace(settings, **{name: value}))
            wanted.trace()
            found.append((value, wanted))
        except SpecError:
            continue
    return found


def _charts(swept: Mapping[str, Swept], name: str, title: str, said: Mapping[str, Any]) -> None:
    shown = Explorer.kinds()[name].shown
    tried = {value for found in swept.values() for value, _ in found}
    values = [shown(value) for value in SWEEPS[name] if value in tried]
    names, slanted = below(values, WIDTH)
    lines = dict(zip(values, names, strict=True))
    rows: list[dict[str, Any]] = [
        {
            "place": place,
            "value": shown(value),
            "below": lines[shown(value)],
            "variant": variant,
            "last": place == len(found) - 1,
            **measured(one.trace()),
        }
        for variant, found in swept.items()
        for place, (value, one) in enumerate(found)
    ]
    with st.container(horizontal=True, gap="small"):
        for measure in MEASURES:
            spec = measure_along(measure, title, said["measures"][measure], slanted=slanted)
            st.vega_lite_chart(
                spec | {"datasets": {SWEEP_DATASET: rows}}, width=WIDTH, height=HEIGHT, key=f"sweep_{measure}"
            )
    st.caption(said["measured"])


def measured(trace: LayerTrace) -> dict[str, float | None]:
    """The measures of a layer: the mean over its heads, for the largest weight and the gradient over rows as well."""
    measures = trace.measures
    weights = trace.weights.double()
    return {
        "entropy_bits": _mean(measures.entropy_bits),
        "effective_tokens": _mean(measures.effective_tokens),
        "mean_distance": _mean(measures.mean_distance),
        "largest_weight": float(weights.amax(-1).mean()),
        "gradient": _gradient(weights, trace.spec.normalizer),
    }


def _gradient(weights: Tensor, normalizer: str) -> float | None:
    try:
        return float(gradient_size(weights, normalizer).mean())
    except ValueError:  # a normalizer whose derivative nobody has written down: a gap in the line
        return None


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _matrices(swept: Swept, name: str, title: str, said: Mapping[str, Any]) -> None:
    if not swept:
        return
    rows = [Row(_row_name(name, title, value, said), one.trace(), items=items_of(one)) for value, one in swept]
    heads = min(MOST_HEADS, max(one.spec.num_heads for _, one in swept))
    read = swept[0][1]
    cards = [Card(said["head"].format(number=head + 1)) for head in range(heads)]
    nothing = {"head": 0, "query": None, "key": None}
    pair(
        compare_payload(
            rows,
            cards,
            range(heads),
            nothing,
            {"sweep": name},
            said["picture"],
            about=[read_said(read) or read.settings.sentence, title],
            file=f"attention-{name}",
            large=False,
        ),
        key="sweep_canvas",
    )


def _row_name(name: str, title: str, value: Any, said: Mapping[str, Any]) -> str:
    """A number needs the name of what it is a number of; a word speaks for itself."""
    shown = Explorer.kinds()[name].shown(value)
    return shown if isinstance(value, str) else str(said["row"]).format(name=title, value=shown)
