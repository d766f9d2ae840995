"""Integrated gradients: one answer shared out among the inputs, with a test that nothing is missing."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.models.evaluating import evaluating, examples_at_once, one_example
from attnlab.models.model import SequenceModel


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each input adds to one logit."""

    inputs: Tensor  # (T,), signed
    difference: float  # the logit of the example less that of the baseline: what the inputs must add up to

    @property
    def gap(self) -> float:
        """What is missing from completeness: 0 for infinitely many steps."""
        return abs(float(self.inputs.sum()) - self.difference)


def integrated_gradients(
    model: SequenceModel, inputs: Tensor, answer: int, *, output: int | None = None, steps: int = 64
) -> Attribution:
    """Gradients along the straight line from a baseline to the example, times the way gone.

    The baseline has at every position the mean of the example's embeddings.

    Args:
        model: of any family.
        inputs: one example, (1, T) or (1, T, num_features).
        answer: the position of the answer, from 0.
        output: the class; the predicted one if left out.
        steps: points on the line (midpoint rule).

    Raises:
        ValueError: inputs that are not one example or that the model refuses; answer, output or steps out of range.

    Source: Sundararajan et al. 2017, eq. 1 and proposition 1 (completeness), https://arxiv.org/abs/1703.01365
    """
    one_example(model, inputs)
    _check("answer", answer, 0, inputs.shape[1] - 1)
    _check("output", output or 0, 0, model.config.num_outputs - 1)
    _check("steps", steps, 1, 4096)
    with evaluating(model):
        example = model.embed(inputs).clone()
        baseline = example.mean(1, keepdim=True).expand_as(example)
        ends = model.answers(torch.cat((baseline, example)))[:, answer]
        output = int(ends[1].argmax()) if output is None else output
    with evaluating(model, gradients=True):
        way, total = example - baseline, torch.zeros_like(example)
        shares = (torch.arange(steps, device=example.device, dtype=example.dtype) + 0.5) / steps
        for some in torch.tensor_split(shares, -(-steps // examples_at_once(inputs.shape[1]))):
            points = (baseline + some[:, None, None] * way).requires_grad_()
            (gradient,) = torch.autograd.grad(model.answers(points)[:, answer, output].sum(), points)
            total += gradient.sum(0)
    return Attribution((total * way / steps).sum(-1)[0], float(ends[1, output] - ends[0, output]))


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} ({value}) must be between {low} and {high}")
