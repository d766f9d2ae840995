"""Which words of the source decided a word of the target: gradients, to be set beside the weights of attention."""

import torch
from torch import Tensor

from attnlab.models.evaluating import evaluating
from attnlab.models.parts.padding import PAD_ID
from attnlab.models.seq2seq.model import Seq2SeqModel


def source_influence(model: Seq2SeqModel, source: Tensor, target: Tensor) -> Tensor:
    """Length of the gradient of each written word's logit with respect to each source word's embedding.

    Args:
        model: of any family.
        source: (1, S) ids with padding behind the words.
        target: (1, T) ids of what was written, start first; row t is about the word at t + 1, the last row about the
            likeliest one to follow.

    Returns:
        (T, S), 0 at padding.

    Raises:
        ValueError: not one source and one target.

    Source: Madsen 2019, https://distill.pub/2019/memorization-in-rnns/, here across two sequences.
    """
    if source.ndim != 2 or target.ndim != 2 or len(source) != 1 or len(target) != 1 or not target.shape[1]:
        raise ValueError(f"source {tuple(source.shape)} and target {tuple(target.shape)} must be (1, S) and (1, T)")
    length = target.shape[1]
    with evaluating(model, gradients=True):
        # A copy of the example for each answer, so that one backward pass keeps them apart.
        vectors = model.source_embedding(source).detach().repeat(length, 1, 1).requires_grad_()
        memory = model.read(vectors, (source != PAD_ID).expand(length, -1))
        logits = model.decode(memory, target.expand(length, -1)).logits
        steps = torch.arange(length, device=source.device)
        own = logits[steps, steps]
        words = torch.cat((target[0, 1:], own[-1:].argmax(-1)))
        (gradient,) = torch.autograd.grad(own[steps, words].sum(), vectors)
    lengths: Tensor = torch.linalg.vector_norm(gradient, dim=-1)
    return lengths * (source != PAD_ID)
