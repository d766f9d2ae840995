"""The check of influence: change an input for real and see which answers change."""

import torch
from torch import Tensor

from attnlab.models.evaluating import evaluating, examples_at_once, one_example
from attnlab.models.model import SequenceModel


def occlusion(model: SequenceModel, inputs: Tensor, replacements: Tensor) -> Tensor:
    """How much each answer changes when one input is replaced.

    The change is KL(original || changed) of the predicted distributions in nats, or the squared difference where the
    model gives one value, as it does in a regression task. It is the mean over the draws that differ from the input.

    Args:
        model: of any family.
        inputs: one example, (1, T) or (1, T, num_features).
        replacements: (R, T) or (R, T, num_features), R draws: input i becomes replacements[r, i], the others stay.
            Other examples of the same task are such draws.

    Returns:
        (T, T): row o is an answer, column i the input that was replaced; 0 where no draw differs from the input.

    Raises:
        ValueError: inputs that are not one example or that the model refuses; replacements that do not fit them.

    Source: Zeiler & Fergus 2014, section 4.2, https://arxiv.org/abs/1311.2901; resampled in place of blanked out,
    because a model never saw a blank.
    """
    one_example(model, inputs)
    replacements = replacements.to(inputs.device)
    if not len(replacements) or replacements.shape[1:] != inputs.shape[1:] or replacements.dtype != inputs.dtype:
        raise ValueError(
            f"replacements {tuple(replacements.shape)} {replacements.dtype} must be (draws, *{tuple(inputs.shape[1:])})"
            f" {inputs.dtype}, with at least one draw"
        )
    seq_len = inputs.shape[1]
    changes = replacements.new_zeros(len(replacements), seq_len, seq_len, dtype=model.head.weight.dtype)
    parts = -(-seq_len // examples_at_once(seq_len))
    with evaluating(model):
        for some in torch.tensor_split(torch.arange(seq_len, device=inputs.device), parts):
            copies = inputs.repeat(len(some), *[1] * (inputs.ndim - 1))
            original = model(copies)  # as many as are changed: another batch size would round otherwise
            for draw, replacement in enumerate(replacements):
                changed = copies.clone()
                changed[torch.arange(len(some)), some] = replacement[some]
                changes[draw, some] = _change(original, model(changed))
    differs = (replacements != inputs).view(len(replacements), seq_len, -1).any(-1)
    counted = differs.unsqueeze(-1).to(changes)
    return ((changes * counted).sum(0) / counted.sum(0).clamp(min=1)).T


def agreement(first: Tensor, second: Tensor) -> float | None:
    """Spearman's rank correlation of two pictures, over the entries that are not 0 in both.

    What a model cannot see is 0 in both, and would count as agreement that nobody measured.

    Args:
        first: of any shape, such as `influence`.
        second: of the same shape, such as `occlusion`.

    Returns:
        -1 to 1; None if fewer than two entries remain or if one picture is the same everywhere.
    """
    seen = (first != 0) | (second != 0)
    ranks = [_ranks(picture[seen].double().cpu()) for picture in (first, second)]
    centred = [rank - rank.mean() for rank in ranks]
    scale = centred[0].norm() * centred[1].norm()
    if seen.sum() < 2 or scale == 0:
        return None
    return float(centred[0] @ centred[1] / scale)


def _change(original: Tensor, changed: Tensor) -> Tensor:
    """(N, T, outputs) twice -> (N, T)."""
    if original.shape[-1] == 1:
        return (changed - original).square().squeeze(-1)
    expected, got = original.log_softmax(-1), changed.log_softmax(-1)
    return (expected.exp() * (expected - got)).sum(-1).clamp(min=0)


def _ranks(values: Tensor) -> Tensor:
    """(N,) from 0; equal values share the mean of their ranks."""
    in_order = values.sort().values
    first, behind = torch.searchsorted(in_order, values), torch.searchsorted(in_order, values, right=True)
    return (first + behind - 1).double() / 2
