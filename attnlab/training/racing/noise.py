"""Dropout draws from torch's global generator; here each contender has a stream of its own there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor

from attnlab.engine.seeds import generator


def first_noise(seed: int, device: torch.device) -> Tensor:
    """The state that the global generator of a device has at a contender's first step."""
    return torch.Generator(device.type).manual_seed(generator(seed, "dropout").initial_seed()).get_state()


@contextmanager
def global_noise(state: Tensor, device: torch.device) -> Iterator[Callable[[], Tensor]]:
    """Put the device's global generator into a state, and back into that of the others at the end.

    Gives a function that reads the state it has come to. Two threads must not do this at once.
    """
    get, put = _global_generator(device)
    others = get()
    put(state)
    try:
        yield get
    finally:
        put(others)


def _global_generator(device: torch.device) -> tuple[Callable[[], Tensor], Callable[[Tensor], None]]:
    """How to read and to set its state."""
    if device.type == "cuda":
        return partial(torch.cuda.get_rng_state, device), partial(torch.cuda.set_rng_state, device=device)
    if device.type == "mps":
        return torch.mps.get_rng_state, torch.mps.set_rng_state
    return torch.get_rng_state, torch.set_rng_state
