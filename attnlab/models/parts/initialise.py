"""How every weight starts, by the kind of its module, the same in all families.

Each module has its own stream of random numbers, named after the module: the embedding and the head of one seed are
the same in every family of one width, and adding a layer leaves the others as they were.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from attnlab.engine.seeds import generator

EMBEDDING_STD = math.sqrt(0.5)
"""Of a coordinate: that of a sinusoidal position, so that a token and its place speak equally loud."""

HEAD_GAIN = 0.1
"""The head starts small, so that training starts from an even guess and the loss from that of chance."""


@contextmanager
def laid_out() -> Iterator[None]:
    """Modules made within lie on the meta device, which has no memory: what `fill` gives its numbers."""
    with torch.device("meta"), _Unfilled():
        yield


class _Unfilled(TorchFunctionMode):
    """Tensors of new modules are not filled with numbers.

    Where there is no memory to fill, torch would import its compiler for it: a second and a half, and 80 MiB that stay.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Do anything else."""
        told = kwargs or {}
        if func in _FILLS or getattr(func, "__module__", "") == nn.init.__name__:
            return args[0] if args else told["tensor"]
        return func(*args, **told)


_FILLS = (Tensor.normal_, Tensor.uniform_)


def fill(model: nn.Module, head: nn.Linear, seed: int, device: torch.device | str) -> None:
    """Give a model that was laid out on the meta device its numbers, and put it where it belongs.

    Args:
        model: all of it on the meta device; it stays there if that is `device`.
        head: its last layer, which starts small.
        seed: of every weight.
        device: where to put it.
    """
    if torch.device(device).type == "meta":
        return
    model.to_empty(device="cpu")
    initialise(model, seed)
    with torch.no_grad():
        head.weight.mul_(HEAD_GAIN)
    model.to(device)


def initialise(model: nn.Module, seed: int) -> None:
    """Overwrite every parameter of `model`, which must lie on the CPU.

    Raises:
        TypeError: the model holds a kind of module that no rule knows.
    """
    with torch.no_grad():
        for name, module in model.named_modules():
            if next(module.parameters(recurse=False), None) is None:
                continue
            if type(module) not in RULES:
                raise TypeError(f"module {name!r} ({type(module).__name__}) must have a rule in initialise.RULES")
            RULES[type(module)](module, generator(seed, name))


def _embedding(module: nn.Embedding, noise: torch.Generator) -> None:
    nn.init.normal_(module.weight, std=EMBEDDING_STD, generator=noise)


def _linear(module: nn.Linear, noise: torch.Generator) -> None:
    """Glorot & Bengio 2010, eq. 16; W_Q, W_K and W_V count as one matrix, as in `nn.MultiheadAttention`."""
    nn.init.xavier_normal_(module.weight, generator=noise)
    nn.init.zeros_(module.bias)


def _convolution(module: nn.Conv1d | nn.Conv2d, noise: torch.Generator) -> None:
    """He et al. 2015, eq. 10, https://arxiv.org/abs/1502.01852."""
    nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=noise)
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _recurrent(module: nn.RNNBase | nn.RNNCellBase, noise: torch.Generator) -> None:
    """Each gate's input matrix after Glorot, each gate's recurrent matrix orthogonal (Saxe et al. 2014).

    An LSTM forgets little at first: its forget bias is 1 (Jozefowicz et al. 2015). torch adds two biases; the sum is 1.
    """
    hidden = module.hidden_size
    for name, weight in module.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(weight)
            if isinstance(module, nn.LSTM) and name.startswith("bias_ih"):
                weight[hidden : 2 * hidden] = 1.0  # gates lie in the order input, forget, cell, output
            continue
        fill = nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_normal_
        for gate in torch.split(weight, hidden):
            fill(gate, generator=noise)


def _norm(module: nn.LayerNorm | nn.RMSNorm, _: torch.Generator) -> None:
    module.reset_parameters()


RULES: dict[type[nn.Module], Callable[..., None]] = {
    nn.Embedding: _embedding,
    nn.Linear: _linear,
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.LSTM: _recurrent,
    nn.GRU: _recurrent,
    nn.RNN: _recurrent,
    nn.GRUCell: _recurrent,
    nn.LayerNorm: _norm,
    nn.RMSNorm: _norm,
}
