"""Every family learns: it can repeat eight sequences by heart."""

import pytest
import torch
import torch.nn.functional as F

from attnlab.models import FAMILIES, SequenceModel
from tests.models.reference import OUTPUTS, config, tokens

BATCH, LENGTH = 8, 5


def steps_until_known(model: SequenceModel, limit: int = 150) -> int:
    """Training steps until every answer is right; the limit if it never comes to that."""
    inputs = tokens(BATCH, LENGTH)
    inputs[:, 0] = torch.arange(BATCH)  # no two sequences begin alike, so that each answer can be known
    targets = torch.randint(OUTPUTS, (BATCH, LENGTH), generator=torch.Generator().manual_seed(1))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for step in range(limit):
        logits = model(inputs)
        if logits.argmax(-1).eq(targets).all():
            return step
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return limit


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mode", [{}, {"causal": False}, {"trailing_blanks": True}], ids=str)
def test_eight_sequences_are_learned_by_heart(family: str, mode: dict[str, bool]) -> None:
    levels = 3 if family == "tcn" else 2
    model = SequenceModel(config(family, d_model=24, num_layers=levels, **mode))
    assert steps_until_known(model) < 150


def test_a_model_that_sees_no_other_position_does_not_learn_them() -> None:
    blind = SequenceModel(config("tcn", d_model=24, num_layers=1))
    with torch.no_grad():
        blind.blocks[0].mixer.second.weight.zero_()
    blind.blocks[0].mixer.second.weight.requires_grad_(False)
    assert steps_until_known(blind) == 150
