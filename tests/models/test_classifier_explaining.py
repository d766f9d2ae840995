"""Which words decided a verdict, against finite differences, a bag of words by hand, and models told what to say."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn

from attnlab.models import CLASSIFIER_FAMILIES, ClassifierConfig, ClassifierModel, FamilyName
from attnlab.models.classifier import explaining, probabilities, substitutes, word_influence, word_occlusion

TEXT = torch.tensor([[3, 5, 7, 11, 2]])
every_family = pytest.mark.parametrize("family", CLASSIFIER_FAMILIES)


def model(family: FamilyName, **changes: object) -> ClassifierModel:
    sizes = {"vocab_size": 13, "num_classes": 3, "max_len": 8, "d_model": 12, "num_heads": 3, **changes}
    one = ClassifierModel(ClassifierConfig(family=family, **sizes)).double().eval()  # type: ignore[arg-type]
    with torch.no_grad():
        one.head.weight.mul_(40)
    return one


@every_family
def test_influence_is_the_length_of_the_gradient_of_the_predicted_class(family: FamilyName) -> None:
    one, step = model(family), 1e-6
    mask, vectors = TEXT > 0, one.embed(TEXT).detach()
    predicted = int(one(TEXT).argmax())
    found = word_influence(one, TEXT)
    for place in (0, 3):
        slopes = []
        for coordinate in range(12):
            up, down = vectors.clone(), vectors.clone()
            up[0, place, coordinate] += step
            down[0, place, coordinate] -= step
            slopes.append((one.answers(up, mask) - one.answers(down, mask))[0, 0, predicted] / (2 * step))
        torch.testing.assert_close(found[place], torch.stack(slopes).norm(), rtol=1e-6, atol=1e-8)


@every_family
def test_many_texts_of_any_length_are_judged_as_each_alone(family: FamilyName, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "EXAMPLES_AT_ONCE", 3)
    monkeypatch.setattr(explaining, "examples_at_once", lambda width: max(1, 8 // width))
    one, generator = model(family), torch.Generator().manual_seed(0)
    texts = torch.randint(1, 13, (11, 8), generator=generator)
    lengths = torch.randint(1, 9, (11, 1), generator=generator)
    texts[torch.arange(8) >= lengths] = 0
    alone = torch.cat([probabilities(one, texts[number : number + 1]) for number in range(11)])
    torch.testing.assert_close(probabilities(one, texts), alone)


@every_family
def test_looking_leaves_model_and_modes_as_they_were(family: FamilyName) -> None:
    one = model(family, dropout=0.5).train()
    before = {name: value.clone() for name, value in one.state_dict().items()}
    word_influence(one, TEXT)
    assert torch.equal(word_occlusion(one, TEXT).drop, word_occlusion(one, TEXT).drop)
    assert all(module.training for module in one.modules())
    assert all(torch.equal(value, before[name]) for name, value in one.state_dict().items())
    assert all(weight.grad is None for weight in one.parameters())


@every_family
def test_deleting_a_word_is_the_text_without_it(family: FamilyName) -> None:
    one = model(family)
    before, changes = probabilities(one, TEXT)[0], word_occlusion(one, TEXT)
    for place in range(5):
        shorter = torch.cat((TEXT[:, :place], TEXT[:, place + 1 :]), dim=1)
        after = probabilities(one, shorter)[0]
        torch.testing.assert_close(changes.drop[place], before.max() - after[before.argmax()])
        torch.testing.assert_close(changes.divergence[place], (before * (before / after).log()).sum())


@every_family
def test_replacing_takes_the_mean_of_the_draws_that_differ(family: FamilyName) -> None:
    one = model(family)
    draws = torch.tensor([[3, 1, 1, 1, 1], [4, 5, 6, 1, 1]])  # the first keeps word 0, the second word 1
    before, found = probabilities(one, TEXT)[0], word_occlusion(one, TEXT, draws)
    wanted = []
    for place, word in ((0, 4), (1, 1)):
        changed = TEXT.clone()
        changed[0, place] = word
        wanted.append(before.max() - probabilities(one, changed)[0, before.argmax()])
    torch.testing.assert_close(found.drop[:2], torch.stack(wanted))


def test_a_word_that_is_replaced_by_itself_changes_nothing() -> None:
    changes = word_occlusion(model("lstm"), TEXT, TEXT)
    assert not changes.drop.any()
    assert not changes.divergence.any()


def test_the_only_word_of_a_text_can_be_deleted() -> None:
    assert bool(word_occlusion(model("transformer"), TEXT[:, :1]).drop.isfinite().all())


def test_substitutes_are_the_texts_with_another_word() -> None:
    one = model("text_cnn")
    predicted = probabilities(one, TEXT)[0].argmax()
    kept = substitutes(one, TEXT, 2, torch.tensor([7, 1, 9]))
    assert kept[0] == probabilities(one, TEXT)[0].max()
    torch.testing.assert_close(kept[2], probabilities(one, torch.tensor([[3, 5, 9, 11, 2]]))[0, predicted])


def test_what_stands_for_a_class_drops_when_it_is_deleted_and_what_speaks_against_it_raises_it() -> None:
    one = model("bag_of_words", num_classes=2, d_model=1)
    with torch.no_grad():
        one.embedding.weight.zero_()
        one.embedding.weight[3], one.embedding.weight[5] = 4.0, -1.0
        one.head.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    drop = word_occlusion(one, TEXT).drop
    now = torch.tensor(2 * 3 / 5).sigmoid()  # the classes are 2 x apart, x the mean of 4, -1, 0, 0, 0
    assert drop[0] == pytest.approx(float(now - torch.tensor(2 * -1 / 4).sigmoid()))
    assert drop[1] == pytest.approx(float(now - torch.tensor(2 * 4 / 4).sigmoid()))
    assert drop[0] > 0 > drop[1]


def test_many_texts_are_judged_part_by_part() -> None:
    one = model("lstm")
    many = TEXT.repeat(1100, 1)
    torch.testing.assert_close(probabilities(one, many), probabilities(one, TEXT).expand(1100, -1))


@pytest.mark.parametrize(
    "inputs", [torch.tensor([3, 5]), torch.tensor([[3, 0]]), TEXT.repeat(2, 1), torch.zeros(1, 0).long()]
)
def test_only_one_text_of_words_is_explained(inputs: Tensor) -> None:
    for explain in (word_influence, word_occlusion):
        with pytest.raises(ValueError, match="one text"):
            cast("nn.Module", explain)(model("lstm"), inputs)


@pytest.mark.parametrize("draws", [torch.ones(0, 5).long(), torch.ones(2, 4).long(), torch.ones(5).long()])
def test_replacements_that_do_not_fit_are_refused(draws: Tensor) -> None:
    with pytest.raises(ValueError, match="replacements"):
        word_occlusion(model("lstm"), TEXT, draws)
