import json
import math
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import SpecError
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import translator
from attnlab.models import ClassifierConfig, ClassifierModel, SequenceModel
from attnlab.tasks import KINDS, PRESETS, TASKS, Batch, ClassBalance, Classification, SizeError, Task, Translation
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring import evaluate as evaluation
from attnlab.training.scoring.breakdown import accuracy_by_distance, accuracy_by_length, accuracy_by_position
from attnlab.training.scoring.evaluate import (
    MAX_OUTPUTS,
    Evaluation,
    answers,
    evaluate,
    final_scores,
    final_test,
    held_out,
    scores,
)
from attnlab.training.scoring.predictions import predictions
from attnlab.training.scoring.translating import report
from attnlab.training.scoring.verdicts import verdicts
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from tests.training.small_plans import small_plan

SEQUENCE_TASKS = [name for name in TASKS if name not in KINDS]


def example(name: str) -> Task:
    return TASKS[name](**PRESETS[name]["example"])


class Oracle(nn.Module):
    """Knows a batch's targets, and is wrong where it is told to be; the rest of a model that scoring asks for."""

    def __init__(self, task: Task, batch: Batch, wrong: Tensor | None = None) -> None:
        super().__init__()
        self.task, self.batch = task, batch
        self.wrong = torch.zeros_like(batch.scored) if wrong is None else wrong
        self.head = nn.Linear(1, 1)
        self.config = SequenceModel(RacePlan(task_name=task.info.name, contenders=("gru",)).model_config("gru")).config

    def forward(self, inputs: Tensor) -> Tensor:
        assert torch.equal(inputs, self.batch.inputs)
        if self.task.info.regression:
            return (self.batch.targets + self.wrong)[..., None]
        C = self.task.info.num_outputs
        return 9.0 * F.one_hot((self.batch.targets + self.wrong.long()) % C, C)


def oracle(name: str, wrong: Any = None, **sampling: Any) -> tuple[Any, Task, Batch]:
    task = example(name)
    batch = held_out(task, **sampling)
    return Oracle(task, batch, None if wrong is None else wrong(batch)), task, batch


@pytest.fixture
def model() -> SequenceModel:
    return SequenceModel(small_plan(dropout=0.5).model_config("gru")).train()


def test_scores_come_from_test_examples_that_are_the_same_each_time(model: SequenceModel) -> None:
    task = small_plan().task
    assert evaluate(model, task) == evaluate(model, task)
    assert evaluate(model, task) != evaluate(model, task, seed=1)
    hidden = task.sample(4000, torch.Generator().manual_seed(0), "train").inputs
    test = held_out(task).inputs
    assert not (test[:, None] == hidden[None]).all(2).any()


def test_scoring_uses_no_dropout_and_leaves_the_model_in_its_mode(model: SequenceModel) -> None:
    batch = held_out(small_plan().task)
    for training in (True, False):
        model.train(training)
        outputs = answers(model, batch.inputs)
        assert model.training is training
        assert not outputs.requires_grad
        assert torch.equal(outputs, answers(model, batch.inputs))


def test_a_failed_forward_leaves_the_mode_too(model: SequenceModel) -> None:
    with pytest.raises(ValueError, match="inputs"):
        answers(model, torch.zeros(1, 1))
    assert model.training


@pytest.mark.parametrize("name", SEQUENCE_TASKS)
def test_who_knows_all_answers_scores_best_on_every_task(name: str) -> None:
    model, task, batch = oracle(name)
    seen = scores(model, batch, task.info)
    assert seen.loss < 0.05
    assert seen.metric is not None
    assert seen.metric == pytest.approx(1.0 if task.info.metric in {"accuracy", "exact"} else seen.loss)


def test_many_classes_mean_fewer_examples() -> None:
    task = TASKS["mqar"](**PRESETS["mqar"]["published"])
    batch = held_out(task)
    assert 1 <= len(batch.inputs) < 256
    assert batch.inputs.numel() * task.info.num_outputs <= MAX_OUTPUTS


# --- where it is right ------------------------------------------------------------------------------------------------


def test_shares_by_position_find_the_position_that_is_wrong() -> None:
    model, task, batch = oracle("sort", lambda batch: torch.arange(11).expand_as(batch.scored) == 7)
    shares = accuracy_by_position(model, task)
    assert {share.at: share.score for share in shares} == {5: 1, 6: 1, 7: 0, 8: 1, 9: 1, 10: 1}
    assert {share.count for share in shares} == {256}


def test_squared_errors_by_position_of_a_regression_task() -> None:
    model, task, _ = oracle("adding", lambda batch: 0.5 * batch.scored)
    (share,) = accuracy_by_position(model, task)
    assert (share.at, share.count) == (7, 256)
    assert share.score == pytest.approx(0.25)


def far_ones(batch: Batch) -> Tensor:
    """By a loop: the answers of an MQAR batch whose value stands six positions back or more."""
    wrong = torch.zeros_like(batch.scored)
    for row, at in batch.scored.nonzero().tolist():
        key = batch.inputs[row, at]
        value_at = batch.inputs[row].tolist().index(int(key)) + 1
        assert batch.inputs[row, value_at] == batch.targets[row, at]
        wrong[row, at] = at - value_at >= 6
    return wrong


def test_shares_by_distance_find_what_lies_too_far_back_to_recall() -> None:
    model, task, batch = oracle("mqar", far_ones)
    shares = accuracy_by_distance(model, task)
    assert shares is not None
    assert {share.at: share.score for share in shares} == {share.at: float(share.at < 6) for share in shares}
    assert {share.at < 6 for share in shares} == {True, False}
    assert sum(share.count for share in shares) == batch.scored.sum()


def distant_copies(batch: Batch) -> Tensor:
    wrong = torch.zeros_like(batch.scored)
    for row in range(len(batch.inputs)):
        data = [at for at, symbol in enumerate(batch.inputs[row].tolist()) if 1 <= symbol <= 8]
        for place, at in zip(data, batch.scored[row].nonzero().flatten().tolist(), strict=True):
            assert batch.inputs[row, place] == batch.targets[row, at]
            wrong[row, at] = at - place == 5
    return wrong


def test_shares_by_distance_of_selective_copying() -> None:
    model, task, _ = oracle("selective_copying", distant_copies)
    shares = accuracy_by_distance(model, task)
    assert shares is not None
    assert {share.at for share in shares if share.score == 0} == {5}
    assert {share.score for share in shares} == {0, 1}


def test_shares_by_distance_of_reverse_are_two_positions_each() -> None:
    model, task, _ = oracle("reverse", lambda batch: torch.arange(6).expand_as(batch.scored) == 0)
    shares = accuracy_by_distance(model, task)
    assert shares is not None
    assert [(share.at, share.score, share.count) for share in shares] == [(1, 1, 512), (3, 1, 512), (5, 0.5, 512)]


def test_a_task_whose_answers_repeat_no_input_has_no_distances() -> None:
    model, task, _ = oracle("parity")
    assert accuracy_by_distance(model, task) is None


def test_shares_by_length_are_of_each_length() -> None:
    plan = RacePlan(task_name="parity", contenders=("gru",))
    model = SequenceModel(plan.model_config("gru"))
    shares = accuracy_by_length(model, plan.task, (20, 40, 80), examples=64)
    assert [(share.at, share.count) for share in shares] == [(20, 64 * 20), (40, 64 * 20), (80, 64 * 60)]
    assert all(0.3 < share.score < 0.7 for share in shares)


def test_a_length_that_model_or_task_cannot_take_is_refused() -> None:
    plan = RacePlan(task_name="parity", contenders=("gru",))
    model = SequenceModel(plan.model_config("gru"))
    with pytest.raises(SpecError, match=r"lengths \(81\) must be at most 80"):
        accuracy_by_length(model, plan.task, (81,))
    with pytest.raises(SizeError):
        accuracy_by_length(model, plan.task, (0,))


# --- token by token ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEQUENCE_TASKS)
def test_predictions_of_every_task_are_text_and_right_where_the_model_is(name: str) -> None:
    model, task, batch = oracle(name, examples=3)
    shown = predictions(model, task, 3)
    assert len(shown) == 3
    for row, prediction in enumerate(shown):
        assert len(prediction.inputs) == batch.inputs.shape[1]
        assert [answer.position for answer in prediction.answers] == batch.scored[row].nonzero().flatten().tolist()
        for answer in prediction.answers:
            assert answer.right
            assert answer.target == answer.predicted
            assert answer.probability is None if task.info.regression else answer.probability > 0.9


def test_a_wrong_prediction_says_what_was_due_and_how_sure_it_was() -> None:
    model, task, batch = oracle("reverse", lambda batch: torch.arange(6).expand_as(batch.scored) == 2, examples=2)
    first = predictions(model, task, 2)[0]
    digits = batch.inputs[0].tolist()
    assert first.inputs == tuple(map(str, digits))
    assert [answer.target for answer in first.answers] == [str(digit) for digit in reversed(digits)]
    wrong = first.answers[2]
    assert (wrong.right, wrong.predicted) == (False, str((digits[3] + 1) % 10))
    assert wrong.probability == pytest.approx(torch.tensor([9.0] + [0.0] * 9).softmax(0)[0].item())


def test_a_sum_is_right_when_it_is_close() -> None:
    for error, right in ((0.03, True), (0.05, False)):
        model, task, _ = oracle("adding", lambda batch, by=error: by * batch.scored, examples=2)
        (answer,) = predictions(model, task, 2)[0].answers
        assert answer.right is right
        assert float(answer.predicted) == pytest.approx(float(answer.target) + error, abs=0.011)
    assert any(text.endswith("*") for text in predictions(model, task, 2)[0].inputs)


def test_classes_have_their_labels() -> None:
    model, task, _ = oracle("sentiment", examples=4)
    answers_given = {answer.predicted for shown in predictions(model, task, 4) for answer in shown.answers}
    assert answers_given <= {"negative", "positive"}


# --- the final score --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sort", "adding", "parity", "mqar", "csv", "sentiment"])
def test_the_final_score_is_that_of_all_its_examples_together(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = RacePlan(task_name=name, contenders=("gru",), preset="example", budget=2000, num_layers=1)
    model = SequenceModel(plan.model_config("gru"))
    whole = scores(model, final_test(plan.task), plan.task.info)
    monkeypatch.setattr(evaluation, "EXAMPLES", 37)
    parts: list[None] = []
    found = final_scores(model, plan.task, lambda: parts.append(None))
    assert len(parts) == math.ceil(found.examples / 37)
    assert (found.examples, found.uneven, found.balance) == (whole.examples, whole.uneven, whole.balance)
    assert found.examples == (plan.task.info.num_test or 1000)
    assert (found.loss, found.metric) == pytest.approx((whole.loss, whole.metric), rel=1e-5)
    assert (found.balance is None) == (name not in {"csv", "sentiment"})


def test_a_final_score_of_few_rows_is_the_score_while_training() -> None:
    """So no page shows two numbers for one model on one set."""
    plan = RacePlan(task_name="csv", contenders=("gru",), budget=2000, num_layers=1)
    model = SequenceModel(plan.model_config("gru"))
    assert plan.task.info.num_test == 80
    assert evaluate(model, plan.task).metric == final_scores(model, plan.task).metric


@pytest.mark.parametrize("name", ["sentiment", "csv"])
def test_a_classifiers_final_score_is_the_share_of_its_right_verdicts(name: str) -> None:
    plan = replace(CLASSIFICATIONS[name], contenders=("text_cnn",))
    task = cast("Classification", plan.task)
    model = ClassifierModel(cast("ClassifierConfig", plan.model_config("text_cnn")))
    found, said = final_scores(model, task), verdicts(model, task.examples("test"))
    assert (found.metric, found.examples) == (said.accuracy, task.num_texts("test"))
    assert found.loss == pytest.approx(evaluate(model, task, examples=1000).loss, abs=0.05)


def test_a_translators_final_score_is_its_exact_greedy_translations() -> None:
    task = Origin("translation").plan.task
    model = translator(Origin("translation"), "gru")
    found, told = final_scores(model, task), report(model, cast("Translation", task))
    assert 0.5 < found.metric < 0.99
    assert (found.metric, found.examples) == (told.scores.exact, len(told.examples))


@pytest.mark.parametrize(
    "score",
    [
        Evaluation(0.5, 0.25, 7, ClassBalance(0.5, 0.75), uneven=True),
        Evaluation(0.5, None, 7),
        Evaluation(1.5, 1.5, 1000),
    ],
)
def test_a_score_comes_back_from_the_store_as_it_was(score: Evaluation) -> None:
    assert Evaluation.from_json(json.loads(json.dumps(score.to_json(), allow_nan=False))) == score


def test_a_score_that_is_no_number_is_told_as_none() -> None:
    told = Evaluation(math.inf, math.nan, 7).to_json()
    assert (told["loss"], told["metric"]) == (None, None)
    assert math.isnan(Evaluation.from_json(told).loss)


def test_many_classes_are_scored_in_smaller_parts_and_not_on_fewer_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    task, asked = example("mqar"), []
    info = task.info
    monkeypatch.setattr(evaluation, "MAX_OUTPUTS", 20 * info.seq_len * info.num_outputs)
    model = SequenceModel(RacePlan(task_name="mqar", preset="example", contenders=("gru",)).model_config("gru"))
    model.register_forward_hook(lambda _, inputs, __: asked.append(len(inputs[0])))
    assert final_scores(model, task).examples == sum(asked) == 1000
    assert max(asked) == 20
