"""Which words decided a verdict: gradients, and what happens when a word is really taken away."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.models.classifier.config import PRETRAINED_FAMILIES
from attnlab.models.classifier.model import ClassifierModel
from attnlab.models.evaluating import evaluating, examples_at_once
from attnlab.models.parts.padding import PAD_ID, used_columns

EXAMPLES_AT_ONCE = 512
PRETRAINED_AT_ONCE = 32
"""It reads them one by one in any case: a second or two."""


@dataclass(frozen=True, eq=False)
class WordChanges:
    """What a change of each word does to the verdict on a text of T words."""

    divergence: Tensor  # (T,): KL(original || changed) in nats
    drop: Tensor  # (T,): the probability of the predicted class, before less after; below 0 if the change raises it


def probabilities(model: ClassifierModel, inputs: Tensor, alive: Callable[[], object] = bool) -> Tensor:
    """(B, num_classes) of texts (B, T), without dropout.

    Args:
        model: of any family.
        inputs: the texts; a pretrained model reads some thirty a second.
        alive: called before every few of them, by whoever must show that it still works.
    """
    order = (inputs != PAD_ID).sum(1).argsort(stable=True)  # texts of one length share less padding
    found = []
    with evaluating(model):
        for some in _parts(model, inputs[order]):
            alive()
            found.append(model(some)[:, 0].softmax(-1))
    told = torch.cat(found)
    return torch.empty_like(told).index_copy(0, order, told)


def _parts(model: ClassifierModel, inputs: Tensor) -> Iterator[Tensor]:
    """As many texts as go through a model together, where attention holds T x T numbers a head for each."""
    start = 0
    while start < len(inputs):
        some = inputs[start : start + EXAMPLES_AT_ONCE]
        if model.config.family in PRETRAINED_FAMILIES:
            some = some[:PRETRAINED_AT_ONCE]
        if model.config.family == "transformer":
            some = some[: examples_at_once(used_columns(some))]
        yield some
        start += len(some)


def word_influence(model: ClassifierModel, inputs: Tensor) -> Tensor:
    """Length of the gradient of the predicted class's logit with respect to each word's embedding.

    Args:
        model: of any family.
        inputs: one text, (1, T), without padding.

    Returns:
        (T,)

    Raises:
        ValueError: not one text of words alone.

    Source: Madsen 2019, https://distill.pub/2019/memorization-in-rnns/; for words Li et al. 2016, section 5,
        https://arxiv.org/abs/1506.01066
    """
    _check_text(inputs)
    with evaluating(model, gradients=True):
        vectors = model.embed(inputs).detach().clone().requires_grad_()
        logits = model.answers(vectors, model.read(inputs))[0, 0]
        (gradient,) = torch.autograd.grad(logits.max(), vectors)
    lengths: Tensor = torch.linalg.vector_norm(gradient[0], dim=-1)
    return lengths


def word_occlusion(model: ClassifierModel, inputs: Tensor, replacements: Tensor | None = None) -> WordChanges:
    """What becomes of the verdict without one word, for each word.

    Args:
        model: of any family.
        inputs: one text, (1, T), without padding.
        replacements: (R, T) ids, R draws: word i becomes replacements[r, i] while the others stay, and the result is
            the mean over the draws that differ from it. If None, word i is deleted and those behind it move up.

    Raises:
        ValueError: not one text of words alone, or replacements that do not fit it.

    Source: Zeiler & Fergus 2014, section 4.2, https://arxiv.org/abs/1311.2901; for words Li et al. 2017,
        https://arxiv.org/abs/1612.08220
    """
    _check_text(inputs)
    if replacements is None:
        return _changes(model, inputs, [_deleted(inputs)])
    if replacements.ndim != 2 or not len(replacements) or replacements.shape[1] != inputs.shape[1]:
        raise ValueError(f"replacements {tuple(replacements.shape)} must be (draws, {inputs.shape[1]}), one or more")
    return _changes(model, inputs, [_replaced(inputs, draw) for draw in replacements])


def substitutes(model: ClassifierModel, inputs: Tensor, place: int, candidates: Tensor) -> Tensor:
    """(C,): the probability of the class predicted now, with each candidate (C,) at a place of a text (1, T)."""
    _check_text(inputs)
    changed = inputs.repeat(len(candidates), 1)
    changed[:, place] = candidates
    predicted = probabilities(model, inputs)[0].argmax()
    return probabilities(model, changed)[:, predicted]


def _changes(model: ClassifierModel, inputs: Tensor, draws: Sequence[Tensor]) -> WordChanges:
    length = inputs.shape[1]
    before = probabilities(model, inputs)[0].double()
    after = probabilities(model, torch.cat(list(draws))).double().view(len(draws), length, -1)
    tiny = torch.finfo(torch.float32).tiny
    divergence = (before * ((before + tiny).log() - (after + tiny).log())).sum(-1).clamp(min=0)  # (R, T)
    drop = before.max() - after[..., before.argmax()]
    differs = torch.stack([(draw != inputs).any(1) for draw in draws])
    counts = differs.sum(0).clamp(min=1)
    return WordChanges((divergence * differs).sum(0) / counts, (drop * differs).sum(0) / counts)


def _deleted(inputs: Tensor) -> Tensor:
    """(T, T): text i lacks word i, and ends with padding in its stead."""
    length = inputs.shape[1]
    places = torch.arange(length)
    shifted = (places + (places >= places[:, None]).long()).clamp(max=length - 1)
    texts = inputs[0][shifted]
    texts[:, -1] = PAD_ID
    return texts


def _replaced(inputs: Tensor, draw: Tensor) -> Tensor:
    """(T, T): text i has word i from the draw."""
    own = torch.eye(inputs.shape[1], dtype=torch.bool)
    return torch.where(own, draw, inputs[0])


def _check_text(inputs: Tensor) -> None:
    if inputs.ndim != 2 or len(inputs) != 1 or not inputs.shape[1] or bool((inputs == PAD_ID).any()):
        raise ValueError(f"inputs {tuple(inputs.shape)} must be one text, (1, T), of words without padding")
