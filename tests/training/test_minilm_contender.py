"""Pretrained MiniLM as a contender on a table: its plan, its training, its snapshots and files."""

from dataclasses import replace

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.models import ClassifierModel
from attnlab.tasks import ClassifyCsv
from attnlab.training.classifier_file import Classifier, load_classifier, saved_classifiers
from attnlab.training.plans import checks
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.snapshots import pack, restore, unpack_as


def plan() -> RacePlan:
    return replace(CLASSIFICATIONS["csv"], contenders=("minilm",), steps=6, batch_size=8)


@pytest.mark.usefixtures("minilm")
def test_it_trains_goes_on_from_a_snapshot_bit_for_bit_and_can_be_taken_along() -> None:
    whole = Learner(plan(), "minilm")
    whole.advance(2)
    data = pack(whole)
    resumed = Learner(plan(), "minilm")
    restore(resumed, data)
    losses = whole.advance(4).losses
    assert resumed.advance(4).losses == losses
    task, model = whole.task, unpack_as(pack(whole), ClassifierModel)
    assert isinstance(task, ClassifyCsv)
    text = task.as_written("test", 0)
    taken = Classifier(model, task.reader, task.labels)
    told = load_classifier(saved_classifiers([taken])).classify(text)
    assert told == taken.classify(text)


def test_what_the_table_hides_while_training_it_sees() -> None:
    task = ClassifyCsv()
    batch = task.sample(64, torch.Generator().manual_seed(0))
    whole = task.unhidden(batch)
    hidden = batch.inputs[:, : whole.inputs.shape[1]] != whole.inputs
    assert hidden.any()
    assert (batch.inputs[:, : whole.inputs.shape[1]][hidden] == task.reader.symbols.index("<unk>")).all()
    assert torch.equal(whole.targets, batch.targets)


def test_where_it_is_not_installed_a_plan_that_names_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "minilm_is_here", lambda: False)
    assert "minilm" not in checks.families_of("classify_csv")
    with pytest.raises(SpecError, match="not installed here") as refused:
        plan()
    assert refused.value.code == "not_here"
