"""The translation races as shown in class: the same pairs for all contenders, and as many parameters each.

Functions, because a plan builds its task: the corpus of either takes a second or two, once for each process.
"""

import functools

from attnlab.engine import SpecError
from attnlab.models import FamilyName
from attnlab.tasks import Translation
from attnlab.training.plans.plan import RacePlan

CONTENDERS: tuple[FamilyName, ...] = ("transformer", "gru_attention", "gru")
LABEL_SMOOTHING = 0.1
"""As Vaswani et al. 2017, section 5.4. Here it also sharpens the alignments."""


@functools.cache
def small_plan() -> RacePlan:
    """Sentences of up to 12 words: under a minute and a half for a Transformer on one core."""
    return RacePlan(
        task_name="translation",
        contenders=CONTENDERS,
        steps=1500,
        budget=100_000,
        warmup=100,
        label_smoothing=LABEL_SMOOTHING,
    )


@functools.cache
def larger_plan() -> RacePlan:
    """Sentences of up to 24 words, which a vector of fixed size no longer holds. What ships was trained so."""
    return RacePlan(
        task_name="translation",
        preset="longer",
        contenders=CONTENDERS,
        steps=5000,
        budget=100_000,
        warmup=100,
        label_smoothing=LABEL_SMOOTHING,
    )


def translation_of(plan: RacePlan) -> Translation:
    """The task of a plan, which must be a translation.

    Raises:
        SpecError: it is another.
    """
    if not isinstance(plan.task, Translation):
        message = f"task_name ({plan.task_name!r}) must be 'translation'"
        raise SpecError("task_name", "kind", message, got=plan.task_name, wanted="translation")
    return plan.task
