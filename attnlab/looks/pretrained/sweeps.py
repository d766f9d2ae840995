"""Which head of a model matters: every head is taken away in turn, beside the app, layer by layer."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from attnlab.interventions.ablation import AblationName, ablated_by_layer
from attnlab.looks.pretrained.interventions import check_bearable, outcome_of
from attnlab.looks.pretrained.layer import PretrainedLayer, opened, whole_run
from attnlab.looks.stepwise import Shelf, Stepwise
from attnlab.settings.lab.models import OutcomeName


@dataclass(frozen=True)
class Question:
    """What is asked of a model: the sweep of another question is another one."""

    layer: PretrainedLayer  # of `edited_model`: the whole model with its edits, and what is read
    outcome: OutcomeName
    place: int  # of the token that is followed, from 0
    instead: AblationName


class Sweep(Stepwise):
    """One question, and what is known of its answer so far; a step is a layer."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        sizes = opened(question.layer.name).sizes
        self.question = question
        self.lost = torch.full((sizes.num_layers, sizes.num_heads), torch.nan)  # (L, H), as `without_heads`

    @property
    def done(self) -> int:
        """Layers that are answered; they are answered in order."""
        return int((~self.lost.isnan().any(1)).sum())

    @property
    def ended(self) -> bool:
        """Whether all are."""
        return self.done == len(self.lost)

    def steps(self) -> Iterator[None]:
        """A layer that is not answered yet at a time."""
        asked, layer = self.question, self.question.layer
        trace = whole_run(layer.name, layer.read, layer.dtype, layer.others)
        measured = outcome_of(opened(layer.name), trace, trace, asked.outcome, asked.place)
        whole, first = measured(trace.hidden_states[-1][None]), self.done
        for number, left in enumerate(ablated_by_layer(trace, measured, asked.instead, first), first):
            self.lost[number] = whole - left
            yield


_SHELF = Shelf(Sweep)


def sweep_of(question: Question) -> Sweep:
    """The sweep of a question, begun or not.

    Raises:
        SpecError: too much for the machine, an outcome that the model does not have, or no such model.
    """
    check_bearable(question.layer, opened(question.layer.name).sizes.num_heads)
    return _SHELF.of(question)


def forget() -> None:
    """Stop and forget all sweeps."""
    _SHELF.forget()
