"""Pretrained MiniLM as a contender on a table: its plan, its training, its snapshots and files."""

import math
from dataclasses import replace

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.models import ClassifierModel
from attnlab.models.classifier.explaining import PRETRAINED_AT_ONCE
from attnlab.tasks import ClassifyCsv, Split
from attnlab.training.classifier_file import Classifier, load_classifier, saved_classifiers
from attnlab.training.plans import checks
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.evaluate import evaluate, final_scores, scores
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.snapshots import pack, restore, unpack_as

SPLITS: tuple[Split, ...] = ("train", "test")


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
    whole = task.in_full(batch)
    hidden = batch.inputs != whole.inputs
    assert hidden.any()
    assert (batch.inputs[hidden] == task.reader.symbols.index("<unk>")).all()
    assert torch.equal(whole.targets, batch.targets)


def test_words_that_the_vocabulary_lacks_have_ids_behind_it() -> None:
    task = ClassifyCsv(max_vocabulary=10)
    symbols = (*task.reader.symbols, *task.beyond)
    assert len(task.reader.symbols) == 12  # with padding and <unk>
    assert task.beyond
    for split in SPLITS:
        batch = task.examples(split)
        whole = task.in_full(batch)
        assert batch.rows is not None
        for row, ids in zip(batch.rows.tolist(), whole.inputs.tolist(), strict=True):
            assert tuple(symbols[id_] for id_ in ids if id_) == task.written(row)
        assert torch.equal(torch.where(whole.inputs < 12, whole.inputs, 1), batch.inputs)


@pytest.mark.usefixtures("minilm")
def test_a_word_that_nobody_taught_counts_while_it_races_and_in_a_typed_text() -> None:
    learner = Learner(replace(plan(), sizes={"max_vocabulary": 10}), "minilm")
    learner.advance(3)
    task, model = learner.task, learner.model
    assert isinstance(task, ClassifyCsv)
    assert isinstance(model, ClassifierModel)
    signs: list[None] = []
    whole = final_scores(model, task, lambda: signs.append(None))
    assert len(signs) == math.ceil(whole.examples / PRETRAINED_AT_ONCE) > 1
    blind = scores(model, task.examples("test"), task.info)
    assert abs(whole.loss - blind.loss) > 1e-3
    judge = Classifier(unpack_as(pack(learner), ClassifierModel), task.reader, task.labels)
    said = [judge.classify(text)[task.labels[0]] for text in ("the film was wonderful", "the film was dreadful")]
    assert abs(said[0] - said[1]) > 1e-3
    assert evaluate(model, task, examples=1000).loss == pytest.approx(whole.loss, abs=1e-5)


def test_where_it_is_not_installed_a_plan_that_names_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "minilm_is_here", lambda: False)
    assert "minilm" not in checks.families_of("classify_csv")
    with pytest.raises(SpecError, match="not installed here") as refused:
        plan()
    assert refused.value.code == "not_here"
