"""The Transformer made smaller: heads cut one by one, weights in few bits; what ships first, then measured here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from attnlab.charts.smaller import SMALLER_DATASET, score_by_size
from attnlab.engine import SpecError
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.smaller import EXAMPLES, Shrinking, shipped_table, shrinking_of
from attnlab.prose import percent
from attnlab.training import StoreError, StoreFault
from attnlab.training.scoring.intervals import wilson
from attnlab.training.smaller.heads import Head
from attnlab.training.smaller.measuring import Score, Shrunk, fewest_bits, spared
from attnlab.training.smaller.table import Table
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import rerun
from attnlab.ui.kit.tables import table_view
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.translate.controls import SMALLER

STEPS = "translate_smaller_steps"
POLL_S = 0.8
"""Seconds between two looks at work that goes on."""


def smaller_view(origin_now: Callable[[], Origin], words: Mapping[str, Any]) -> None:
    """A drawer with both curves, drawn only while somebody looks.

    Args:
        origin_now: says whose translators are shown when it is asked.
        words: the prose of the page.
    """
    st.fragment(_smaller, key=SMALLER)(origin_now, words)


def _smaller(origin_now: Callable[[], Origin], words: Mapping[str, Any]) -> None:
    said = words["smaller"]
    drawer = st.expander(said["title"], key="translate_smaller", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        try:
            origin = origin_now()
            has_heads = "transformer" in origin.plan.families
        except (StoreFault, StoreError, SpecError) as error:
            st.error(store_trouble(error))
            return
        st.caption(said["line"])
        if not has_heads:
            st.info(said["no_heads"])
            return
        work = shrinking_of(origin)
        poll_s = POLL_S if work.runs else None
        live = st.fragment(_measured, run_every=poll_s, key=STEPS)
        live(work, origin, said, polled=poll_s is not None)


def _measured(work: Shrinking, origin: Origin, said: Mapping[str, Any], *, polled: bool = False) -> None:
    """How far it is, and what is known by now."""
    if polled and not work.runs:
        st.rerun()  # it need not be looked at any more
    _steering(work, said)
    if work.found is not None:
        shrunk = work.found
        st.caption(said["live"].format(count=shrunk.examples))
    elif (table := _shipped(origin, said)) is not None:
        shrunk, about = table.shrunk, {"date": table.date, "torch": table.machine["torch"]}
        told = about | {"count": f"{shrunk.examples:,}", "machine": plain(table.machine["processor"])}
        st.caption(said["shipped"].format(**told))
    else:
        return
    for sentence in sentences(shrunk, said):
        st.markdown(sentence)
    left, right = st.columns(2, gap="medium")
    with left:
        _by_heads(shrunk, said)
    with right:
        _by_bytes(shrunk, said)
    _alone(shrunk, said)


def _steering(work: Shrinking, said: Mapping[str, Any]) -> None:
    """The button that starts or stops it, and how far it is."""
    runs, found = work.runs, work.found
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not work.ended:
            name = "stop" if runs else "start" if found is None else "go_on"
            label = said[name].format(count=EXAMPLES)
            st.button(label, key="translate_smaller_button", on_click=_stop if runs else _start, args=(work,))
        if found is not None and not found.complete:
            told = said["progress"].format(done=found.done, total=found.planned)
            st.progress(found.done / found.planned, told, width=420)
    if work.ended and found is not None and not found.complete:
        st.caption(said["time_up"])
    if work.trouble is not None:
        st.error(store_trouble(work.trouble))


def _start(work: Shrinking) -> None:
    try:
        work.start()
    except SpecError as error:
        work.trouble = error
    rerun(SMALLER)


def _stop(work: Shrinking) -> None:
    work.stop()
    rerun(SMALLER)


def _shipped(origin: Origin, said: Mapping[str, Any]) -> Table | None:
    """The table of the translators that come with the app; of a run's there is none."""
    if origin.store is not None:
        return None
    try:
        return shipped_table()
    except SpecError:
        st.info(said["not_shipped"])
        return None


# ---- what the numbers say --------------------------------------------------------------------------------------------


def sentences(found: Shrunk, said: Mapping[str, Any]) -> list[str]:
    """What can be said by now, a sentence on heads and one on bits."""
    told = (_heads_sentence(found, said["heads"]), _bits_sentence(found, said["bits"]))
    return [one for one in told if one is not None]


def _heads_sentence(found: Shrunk, said: Mapping[str, str]) -> str | None:
    whole, count, every = found.whole, spared(found), len(found.heads)
    if whole is None or count is None:
        return None
    scores = [whole, *(one.score for one in found.cut)]
    shown = {"whole": percent(whole.exact, 1), "score": percent(scores[count].exact, 1)}
    if count == every:
        return said["all"].format(heads=every, **shown)
    shown["next"] = percent(scores[count + 1].exact, 1)
    return said["some" if count else "none"].format(cut=count, heads=every, left=every - count, **shown)


def _bits_sentence(found: Shrunk, said: Mapping[str, str]) -> str | None:
    small = fewest_bits(found)
    if small is None:
        return None
    whole, after = found.stored[0], found.stored[found.stored.index(small) + 1 :]
    shown = {"size": _kilobytes(small.size), "whole_size": _kilobytes(whole.size)}
    shown |= {"score": percent(small.score.exact, 1), "whole": percent(whole.score.exact, 1)}
    if not after:
        return said["all"].format(bits=small.bits, **shown)
    shown |= {"next_bits": str(after[0].bits), "next": percent(after[0].score.exact, 1)}
    return said["none" if small is whole else "some"].format(bits=small.bits, **shown)


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f}"


# ---- charts ----------------------------------------------------------------------------------------------------------


def _by_heads(found: Shrunk, said: Mapping[str, Any]) -> None:
    chart = said["chart"]
    spec = score_by_size("heads", chart["heads"], chart["exact"])
    data = {SMALLER_DATASET: head_rows(found, said)}
    st.vega_lite_chart(spec | {"datasets": data}, key="translate_smaller_heads")
    st.caption(chart["heads_line"])


def head_rows(found: Shrunk, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """From all heads to none, as far as it is known; each point names the head that went."""
    if found.whole is None:
        return []
    count = len(found.heads)
    told = [said["chart"]["all_heads"], *(head_name(one.head, said) for one in found.cut)]
    scores = [found.whole, *(one.score for one in found.cut)]
    return [
        {"size": count - gone, **_shown(score, found.examples), "label": "", "told": name}
        for gone, (score, name) in enumerate(zip(scores, told, strict=True))
    ]


def _by_bytes(found: Shrunk, said: Mapping[str, Any]) -> None:
    chart = said["chart"]
    rows = [
        {"size": one.size, **_shown(one.score, found.examples), "label": str(one.bits)}
        | {"told": chart["of_bits"].format(bits=one.bits, size=_kilobytes(one.size))}
        for one in found.stored
    ]
    spec = score_by_size("bytes", chart["bytes"], chart["exact"])
    st.vega_lite_chart(spec | {"datasets": {SMALLER_DATASET: rows}}, key="translate_smaller_bytes")
    st.caption(chart["bytes_line"])


def _shown(score: Score, examples: int) -> dict[str, float]:
    return {"exact": score.exact, **asdict(wilson(score.exact, examples))}


def head_name(head: Head, said: Mapping[str, Any]) -> str:
    """A head by its place, counted from 1."""
    return str(said["head"]).format(part=said["parts"][head.part], layer=head.layer + 1, head=head.head + 1)


def _alone(found: Shrunk, said: Mapping[str, Any]) -> None:
    rows = lost_rows(found, said)
    if rows:
        st.markdown(f"**{said['alone']['title']}**")
        st.caption(said["alone"]["line"])
        table_view(rows)


def lost_rows(found: Shrunk, said: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Points that are lost without each head alone: a row for each layer, a column for each head."""
    whole, alone = found.whole, said["alone"]
    if whole is None:
        return []
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for one in found.alone:
        place = (one.head.part, one.head.layer)
        row = rows.setdefault(place, {alone["where"]: _where(one.head, said)})
        row[alone["column"].format(head=one.head.head + 1)] = f"{100 * (whole.exact - one.score.exact):.1f}"
    return list(rows.values())


def _where(head: Head, said: Mapping[str, Any]) -> str:
    return str(said["alone"]["row"]).format(part=said["parts"][head.part], layer=head.layer + 1)
