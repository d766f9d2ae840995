"""What stands beside Start: what else runs, what the learner's data are too few for, whose learning rate is a guess."""

from collections.abc import Sequence

import streamlit as st

from attnlab.charts import contender_name
from attnlab.costs.measurement.background import background, is_measuring
from attnlab.prose import listed, page_prose
from attnlab.training.plans.findings import Finding, findings
from attnlab.training.plans.plan import RacePlan
from attnlab.training.tuning.rates import UNTUNED
from attnlab.ui.kit.messages import plain

MOST_LABELS = 12


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
