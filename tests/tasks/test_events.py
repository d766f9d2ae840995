"""Sessions by the rule: followed by hand, evidence where it must be, and the best possible counted out."""

import math

import pytest
import torch

from attnlab.tasks import Events, SizeError
from attnlab.tasks.events.shop import PAIRS, best_possible, deciding, items
from tests.tasks.small import seeded

NAMES = items(3, 2)


def numbers(*names: str) -> torch.Tensor:
    return torch.tensor([[NAMES.index(name) for name in names]])


def test_things_come_first_then_what_goes_with_them_then_the_rest() -> None:
    assert NAMES == ("phone", "printer", "camera", "case", "ink", "tripod", "bread", "milk")


@pytest.mark.parametrize(
    ("session", "places"),
    [
        (("phone", "bread", "case", "milk"), [0, 0, -1, -1]),
        (("phone", "printer", "ink", "bread"), [0, 1, 0, 0]),
        (("phone", "printer", "phone", "case"), [0, 1, 2, 1]),
        (("case", "phone", "printer", "ink"), [-1, -1, 2, -1]),  # the case was there before the phone
        (("bread", "milk"), [-1, -1]),
    ],
)
def test_the_latest_thing_that_lacks_its_addition_decides(session: tuple[str, ...], places: list[int]) -> None:
    assert deciding(numbers(*session), 3)[0].tolist() == places


def test_the_rule_is_followed_as_often_as_it_says_and_evidence_points_at_the_thing() -> None:
    task = Events(length=12, basket=3, num_pairs=5, num_others=3, rule_percent=70)
    batch, evidence = task.with_evidence(3000, seeded())
    assert torch.equal(evidence.any(-1), batch.scored)
    assert not batch.scored[:, :2].any()
    assert batch.scored[:, 2].all()
    row, place, at = evidence.nonzero().T
    thing = batch.inputs[row, at]
    assert (at <= place).all()
    assert (thing < 5).all()
    followed = (batch.targets[row, place] == thing + 5).double().mean().item()
    assert followed == pytest.approx(0.7 + 0.3 / 13, abs=0.01)


def test_the_best_possible_by_its_chances() -> None:
    floor = best_possible(4, 0.6)
    chances = [0.7, 0.1, 0.1, 0.1]
    assert floor.metric == pytest.approx(0.7)
    assert floor.loss == pytest.approx(-sum(chance * math.log(chance) for chance in chances))


def test_pairs_counted_know_the_last_item_alone() -> None:
    floors = {floor.name: floor for floor in Events(length=8, num_pairs=5).info.floors}
    losses = [floors[name].loss or 0 for name in ("chance", "bigram", "bayes")]
    assert losses == sorted(losses, reverse=True)


def test_a_basket_holds_different_things_that_there_are() -> None:
    first = Events(basket=4).sample(200, seeded()).inputs[:, :4]
    assert all(len(set(row)) == 4 and max(row) < 6 for row in first.tolist())
    with pytest.raises(SizeError, match=r"^basket \(5\) must be between 1 and 4$"):
        Events(num_pairs=4, basket=5)
    assert len({name for pair in PAIRS for name in pair}) == 2 * len(PAIRS)
