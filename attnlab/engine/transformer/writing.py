"""Writing on: the next token is drawn, and read as the last one of what stands before the one after it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from attnlab.engine.allowed import check_number
from attnlab.engine.seeds import generator
from attnlab.engine.transformer.generation import NextToken, next_token

MAX_WRITTEN = 200


class Cuts(NamedTuple):
    """What `next_token` takes beside the logits."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None


@dataclass(frozen=True, eq=False)
class WrittenToken:
    """One token that was drawn, and what it was drawn from."""

    id: int
    choice: NextToken


def write_on(
    logits_after: Callable[[tuple[int, ...]], Tensor],
    prompt: tuple[int, ...],
    count: int,
    cuts: Cuts,
    seed: int,
    ends: Collection[int] = (),
) -> tuple[WrittenToken, ...]:
    """Draw tokens one by one.

    Each takes one number of the seed's, uniform in [0, 1), and goes so far into what is left of the distribution, the
    tokens in the order of the vocabulary. So models that are sure of the same token write the same one.

    Args:
        logits_after: of ids, (V,) finite: what a model says comes next.
        prompt: ids to begin with.
        count: tokens to write.
        cuts: of each draw.
        seed: of the draws.
        ends: tokens behind which nothing is written.

    Returns:
        `count` tokens; fewer if one of `ends` is the last of them.

    Raises:
        SpecError: a count or a cut out of bounds.
        ValueError: logits that are not one row of finite numbers.
    """
    check_number("count", count, 1, MAX_WRITTEN)
    draws = torch.rand(count, dtype=torch.float64, generator=generator(seed, "writing on"))
    ids, written = prompt, []
    for draw in draws:
        choice = next_token(logits_after(ids), *cuts)
        written.append(WrittenToken(_drawn(choice, float(draw)), choice))
        ids = (*ids, written[-1].id)
        if written[-1].id in ends:
            break
    return tuple(written)


def _drawn(choice: NextToken, draw: float) -> int:
    """The first kept token up to which more than `draw` of the whole lies; rounding may leave the whole below 1."""
    kept = choice.kept.nonzero().flatten()
    place = int((choice.final[kept].cumsum(0) <= draw).sum())
    return int(kept[min(place, len(kept) - 1)])
