"""A whole model as a file whose weights have few bits, and the model that such a file holds.

Matrices are stored in so many bits; biases and norms, of which there are few, stay as they are. To calculate, every
weight becomes float32 again.
"""

import json

from safetensors.torch import load, save
from torch import Tensor

from attnlab.engine.allowed import check_choice
from attnlab.models import Seq2SeqModel
from attnlab.models.seq2seq import Seq2SeqConfig
from attnlab.training.packed import ENTRY, stored_about
from attnlab.training.smaller.weights import coded, packed, unpacked

BITS = (32, 16, 8, 4, 3, 2)
WHOLE, HALF = 32, 16
"""Widths in which floating-point numbers are stored as they are; below, whole steps (`weights.py`)."""


def in_bits(model: Seq2SeqModel, bits: int) -> bytes:
    """The model as a safetensors file.

    Args:
        model: of any family.
        bits: of each number of a matrix, one of `BITS`.

    Raises:
        SpecError: another number of bits.
    """
    check_choice("bits", str(bits), map(str, BITS))
    tensors: dict[str, Tensor] = {}
    for name, weight in model.state_dict().items():
        if weight.ndim < 2 or bits == WHOLE:
            tensors[name] = weight.contiguous()
        elif bits == HALF:
            tensors[name] = weight.half().contiguous()
        else:
            codes = coded(weight, bits)
            tensors |= {f"{name}/codes": packed(codes), f"{name}/steps": codes.steps}
    return save(tensors, {ENTRY: json.dumps({"config": model.config.to_json(), "bits": bits})})


def from_bits(data: bytes) -> Seq2SeqModel:
    """The model of a file that `in_bits` wrote, in float32 and in eval mode."""
    about, tensors = stored_about(data, "file"), load(data)
    model = Seq2SeqModel(Seq2SeqConfig.from_json(about["config"]), device="meta")
    weights = {}
    for name, like in model.state_dict().items():
        if name in tensors:
            weights[name] = tensors[name].float()
        else:
            codes, steps = tensors[f"{name}/codes"], tensors[f"{name}/steps"]
            weights[name] = unpacked(codes, steps, about["bits"], like.shape[1]).values
    model.load_state_dict(weights, assign=True)
    return model.eval()
