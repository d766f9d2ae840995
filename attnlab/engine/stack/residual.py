"""How much each part wrote to the residual stream."""

from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.transformer.blocks import PartTrace


@dataclass(frozen=True, eq=False)
class Residual:
    """One number a position, float64 on the CPU."""

    x: Tensor  # (T,), length of the stream before
    written: Tensor  # (T,), length of what the part added
    output: Tensor  # (T,), length of the stream after
    cosine: Tensor  # (T,), of the angle between the two: 1 strengthens what was there, -1 takes away from it


def written_share(part: PartTrace) -> Residual:
    """What a part, in a batch of one, wrote to the stream at each position.

    Beside a vector of zeros the cosine is 0.
    """
    x, written, output = (tensor[0].detach().cpu().double() for tensor in (part.x, part.written, part.output))
    length = partial(torch.linalg.vector_norm, dim=-1)
    return Residual(length(x), length(written), length(output), F.cosine_similarity(x, written, dim=-1))
