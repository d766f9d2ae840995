"""The motif as a contender sees it: what stands where it looks, letter by letter."""

import torch
from torch import Tensor

from attnlab.engine.seeds import generator
from attnlab.models import SequenceModel, answer_attention, answer_influence
from attnlab.tasks.motif.dna import LETTERS
from attnlab.tasks.motif.profile import WIDTH, bits, profile
from attnlab.tasks.motif.task import Motif
from attnlab.training.scoring.evaluate import answers

EXAMPLES = 512
Logo = tuple[tuple[float, ...], ...]
"""W places of the heights of A, C, G and T, in bits."""


def planted_logo(task: Motif) -> Logo:
    """The profile that copies of the motif follow."""
    return _rows(bits(profile(task.noise_percent)))


def attention_logo(model: SequenceModel, task: Motif) -> Logo | None:
    """From the head whose peaks tell most; None of a model without attention."""
    inputs = _called_present(model, task)
    weights = answer_attention(model, inputs, _ends(inputs))
    if weights is None:
        return None
    found = [logo_at_peaks(inputs, one) for one in weights.flatten(0, 1)]
    return _rows(max(found, key=lambda heights: float(heights.sum())))


def influence_logo(model: SequenceModel, task: Motif) -> Logo:
    """From the peaks of influence on the answer, for any family."""
    inputs = _called_present(model, task)
    return _rows(logo_at_peaks(inputs, answer_influence(model, inputs, _ends(inputs))))


def logo_at_peaks(inputs: Tensor, weights: Tensor) -> Tensor:
    """(W, 4) bits: letters around the largest weight of each sequence, laid over each other.

    A model may look at any place of a motif, or behind it, always the same one. So letters are counted up to W before
    and behind the peak, and the W places that together tell most are taken: no knowledge of the motif is in it but its
    width.

    Args:
        inputs: (N, T) letters, "?" behind them.
        weights: (N, T).
    """
    letters, length = inputs[:, :-1], inputs.shape[1] - 1
    peaks = weights[:, :length].argmax(1)
    around = peaks[:, None] + torch.arange(-WIDTH, WIDTH + 1)
    inside = (around >= 0) & (around < length)
    there = letters.gather(1, around.clamp(0, length - 1))
    counts = torch.stack([((there == letter) & inside).sum(0) for letter in range(len(LETTERS))], 1).double()
    heights = bits((counts + 0.25) / (counts.sum(1, keepdim=True) + 1))  # a place of few letters tells nothing
    told = heights.sum(1).unfold(0, WIDTH, 1).sum(1)
    start = int(told.argmax())
    return heights[start : start + WIDTH]


def _called_present(model: SequenceModel, task: Motif) -> Tensor:
    """(N, T) held-out sequences in which a model finds the motif; all, where it finds it nowhere."""
    inputs = task.sample(EXAMPLES, generator(0, "logo"), "test").inputs
    present = answers(model, inputs)[:, -1].argmax(-1) == 1
    return inputs[present] if bool(present.any()) else inputs


def _ends(inputs: Tensor) -> Tensor:
    return torch.full((len(inputs),), inputs.shape[1] - 1)


def _rows(heights: Tensor) -> Logo:
    return tuple(map(tuple, heights.tolist()))
