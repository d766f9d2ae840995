"""The controls that describe a race, and the plan they make.

The link says which race it is and who takes part; the other values are the session's, and then those of the run.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import pandas as pd
import streamlit as st

from attnlab.charts import contender_name
from attnlab.engine import SpecError
from attnlab.languages import present
from attnlab.models import FamilyName, describe
from attnlab.models.config import ModelPositions
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.training import AS_IT_COMES, Training
from attnlab.tasks import PRESETS, Reading, Series, example_text
from attnlab.training.plans.plan import ModeName, RacePlan
from attnlab.training.shown.races import FURTHER, RACES
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.kit.session import link, set_values, value_now
from attnlab.ui.races.before_start import lr_shown
from attnlab.ui.races.plan_form import PlanForm, form_row
from attnlab.ui.races.uploads.own_texts import long_texts, own_texts_plan, texts_facts, vocabulary_size
from attnlab.ui.races.verdict import lanes_view
from attnlab.ui.training.contenders import CHOSEN, contender_controls
from attnlab.ui.training.series_source import lags_control, series_facts, series_plan
from attnlab.ui.training.story import ends_view, question_view, told_of

DEFAULT_FAMILIES: tuple[FamilyName, ...] = ("transformer", "lstm", "tcn")
OWN_TEXT = "own_text"
RACE = "t_race"


def plan_controls(words: Mapping[str, Any]) -> RacePlan | None:
    """Draw the controls; the plan, or None after saying what does not fit."""
    kinds = Training.kinds()
    if st.session_state.get(RACE) is None:  # the page opens, or what a browser sent was no race
        st.session_state[RACE] = fields.read(link(), {RACE: kinds[RACE]})[RACE]
    st.pills(
        words["page"]["race"],
        kinds[RACE].options,
        required=True,
        format_func=lambda name: _told(name, words)["title"],
        key=RACE,
        on_change=_take_race,
        label_visibility="collapsed",
    )
    race = value_now(kinds, RACE)
    told = _told(race, words)
    st.markdown(words["page"]["told"].format(**{name: told[name] for name in ("title", "line", "point")}))
    try:
        base = _base(race, words)
        if base is None:
            return None
        plan = _adjusted(base, race, words)
        if race == "csv":
            texts_facts(plan)
        if isinstance(plan.task, Series):
            series_facts(plan.task, words["series"])
    except SpecError as error:
        labels = knob_labels(words["knobs"]) | page_prose("names")["own"] | {"contenders": words["form"]["contenders"]}
        st.error(words["page"]["refused"].format(reason=refusal_sentence(error, labels)))
        return None
    if plan.free_width:
        st.caption(words["own"]["free_width"])
    return plan


def story_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """What the race asks, who takes part, and where earlier ones ended."""
    left, right = st.columns((3, 2), gap="large")
    with left:
        question_view(plan, words)
        lanes_view(plan, words)
    with right, st.container(key="training_ends"):
        ends_view(value_now(Training.kinds(), RACE), plan, words)
    with st.expander(words["page"]["sizes"], key="sizes"):
        _sizes(plan, words["facts"])


def race_title(plan: RacePlan, words: Mapping[str, Any]) -> str:
    """What a run of this plan is called until somebody renames it."""
    return told_of(plan, words)["title"]


def _take_race() -> None:
    """Another race has other contenders."""
    set_values({CHOSEN: AS_IT_COMES})


def _told(race: str, words: Mapping[str, Any]) -> dict[str, str]:
    """The prose of a race: its own, or that of its task."""
    task = RACES[race].task_name if race in RACES else race
    told: dict[str, str] = words["races"].get(race) or words["tasks"][task]
    return told


def _base(race: str, words: Mapping[str, Any]) -> RacePlan | None:
    """The race as it comes, with the learner's data if it needs some; None while these are missing."""
    if race == "series":
        return series_plan(RACES[race], words)
    if race in RACES:
        return RACES[race]
    if race == "next_character":
        return _text_plan(words["page"])
    if race == "csv":
        return own_texts_plan(words["page"], _csv_plan, key="own_csv")
    return FURTHER[race]


def _text_plan(page: Mapping[str, str]) -> RacePlan | None:
    text = st.text_area(page["data_text"], height=120, help=page["data_text_help"], key=OWN_TEXT)
    if not (text or "").strip():
        st.info(page["text_missing"], icon=":material/edit_note:")
        st.button(page["text_example"], on_click=_take_example, key="own_text_example")
        return None
    return RacePlan(
        task_name="next_character", contenders=DEFAULT_FAMILIES, steps=300, data=text.encode(errors="replace")
    )


def _take_example() -> None:
    st.session_state[OWN_TEXT] = example_text(present().code)


def _csv_plan(data: bytes, reading: Reading) -> RacePlan:
    return RacePlan(task_name="csv", contenders=DEFAULT_FAMILIES, steps=200, data=data, **asdict(reading))


def _adjusted(base: RacePlan, race: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, race, words["knobs"])
    sizes: dict[str, Any] = {}
    with form_row():
        chosen: dict[str, Any] = {"contenders": contender_controls(base, race, words)}
    with (row := form_row()):
        chosen |= form.length()
    if race == "csv":
        with (row := form_row()):
            sizes["max_tokens"], chosen["cut"] = long_texts(form)
    if isinstance(base.task, Series):
        with row:
            sizes["lags"] = lags_control(form, base.task)
    with row, st.popover(words["page"]["more"], icon=":material/tune:"):
        chosen |= _more(form, words["sections"])
        if race == "csv":
            sizes["max_vocabulary"] = vocabulary_size(form)
    preset = PRESETS[base.task_name][base.preset]
    changed = {name: int(size) for name, size in sizes.items() if size != preset[name]}
    return form.plan(**chosen, sizes={**base.sizes, **changed})


def _more(form: PlanForm, sections: Mapping[str, str]) -> dict[str, Any]:
    """The drawer: what a plan has beyond the first screen, by the plan's own names."""
    found: dict[str, Any] = {}
    st.markdown(f"**{sections['models']}**")
    with st.container(horizontal=True, gap="small"):
        found["budget"] = form.number("budget", 1000)
        found["num_layers"] = form.number("num_layers")
        found["num_heads"] = form.number("num_heads")
        found["positions"] = form.pick("positions", get_args(ModelPositions))
        found["mode"] = form.pick("mode", get_args(ModeName))
        found["levels"] = form.number("levels")
        found["kernel_size"] = form.number("kernel_size")
        found["dropout"] = form.number("dropout", 0.05)
    st.markdown(f"**{sections['training']}**")
    with st.container(horizontal=True, gap="small"):
        found["batch_size"] = form.number("batch_size")
        found["lr_factor"] = form.lr_factor()
        found["warmup"] = form.number("warmup")
        found["seconds"] = form.number("seconds", 1.0)
    return found


def _sizes(plan: RacePlan, said: Mapping[str, str]) -> None:
    helped = {
        said["body"]: st.column_config.NumberColumn(help=said["body_help"]),
        said["all"]: st.column_config.NumberColumn(help=said["all_help"]),
        said["state"]: st.column_config.NumberColumn(help=said["state_help"]),
        said["field"]: st.column_config.TextColumn(help=said["field_help"]),
    }
    st.dataframe(_facts(plan, said), hide_index=True, column_config=helped)


def _facts(plan: RacePlan, words: Mapping[str, str]) -> pd.DataFrame:
    """Who is who before the start."""
    rows = []
    for key in plan.contenders:
        facts = describe(plan.model_config(key), plan.task.info.seq_len)
        rows.append(
            {
                words["contender"]: contender_name(key),
                words["body"]: facts.body_parameters,
                words["all"]: facts.parameters,
                words["state"]: facts.state_size,
                words["field"]: str(facts.receptive_field or words["unlimited"]),
                words["lr"]: lr_shown(plan.rate(key).lr, untuned=key in plan.untuned),
            }
        )
    return pd.DataFrame(rows)
