"""Every head of every layer of a model on one sentence, as the model computes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from attnlab.byte_cache import kept
from attnlab.engine import Edit
from attnlab.engine.analysis.measures import HeadMeasures, head_label, measure_heads, row_shares
from attnlab.engine.choices.masks import causal_mask
from attnlab.engine.edits import at_stage, swapped
from attnlab.looks.layers import Asked, ModelLayer
from attnlab.looks.pretrained.layer import PretrainedLayer

LEAST_MOVE = 1e-6
"""Of a weight: what is less is rounding, and is not drawn as dark as what is most."""
SHARES_TOLD = ("self", "previous", "next", "first", "same word", "nearby", "punctuation")
"""Of what the engine measures."""


@dataclass(frozen=True)
class EveryLayer:
    """A model and what it reads.

    Edits of a trained model act on the layer that is shown alone and are not in it; those of a pretrained one are in
    its layer, which is the whole model then.
    """

    layer: ModelLayer  # any
    tokens: tuple[str, ...]  # T of them, as they are read
    causal: bool
    swaps: tuple[Edit, ...]  # of tokens

    @property
    def of_second(self) -> tuple[bool, ...]:
        """Of each token whether it is of a second sentence; nothing where there is none."""
        found = self.layer.of_second(self.swaps) if isinstance(self.layer, PretrainedLayer) else ()
        return found if any(found) else ()

    @property
    def words(self) -> tuple[int, ...]:
        """Of each token the number of its word; nothing where each is a word of its own."""
        found = self.layer.words(self.swaps) if isinstance(self.layer, PretrainedLayer) else ()
        return found if len(set(found)) < len(found) else ()

    @property
    def before(self) -> "EveryLayer":
        """The same without edits, but for those that change what is read."""
        untouched = self.layer.untouched() if isinstance(self.layer, PretrainedLayer) else self.layer
        return replace(self, layer=untouched)

    @property
    def edited(self) -> tuple[int, ...]:
        """The layers in which something is edited, from 0; what lies behind them follows."""
        return self.layer.edited if isinstance(self.layer, PretrainedLayer) else ()

    @property
    def added(self) -> tuple[int, ...]:
        """Places of the tokens that the model adds to what is typed, from 0."""
        return self.layer.added(self.swaps)


@dataclass(frozen=True, eq=False)
class Overview:
    """All heads, measured as those of the stage are."""

    weights: Tensor  # (L, H, T, T)
    labels: tuple[tuple[str, ...], ...]  # L of H
    entropy_bits: tuple[tuple[float, ...], ...]  # L of H
    measures: Mapping[str, Tensor]  # (L, H) each: entropy and distance, and the share of the weight on keys of a kind
    moved: Tensor | None = None  # (L, H), of the changes alone: the share of its weight that each head moved elsewhere

    def between(self, rows: Sequence[bool], columns: Sequence[bool]) -> Tensor:
        """(L, H, T, T): the weights of some queries on some keys alone, zeros elsewhere.

        Args:
            rows: T of them, which queries are meant.
            columns: T of them, which keys are.
        """
        meant = torch.tensor(rows)[:, None] & torch.tensor(columns)
        return self.weights * meant

    def without(self, places: tuple[int, ...]) -> Tensor:
        """The weights between the other tokens, each row scaled to sum 1; zeros where it has nothing on them.

        Args:
            places: of the tokens to leave out, from 0.

        Returns:
            (L, H, T - places, T - places).
        """
        others = torch.ones(self.weights.shape[-1], dtype=torch.bool)
        others[list(places)] = False
        return row_shares(self.weights[..., others, :][..., others])


def joined(weights: Tensor, words: Sequence[int]) -> Tensor:
    """Weights between words instead of pieces: summed over those that are looked at, averaged over those that look.

    Args:
        weights: (..., T, T).
        words: T numbers of words, which count from 0.

    Returns:
        (..., W, W). A row sums to what its pieces sum to on average.

    Source: Clark et al. 2019, What Does BERT Look At?, section 4.1, https://arxiv.org/abs/1906.04341
    """
    pieces = functional.one_hot(torch.tensor(words)).to(weights.dtype)  # (T, W)
    return (pieces / pieces.sum(0)).T @ weights @ pieces


def every_layer(asked: Asked) -> EveryLayer | None:
    """The model whose layer the settings ask for; None of a source that is no model."""
    if asked.layer is None:
        return None
    causal = asked.spec.mask == "causal"
    if isinstance(asked.layer, PretrainedLayer):
        whole = asked.layer.whole(asked.spec.applied)
        return EveryLayer(whole, tuple(token.label for token in whole.read.tokens), causal, ())
    swaps = tuple(at_stage(asked.spec.applied, "swap"))
    return EveryLayer(replace(asked.layer, layer=0), tuple(swapped(asked.spec.tokens, swaps)), causal, swaps)


@kept
def overview(every: EveryLayer) -> Overview:
    """Its weights, measured. Raises as `TrainedLayer.attentions` and `PretrainedLayer.attentions`."""
    return measured(every.layer.attentions(every.swaps), every.tokens, every.added, causal=every.causal)


def changes(found: Overview, before: Overview) -> Overview:
    """The same with how far each weight was moved in the place of the weights, in shares of the largest move."""
    apart = (found.weights - before.weights).abs()
    moved = apart.sum(-1).mean(-1) / 2
    return replace(found, weights=apart / apart.max().clamp(min=LEAST_MOVE), moved=moved)


def measured(weights: Tensor, tokens: Sequence[str], added: tuple[int, ...], *, causal: bool) -> Overview:
    """What every head does.

    Args:
        weights: (L, H, T, T).
        tokens: T of them, as they are read.
        added: places of those that the model adds to what is typed, from 0.
        causal: whether no token sees a later one.
    """
    mask = causal_mask(len(tokens)) if causal else None
    layers = [measure_heads(heads, tuple(tokens), mask) for heads in weights]
    labels = [tuple(head_label(found, head) for head in range(weights.shape[1])) for found in layers]
    return Overview(
        weights, tuple(labels), tuple(found.entropy_bits for found in layers), _measures(layers, weights, added)
    )


def _measures(layers: Sequence[HeadMeasures], weights: Tensor, added: tuple[int, ...]) -> dict[str, Tensor]:
    """All that heads can be ordered by.

    Args:
        layers: L of them.
        weights: (L, H, T, T).
        added: places of the tokens that the model adds.
    """
    shares = {
        name.replace(" ", "_"): torch.tensor([measured.shares[name] for measured in layers]) for name in SHARES_TOLD
    }
    return {
        "entropy_bits": torch.tensor([measured.entropy_bits for measured in layers]),
        "mean_distance": torch.tensor([measured.mean_distance for measured in layers]),
        **shares,
        "special": row_shares(weights)[..., list(added)].sum(-1).mean(-1),
    }
