"""The feed-forward part: at every position the same small network, up to F hidden units, through a bend, and down.

    ReLU, GELU, Swish    activation = bend(x @ W_up + b_up)
    SwiGLU               activation = SiLU(x @ W_up + b_up) * (x @ W_gate + b_gate)
    GEGLU                activation = GELU(x @ W_up + b_up) * (x @ W_gate + b_gate), GELU by tanh
    all                  output = activation @ W_down + b_down

What enters the bend is the pre-activation, whichever it is. (LLaMA's code calls the two factors of SwiGLU the other
way round: there `gate_proj` is what enters SiLU.) GPT-2's GELU, "gelu_new", is the paper's approximation by tanh; Swish
is SiLU without a gate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

ActivationName = Literal["relu", "gelu", "swiglu", "gelu_new", "swish", "geglu"]

BENDS: dict[ActivationName, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "swiglu": F.silu,
    "gelu_new": partial(F.gelu, approximate="tanh"),
    "swish": F.silu,
    "geglu": partial(F.gelu, approximate="tanh"),
}
GATED: frozenset[ActivationName] = frozenset({"swiglu", "geglu"})
"""The bends whose numbers are multiplied by a gate."""
QUIET = 0.01
"""Of the layer's largest activation: what a unit stays below if it is dead, but for ReLU, where it is 0."""


@dataclass(frozen=True, eq=False)
class FeedForwardWeights:
    """The weights of one feed-forward part, (inputs, outputs) as those of `Projections`.

    Raises:
        ValueError: matrices or biases that do not fit each other, or a gate that the activation has no use for or
            lacks.
    """

    up_proj: Tensor  # (d_model, F)
    up_bias: Tensor | None  # (F,)
    down_proj: Tensor  # (F, d_model)
    down_bias: Tensor | None  # (d_model,)
    gate_proj: Tensor | None = None  # (d_model, F), of SwiGLU and GEGLU
    gate_bias: Tensor | None = None  # (F,)
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        if self.activation not in BENDS:
            raise ValueError(f"activation ({self.activation!r}) must be one of {', '.join(BENDS)}")
        if (self.gate_proj is not None) != (self.activation in GATED):
            gated = " or ".join(map(repr, (name for name in BENDS if name in GATED)))
            raise ValueError(f"gate_proj must come with activation {gated} and no other, got {self.activation!r}")
        d_model, hidden = self.up_proj.shape
        wanted = {
            "up_bias": (hidden,),
            "down_proj": (hidden, d_model),
            "down_bias": (d_model,),
            "gate_proj": (d_model, hidden),
            "gate_bias": (hidden,),
        }
        for name, shape in wanted.items():
            tensor = getattr(self, name)
            if tensor is not None and tensor.shape != shape:
                raise ValueError(f"{name} {tuple(tensor.shape)} must be {shape} beside up_proj {(d_model, hidden)}")


@dataclass(frozen=True, eq=False)
class FeedForwardTrace:
    """Every stage of one feed-forward part."""

    x: Tensor  # (B, T, d_model)
    pre_activation: Tensor  # (B, T, F), what enters the bend
    gate: Tensor | None  # (B, T, F), what the bent numbers are multiplied by; of SwiGLU and GEGLU
    activation: Tensor  # (B, T, F), what is projected down
    output: Tensor  # (B, T, d_model)
    weights: FeedForwardWeights


def feed_forward(x: Tensor, weights: FeedForwardWeights) -> FeedForwardTrace:
    """The feed-forward part with all its stages.

    Args:
        x: (B, T, d_model).
        weights: its matrices, and which activation.

    Raises:
        ValueError: x is not d_model wide.

    Source: Vaswani et al. 2017, eq. 2, https://arxiv.org/abs/1706.03762; GELU: Hendrycks & Gimpel 2016, section 2,
    https://arxiv.org/abs/1606.08415; SwiGLU and GEGLU: Shazeer 2020, eq. 6, https://arxiv.org/abs/2002.05202; Swish:
    Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
    """
    if x.shape[-1:] != weights.up_proj.shape[:1]:
        raise ValueError(f"x {tuple(x.shape)} must end in d_model = {len(weights.up_proj)}")
    pre_activation = F.linear(x, weights.up_proj.T, weights.up_bias)
    activation, gate = BENDS[weights.activation](pre_activation), None
    if weights.gate_proj is not None:
        gate = F.linear(x, weights.gate_proj.T, weights.gate_bias)
        activation = activation * gate
    output = F.linear(activation, weights.down_proj.T, weights.down_bias)
    return FeedForwardTrace(x, pre_activation, gate, activation, output, weights)


def dead_units(trace: FeedForwardTrace) -> Tensor:
    """(F,) bool: the hidden units that write nothing at any position.

    A ReLU unit is dead if it is 0 everywhere. Units of the others are hardly ever 0: dead are those that stay within
    `QUIET` of 0, measured by the largest activation of the layer.
    """
    loudest = trace.activation.abs().flatten(0, -2)
    if not loudest.numel():
        return loudest.new_ones(loudest.shape[1:]).bool()
    allowed = 0.0 if trace.weights.activation == "relu" else QUIET * float(loudest.max())
    return loudest.amax(0) <= allowed
