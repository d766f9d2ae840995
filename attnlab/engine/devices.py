"""Where and how finely numbers are computed."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from attnlab.engine.errors import SpecError

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def available_devices() -> tuple[str, ...]:
    """Device names this machine can compute on, fastest first; "cpu" is always the last."""
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        names.append("mps")
    return (*names, "cpu")


def resolve_device(name: str) -> torch.device:
    """The device called `name`; "auto" is the fastest there is.

    Raises:
        SpecError: this machine has no such device.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name not in devices:
        message = f"device ({name!r}) must be 'auto' or one of {', '.join(devices)}"
        raise SpecError("device", "device", message, got=name, choices=devices)
    return torch.device(name)


@contextmanager
def computing_on(name: str, dtype: str, num_tokens: int) -> Iterator[tuple[torch.device, torch.dtype]]:
    """The device and the dtype that a spec names; what they cannot do is a refusal, whenever it shows.

    Args:
        name: of the device, as in `resolve_device`.
        dtype: one of `DTYPES`.
        num_tokens: how many are read, for the message of a device without the memory.

    Raises:
        SpecError: the device is not there, does not know the dtype, or has too little memory.
    """
    device = resolve_device(name)
    if device.type == "mps" and dtype == "float64":
        message = "dtype ('float64') must be another on device 'mps', which has no float64"
        raise SpecError("dtype", "beside", message, got=dtype, other="device", of="mps")
    try:
        yield device, DTYPES[dtype]
    except torch.OutOfMemoryError as error:
        message = f"device ({name!r}) has too little free memory for {num_tokens} tokens: try 'cpu'"
        raise SpecError("device", "device_memory", message, got=name) from error


def finish(device: torch.device) -> None:
    """Wait for what was asked of a GPU, which answers before it is done."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def describe_device(device: torch.device) -> str:
    """Device and, for a GPU, its model, for people: "cuda:0 (NVIDIA H200)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)
