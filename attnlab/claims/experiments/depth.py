"""Experiments on whole stacks before training: residuals, the place of the norm, and what a layer is at all."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from attnlab.claims.experiments.drawn import layer, normal, stream
from attnlab.claims.measured import Measured, Size, figures_of
from attnlab.engine import StackSpec, multi_head_attention, stack_trace
from attnlab.engine.seeds import generator
from attnlab.models import ModelConfig, SequenceModel

WORDS = ("the", "animal", "did", "not", "cross", "the", "street", "because", "it", "was", "too", "tired")
BLOCKS: dict[Size, int] = {"tiny": 3, "quick": 6, "full": 6}
TEXTS: dict[Size, int] = {"tiny": 1, "quick": 1, "full": 2}
"""Times that the sentence is read, one after the other."""
LAYERS: dict[Size, int] = {"tiny": 4, "quick": 8, "full": 12}
ASKED_WORD = 1


def alike(seed: int, size: Size) -> Measured:
    """The mean cosine between the tokens of a text by depth, attention and feed-forward with residuals and without.

    Source: Dong et al. 2021, https://arxiv.org/abs/2103.03404
    """
    depth = BLOCKS[size]
    cosines = {}
    for name, residual in (("with_residual", True), ("without_residual", False)):
        spec = StackSpec(
            source_tokens=WORDS * TEXTS[size],
            architecture="encoder",
            depth=depth,
            residual=residual,
            d_model=32,
            num_heads=4,
            seed=seed,
            dtype="float64",
        )
        streams = stack_trace(spec).streams("encoder")
        cosines[name] = {float(block): _mean_cosine(x[0]) for block, x in enumerate(streams)}
    numbers = {"depth": float(depth)}
    numbers |= {f"{name}_cosine": by_block[float(depth)] for name, by_block in cosines.items()}
    return Measured(figures_of(cosines), numbers)


def norm_place(seed: int, size: Size) -> Measured:
    """The gradient that reaches the weights of each block at the first step, the norm before the parts and behind.

    Source: Xiong et al. 2020, figure 3, https://arxiv.org/abs/2002.04745
    """
    depth = LAYERS[size]
    tokens = torch.randint(32, (16, 24), generator=generator(seed, "claim", "tokens"))
    norms = {}
    for name, norm_first in (("pre", True), ("post", False)):
        config = ModelConfig(
            family="transformer", vocab_size=32, num_outputs=32, num_layers=depth, norm_first=norm_first, seed=seed
        )
        norms[name] = _gradients(SequenceModel(config), tokens)
    numbers = {"depth": float(depth)}
    for name, by_block in norms.items():
        numbers[f"{name}_first"], numbers[f"{name}_last"] = by_block[1.0], by_block[float(depth)]
        numbers[f"{name}_times"] = by_block[float(depth)] / by_block[1.0]
    numbers["apart"] = numbers["post_last"] / numbers["pre_last"]
    return Measured(figures_of(norms), numbers)


def who_is_heard(seed: int, size: Size) -> Measured:
    """By how much each word's vector moves the second word's output: a linear layer a word, and an attention layer."""
    tokens = {"tiny": 3, "quick": 8, "full": 24}[size]
    weight, weights = normal(seed, "linear", 16, 16) / 4, layer(seed)
    heard = {
        "linear": _influence(lambda x: x @ weight, stream(seed, tokens)),
        "attention": _influence(lambda x: multi_head_attention(x, weights).output, stream(seed, tokens)),
    }
    others = {
        name: max(value for place, value in by_place.items() if place != ASKED_WORD + 1)
        for name, by_place in heard.items()
    }
    numbers = {"linear_others": others["linear"], "attention_others": others["attention"]}
    return Measured(figures_of(heard), numbers)


def _mean_cosine(x: Tensor) -> float:
    """(T, d_model) -> the mean over all pairs of different tokens."""
    unit = nn.functional.normalize(x, dim=-1)
    cosines, count = unit @ unit.T, len(x)
    return float((cosines.sum() - cosines.diagonal().sum()) / (count * (count - 1)))


def _gradients(model: SequenceModel, tokens: Tensor) -> dict[float, float]:
    """The norm of the gradient of the weights of each block, of the loss of the next token."""
    logits = model(tokens[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    return {
        number + 1.0: float(torch.cat([part.flatten() for part in _gradient(loss, block)]).norm())
        for number, block in enumerate(model.blocks)
    }


def _gradient(loss: Tensor, block: nn.Module) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, list(block.parameters()), retain_graph=True)


def _influence(run: Callable[[Tensor], Tensor], x: Tensor) -> dict[float, float]:
    """The norm of the gradient of the second word's output by each word's vector."""
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(run(x)[0, ASKED_WORD].sum(), x)
    return {place + 1.0: float(row.norm()) for place, row in enumerate(gradient[0])}
