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
ROUNDS, SHIFT = 3, 3
"""How often sequences are laid over each other, and by how many letters one may be shifted from its peak."""
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


def blind_logo(model: SequenceModel, task: Motif) -> Logo:
    """From peaks that chance has put: what laying sequences over each other finds without any look."""
    inputs = _called_present(model, task)
    return _rows(logo_at_peaks(inputs, torch.rand(inputs.shape, generator=generator(0, "blind logo"))))


def influence_logo(model: SequenceModel, task: Motif) -> Logo:
    """From the peaks of influence on the answer, for any family."""
    inputs = _called_present(model, task)
    return _rows(logo_at_peaks(inputs, answer_influence(model, inputs, _ends(inputs))))


def logo_at_peaks(inputs: Tensor, weights: Tensor) -> Tensor:
    """(W, 4) bits: letters around the peak of the weights of each sequence, laid over each other.

    The peak is where W neighbours have most weight together. A model may look at any place of a motif, now at this one
    and now at that; so sequences are laid over each other once more, each shifted by up to `SHIFT` letters to where it
    fits the others best, and the W places that together tell most are taken. No knowledge of the motif is in it but its
    width.

    Args:
        inputs: (N, T) letters, "?" behind them.
        weights: (N, T).
    """
    letters, length = inputs[:, :-1], inputs.shape[1] - 1
    peaks = weights[:, :length].unfold(1, WIDTH, 1).sum(-1).argmax(1)
    starts = peaks
    for _ in range(ROUNDS):
        shares = _shares(letters, starts)
        first = int(bits(shares).sum(1).unfold(0, WIDTH, 1).sum(1).argmax())
        motif = shares[first : first + WIDTH].log()
        shifts = peaks[:, None] + torch.arange(-SHIFT, SHIFT + 1)
        starts = shifts.gather(1, _fit(letters, shifts + first - WIDTH, motif).argmax(1, keepdim=True))[:, 0]
    heights = bits(_shares(letters, starts))
    first = int(heights.sum(1).unfold(0, WIDTH, 1).sum(1).argmax())
    return heights[first : first + WIDTH]


def _shares(letters: Tensor, starts: Tensor) -> Tensor:
    """(3 W, 4): how often each letter stands at each place from W before the starts (N,) to 2 W behind them.

    One more of all letters together, evenly: a place that few sequences reach tells nothing.
    """
    there, inside = _around(letters, starts[:, None] + torch.arange(-WIDTH, 2 * WIDTH))
    counts = torch.stack([((there == letter) & inside).sum(0) for letter in range(len(LETTERS))], 1).double()
    return (counts + 1 / len(LETTERS)) / (counts.sum(1, keepdim=True) + 1)


def _fit(letters: Tensor, starts: Tensor, motif: Tensor) -> Tensor:
    """(N, S): the log probability of the W letters from each start (N, S), where they fit in."""
    there, inside = _around(letters, starts[..., None] + torch.arange(WIDTH))
    return motif[torch.arange(WIDTH), there].sum(-1).where(inside.all(-1), -torch.inf)


def _around(letters: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """The letters at places (N, ...), and which of these there are."""
    length = letters.shape[1]
    flat = places.clamp(0, length - 1).flatten(1)
    return letters.gather(1, flat).view(places.shape), (places >= 0) & (places < length)


def _called_present(model: SequenceModel, task: Motif) -> Tensor:
    """(N, T) held-out sequences in which a model finds the motif; all, where it finds it nowhere."""
    inputs = task.sample(EXAMPLES, generator(0, "logo"), "test").inputs
    present = answers(model, inputs)[:, -1].argmax(-1) == 1
    return inputs[present] if bool(present.any()) else inputs


def _ends(inputs: Tensor) -> Tensor:
    return torch.full((len(inputs),), inputs.shape[1] - 1)


def _rows(heights: Tensor) -> Logo:
    return tuple(map(tuple, heights.tolist()))
