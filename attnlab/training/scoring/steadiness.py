"""How steady verdicts are: the share of right ones when every word is read through noise."""

from collections.abc import Mapping

import torch

from attnlab.engine.seeds import generator
from attnlab.models import ClassifierModel
from attnlab.models.classifier.noise import noisy_answers
from attnlab.models.evaluating import evaluating
from attnlab.tasks import Batch

SIGMAS = (0.0, 0.25, 0.5, 1.0)
"""Noise over signal; the first is the score without."""
TOGETHER = 128
"""Texts that go through a model at once."""


def accuracy_under_noise(model: ClassifierModel, batch: Batch, seed: int = 0) -> Mapping[float, float]:
    """The share of right verdicts by the strength of the noise, one of `SIGMAS`.

    Args:
        model: on any device; it is left in the mode it was in.
        batch: held-out texts.
        seed: of the noise, the same for every model of one width.
    """
    device = model.head.weight.device
    inputs = batch.inputs.to(device)
    found = {}
    for sigma in SIGMAS:
        noise = torch.Generator(device.type).manual_seed(generator(seed, "noise on words").initial_seed())
        with evaluating(model):
            answers = [noisy_answers(model, some, sigma, noise) for some in torch.split(inputs, TOGETHER)]
        right = torch.cat(answers)[:, 0].argmax(-1).cpu() == batch.targets[:, 0]
        found[sigma] = right.double().mean().item()
    return found
