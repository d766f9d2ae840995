"""Where a token's stream comes from, through all layers of attention: rollout and flow.

Both read a stack as a network: a node for each token before, between and behind the layers, and pipes from each query
down to the keys it looks at, as wide as the weights. Rollout multiplies along each way and adds the ways up; flow asks
how much could reach a key at once, when no pipe takes more than its weight.

    one layer, with the residual stream    A = W / 2 + I / 2
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from attnlab.engine.analysis.maximum_flow import Network, Pipe


def rollout(weights: Sequence[Tensor], residual: bool = True) -> Tensor:
    """How much of each token of the input is in each token behind the last layer, if attention were all there is.

    Args:
        weights: (T, S) each, averaged over heads, first layer first; the keys of one layer are the queries of the one
            before it.
        residual: whether half of each token passes by the attention; the maps must be square then.

    Returns:
        (T, S) float64 on the CPU. Rows sum to 1 if those of the maps do; a query that sees no key stays itself.

    Raises:
        ValueError: no map, or maps that do not follow each other.

    Source: Abnar & Zuidema 2020, eq. 1, https://arxiv.org/abs/2005.00928
    """
    first, *others = _mixings(weights, residual)
    for mixing in others:
        first = mixing @ first
    return first


def attention_flow(weights: Sequence[Tensor], query: int, residual: bool = True) -> Tensor:
    """How much can flow from one token behind the last layer to each token of the input.

    Args:
        weights: as in `rollout`.
        query: the token behind the last layer, from 0.
        residual: as in `rollout`.

    Returns:
        (S,) float64, each between 0 and the sum of the query's row. Every key is asked on its own, so that they need
        not sum to 1.

    Raises:
        ValueError: as `rollout`, and a query that is not there.

    Source: Abnar & Zuidema 2020, section 3, https://arxiv.org/abs/2005.00928
    """
    mixings = _mixings(weights, residual)
    if not 0 <= query < len(mixings[-1]):
        raise ValueError(f"query ({query}) must be between 0 and {len(mixings[-1]) - 1}")
    starts = [0]  # of each layer of nodes, that of the inputs first
    for mixing in mixings:
        starts.append(starts[-1] + mixing.shape[1])
    pipes = [pipe for layer, mixing in enumerate(mixings) for pipe in _pipes(mixing, starts[layer], starts[layer + 1])]
    network = Network(starts[-1] + len(mixings[-1]), pipes)
    flows = [network.maximum_flow(starts[-1] + query, key) for key in range(mixings[0].shape[1])]
    return torch.tensor(flows, dtype=torch.float64)


def joint_mixings(
    encoder: Sequence[Tensor], decoder: Sequence[Tensor], cross: Sequence[Tensor], residual: bool = True
) -> tuple[Tensor, ...]:
    """An encoder-decoder as one stack over both texts, for `rollout` and `attention_flow` without residual.

    The nodes of a layer are the S tokens of the source and then the T of the target. While one text is read the other
    passes by; cross-attention writes half of what the target's tokens become.

    Args:
        encoder: (S, S) each, averaged over heads.
        decoder: (T, T) each, as many as there are in `cross`.
        cross: (T, S) each.
        residual: whether half of each token passes by the attention.

    Returns:
        (S + T, S + T) each, with the residual stream in them.

    Raises:
        ValueError: decoder and cross of different lengths or without a map, or maps that `rollout` refuses.
    """
    if not cross or len(decoder) != len(cross):
        raise ValueError(f"decoder ({len(decoder)}) and cross ({len(cross)}) must have a map each a layer")
    source, target = cross[0].shape[1], cross[0].shape[0]
    layers = [_beside(mixing, target) for mixing in _mixings(encoder, residual)]
    for own, seen in zip(_mixings(decoder, residual), cross, strict=True):
        across = seen.detach().cpu().double() / (2 if residual else 1)
        stays = (1 - across.sum(-1)).diag() if residual else torch.zeros(target, target, dtype=torch.float64)
        layers += [_beside(own, source, first=False), _beside(stays, source, first=False)]
        layers[-1][source:, :source] = across
    return tuple(layers)


def _beside(mixing: Tensor, others: int, *, first: bool = True) -> Tensor:
    """A layer that mixes one text, before or behind as many other tokens as stay what they are."""
    joint = torch.eye(len(mixing) + others, dtype=torch.float64)
    mixed = slice(None, len(mixing)) if first else slice(others, None)
    joint[mixed, mixed] = mixing
    return joint


def _mixings(weights: Sequence[Tensor], residual: bool) -> list[Tensor]:
    """What each layer makes of its tokens, float64: half the weights and half the token itself."""
    if not weights:
        raise ValueError("weights (0 maps) must have one a layer")
    maps = [one.detach().cpu().double() for one in weights]
    for number, one in enumerate(maps):
        keys = len(maps[number - 1]) if number else one.shape[-1]
        if one.ndim != 2 or one.shape[1] != keys:
            raise ValueError(f"weights of layer {number + 1} {tuple(one.shape)} must be (T, S), S = {keys}")
        if residual and one.shape[0] != one.shape[1]:
            raise ValueError(f"weights of layer {number + 1} {tuple(one.shape)} must be square beside a residual")
    # What a query leaves unseen, all of it under an empty mask, stays in its stream.
    return [one / 2 + (1 - one.sum(-1) / 2).diag() for one in maps] if residual else maps


def _pipes(mixing: Tensor, keys_start: int, queries_start: int) -> list[Pipe]:
    """From queries down to keys: the way of the question, against that of the numbers."""
    queries, keys = mixing.nonzero(as_tuple=True)
    ends = zip((queries + queries_start).tolist(), (keys + keys_start).tolist(), strict=True)
    return [(*pair, room) for pair, room in zip(ends, mixing[queries, keys].tolist(), strict=True)]
