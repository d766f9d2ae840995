"""The translate page: a sentence in three translations, one of them looked into; what to train, and how good it is."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.looks.pretrained.translations import PretrainedSearch, pretrained_translation
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import Search, heads_of, hypothesis, reference_of, task_of, translated
from attnlab.pictures.translation.bridge import Picture, translation_payload
from attnlab.pretrained import translators
from attnlab.prose import in_a_row, page_prose
from attnlab.settings.attention import SHIPPED
from attnlab.settings.translate import Translate
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shipped_translation import shipped_plan
from attnlab.training.shown.translation_plans import translation_of
from attnlab.training.stored import plan_of
from attnlab.ui.canvases.canvas import translation
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.races import runs
from attnlab.ui.races.before_start import before_start
from attnlab.ui.races.history import history_view
from attnlab.ui.races.polling import poll_s
from attnlab.ui.races.race import race_view
from attnlab.ui.races.shown_run import shown_run, start_run
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.races.verdict import verdict_view
from attnlab.ui.translate.controls import (
    CANVAS_KEY,
    PICTURE,
    chosen_step,
    sentence_controls,
    take_selection,
    translate_settings,
)
from attnlab.ui.translate.forming import forming_view
from attnlab.ui.translate.notes import about_run, pretrained_notes, sentence_notes
from attnlab.ui.translate.scores import scores_view
from attnlab.ui.translate.search import search_view
from attnlab.ui.translate.setup import setup_view
from attnlab.ui.translate.smaller import smaller_view

POLL_S = 1.5


def translate_page() -> None:
    """What comes with the app is translated whatever becomes of the store, which only training needs."""
    words = page_prose("translate")
    refused_in_link("translate", Translate.kinds())
    store, shown, plan = _shown()
    of_others, models = translate_settings().model != SHIPPED, translators()
    st.caption(words["page"]["intro_of_others" if of_others else "intro"])
    learned = plan or shipped_plan()
    sentence_controls(words, translation_of(learned), learned.families, models)
    live = st.fragment(_picture, run_every=poll_s(shown, POLL_S), key=PICTURE)
    live(store, shown, plan)
    forming_view(store, None if of_others else shown, plan, words)
    if not of_others:
        scores_view(lambda: origin_of(store, shown, plan), words)
        smaller_view(lambda: origin_of(store, shown, plan), words)
    if store is not None:
        _training(store, shown, plan, words)


def _shown() -> tuple[RunStore | None, Run | None, RacePlan | None]:
    """The store, and the run of the link with its plan; None after saying what is wrong with it."""
    store = None
    try:
        store = run_store.store()
        runs.jobs().ensure()
        shown = shown_run(store, "translation")
        return store, shown, plan_of(store, shown) if shown else None
    except StoreFault as fault:
        st.error(store_trouble(fault))
        return None, None, None
    except (SpecError, StoreError) as error:
        st.error(store_trouble(error))
        return store, None, None


def origin_of(store: RunStore | None, shown: Run | None, plan: RacePlan | None) -> Origin:
    """Whose translations are shown: a run's at the chosen snapshot, or, before its first one, the app's own."""
    if store is not None and shown is not None and plan is not None:
        steps = common_steps(store, shown.id, plan.families)
        if steps:
            return Origin("translation", store, shown.id, chosen_step(steps))
    return Origin("translation")


# ---- the picture -----------------------------------------------------------------------------------------------------


def _picture(store: RunStore | None, shown: Run | None, plan: RacePlan | None) -> None:
    """What must be said about the sentence, the picture, and the tree of its search."""
    words = page_prose("translate")
    page = words["page"]
    settings = translate_settings()
    say_refused("translate", settings.kinds(), settings.values(), page["link_refused"])
    try:
        origin = origin_of(store, shown, plan)
        if shown is not None and settings.model == SHIPPED:
            about_run(origin, shown, words)
        forming = shown is not None and shown.is_active
        picture, refused = drawn(
            "translate", lambda: settings, lambda one: _picture_of(origin, one, forming=forming), Translate
        )
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    except (SpecError, OSError) as error:
        st.error(page["not_shipped"].format(reason=store_trouble(error)))
        return
    with said("translate"):
        if refused is None:
            st.caption(in_a_row(_notes(picture, origin, shown, settings, words)))
        else:  # in the place of what was said of the last good sentence, whose picture stays
            labels = control_labels(settings.kinds(), words["controls"])
            labels |= {"sentence": page["text"], "text": page["text_own"], "model": labels["tr_model"]}
            say_refusal(refused, page["refused"], labels)
    ours = origin.plan.data is None and not picture.name
    told = words["picture"] if ours else words["picture"] | {"language": ""}
    payload = translation_payload(picture, settings, settings.changed(), told)
    translation(payload, key=CANVAS_KEY, on_selection_change=take_selection)
    if not picture.name:
        search_view(picture.written, task_of(origin).written_symbols, settings, words["search"])


def _notes(
    picture: Picture, origin: Origin, shown: Run | None, settings: Translate, words: Mapping[str, Any]
) -> list[str]:
    if picture.name:
        return pretrained_notes(pretrained_translation(_search_of(settings)), settings, words["notes"])
    notes = sentence_notes(picture.written, origin, settings, words["notes"])
    if shown is None:
        pairs = f"{task_of(origin).num_pairs:,}"
        notes.append(words["page"]["of_shipped"].format(steps=origin.plan.steps, pairs=pairs))
    return notes


def _search_of(settings: Translate) -> PretrainedSearch:
    return PretrainedSearch(settings.model, settings.text, settings.beams, settings.alpha, settings.hypothesis)


def _picture_of(origin: Origin, settings: Translate, *, forming: bool) -> Picture:
    if settings.model != SHIPPED:  # drawn as the family is that it belongs to
        written = pretrained_translation(_search_of(settings)).written
        return Picture("transformer", written, (), {"transformer": written}, None, name=settings.model)
    families = origin.plan.families
    family = settings.family if settings.family in families else families[0]
    search = Search(settings.text, settings.beams, settings.alpha)
    sentences = {one: translated(origin, one, search) for one in families}
    written = sentences[family] = hypothesis(origin, family, search, settings.hypothesis)
    reference = reference_of(task_of(origin), written.source.ids)
    return Picture(family, written, heads_of(origin, family), sentences, reference, forming)


# ---- training --------------------------------------------------------------------------------------------------------


def _training(store: RunStore, shown: Run | None, plan: RacePlan | None, words: Mapping[str, Any]) -> None:
    """Set a race up, watch it, find earlier ones: by the parts and in the words of the training page."""
    races = page_prose("training")
    if shown and plan:
        verdict_view(store, shown, plan, races)
        race_view(store, shown, plan, races)
    with st.expander(words["setup"]["title"], key="translate_setup", on_change="rerun") as drawer:
        if drawer.open:
            wanted = setup_view(words)
            before_start(wanted.plan if wanted else None)
            pressed = st.button(
                words["setup"]["start"], type="primary", icon=":material/play_arrow:", disabled=wanted is None
            )
            if pressed and wanted:
                start_run(store, wanted.plan, wanted.name)
    history_view(store, shown, races, "translation")
