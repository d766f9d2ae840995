"""The trained classifiers that come with the app. `python -m attnlab.training.shipped_classifier` makes them anew.

All four contenders of the race on sentences with negation, as it comes, from a fixed seed on one thread. So the page
has something to ask before anybody has trained.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch

from attnlab.models import ClassifierModel, FamilyName
from attnlab.tasks import Classification
from attnlab.training.classifier_file import Classifier, load_classifiers, saved_classifiers
from attnlab.training.racing.loop import Learner
from attnlab.training.shown.classify_plans import CLASSIFICATIONS

PATH = Path(__file__).resolve().parents[2] / "assets" / "models" / "sentiment.safetensors"


def trained() -> bytes:
    """The file's content, trained from scratch on one thread: about ten seconds."""
    torch.set_num_threads(1)
    plan = CLASSIFICATIONS["sentiment"]
    task = cast("Classification", plan.task)
    found = []
    for family in plan.families:
        learner = Learner(plan, family)
        while not learner.finished:
            learner.advance(min(100, plan.steps - learner.step))
        found.append(Classifier(cast("ClassifierModel", learner.model), task.reader, task.labels))
    return saved_classifiers(found)


@functools.cache
def shipped(path: Path = PATH) -> Mapping[FamilyName, Classifier]:
    """The classifiers that come with the app.

    Raises:
        SpecError: the file is damaged.
        OSError: it is not there.
    """
    return load_classifiers(path)


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_bytes(trained())
