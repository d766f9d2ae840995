"""What contenders look at, against what a task knows: on models whose look is known."""

import pytest
import torch
from torch import Tensor

from attnlab.models import answer_attention, answer_influence, attention_maps, influence
from attnlab.tasks import Events, Motif, Series, Sort
from attnlab.tasks.motif.dna import LETTERS
from attnlab.tasks.motif.profile import CONSENSUS, WIDTH
from attnlab.training.insight.evidence import decided, evidence_of
from attnlab.training.insight.lags import autocorrelations, floor_errors, lags_of, truth
from attnlab.training.insight.logos import logo_at_peaks, planted_logo
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner


def learner(task: str, family: str, **sizes: int) -> Learner:
    plan = RacePlan(task_name=task, contenders=(family,), sizes=sizes, steps=3, budget=2000, num_heads=2)
    return Learner(plan, family)


@pytest.mark.parametrize("family", ["transformer", "lstm", "window_attention"])
def test_rows_of_many_examples_are_those_of_each_alone(family: str) -> None:
    model = learner("events", family).sequence_model
    inputs = Events().sample(3, torch.Generator().manual_seed(0)).inputs
    places = torch.tensor([15, 7, 3])
    shares, weights = answer_influence(model, inputs, places), answer_attention(model, inputs, places)
    for row, place in enumerate(places.tolist()):
        alone = influence(model, inputs[row : row + 1], share=True)[place]
        assert torch.allclose(shares[row], alone, atol=1e-5)
        maps = attention_maps(model, inputs[row : row + 1])
        assert (maps is None) == (weights is None)
        if maps is not None and weights is not None:
            assert torch.allclose(weights[:, :, row], maps[:, :, place], atol=1e-6)


def test_what_decides_is_visible_and_a_look_at_everything_finds_its_share_of_it() -> None:
    found = evidence_of(learner("motif", "lstm", length=16).sequence_model, Motif(length=16))
    batch, gold, places = decided(Motif(length=16))
    assert (gold.sum(1) == WIDTH).all()
    assert (places == 16).all()
    assert len(batch.inputs) == len(gold)
    assert found is not None
    assert (found.attention, found.layer, found.head) == (None, None, None)
    assert found.blind == pytest.approx(WIDTH / 17)
    assert 0 < found.influence < 1


def test_the_best_head_is_named_and_no_task_without_evidence_is_asked() -> None:
    model = learner("events", "transformer").sequence_model
    found = evidence_of(model, Events())
    assert found is not None
    assert found.attention is not None
    assert 0 < found.attention < 1
    assert found.layer in (0, 1)
    assert found.head in (0, 1)
    assert evidence_of(model, Sort()) is None


def test_a_logo_is_found_wherever_around_the_motif_a_model_looks() -> None:
    batch, evidence = Motif(length=40, noise_percent=0).with_evidence(400, torch.Generator().manual_seed(0))
    present = evidence[:, -1].any(1)
    starts = evidence[present, -1].int().argmax(1)
    inside = (starts >= 3) & (starts < 28)
    inputs, starts = batch.inputs[present][inside], starts[inside]
    for offset in (0, 5, 8):
        heights = logo_at_peaks(inputs, torch.eye(41)[starts + offset])
        assert "".join(LETTERS[letter] for letter in heights.argmax(1).tolist()) == CONSENSUS
        assert float(heights.sum(1).min()) > 1.5
    nowhere = logo_at_peaks(inputs, torch.rand(len(inputs), 41, generator=torch.Generator().manual_seed(1)))
    assert float(nowhere.sum()) < 0.5 * float(heights.sum())


def test_the_planted_logo_is_highest_inside() -> None:
    heights = [sum(place) for place in planted_logo(Motif())]
    assert heights[0] == pytest.approx(heights[-1])
    assert heights[0] < heights[3] <= 2


def test_lag_one_is_the_value_before(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Series(lags=6)
    model = learner("series", "transformer", lags=6).sequence_model

    def last_alone(_model: object, inputs: Tensor, _places: Tensor) -> Tensor:
        return torch.eye(6)[torch.full((len(inputs),), 5)]

    monkeypatch.setattr("attnlab.training.insight.lags.answer_influence", last_alone)
    found = lags_of(model, task)
    assert found.influence == (1.0, 0, 0, 0, 0, 0)
    assert found.attention is not None
    assert sum(found.attention) == pytest.approx(1, abs=1e-4)
    assert len(found.forecasts) == len(truth(task)) == 88


def test_errors_of_floors_are_in_the_series_own_unit() -> None:
    task = Series(lags=24)
    values = torch.tensor(task.series.values, dtype=torch.float64)
    steps = (values[221:] - values[220:-1]).abs().mean().item()
    assert floor_errors(task)["last value"] == pytest.approx(steps)
    assert autocorrelations(task)[10] == max(autocorrelations(task)[5:])  # eleven years
