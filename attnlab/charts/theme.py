"""What the charts share: colours that read on light and dark ground and for the colour-blind, and upright axes."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from attnlab.prose import in_a_row, page_prose

BAR = "#5a8ec4"
MARK = "#d9622b"
ROW_HEIGHT = 26
SHARES = {"light": ("#ffffff", "#b6e2d8", "#22917d", "#00443c"), "dark": ("#1b212e", "#144e48", "#1e9686", "#96f0de")}
"""From nothing to the whole: the twin of `weight` in `painting/colors.js`, which has the colours of all canvases."""
SHARE = "#116a5c"
"""Of a share on either ground, half way between the two strongest of a light page: white reads on it."""
SHARE_BAR = SHARES["light"][2]
"""Of a bar that is a share, on either ground: the middle, as style sheets have it."""
UPRIGHT = {
    "titleAngle": 0,
    "titleAnchor": "end",
    "titleAlign": "left",
    "titleBaseline": "bottom",
    "titleX": 0,
    "titleY": -16,  # the name of a floor at the top has room below it
}
"""What an axis that goes up measures stands level above it: Han is not read on its side, and no script as fast."""

TEXT = 12
"""Pixels of words in a picture, the least at which Han is read; Vega writes 11."""
LEGEND_OFFSET = 30
"""Pixels between a legend and what is drawn: Vega does not see a title that was put somewhere."""


def built(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The specification of a chart, checked, without a theme of Altair's: Streamlit has its own.

    Who cannot see it is told what it shows, and where its numbers are: Vega would read out each mark and axis in
    English, by the names of columns.
    """
    with alt.theme.enable("none"):
        spec: dict[str, Any] = chart.to_dict()
    ours = {"axisY": UPRIGHT, "legend": {"offset": LEGEND_OFFSET}, "text": {"fontSize": TEXT}}
    unsaid = {"aria": False, "mark": {"aria": False}, "title": {"aria": False}}
    return spec | {"description": described(spec), "config": spec.get("config", {}) | ours | unsaid}


def described(spec: Mapping[str, Any]) -> str:
    """What a chart shows, in the page's language: its title, its axes, and where its numbers are."""
    said = page_prose("borrowed")
    titles = [] if spec.get("title") is None else [("title", _text(spec["title"]))]
    axes = [(name, title) for name, channel in (("across", "x"), ("up", "y")) for title in _titles(spec, channel)]
    told = [said["chart"][name].format(title=title) for name, title in (*titles, *axes)]
    return in_a_row([*told, said["chart"]["table"].format(button=said["words"]["show_data"])])


def _titles(spec: Mapping[str, Any], channel: str) -> list[str]:
    """Of an axis in all layers and panels, each once."""
    inner = [part for name in ("layer", "vconcat", "hconcat") for part in spec.get(name, ())]
    encoded = spec.get("encoding", {}).get(channel, {})
    own = [str(encoded["title"])] if encoded.get("title") else []
    return list(dict.fromkeys([*own, *(title for part in inner for title in _titles(part, channel))]))


def _text(title: str | Mapping[str, Any]) -> str:
    return title if isinstance(title, str) else str(title["text"])
