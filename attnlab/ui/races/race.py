"""A run while it trains and after: what it is doing, its curves, who stands where. Read from the store at each poll."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import (
    CURSOR_DATASET,
    CURVES_DATASET,
    FLOORS_DATASET,
    MARKS_DATASET,
    cursor_rows,
    drawable,
    learning_curves,
    thinned,
)
from attnlab.charts.races.curve_rows import Row, curve_rows, filled, lr_marks, scored_examples, unseen_row
from attnlab.charts.races.floor_names import beside
from attnlab.looks.run_store import finals_of
from attnlab.prose import counted
from attnlab.tasks import KINDS, SHARES
from attnlab.training import Run, RunStore, StoreError, StoreFault, UnknownRunError
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import CommandKind
from attnlab.training.tuning.rates import MAX_LR
from attnlab.ui.canvases.orders import orders, presses
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import kept
from attnlab.ui.kit.visitor import visitor
from attnlab.ui.races import runs
from attnlab.ui.races.before_start import beside_measurement
from attnlab.ui.races.polling import Stage, race_poll_s, stage_of
from attnlab.ui.races.standings import standings_view
from attnlab.ui.races.store_trouble import store_trouble, told_message

MOST_POINTS = 4000
STEPS = (1, 10, 100)
ORDERS: Mapping[str, CommandKind] = {"pause": "pause", "resume": "resume", "step": "step", "stop": "stop"}
"""What a press of each button orders."""
SURE_AFTER = 0.05
"""Of a race: before, its pace says little of how long it will last."""
OVERLAY = "overlay"
SEEN = kept("races", "seen")
"""The session's key of the run that is shown, and where it stood when the page was drawn."""


def race_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Poll while there is something to come.

    The orders stand in a fragment of their own, which nothing reruns but they: a click that met a poll under load was
    lost.
    """
    st.subheader(plain(run.name), anchor=False)
    if run.is_active and not runs.is_own(run):
        st.caption(words["run"]["watching"])
    elif run.is_active:
        st.fragment(_orders, key="orders_now")(store, run, plan, words["run"])
    race_now(store, run, plan, words)


def race_now(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """How the race stands, its curves and who is where; the whole page is drawn anew as it comes to another stage."""
    stage = _stage(store, run)
    st.session_state[SEEN] = (run.id, stage)
    live = st.fragment(_race, run_every=race_poll_s(stage), key="race_now")
    live(store, run.id, plan, words)


def _stage(store: RunStore, run: Run) -> Stage:
    """Where the run stands; where the store does not say, the race itself asks again, and tells why."""
    try:
        return stage_of(store, run)
    except (StoreFault, StoreError):
        return "live"


def _race(store: RunStore, run_id: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    try:
        run = store.runs.get(run_id)
        if run.is_active:
            _keep_alive(store, run_id)
        _status(store, run, plan, words["run"])
        points = store.points.thinned(run_id, MOST_POINTS).points
        rows = curve_rows(points)
        _curves(store, run_id, rows, lr_marks(points, words["curves"]["lr_mark"]), plan, words)
        finals = {} if run.is_active else finals_of(store, run_id)
        standings_view(rows, scored_examples(points), finals, plan, words)
        stage = stage_of(store, run)
    except UnknownRunError:
        st.rerun()  # the page says that it is gone
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    if st.session_state.get(SEEN) != (run_id, stage):
        st.rerun()  # all of it: every part of the page has another pace now


def _keep_alive(store: RunStore, run_id: str) -> None:
    """Tell that somebody watches; a store that takes no writes for now is said above what can be read all the same."""
    try:
        store.queue.renew_lease(run_id)
    except StoreFault as fault:
        st.warning(store_trouble(fault))
    runs.supervisor().tick()


def _status(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, str]) -> None:
    if run.status == "queued":
        text = _waiting(store, run, words)
    else:
        left = minutes_left(run, plan)
        name = _said_of(run, plan) if left is None else "running_minutes" if left > 1 else "running_minute"
        text = words[name].format(
            step=run.counters.step,
            steps=plan.steps,
            minutes=left,
            seconds=f"{run.counters.seconds / len(plan.contenders):.0f}",
            message=told_message(run.message),
        )
    steps_done = run.counters.step / plan.steps
    seconds_done = run.counters.seconds / (plan.seconds * len(plan.contenders)) if plan.seconds else 0.0
    done = min(1.0, seconds_done if plan.seconds else steps_done)
    if run.is_active:
        st.progress(done, text=text)
        beside_measurement(training=run.status == "running")
    else:
        st.markdown(text)
    if run.message and run.status not in {"failed", "abandoned"}:  # whose sentence says it
        st.caption(told_message(run.message))
    if trouble := runs.jobs().trouble if run.is_active else "":
        st.warning(told_message(trouble))


def _said_of(run: Run, plan: RacePlan) -> str:
    """The name of the sentence that says how a run that does not wait stands."""
    if run.status == "paused" and run.worker is None:
        return "paused_left"
    timed = plan.seconds is not None and run.status in {"running", "finished"}
    if run.status == "running" and not timed and run.counters.step >= plan.steps:
        return "running_scored"
    return f"{run.status}_seconds" if timed else run.status


def minutes_left(run: Run, plan: RacePlan) -> int | None:
    """How many minutes a race that trains will go on, at its own pace; None where that is not known or not asked."""
    step, steps = run.counters.step, plan.steps
    if run.status != "running" or plan.seconds is not None or not SURE_AFTER * steps <= step < steps:
        return None
    return math.ceil(run.counters.seconds / step * (steps - step) / 60)


def _waiting(store: RunStore, run: Run, words: Mapping[str, str]) -> str:
    """Where a run stands in the queue, and how long those before it will probably take."""
    place, trained, usual_s = store.queue.position(run.id) or 1, store.queue.num_trained(), store.queue.usual_s()
    if not trained and place == 1:
        return words["queued_starting"]
    if not trained or usual_s is None:
        return words["queued"].format(place=place)
    minutes = math.ceil(waiting_s(place, trained, usual_s) / 60)
    if minutes <= 1:
        return words["queued_minute"].format(place=place)
    return counted(words["queued_minutes"], minutes, place=place, minutes=minutes)


def waiting_s(place: int, trained: int, usual_s: float) -> float:
    """How long the run in this place waits, in seconds, while so many are trained at once and are half done."""
    return usual_s * ((place - 1) // trained + 0.5)


def _orders(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, str]) -> None:
    """Buttons; a command that comes too late (the run has just ended) is nobody's mistake.

    The page is drawn anew when the run has paused or goes on, and with it the button that does the opposite.
    """
    key, lr_key, by_key = f"orders_{run.id}", f"lr_{run.id}", f"step_by_{run.id}"
    heard_key = kept("races", f"heard_{run.id}")
    heard = st.session_state.get(heard_key, 0)
    names = ("resume" if run.status == "paused" else "pause", "stop", "step")  # beside it the size of a step

    def order(kind: CommandKind, value: float | None = None) -> None:
        try:
            store.commands.send(run.id, kind, value, by=visitor())
        except (StoreError, StoreFault) as refused:
            st.toast(store_trouble(refused))

    def take() -> None:
        for count, name in presses(key, st.session_state.get(heard_key, 0)):
            st.session_state[heard_key] = count
            if name in ORDERS:
                order(ORDERS[name], st.session_state[by_key] if name == "step" else None)

    def set_lr() -> None:
        order("set_lr", st.session_state[lr_key])  # what stands in the field now, typed a moment ago

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        buttons = [{"name": name, "text": words[name], "wide": name in {"pause", "resume"}} for name in names]
        orders(buttons, words["orders"], heard=heard, key=key, on_pressed_change=take)
        st.selectbox(
            words["step_by"],
            STEPS,
            index=1,
            format_func=lambda count: words[f"step_{count}"],
            key=by_key,
            label_visibility="collapsed",
            width=125,
        )
        with st.popover(words["set_lr"], icon=":material/tune:"):
            st.number_input(
                words["set_lr"],
                min_value=0.0,
                max_value=MAX_LR,
                value=plan.rate(plan.contenders[0]).lr,
                format="%.2g",
                step=1e-3,
                width=150,
                key=lr_key,
            )
            st.button(words["apply_lr"], on_click=set_lr, key="orders_set_lr")


def _curves(
    store: RunStore, run_id: str, rows: list[Row], marks: list[Row], plan: RacePlan, words: Mapping[str, Any]
) -> None:
    said = words["curves"]
    metric = plan.task.info.metric
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        across = st.segmented_control(
            said["by"],
            ("step", "seconds", "examples"),
            default="seconds" if plan.seconds else "step",
            required=True,
            format_func=lambda name: said[name],
            key="across",
            label_visibility="collapsed",
        )
        log = st.toggle(said["log"], key="log_loss")
    if not rows:
        st.caption(said["empty"])
    spec = learning_curves(
        plan.contenders,
        across,
        said[across],
        said["loss"],
        said["metric"][metric],
        log_loss=log,
        most=_goal(plan, across),
        is_share=metric in SHARES,
    )
    thin = [dict(row) for row in thinned(rows)]
    floors = _floors(plan, words["floors"])
    unseen = unseen_row(plan.contenders[0], [*drawable(thin), *floors])
    data = {
        CURVES_DATASET: [*drawable(thin), *_overlaid(store, run_id, plan), unseen],
        FLOORS_DATASET: floors,
        MARKS_DATASET: marks,
        CURSOR_DATASET: [*cursor_rows(filled(thin), across), unseen],
    }
    st.vega_lite_chart(spec | {"datasets": data}, width="stretch", key="curves")
    st.caption(words["run"]["one_run" if plan.task_name in KINDS or plan.varied else "one_seed"])


def _goal(plan: RacePlan, across: str) -> float | None:
    """Where a race ends along an axis: its curves run towards a mark that stays where it is."""
    if plan.seconds:
        return plan.seconds if across == "seconds" else None
    return {"step": float(plan.steps), "examples": float(plan.steps * plan.batch_size)}.get(across)


def _floors(plan: RacePlan, names: Mapping[str, str]) -> list[Row]:
    """Where two floors have one score, the names of both would stand on top of each other: the first has it."""
    told: list[Row] = []
    for floor in plan.task.info.floors:
        metric = None if floor.metric in {row["metric"] for row in told} else floor.metric
        told.append({"name": names.get(floor.name, floor.name), "loss": floor.loss, "metric": metric})
    return beside(beside(told, "metric"), "loss")


def _overlaid(store: RunStore, run_id: str, plan: RacePlan) -> list[dict[str, Any]]:
    """The pale curves of the run that the learner laid over this one, as far as it has the same contenders."""
    other = st.session_state.get(OVERLAY)
    if other in {None, run_id}:
        return []
    try:
        if store.runs.get(other).config.task != plan.task_name:
            return []
        points = store.points.thinned(other, MOST_POINTS).points
    except UnknownRunError:  # deleted since
        return []
    known = [row for row in curve_rows(points) if row["contender"] in plan.contenders]
    return [{**row, "run": other, "faded": True} for row in drawable(thinned(known))] if known else []
