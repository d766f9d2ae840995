"""Who takes part in a race that is set up: families, and contenders that differ from one in a setting.

The link says who does. A contender with a setting of its own can be added, and goes when it is no longer chosen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts import contender_name, setting_name
from attnlab.engine import SpecError
from attnlab.prose import name_of
from attnlab.settings.training import AS_IT_COMES, Training, contenders_in, contenders_said
from attnlab.training.plans.checks import families_of
from attnlab.training.plans.contender import SETTINGS, contender
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store.values import MAX_CONTENDERS
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.kit.session import set_values, value_now

CHOSEN = "t_contenders"


def contender_controls(base: RacePlan, race: str, words: Mapping[str, Any]) -> tuple[str, ...]:
    """Draw the controls; the keys of those who take part.

    Args:
        base: the race as it comes.
        race: its name, a part of the keys of its widgets.
        words: the page's prose.
    """
    now = contenders_now(base)
    known = tuple(dict.fromkeys((*families_of(base.task_name), *base.contenders, *now)))
    key = f"contenders_{race}"
    st.session_state[key] = list(now)
    st.pills(
        words["form"]["contenders"],
        known,
        selection_mode="multi",
        format_func=contender_name,
        key=key,
        on_change=_take_chosen,
        args=(key, base),
    )
    with st.popover(words["own"]["add"], icon=":material/add:"):
        _add(now, known, base, race, words)
    return now


def contenders_now(base: RacePlan) -> tuple[str, ...]:
    """Those of the link, else those of the race."""
    said = value_now(Training.kinds(), CHOSEN)
    return base.contenders if said == AS_IT_COMES else contenders_in(said)


def _take_chosen(key: str, base: RacePlan) -> None:
    _tell(st.session_state[key], base)


def _tell(keys: Sequence[str], base: RacePlan) -> None:
    set_values({CHOSEN: AS_IT_COMES if tuple(keys) == base.contenders else contenders_said(keys)})


def _add(now: tuple[str, ...], known: Sequence[str], base: RacePlan, race: str, words: Mapping[str, Any]) -> None:
    """Whom to take, which setting to change, and to what; where none comes of it that is said, and the race stays."""
    said = words["own"]
    st.caption(said["line"])
    like = st.selectbox(said["like"], known, format_func=contender_name, key=f"like_{race}")
    has = [name for name, setting in SETTINGS.items() if contender(like).family in setting.families]
    setting = st.selectbox(said["setting"], has, format_func=lambda name: name_of("own", name), key=f"setting_{race}")
    word = st.selectbox(
        said["value"],
        SETTINGS[setting].options,
        format_func=lambda option: setting_name(setting, option),
        key=f"value_{race}_{setting}",
    )
    new = None
    try:
        new = contender(like).changed(setting, word).key
    except SpecError as error:
        st.caption(refusal_sentence(error, {"contenders": words["form"]["contenders"]}))
    full = len(now) >= MAX_CONTENDERS
    st.button(
        said["add_named"].format(name=contender_name(new)) if new else said["add"],
        on_click=_tell,
        args=((*now, new), base),
        disabled=full or not new or new in now,
        key=f"add_{race}",
    )
    if full:
        st.caption(said["full"].format(most=MAX_CONTENDERS))
