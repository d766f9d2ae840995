"""Texts read through noise: every word's vector is shaken before anything is made of it.

    x  ->  x + sigma * r * n,    n ~ N(0, 1) for each number,    r = root mean square of the numbers of all embeddings

So sigma is noise over signal: at 1 a word's vector is half itself and half chance. Without r a model could meet the
noise by larger embeddings alone.

Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7:108
"""

import torch
from torch import Tensor

from attnlab.models.classifier.model import ClassifierModel
from attnlab.models.parts.padding import used_columns


def noisy_answers(
    model: ClassifierModel, inputs: Tensor, sigma: float, generator: torch.Generator | None = None
) -> Tensor:
    """(B, 1, num_classes): the verdicts on texts (B, T) read through noise.

    Args:
        model: in training or not.
        inputs: ids, with `PAD_ID` behind the words.
        sigma: noise over signal; at 0 it is `forward`.
        generator: of the noise, on the model's device; torch's own if None, as for dropout.

    Raises:
        ValueError: as `ClassifierModel.forward`.
    """
    words = inputs[:, : used_columns(inputs)]
    embedding = model.embed(words)
    signal = model.signal
    noise = torch.randn(embedding.shape, generator=generator, device=embedding.device, dtype=embedding.dtype)
    return model.answers(embedding + sigma * signal * noise, model.read(words))
