"""Shares of attention and influence on what decides; and a motif as a logo."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, styles
from attnlab.charts.theme import built

EVIDENCE_DATASET = "evidence"
LOGO_DATASET = "logo"
ROW = 26
AXIS = 64
"""Pixels of the horizontal axis with its title, which the page counts into the height."""
LETTER_COLORS = {"A": "#009e73", "C": "#0072b2", "G": "#a67c00", "T": "#d55e00"}
"""As sequence logos have them, in the hues of Okabe and Ito."""
LOGO_HEIGHT = 84


@functools.lru_cache(maxsize=64)
def shares_on_evidence(contenders: tuple[str, ...], count: int, share_title: str, blind_title: str) -> dict[str, Any]:
    """A bar for each look of each contender; a rule where a look at all inputs alike would end.

    Dataset `evidence`: label (who and what), contender, share, blind; 0 to 1.

    Args:
        contenders: keys of those that may be in the rows.
        count: rows that are drawn.
        share_title: label of the horizontal axis.
        blind_title: what the rule is called, where somebody points at it.
    """
    rows = alt.Chart(alt.NamedData(EVIDENCE_DATASET))
    share = alt.X("share:Q", title=share_title, axis=alt.Axis(format="%"), scale=alt.Scale(zero=True))
    who = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False))
    told = [alt.Tooltip("label:N", title=" "), alt.Tooltip("share:Q", title=share_title, format=".1%")]
    looks = styles(contenders)  # the labels say who is who
    tint = alt.Color(
        "contender:N",
        scale=alt.Scale(domain=list(looks), range=[look.color for look in looks.values()]),
        legend=None,
    )
    bars = rows.mark_bar(height=ROW - 10).encode(x=share, y=who, color=tint, tooltip=told)
    numbers = rows.mark_text(align="left", dx=4, color=QUIET).encode(
        x=share, y=who, text=alt.Text("share:Q", format=".0%")
    )
    blind = rows.mark_rule(color=QUIET, strokeDash=[2, 3], strokeWidth=2).encode(
        x="max(blind):Q", tooltip=[alt.Tooltip("max(blind):Q", title=blind_title, format=".1%")]
    )
    chart = alt.layer(bars, blind, numbers).properties(height=ROW * count + AXIS, width="container")
    return built(chart)


@functools.lru_cache(maxsize=64)
def logos(titles: tuple[str, ...], place_title: str, bits_title: str) -> dict[str, Any]:
    """Sequence logos above each other: at each place its letters, as high as what they tell, the highest on top.

    Dataset `logo`: panel (number in `titles`), place (from 1), letter, bits; low and high, between which it is drawn.

    Args:
        titles: of the panels, from above.
        place_title: label of the horizontal axis.
        bits_title: label of the vertical axis.
    """
    scale = alt.Scale(domain=list(LETTER_COLORS), range=list(LETTER_COLORS.values()))
    panels = []
    for panel, title in enumerate(titles):
        rows = alt.Chart(alt.NamedData(LOGO_DATASET)).transform_filter(f"datum.panel == {panel}")
        across = alt.X("place:O", title=place_title if panel == len(titles) - 1 else None, axis=alt.Axis(labelAngle=0))
        bars = rows.mark_bar().encode(
            x=across,
            y=alt.Y("low:Q", title=bits_title, scale=alt.Scale(domain=[0, 2]), axis=alt.Axis(tickCount=3)),
            y2="high:Q",
            color=alt.Color("letter:N", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("place:O", title=place_title),
                alt.Tooltip("letter:N", title=" "),
                alt.Tooltip("bits:Q", title=bits_title, format=".2f"),
            ],
        )
        letters = (
            rows.transform_filter("datum.bits > 0.3")
            .transform_calculate(middle="(datum.low + datum.high) / 2")
            .mark_text(fontWeight="bold", fontSize=13, color="white")
            .encode(x=across, y="middle:Q", text="letter:N")
        )
        head = alt.TitleParams(title, anchor="start", fontSize=12)
        panels.append(alt.layer(bars, letters).properties(title=head, height=LOGO_HEIGHT))
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return built(alt.vconcat(*panels, spacing=6, autosize=fit))
