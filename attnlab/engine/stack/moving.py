"""Weights and embeddings, brought to where they are computed with."""

import dataclasses
from typing import Any, TypeVar

import torch
from torch import Tensor

Weights = TypeVar("Weights")


def placed(weights: Weights, device: torch.device, dtype: torch.dtype, *, copy: bool = False) -> Weights:
    """The same dataclass with its tensors on a device and, masks aside, in a dtype.

    Those of the dataclasses and tuples in it come along. A tensor that is there already is shared unless `copy` is set,
    or it was made in inference mode and is asked for outside of it: such a one could take part in no graph.
    """

    def of(value: Any) -> Any:
        if isinstance(value, Tensor):
            own = copy or (value.is_inference() and not torch.is_inference_mode_enabled())
            return value.detach().to(device, dtype if value.is_floating_point() else value.dtype, copy=own)
        if isinstance(value, tuple):
            return tuple(of(item) for item in value)
        return placed(value, device, dtype, copy=copy) if dataclasses.is_dataclass(value) else value

    fields = {field.name: of(getattr(weights, field.name)) for field in dataclasses.fields(weights)}  # type: ignore[arg-type]
    return dataclasses.replace(weights, **fields)  # type: ignore[type-var]
