"""What memory holds: scores of all pairs, keys and values that are kept, and a whole model on a card."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.costs import CostTable, Curve, curves
from attnlab.costs.known_models import KNOWN, KnownModel, KnownName
from attnlab.costs.memory import GIBIBYTE, Fitting, cache_bytes, fitting_on, head_counts, score_bytes, weight_bytes
from attnlab.prose import name_of
from attnlab.settings.lab.cost import Cost
from attnlab.ui.cost.tables import of_machine, shipped, shown_table
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import rerun, values_now
from attnlab.ui.kit.tables import table_view

CHOSEN = ("cost_model", "cost_bits", "cost_card", "cost_context", "cost_batch")
MEBIBYTE = 2**20


def memory_view(words: Mapping[str, Any], key: str) -> None:
    """Three tables, the last two by arithmetic alone.

    Args:
        words: the prose of the page.
        key: of the fragment, which runs again on a change.
    """
    said, kinds = words["memory"], Cost.kinds()
    st.markdown(f"#### {said['title']}")
    draw = Drawing(kinds, words, on_change=rerun, args=(key,), shared=Cost.link_prefix)
    draw.row(*CHOSEN, key="cost_memory_row")
    settings = Cost.of(values_now(kinds))
    model, name = KNOWN[settings.model], name_of("known_model", settings.model)
    found = fitting_on(model, int(settings.card), int(settings.bits), settings.context, settings.batch)
    st.markdown(fit_sentence(name, found, settings, said))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{said['cache']}**")
        sizes = {"layers": model.num_layers, "head_dim": model.head_dim, "source": model.source, "url": model.url}
        numbers = {"tokens": f"{settings.context:,}", "batch": settings.batch}
        st.caption(said["cache_line"].format(model=name, **sizes, **numbers))
        table_view(cache_rows(model, settings, said))
    with right:
        shown = shown_table(settings)
        _scores(shown if _held(shown) else shipped(), words)
    st.markdown(f"**{said['card'].format(card=settings.card)}**")
    st.caption(said["card_line"])
    table_view([card_row(one, settings, said) for one in KNOWN])


def fit_sentence(name: str, found: Fitting, settings: Cost, said: Mapping[str, str]) -> str:
    """Whether the chosen model fits the chosen card, and how long its texts may be."""
    verdict = "fits" if found.fits else "too_long" if found.most_tokens else "too_large"
    sizes = {"weights": gib(found.weights), "cache": gib(found.cache), "most": f"{found.most_tokens:,}"}
    return said[verdict].format(model=name, bits=settings.bits, card=settings.card, **sizes)


def cache_rows(model: KnownModel, settings: Cost, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cache with as many key/value heads as there may be."""
    return [
        {
            said["kind"]: said[kind],
            said["kv_heads"]: count,
            said["gib"]: _two(cache_bytes(model, settings.context, settings.batch, count) / GIBIBYTE),
            said["own"]: said["yes" if count == model.num_kv_heads else "no"],
        }
        for kind, count in head_counts(model)
    ]


def card_row(name: KnownName, settings: Cost, said: Mapping[str, str]) -> dict[str, Any]:
    """One model on the chosen card, with texts as they are chosen."""
    model = KNOWN[name]
    found = fitting_on(model, int(settings.card), int(settings.bits), settings.context, settings.batch)
    return {
        said["model"]: name_of("known_model", name),
        said["parameters"]: _two(model.parameters / 1e9),
        said["weights"]: _two(weight_bytes(model, int(settings.bits)) / GIBIBYTE),
        said["gib"]: _two(found.cache / GIBIBYTE),
        said["fit"]: said["yes" if found.fits else "no"],
        said["most"]: found.most_tokens,
        said["made_for"]: model.context,
        said["source"]: model.source,
    }


def _scores(table: CostTable, words: Mapping[str, Any]) -> None:
    said, base = words["memory"], table.base
    st.markdown(f"**{said['scores']}**")
    told = said["machine"].format(**of_machine(table, _held(table)[0].origin, words))
    st.caption(said["scores_line"].format(d_model=base.d_model, heads=base.num_heads, machine=told))
    table_view(score_rows(table, said))


def _held(table: CostTable) -> list[Curve]:
    return curves(table.points, "length", "forward", "peak_bytes", table.base)


def score_rows(table: CostTable, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """By length: the scores by arithmetic, and what was measured of both ways to attend."""
    held = {curve.mechanism: dict(zip(curve.values, curve.costs, strict=True)) for curve in _held(table)}
    traced, fused = held.get("traced", {}), held.get("fused", {})
    return [
        {
            said["length"]: length,
            said["score_bytes"]: _two(score_bytes(length, table.base.num_heads) / MEBIBYTE),
            said["traced_bytes"]: _two(traced[length] / MEBIBYTE) if length in traced else None,
            said["fused_bytes"]: _two(fused[length] / MEBIBYTE) if length in fused else None,
        }
        for length in sorted(set(traced) | set(fused))
    ]


def gib(size: int) -> str:
    """Bytes in GiB, three figures."""
    return f"{_two(size / GIBIBYTE):,}"


def _two(number: float) -> float:
    """Three figures of what is small, tenths of what is large."""
    return round(number, 1) if number >= 100 else float(f"{number:.3g}")
