"""What contenders look at on a picture: where the answer's attention goes, head by head, and what each depends on."""

from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from attnlab.charts import contender_name, styles
from attnlab.looks.trained.probes import Look, Probe
from attnlab.prose import percent
from attnlab.sequences import Patch, picture_of
from attnlab.ui.canvases.maps import Panel, maps


def on_picture(seen: Mapping[str, Look], probe: Probe, grid: tuple[int, int], said: Mapping[str, str]) -> None:
    """Draw attention and influence of the answering position over the picture.

    Args:
        seen: what each contender made of it.
        probe: the picture.
        grid: rows and columns of its patches.
        said: the prose.
    """
    picture = picture_of(probe.items, grid)
    for key, one in seen.items():
        if one.attention is not None:
            st.markdown(f"**{said['attention'].format(name=contender_name(key))}**")
            panels = attention_panels(one.attention, picture, grid, said)
            maps(panels, said, said["attention_picture"], key=f"attention_maps_{key}")
    st.markdown(f"**{said['influence']}**")
    st.caption(said["influence_picture"])
    looks = styles(tuple(seen))
    panels = [
        Panel(
            contender_name(key),
            on_grid(one.influence, grid),
            (),
            (),
            color=looks[key].color,
            picture=picture,
        )
        for key, one in seen.items()
    ]
    maps(panels, said, said["influence_picture_hint"], key="influence_maps")


def attention_panels(attention: Tensor, picture: Patch, grid: tuple[int, int], said: Mapping[str, str]) -> list[Panel]:
    """One panel a head, layer by layer.

    Args:
        attention: (L, H, T, T).
        picture: what is under it.
        grid: rows and columns of its patches.
        said: the prose.
    """
    return [
        Panel(
            said["head"].format(layer=layer + 1, head=head + 1),
            on_grid(weights, grid),
            (),
            (),
            said["itself"].format(share=percent(weights[-1, -1].item())),
            picture=picture,
        )
        for layer, heads in enumerate(attention)
        for head, weights in enumerate(heads)
    ]


def on_grid(rows: Tensor, grid: tuple[int, int]) -> Tensor:
    """(rows, columns): what the last of (T, T) gives to each patch; its own share is left out."""
    return rows[-1, : grid[0] * grid[1]].reshape(grid)
