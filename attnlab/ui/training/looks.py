"""Attention and influence of all contenders at one snapshot; a scrubber moves them together through time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from torch import Tensor

from attnlab.charts import contender_name, styles
from attnlab.engine import TRAINED, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.named import EXPLORED, Named
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import Look, Probe, held_out_probe, look, typed_probe, verdict
from attnlab.models.vocabulary import Vocabulary
from attnlab.paths import PAGES
from attnlab.prose import SPECIAL, names_in, page_prose, token_name
from attnlab.settings.drawn import told
from attnlab.tasks import Digits, class_names
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.contender import contender
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.canvases.maps import Panel, maps
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.kit.session import rerun
from attnlab.ui.races.polling import poll_s
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.training.drawing import picture_probe, verdicts_on
from attnlab.ui.training.insight.dna import dna_refusal
from attnlab.ui.training.pictures import on_picture

POLL_S = 1.5
LOOKS, ANSWERS, INSIGHT = "looks_now", "answers_now", "insight_now"  # fragments
SCRUBBER = "scrubber"
SPELLED = ("next_character", "motif")
"""Tasks whose symbols are letters, which stand side by side without spaces."""
MOST_KNOWN = 12
MAP_HEIGHT, INFLUENCE_HEIGHT = 340, 240
"""Symbols of the vocabulary that a refusal lists."""


def looks_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Follow the newest snapshot while the race runs and nobody has taken the scrubber."""
    live = st.fragment(_looks, run_every=poll_s(run, POLL_S), key=LOOKS)
    live(store, run.id, plan, words)


def _looks(store: RunStore, run_id: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    said = words["looks"]
    st.subheader(said["title"], anchor=False)
    try:
        steps = common_steps(store, run_id, plan.contenders)
        if not steps:
            st.caption(said["not_yet"])
            _awaited(said)
            return
        step = _scrubber(steps, run_id, said)
        probe = _probe(plan, run_id, words)
        if probe is None:
            return
        origin = Origin("sequence", store, run_id, step)
        seen = {key: look(origin, key, probe) for key in plan.contenders}
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    except (SpecError, ValueError) as refused:
        st.error(refusal_sentence(refused))
        return
    links = _links(origin, seen, probe)
    grid = plan.task.info.grid
    if grid is not None:
        verdicts_on({key: verdict(origin, key, probe) for key in seen}, class_names(plan.task), words)
        on_picture(seen, probe, grid, said)
        for key in links:
            _explorer(key, links, said)
    else:
        _on_positions(seen, probe, plan, links, said)


def _on_positions(
    seen: Mapping[str, Look],
    probe: Probe,
    plan: RacePlan,
    links: Mapping[str, dict[str, str]],
    said: Mapping[str, str],
) -> None:
    """Attention and influence between the positions of a sequence."""
    for key, one in seen.items():
        if one.attention is not None:
            _attention(key, one, probe, named(plan, probe.tokens), said)
        if key in links:
            _explorer(key, links, said)
    st.markdown(f"**{said['influence']}**")
    st.caption(said["influence_line"])
    colors = {key: style.color for key, style in styles(plan.contenders).items()}
    panels = [
        Panel(
            contender_name(key),
            one.influence,
            named(plan, probe.tokens),
            named(plan, probe.tokens),
            _note(one, said),
            colors[key],
            items=probe.items,
        )
        for key, one in seen.items()
    ]
    maps(panels, said, said["influence_hint"], key="influence_maps")


def _awaited(said: Mapping[str, str]) -> None:
    """Empty frames where the pictures will stand, so that nothing moves when they come."""
    for name, height in (("waits_map", MAP_HEIGHT), ("waits_influence", INFLUENCE_HEIGHT)):
        with st.container(border=True, height=height, key=f"skeleton_{name}"):
            st.caption(said[name])


def _scrubber(steps: list[int], run_id: str, said: Mapping[str, str]) -> int:
    """The newest snapshot until somebody moves the slider; then what they chose."""
    if len(steps) == 1:
        return steps[0]
    step = chosen_step(run_id, steps)
    live_slider(
        said["snapshot"],
        key=SCRUBBER,
        name="snapshot",
        value=step,
        stops=steps,
        play=said["replay"],
        on_value_change=lambda: _take_step(run_id, steps),
    )
    return step


def chosen_step(run_id: str, steps: list[int]) -> int:
    """The snapshot that is looked at: the newest, until somebody moves the scrubber to an earlier one."""
    chosen = st.session_state.get(f"snapshot_{run_id}")
    return int(chosen) if chosen in steps else steps[-1]


def _take_step(run_id: str, steps: list[int]) -> None:
    sent = slid(SCRUBBER)
    if sent is not None:
        step = min(steps, key=lambda one: abs(one - sent[0]))
        st.session_state[f"snapshot_{run_id}"] = None if step == steps[-1] else step
        rerun(LOOKS, ANSWERS, INSIGHT)


def _probe(plan: RacePlan, run_id: str, words: Mapping[str, Any]) -> Probe | None:
    """A held-out example, or what the learner types or draws instead; None after saying what is wrong with it."""
    said = words["looks"]
    number_key = f"probe_number_{run_id}"
    number = st.session_state.setdefault(number_key, 0)
    shown = held_out_probe(plan.task, number)
    if isinstance(plan.task, Digits):
        return picture_probe(plan.task, shown, run_id, number_key, words)
    if plan.task.info.symbols is None:
        st.button(said["other"], on_click=_other, args=(number_key,), key="other_probe")
        return shown
    joint = "" if plan.task_name in SPELLED else " "
    symbols = {name: symbol for table in (SPECIAL, plan.task_name) for symbol, name in names_in(table).items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        # Not given by the session: a browser that is late for the first of two runs would not be told.
        text = st.text_input(
            said["probe"],
            joint.join(named(plan, shown.tokens)),
            key=f"{number_key}_{number}",
            help=said["probe_help"],
            live="120ms",
        )
        st.button(said["other"], on_click=_other, args=(number_key,), key="other_probe")
    most = plan.sequence_config(plan.contenders[0]).max_len
    try:
        # What stands between symbols does not matter; in a text of letters nothing is a name.
        typed = " ".join(symbols.get(word, word) for word in (text or "").split()) if joint else text or ""
        probe = typed_probe(plan.task, typed, most)
    except SpecError as refused:
        if refused.field == "probe_length":
            st.error(said["length"].format(got=plain(str(refused)), most=most))
        elif refused.field == "sequence":
            st.error(dna_refusal(text or "", most - 1, page_prose("training")["motif"]))
        else:
            known = [symbol for symbol in plan.task.info.symbols if symbol.strip()]
            listed = " ".join(named(plan, known[:MOST_KNOWN])) + (" …" if len(known) > MOST_KNOWN else "")
            st.error(said["unknown"].format(symbols=plain(str(refused)[:80]), known=plain(listed)))
        return None
    if probe.unknown:
        st.caption(said["unknown_read"].format(symbols=plain(" ".join(probe.unknown)[:80])))
    return replace(probe, answers=shown.answers) if probe.tokens == shown.tokens else probe


def named(plan: RacePlan, tokens: Sequence[str]) -> tuple[str, ...]:
    """Tokens of a race as the language calls them."""
    return tuple(token_name(token, plan.task_name) for token in tokens)


def _other(number_key: str) -> None:
    st.session_state[number_key] += 1


def _attention(key: str, one: Look, probe: Probe, tokens: Sequence[str], said: Mapping[str, str]) -> None:
    """The map of one head large, those of the others beside it."""
    if one.attention is None:
        return
    st.markdown(f"**{said['attention'].format(name=contender_name(key))}**")
    layers, heads, rows, _ = one.attention.shape
    names = tokens if rows == len(tokens) else (*tokens, *["?"] * len(tokens))
    titles = {
        said["head"].format(layer=layer + 1, head=head + 1): (layer, head)
        for layer in range(layers)
        for head in range(heads)
    }
    large = said["head"].format(layer=layers, head=1)
    if len(titles) > 1:
        label = said["large"]
        large = st.pills(label, titles, default=large, required=True, key=f"large_{key}", label_visibility="collapsed")
    framed = answers_among(probe, rows)
    panels = [
        Panel(
            title,
            one.attention[place],
            names,
            names,
            is_large=title == large,
            framed=framed if title == large else (),
            items=probe.items if rows == len(probe.tokens) else (),
        )
        for title, place in sorted(titles.items(), key=lambda item: item[0] != large)
    ]
    maps(panels, said, said["attention_line"], key=f"attention_maps_{key}")
    if framed:
        st.caption(said["framed"])


def answers_among(probe: Probe, rows: int) -> list[tuple[int, int]]:
    """Row and column of each answer that stands once among what is read: there one would look for it.

    Args:
        probe: the example.
        rows: of a map; twice as many as tokens where blanks to answer on follow.
    """
    behind = rows - len(probe.tokens)
    return [
        (behind + place, probe.tokens.index(answer))
        for place, answer in enumerate(probe.answers)
        if answer is not None and probe.tokens.count(answer) == 1
    ]


def _links(origin: Origin, seen: Mapping[str, Look], probe: Probe) -> dict[str, dict[str, str]]:
    """What opens each contender in the explorer, as far as that can show it."""
    return {
        key: explorer_link(Named(origin, key), probe, one.attention)
        for key, one in seen.items()
        if contender(key).family == EXPLORED and one.attention is not None
        if one.attention.shape[-1] <= MAX_TOKENS
    }


def _explorer(key: str, links: Mapping[str, dict[str, str]], said: Mapping[str, str]) -> None:
    label = said["explorer"] if len(links) == 1 else said["explorer_of"].format(name=contender_name(key))
    st.page_link(PAGES / "attention.py", label=label, icon=":material/grid_view:", query_params=links[key])


def explorer_link(weights: Named, probe: Probe, attention: Tensor) -> dict[str, str]:
    """The same snapshot on the same example as a source of weights, at what its last position looks at most.

    Heads, positions and mask come with the model; how it scores is the explorer's to say.

    Args:
        weights: the snapshot of a contender.
        probe: the example, of symbols; or a test example of numbers, or what was drawn over it.
        attention: (L, H, T, T), what is shown of it.
    """
    origin = weights.origin
    link = {"source": TRAINED, "model": f"{origin.run}:{weights.contender}:{origin.step}"}
    if not origin.plan.sequence_config(weights.contender).scaling:
        link["score"] = "dot"
    if origin.plan.task.info.symbols is None:
        number = probe.number or 0
        drawn = {"drawn": told(number, probe.drawn)} if probe.drawn else {}
        return link | {"example": str(number)} | drawn | _watched(attention, attention.shape[-1])
    vocabulary = Vocabulary(origin.plan.task.info.symbols or ())
    sentence = vocabulary.joined(probe.tokens)
    link["sentence"] = sentence
    read = vocabulary.encode(sentence, MAX_TOKENS).text.tokens  # without padding, or white space around a text
    blanks = attention.shape[-1] - len(probe.tokens)
    if probe.tokens[: len(read)] != read or (blanks and read != probe.tokens) or len(read) + blanks > MAX_TOKENS:
        return link
    return link | _watched(attention, len(read) + blanks)


def _watched(attention: Tensor, last: int) -> dict[str, str]:
    """The last position of an example, and what the first head of the last layer looks at most there."""
    most = int(attention[-1, 0, last - 1, :last].argmax())
    return {"layer": str(len(attention)), "head": "1", "query": str(last), "key": str(most + 1)}


def _note(one: Look, said: Mapping[str, str]) -> str:
    """How influence fades, and whether occlusion agrees."""
    notes = []
    if isinstance(one.fades, str):
        notes.append(said[one.fades])
    elif one.fades is not None:
        notes.append(said["half_life"].format(value=f"{one.fades:.1f}"))
    if one.checked:
        known = one.agreement is not None
        notes.append(said["agrees"].format(value=f"{one.agreement:.2f}") if known else said["agrees_none"])
    return " · ".join(notes)
