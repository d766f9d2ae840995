"""Noise on words: what it is, that plans without it are kept as ever, and that it is trained with and measured."""

from dataclasses import replace
from typing import cast

import pytest
import torch

from attnlab.engine.seeds import generator
from attnlab.models import CLASSIFIER_FAMILIES, ClassifierModel, FamilyName
from attnlab.models.classifier.noise import noisy_answers
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.steadiness import SIGMAS, accuracy_under_noise
from attnlab.training.scoring.verdicts import verdicts
from attnlab.training.shipped_classifier import shipped

PLAN = RacePlan(
    task_name="classify_sentiment", contenders=CLASSIFIER_FAMILIES, budget=2000, num_heads=2, batch_size=7, steps=6
)
NOISY = replace(PLAN, noise=0.5)


def model_of(family: FamilyName) -> ClassifierModel:
    return cast("ClassifierModel", Learner(PLAN, family).model).eval()


@pytest.mark.parametrize("family", CLASSIFIER_FAMILIES)
def test_no_noise_is_the_model_and_noise_at_padding_is_never_read(family: FamilyName) -> None:
    model, inputs = model_of(family), PLAN.task.sample(5, generator(0, "words")).inputs
    with torch.no_grad():
        assert torch.equal(noisy_answers(model, inputs, 0.0), model(inputs))
        one, other = (noisy_answers(model, inputs, 0.5, torch.Generator().manual_seed(3)) for _ in range(2))
        assert torch.equal(one, other)
        assert not torch.allclose(one, model(inputs))
        wider = torch.cat((inputs[:1], torch.zeros(1, 3, dtype=torch.int64)), 1)[:, : model.config.max_len]
        again = (noisy_answers(model, each, 0.5, torch.Generator().manual_seed(3)) for each in (inputs[:1], wider))
        assert torch.equal(*again)


def test_noise_is_as_strong_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("bag_of_words")
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(model, "answers", lambda embedding, _: seen.append(embedding) or embedding)
    inputs = torch.randint(1, 20, (400, 10), generator=torch.Generator().manual_seed(0))
    noisy_answers(model, inputs, 0.5, torch.Generator().manual_seed(1))
    noise = (seen[0] - model.embedding(inputs)).detach()
    signal = float(model.embedding.weight.detach().square().mean().sqrt())
    assert float(noise.std()) == pytest.approx(0.5 * signal, rel=0.02)
    assert abs(float(noise.mean())) < 0.02 * signal


def test_a_plan_without_noise_is_kept_as_plans_ever_were_and_one_with_it_comes_back() -> None:
    assert "noise" not in PLAN.to_config().settings
    assert RacePlan.from_config(PLAN.to_config()) == PLAN
    assert RacePlan.from_config(NOISY.to_config()) == NOISY


def test_training_through_noise_is_another_training_and_the_same_each_time() -> None:
    losses = [
        [loss for steps in chunks for loss in learner.advance(steps).losses]
        for plan, chunks in ((PLAN, (3,)), (NOISY, (3,)), (NOISY, (1, 2)))
        for learner in [Learner(plan, "lstm")]
    ]
    assert losses[1] == losses[2]
    assert losses[0] != losses[1]


def test_accuracy_falls_with_noise_and_without_it_is_the_score() -> None:
    model = shipped()["transformer"].model
    batch = PLAN.task.sample(100, generator(0, "held out"), "test")
    found = accuracy_under_noise(model, batch)
    assert tuple(found) == SIGMAS
    assert found[0.0] == verdicts(model, batch).accuracy
    assert found[0.0] > found[1.0] > 0.5
