"""The gallery: every variant with its formula, its source, a picture of its weights and a link to the explorer."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from attnlab.engine import trace
from attnlab.pictures.catalogue import PAGE, SETTINGS, cards_payload, link
from attnlab.prose import once_a_language, page_prose
from attnlab.settings.attention import Explorer, attention_spec
from attnlab.ui.canvases.canvas import cards
from attnlab.ui.kit.explorer import explorer_settings
from attnlab.ui.kit.variant_cards import card

HEADS_SHOWN = 4
# What a group is shown on: a head that has something to lose by each of its variants, and no mask where none is asked
# for. A blurred head shows what normalizers do, an even one shows a mask itself.
SHOWN_ON: dict[str, dict[str, Any]] = {
    "score": {"mask": "none", "head": 5},
    "normalizer": {"mask": "none", "head": 5},
    "positions": {"mask": "none"},
    "mask": {"head": 8},
    "pattern": {"head": 8},
    "heads": {"heads": HEADS_SHOWN},
    "addition": {"mask": "none", "head": 5},
}
# A head that asks for positions asks nothing where x has none; Shaw's vectors answer a query that asks for words.
SHOWN_OTHERWISE: dict[tuple[str, str], dict[str, Any]] = {("positions", "shaw"): {"head": 2}}


def variants_page() -> None:
    """Show the gallery, in which no user text is, and the way back to the settings that its reader came with."""
    words = page_prose(PAGE)["page"]
    st.header(words["title"], anchor=False)
    st.markdown(words["intro"].format(sentence=_sentence()))
    st.markdown(words["do"])
    st.caption(words["hint"])
    had = explorer_settings()
    if had.changed():
        st.link_button(words["back"], link(had.values()), icon=":material/undo:", type="tertiary")
    cards(gallery(), key="gallery")


@once_a_language(8)
def gallery() -> bytes:
    """All cards with their pictures, computed once a language; `cache.trace` keeps its room for visitors."""
    page = page_prose(PAGE)
    groups, pictures = [], {}
    for group, variants in SETTINGS.items():
        shown = []
        for name, settings in variants.items():
            place = f"{group}_{name}"
            shows = Explorer.of(
                {"sentence": _sentence()} | SHOWN_ON[group] | SHOWN_OTHERWISE.get((group, name), {}) | settings
            )
            pictures[place] = _picture(shows, all_heads=group == "heads")
            shown.append(card(group, name) | {"link": link(shows.values()), "picture": place})
        groups.append({**page["groups"][group], "cards": shown})
    return cards_payload(groups, page["page"], pictures)


def _sentence() -> str:
    """On which all are shown: the explorer's first example in the page's language."""
    first: str = page_prose("attention")["examples"][0]
    return first


def _picture(settings: Explorer, *, all_heads: bool) -> Tensor:
    """(T, T) the weights of one head, or all heads side by side with an empty column between them."""
    weights = trace(attention_spec(settings)[0]).weights
    if not all_heads:
        return weights[settings.head - 1]
    gap = torch.full_like(weights[0, :, :1], torch.nan)
    return torch.cat([part for head in weights for part in (head, gap)][:-1], dim=1)
