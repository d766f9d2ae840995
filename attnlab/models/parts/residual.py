"""The residual stream that every Transformer block is built on: a part reads it through a norm and adds to it.

Functions, not a base class: blocks keep their own names of parameters, which initial weights and stored files hang on.

Source: Vaswani et al. 2017, section 3.1; norm first: Xiong et al. 2020, https://arxiv.org/abs/2002.04745
"""

from collections.abc import Callable

from torch import Tensor, nn

from attnlab.models.config import FamilyName
from attnlab.models.parts.terms import sinusoidal_table


def entering(x: Tensor, norm: nn.Module, *, norm_first: bool) -> Tensor:
    """What a part reads of the stream; (B, T, d_model) both."""
    normed: Tensor = norm(x) if norm_first else x
    return normed


def joined(
    x: Tensor, added: Tensor, norm: nn.Module, dropout: nn.Module, *, norm_first: bool, residual: bool = True
) -> Tensor:
    """The stream after a part, which with residual off is what the part gave.

    Dropout acts on what is added and nowhere else, so that it is the same for all parts.
    """
    stream: Tensor = x + dropout(added) if residual else dropout(added)
    return stream if norm_first else norm(stream)


def around(
    x: Tensor,
    part: Callable[[Tensor], Tensor],
    norm: nn.Module,
    dropout: nn.Module,
    *,
    norm_first: bool,
    residual: bool = True,
) -> Tensor:
    """x + part(norm(x)), or with norm_first off norm(x + part(x)); (B, T, d_model) both."""  # noqa: D403 - a formula
    added = part(entering(x, norm, norm_first=norm_first))
    return joined(x, added, norm, dropout, norm_first=norm_first, residual=residual)


def placed(embedding: Tensor, family: FamilyName) -> Tensor:
    """The stream as it starts, (B, T, d_model): a Transformer is told where words stand; the others know the order."""
    if family != "transformer":
        return embedding
    length, width = embedding.shape[1:]
    return embedding + sinusoidal_table(length, width, embedding.dtype, embedding.device)
