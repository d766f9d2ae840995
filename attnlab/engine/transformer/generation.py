"""From logits to the next token: temperature, top-k, top-p."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.allowed import check_number
from attnlab.engine.errors import SpecError
from attnlab.engine.spec import MAX_TEMPERATURE, MIN_TEMPERATURE


@dataclass(frozen=True, eq=False)
class NextToken:
    """What may come next; (V,) each."""

    probabilities: Tensor  # float64, before anything is cut
    kept: Tensor  # bool; at least one is
    final: Tensor  # float64, 0 where cut; what is left sums to 1


def next_token(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> NextToken:
    """The distribution that the next token is drawn from.

    Temperature comes first, then top-k, then top-p of what top-k has left. Of equally probable tokens the earlier in
    the vocabulary counts as the more probable, so that top-k keeps exactly k.

    Args:
        logits: (V,), finite.
        temperature: divides the logits: below 1 the probable become more so.
        top_k: so many of the most probable are kept; all if left out or more than there are.
        top_p: the fewest of the most probable whose sum reaches this are kept, always one; all if left out.

    Raises:
        SpecError: temperature, top_k or top_p out of bounds.
        ValueError: logits that are not one row of finite numbers.

    Source: Holtzman et al. 2020, section 3.1, https://arxiv.org/abs/1904.09751; top-k: Fan et al. 2018, section 5.4,
    https://arxiv.org/abs/1805.04833
    """
    if logits.ndim != 1 or not len(logits) or not bool(logits.isfinite().all()):
        raise ValueError(f"logits {tuple(logits.shape)} must be (V,), V at least 1, and finite")
    _check_cuts(temperature, top_k, top_p)
    shifted = logits.detach().cpu().double()
    probabilities = torch.softmax((shifted - shifted.max()) / temperature, dim=-1)
    order = probabilities.argsort(descending=True, stable=True)
    ranked = probabilities[order]
    if top_k is not None:
        ranked = ranked[:top_k]
    if top_p is not None:
        before = ranked.cumsum(0) - ranked
        ranked = ranked[: max(int((before < top_p * ranked.sum()).sum()), 1)]
    kept = torch.zeros(len(probabilities), dtype=torch.bool)
    kept[order[: len(ranked)]] = True
    left = probabilities.where(kept, 0.0)
    return NextToken(probabilities, kept, left / left.sum())


def _check_cuts(temperature: float, top_k: int | None, top_p: float | None) -> None:
    check_number("temperature", temperature, MIN_TEMPERATURE, MAX_TEMPERATURE)
    if top_k is not None and (isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1):
        message = f"top_k ({top_k!r}) must be a whole number from 1 up"
        raise SpecError("top_k", "range", message, got=top_k, low=1, high=None)
    if top_p is not None:
        check_number("top_p", top_p, 0.0, 1.0)
