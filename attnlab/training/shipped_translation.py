"""The translators that come with the app. `python -m attnlab.training.shipped_translation` makes them anew, in minutes.

All three contenders of the larger race, each alone on one thread, from a fixed seed.
"""

import functools
from collections.abc import Mapping
from pathlib import Path

import torch

from attnlab.models import FamilyName, Seq2SeqModel
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.shown.translation_plans import larger_plan
from attnlab.training.snapshots import pack, unpack_as

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models"


def shipped_plan() -> RacePlan:
    """How they were trained."""
    return larger_plan()


def path_of(family: FamilyName) -> Path:
    """Where a translator lies."""
    return FOLDER / f"translation-{family}.safetensors"


def trained(family: FamilyName) -> bytes:
    """A file's content, trained from scratch on one thread."""
    torch.set_num_threads(1)
    learner = Learner(shipped_plan(), family)
    while not learner.finished:
        learner.advance(min(100, learner.plan.steps - learner.step))
    return pack(learner, resumable=False)


@functools.cache
def shipped_translators() -> Mapping[FamilyName, Seq2SeqModel]:
    """The translators by family, in the order of the race; shared, so look through one at a time.

    Raises:
        SpecError: a file is damaged.
        OSError: one is not there.
    """
    return {family: unpack_as(path_of(family).read_bytes(), Seq2SeqModel) for family in shipped_plan().families}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in shipped_plan().families:
        path_of(each).write_bytes(trained(each))
