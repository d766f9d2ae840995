"""Where and how finely numbers are computed."""

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


def describe_device(device: torch.device) -> str:
    """Device and, for a GPU, its model, for people: "cuda:0 (NVIDIA H200)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)
