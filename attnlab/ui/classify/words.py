"""Any sentence, word by word: what each contender says of it, which words decided, and what if a word were another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import pandas as pd
import streamlit as st
from torch import Tensor

from attnlab.charts import STYLES
from attnlab.looks.trained.classifications import (
    WordLook,
    classifiers,
    said_of,
    strongest_picks,
    task_of,
    word_look,
)
from attnlab.looks.trained.opened import Origin
from attnlab.models import PRETRAINED_FAMILIES, FamilyName
from attnlab.prose import listed, name_of, page_prose, percent
from attnlab.settings import links
from attnlab.settings.classify import ALL_HEADS, Classify
from attnlab.tasks import ReadText
from attnlab.text import MAX_CHARACTERS, UNKNOWN, formula_safe
from attnlab.training.classifier_file import Classifier
from attnlab.ui.canvases.chips import chips
from attnlab.ui.canvases.maps import Panel, maps
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import set_values, value_now

CHIPS = "cl_chips"
SHOWN_WORDS = 8
OFFERED_WORDS = 200
"""Of the vocabulary, to choose from while a word is being changed."""
UNREAD_MOST = 1 / 3
"""From this share of unknown words on, what is said is no verdict on the sentence."""
MOST_MAPPED = 128
"""Words of a text whose maps can still be told apart, and sent."""


@dataclass(frozen=True)
class Shown:
    """What is looked at: one contender on a sentence, and the same sentence before it was changed."""

    origin: Origin
    family: FamilyName
    before: ReadText
    now: ReadText
    place: int | None  # of the word that is being changed

    @property
    def changed(self) -> bool:
        """Whether there is a difference."""
        return self.before.tokens != self.now.tokens

    @property
    def classifier(self) -> Classifier:
        """The contender that is explained."""
        return classifiers(self.origin)[self.family]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes as the language calls them; those of a file, which may be a learner's, as they were written."""
        task = "" if self.origin.file else self.origin.plan.task_name
        return tuple(name_of(task, label) for label in self.classifier.labels)

    @property
    def spells(self) -> bool:
        """Whether the contender reads any word, taught here or not."""
        return self.family in PRETRAINED_FAMILIES

    @property
    def watched(self) -> int:
        """The class whose probability is shown: the one that the contender gave the sentence before it was changed."""
        said = said_of(self.origin, self.family, self.before)
        return said.index(max(said))


def words_view(origin: Origin, words: Mapping[str, Any]) -> None:
    """The sentence, its change, and all that follows. Raises what `classifiers` does."""
    said = words["words"]
    _texts(origin, said)
    choices = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with choices:
        family, occlude = _choices(origin)
    reader = classifiers(origin)[family].reader
    before = reader.read(st.session_state["cl_text"] or "")
    if not before.ids:
        written = [word for word in reader.words if any(map(str.isalnum, word))]
        known = listed(map(plain, written[:SHOWN_WORDS]))
        st.info(said["nothing"].format(words=known))
        return
    now = reader.read(st.session_state["cl_instead"] or "")
    shown = Shown(origin, family, before, now if now.ids else before, _place())
    _unknown(shown, said)
    look = word_look(origin, family, shown.now, occlude)
    with choices:
        head = _head(look)
    chips(_payload(shown, look, head, words), key=CHIPS, on_edit_change=_take_edit)
    _maps(look, shown.now, said)
    _probabilities(shown, said)


def _texts(origin: Origin, said: Mapping[str, str]) -> None:
    opening, draw = Classify().text, Drawing(Classify.kinds(), said)
    if origin.store is not None and st.session_state.get("cl_text", opening) == opening:
        _open_with_known(origin)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        draw.sentence("cl_text", said["sentence"], help=said["sentence_help"])
        st.button(said["another"], icon=":material/shuffle:", on_click=_take_another, args=(origin,), key="cl_another")
    draw.sentence("cl_instead", said["instead"], help=said["instead_help"], placeholder=said["instead_help"])


def _open_with_known(origin: Origin) -> None:
    """A run on the learner's rows opens with one of them: of the page's own sentence it knows next to nothing."""
    task = task_of(origin)
    read = task.reader.read(Classify().text)
    if len(read.unknown) > len(read.tokens) // 2:
        _take_another(origin)


def _take_another(origin: Origin) -> None:
    """A text that none of the contenders has trained on."""
    task = task_of(origin)
    number = st.session_state["cl_number"] = st.session_state.get("cl_number", -1) + 1
    text = task.as_written("test", number % task.num_texts("test"))
    set_values({"cl_text": text[:MAX_CHARACTERS], "cl_instead": ""})


def _choices(origin: Origin) -> tuple[FamilyName, str]:
    kinds, found = Classify.kinds(), classifiers(origin)
    chosen = value_now(kinds, "cl_family")
    family = next((name for name in found if name == chosen), next(iter(found)))
    ways = [way for way in kinds["cl_occlude"].options if way != "unknown" or UNKNOWN in found[family].reader.symbols]
    both = ("cl_family", "cl_occlude")
    offered = {"cl_family": list(found), "cl_occlude": ways}
    Drawing(kinds, page_prose("classify")).row(*both, key="looks_row", few=both, offered=offered)
    occlude = value_now(kinds, "cl_occlude")
    return family, occlude if occlude in ways else kinds["cl_occlude"].default


def _head(look: WordLook) -> str:
    """Whose attention the words show."""
    if look.attention is None:
        return ALL_HEADS
    layers, heads = look.attention.shape[:2]
    names = [f"{layer}.{head}" for layer in range(1, layers + 1) for head in range(1, heads + 1)]
    kinds, offered = Classify.kinds(), {"cl_head": [ALL_HEADS, *names]}
    Drawing(kinds, page_prose("classify")).row("cl_head", key="head_row", offered=offered)
    chosen = str(value_now(kinds, "cl_head"))
    return chosen if chosen in offered["cl_head"] else ALL_HEADS


def _place() -> int | None:
    """The word that is being changed, if there is one."""
    sent = st.session_state.get(CHIPS)
    edit = sent.edit if sent is not None and "edit" in sent else None
    place = edit.get("place") if isinstance(edit, dict) else None
    return place if isinstance(place, int) and not isinstance(place, bool) and place >= 0 else None


def _take_edit() -> None:
    """The sentence as it was changed word by word; as it was, it needs no second field."""
    edit = st.session_state[CHIPS].get("edit")
    text = edit.get("text") if isinstance(edit, dict) else None
    if isinstance(text, str) and len(text) <= MAX_CHARACTERS:
        same = text == st.session_state.get("cl_unchanged")
        set_values({"cl_instead": "" if same else text})


def _unknown(shown: Shown, said: Mapping[str, str]) -> None:
    """Words that nobody has been taught."""
    missing = dict.fromkeys((*shown.before.unknown, *shown.now.unknown))
    if missing:
        key = "unknown_read" if UNKNOWN in shown.classifier.reader.symbols else "unknown_words"
        if any(family in PRETRAINED_FAMILIES for family in classifiers(shown.origin)):
            key = "unknown_spelled"
        named = listed(plain(links.shortened(word)) for word in list(missing)[:SHOWN_WORDS])
        st.caption(said[key].format(words=named))


# ---- what the component draws ----------------------------------------------------------------------------------------


def _payload(shown: Shown, look: WordLook, head: str, words: Mapping[str, Any]) -> dict[str, Any]:
    text, label = words["chips"], shown.labels[shown.watched]
    base = " ".join(shown.before.written)
    st.session_state["cl_unchanged"] = base
    reader = shown.classifier.reader
    different = changed_words(shown.before.written, shown.now.written)
    partly = shown.now.unread >= UNREAD_MOST and not shown.spells
    return {
        "base": base,
        "words": [
            {
                "text": word,
                "changed": place in different,
                "unknown": word in shown.now.unknown and not shown.spells,
                "read": place not in shown.now.left_out,
            }
            for place, word in enumerate(shown.now.written)
        ],
        "partly": _partly(shown.now, text) if partly else "",
        "verdicts": [_verdict(shown, family, text) for family in classifiers(shown.origin)],
        "rows": _rows(shown, look, head, words),
        "vocabulary": list(reader.words[:: -(-len(reader.words) // OFFERED_WORDS)]),
        "picks": [
            {"word": word, "text": text["pick"].format(word=word, value=percent(kept))} for word, kept in _picks(shown)
        ],
        "text": {
            "verdicts": text["verdicts"].format(label=label),
            "picks": text["picks"].format(label=_verdict_label(shown)),
            **{name: text[name] for name in ("edit", "group", "hint", "replace", "remove", "known")},
        },
    }


def _partly(text: ReadText, said: Mapping[str, str]) -> str:
    """That a verdict is of a part of the sentence alone."""
    unread = sum(word in text.unknown for word in text.written)
    return said["partly"].format(read=len(text.written) - unread, count=len(text.written))


def _verdict_label(shown: Shown) -> str:
    """What the contender says of the sentence as it is now."""
    verdict = said_of(shown.origin, shown.family, shown.now)
    return shown.labels[verdict.index(max(verdict))]


def _picks(shown: Shown) -> tuple[tuple[str, float], ...]:
    place = None if shown.place is None else shown.now.place_read(shown.place)
    if place is None:
        return ()
    return strongest_picks(shown.origin, shown.family, shown.now, place)


def _verdict(shown: Shown, family: FamilyName, text: Mapping[str, str]) -> dict[str, Any]:
    """One contender's bar: the watched class, now and before."""
    now = said_of(shown.origin, family, shown.now)
    before = said_of(shown.origin, family, shown.before)
    labels, name = shown.labels, name_of("family", family)
    value = percent(now[shown.watched], 1)
    return {
        "name": name,
        "color": STYLES[family].color,
        "said": text["verdict"].format(name=name, label=labels[now.index(max(now))]),
        "part": now[shown.watched],
        "before": before[shown.watched] if shown.changed else None,
        "shown": value,
        "note": text["before"].format(value=percent(before[shown.watched], 1)) if shown.changed else "",
    }


def _rows(shown: Shown, look: WordLook, head: str, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    text, said = words["chips"], words["words"]
    tokens, rows = shown.now.tokens, []
    if look.shares is not None:
        name = f"shares_{shown.family}"
        rows.append(_row(text[name], text[f"{name}_note"], tokens, look.shares))
    if look.attention is not None:
        rows.append(_row(text["attention"], text["attention_note"], tokens, _looked_at(look.attention, head)))
    known = look.agreement is not None
    agrees = said["agrees"].format(value=f"{look.agreement:.2f}") if known else said["agrees_none"]
    rows.append(_row(text["influence"], text["influence_note"].format(agreement=agrees), tokens, look.influence))
    note = text["occlusion_note"].format(label=_verdict_label(shown))
    rows.append(_row(text["occlusion"], note, tokens, look.occlusion.drop, signed=True))
    return rows


def _row(name: str, note: str, tokens: Sequence[str], values: Tensor, *, signed: bool = False) -> dict[str, Any]:
    """Shares are shaded up to the largest of them; what is signed, such as drops, as it is."""
    numbers = [float(value) for value in values]
    most = 1.0 if signed else max(*numbers, 1e-9)
    cells = [
        {
            "text": token,
            "part": value / most,
            "shown": f"{round(value, 2) + 0.0:+.2f}" if signed else percent(value),  # + 0.0: no -0.00
        }
        for token, value in zip(tokens, numbers, strict=True)
    ]
    return {"name": name, "note": note, "cells": cells, "signed": signed}


def _looked_at(attention: Tensor, head: str) -> Tensor:
    """(T,): the mean weight of each word over all that ask, of one head or of all."""
    layers, heads = attention.shape[:2]
    if head != ALL_HEADS:
        layer, number = (int(part) for part in head.split("."))
        if layer <= layers and number <= heads:
            return attention[layer - 1, number - 1].mean(0)
    return attention.mean((0, 1, 2))


def changed_words(before: Sequence[str], now: Sequence[str]) -> set[int]:
    """Places of the words that were not there before, or not there."""
    blocks = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    return {place for kind, _, _, start, end in blocks if kind != "equal" for place in range(start, end)}


# ---- what stands below it --------------------------------------------------------------------------------------------


def _maps(look: WordLook, text: ReadText, said: Mapping[str, str]) -> None:
    if look.attention is None:
        return
    with st.expander(said["maps"]):
        if len(text.tokens) > MOST_MAPPED:
            st.caption(said["maps_long"].format(most=MOST_MAPPED, count=len(text.tokens)))
            return
        panels = [
            Panel(said["head_one"].format(layer=layer + 1, head=head + 1), weights, text.tokens, text.tokens)
            for layer, heads in enumerate(look.attention)
            for head, weights in enumerate(heads)
        ]
        maps(panels, said, said["maps_hint"], key="cl_maps")


def _probabilities(shown: Shown, said: Mapping[str, str]) -> None:
    """Every class of every contender, where there are more than a bar can tell."""
    labels = shown.labels
    if len(labels) < 3:  # the other one is what is left
        return
    with st.expander(said["probabilities"]):
        rows = [
            {
                said["contender"]: name_of("family", family),
                **{formula_safe(label): value for label, value in zip(labels, probabilities, strict=True)},
            }
            for family in classifiers(shown.origin)
            for probabilities in [said_of(shown.origin, family, shown.now)]
        ]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={
                formula_safe(label): st.column_config.NumberColumn(label, format="percent") for label in labels
            },
            height="content",
        )
