"""What must be said around a translation: of the link, of whose translation it is, of what became of the sentence."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.looks.pretrained.translations import PretrainedTranslation, opened_translator
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import task_of
from attnlab.prose import counted, listed
from attnlab.sequences import two_decimals
from attnlab.settings import links
from attnlab.settings.translate import Translate
from attnlab.text import UNKNOWN_SIGN
from attnlab.training import Run
from attnlab.training.scoring.translating import LONGEST_SENTENCE, Written
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.shown_run import RUN
from attnlab.ui.translate.controls import newest, scrubber

UNREAD_MOST = 1 / 3
"""From this share of unknown words on, what is written is no translation of the sentence."""
HAIR_SPACE = "\u200a"
MOST_NAMED = 8
"""Unknown words that are named; more are nonsense anyway."""


def about_run(origin: Origin, shown: Run, words: Mapping[str, Any]) -> None:
    """Whose translators these are, the way through their training, and the way back."""
    page = words["page"]
    name = plain(links.shortened(shown.name))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if origin.store is None:
            st.caption(page["not_yet"].format(run=name), width="content")
        else:
            told = page["of_run"].format(run=name, step=origin.step, steps=origin.plan.steps)
            st.caption(told, width="content")
        if st.button(page["back"], on_click=newest, type="tertiary", icon=":material/undo:", key="translate_back"):
            del st.query_params[RUN]
            st.rerun()
    if origin.store is not None:
        steps = common_steps(origin.store, shown.id, origin.plan.families)
        scrubber(steps, words["forming"]["snapshot"])


def sentence_notes(written: Written, origin: Origin, settings: Translate, said: Mapping[str, str]) -> list[str]:
    """What became of the typed sentence, a sentence each."""
    source = written.source
    notes = _unknown(written, said)
    partly = len(notes) > 1  # says how many words there are, and that the rest does not matter
    if not partly:
        notes.insert(0, counted(said["read"], len(source.tokens)))
    if UNKNOWN_SIGN in written.words:
        notes.append(said["unknown_written"].format(sign=UNKNOWN_SIGN))
    if source.cut:
        notes.append(counted(said["cut"], source.cut, most=task_of(origin).info.source_len))
    if source.closed and not partly:
        notes.append(said["closed"])
    if len(settings.text) > LONGEST_SENTENCE:
        notes.append(said["unread"].format(most=LONGEST_SENTENCE))
    finished = len(written.tree.finished)
    if settings.hypothesis > 1 and finished > 1:
        rank = min(settings.hypothesis, finished)
        notes.append(said["hypothesis"].format(rank=rank, count=finished, log_prob=two_decimals(written.log_prob)))
    return notes


def pretrained_notes(found: PretrainedTranslation, settings: Translate, said: Mapping[str, str]) -> list[str]:
    """What became of the typed sentence in a model that others have trained, and whose it is; a sentence each."""
    written, model = found.written, opened_translator(settings.model)
    halves = {"layers": model.sizes.decoder.num_layers, "heads": model.sizes.decoder.num_heads}
    count = len(written.source.tokens)
    read = said["read_pieces"].format(count=count)
    notes = [said["of_model"].format(name=plain(model.name), kind=model.kind, **halves), read, *_unknown(written, said)]
    if written.source.cut:
        notes.append(said["cut_pieces"].format(count=written.source.cut, most=found.longest))
    if len(settings.text) > LONGEST_SENTENCE:
        notes.append(said["unread"].format(most=LONGEST_SENTENCE))
    if not found.ended:
        notes.append(said["endless"].format(most=len(written.words)))
    if found.rank > 1:
        shown = two_decimals(written.log_prob)
        notes.append(said["hypothesis"].format(rank=found.rank, count=found.hypotheses, log_prob=shown))
    return notes


def _unknown(written: Written, said: Mapping[str, str]) -> list[str]:
    """What the vocabulary lacks of the sentence, if anything."""
    unknown = written.source.unknown
    if not unknown:
        return []
    named = listed(plain(f"“{links.shortened(word)}”") for word in unknown[:MOST_NAMED])
    more = " …" if len(unknown) > MOST_NAMED else ""
    # Where sentences stand without a gap, what is bold would have no end between a full stop and a letter.
    notes = [f"**{said['unknown'].format(symbols=named + more)}**{HAIR_SPACE}"]
    read, count = sum(token not in unknown for token in written.source.tokens), len(written.source.tokens)
    if count - read >= count * UNREAD_MOST:
        notes.append(said["partly"].format(read=read, count=count))
    return notes
