"""What stands beside Start: how long it takes here, what else runs, what is too little, and whose rate is a guess."""

import math
import statistics
from collections.abc import Iterable, Sequence

import streamlit as st

from attnlab.charts import contender_name
from attnlab.costs.measurement.background import background, is_measuring
from attnlab.looks import run_store
from attnlab.prose import listed, page_prose
from attnlab.training import Run, RunConfig, StoreFault
from attnlab.training.plans.findings import Finding, findings
from attnlab.training.plans.plan import RacePlan
from attnlab.training.tuning.rates import UNTUNED
from attnlab.ui.kit.messages import plain

MOST_LABELS = 12
MOST_RUNS = 60
"""Latest ones of the store in which races like the one to come are looked for."""
NO_SLOWER = ("steps", "seed", "lr", "warmup", "schedule", "weight_decay", "clip", "label_smoothing")
"""Settings that change what is learned, and not how long a step takes."""
MINUTE_S = 60


def before_start(plan: RacePlan | None) -> None:
    """A sentence for each thing to know before a race; nothing where there is none, or no race."""
    if plan is None:
        return
    beside_measurement(training=False)
    if plan.data is not None and (told := [_sentence(one) for one in findings(plan.task)]):
        st.warning("\n\n".join(told), icon=":material/info:")
    if note := untuned_note(plan.untuned):
        st.caption(note)
    elif plan.data is not None and not plan.lr:
        st.caption(page_prose("training")["untuned"]["own"])
    st.caption(_how_long(plan))


def _how_long(plan: RacePlan) -> str:
    """How long such a race took on this machine; that nobody knows yet where none was run."""
    said = page_prose("training")["lasting"]
    try:
        taken = seconds_of(plan, run_store.store().runs.history(limit=MOST_RUNS))
    except StoreFault:
        taken = None
    if taken is None:
        return str(said["unknown"])
    minutes = math.ceil(taken / MINUTE_S)
    return str(said["minutes" if minutes > 1 else "minute"]).format(minutes=minutes)


def seconds_of(plan: RacePlan, runs: Iterable[Run]) -> float | None:
    """How long a race will probably be trained, by those like it that were run to their end.

    Like it is a race of the same contenders on the same task and data: a step, and the score of what is held out, last
    a hundred times as long on one table as on another.

    Args:
        plan: of the race to come.
        runs: of the store that its workers write to.

    Returns:
        Seconds: the median of theirs for a step, times its steps; None where there was no such race.
    """
    if plan.seconds is not None:
        return plan.seconds * len(plan.contenders)
    wanted = _work(plan.to_config())
    took = [
        (run.ended - run.started).total_seconds() / run.counters.step
        for run in runs
        if run.status == "finished" and run.started and run.ended and run.counters.step and _work(run.config) == wanted
    ]
    return statistics.median(took) * plan.steps if took else None


def _work(config: RunConfig) -> tuple[object, ...]:
    """What decides how long a step of a race takes."""
    settings = {name: value for name, value in config.settings.items() if name not in NO_SLOWER}
    return config.task, set(config.contenders), settings


def beside_measurement(*, training: bool) -> None:
    """Say that costs are measured on this machine, if they are; the cost page says the same of races.

    Args:
        training: a race is being trained now, so that what is measured is marked as less sure, whoever looks at it.
    """
    if not is_measuring():
        return
    if training:
        background().mark_raced()
    st.caption(page_prose("training")["run"]["measuring"])


def _sentence(one: Finding) -> str:
    more = " …" if len(one.labels) > MOST_LABELS else ""
    labels = listed(f"“{plain(label)}”" for label in one.labels[:MOST_LABELS]) + more
    return str(page_prose("training")["findings"][one.code]).format(**one.values, labels=labels)


def untuned_note(untuned: Sequence[str]) -> str | None:
    """Whose learning rate is a guess; None where nobody's is."""
    if not untuned:
        return None
    names = listed(map(contender_name, untuned))
    return str(page_prose("training")["untuned"]["note"]).format(names=names, lr=f"{UNTUNED:g}")


def lr_shown(peak: float, *, untuned: bool) -> str:
    """The peak of a learning rate as a table shows it."""
    return str(page_prose("training")["untuned"]["mark"]).format(lr=f"{peak:g}") if untuned else f"{peak:g}"
