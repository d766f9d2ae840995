"""Weights from safetensors files, mapped into memory: nothing in them can run, and only what is used is read."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from attnlab.engine import FeedForwardWeights, NormWeights, Projections, SpecError
from attnlab.engine.allowed import check_number
from attnlab.pretrained.files.shards import INDEX_FILE, read_index, shards_in
from attnlab.pretrained.files.sizes import Sizes

WEIGHTS_FILE = "model.safetensors"
LIMIT_VARIABLE = "ATTNLAB_MAX_MODEL_MB"
DEFAULT_MB, LARGEST_MB = 600, 1_000_000
MEGABYTE = 10**6
FLOAT_BYTES = 4
READ = (torch.float32, torch.float16, torch.bfloat16)
"""What is computed with as float32; anything else is quantised, or no weight."""
OTHER_FORMATS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack", ".gguf", ".onnx", ".index.json")

Linear = tuple[Tensor, Tensor | None]
"""Weight (outputs, inputs) and bias (outputs,) of a linear map, as torch keeps them."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The tensors of a file, asked for by name and shape."""

    tensors: Mapping[str, Tensor]
    prefix: str = ""  # of every name that is asked for

    def below(self, prefix: str) -> "Weights":
        """The tensors whose names go on with a prefix."""
        return replace(self, prefix=self.prefix + prefix)

    def has(self, name: str) -> bool:
        """Whether there is such a tensor."""
        return self.prefix + name in self.tensors

    def of(self, name: str, *shape: int) -> Tensor:
        """One tensor as float32; one that is float32 already is not copied.

        Raises:
            SpecError: it is not there, or of another shape or type.
        """
        full = self.prefix + name
        tensor = self.tensors.get(full)
        if tensor is None:
            raise SpecError("weights", "tensors", f"weights ({full!r:.120}) must be in the file", got=full)
        if tensor.shape != shape:
            message = f"weights ({full!r:.120} {tuple(tensor.shape)}) must be {shape}, as config.json says"
            raise SpecError("weights", "tensors", message, got=full)
        if tensor.dtype not in READ:
            message = f"weights ({full!r:.120} {tensor.dtype}) must be float32, float16 or bfloat16"
            raise SpecError("weights", "tensors", message, got=full)
        return tensor.float()

    def linear(self, name: str, outputs: int, inputs: int, *, biased: bool = True) -> Linear:
        """A linear map. Raises as `of`."""
        weight = self.of(f"{name}.weight", outputs, inputs)
        return weight, self.of(f"{name}.bias", outputs) if biased else None

    def layer_norm(self, name: str, sizes: Sizes) -> NormWeights:
        """A LayerNorm; the oldest files call its gain gamma and its bias beta. Raises as `of`."""
        gain, bias = ("gamma", "beta") if self.has(f"{name}.gamma") else ("weight", "bias")
        d_model = sizes.d_model
        return NormWeights(self.of(f"{name}.{gain}", d_model), self.of(f"{name}.{bias}", d_model), "layer", sizes.eps)


def projections(query: Linear, key: Linear, value: Linear, output: Linear, sizes: Sizes) -> Projections:
    """The engine's weights of an attention layer, of the four maps that files have."""
    parts = (query, key, value)
    biases = [bias for _, bias in parts if bias is not None]
    return Projections(
        qkv_proj=torch.cat([weight for weight, _ in parts]).T,
        output_proj=output[0].T,
        num_heads=sizes.num_heads,
        num_kv_heads=sizes.num_kv_heads,
        head_dim=sizes.head_dim,
        value_dim=sizes.head_dim,
        qkv_bias=torch.cat(biases) if biases else None,
        output_bias=output[1],
    )


def feed_forward_weights(up: Linear, down: Linear, sizes: Sizes) -> FeedForwardWeights:
    """The engine's weights of a feed-forward part without a gate."""
    return FeedForwardWeights(up[0].T, up[1], down[0].T, down[1], activation=sizes.activation)


def open_weights(folder: Path) -> Weights:
    """The tensors of a model's folder, of one file or of several, every number of them finite.

    Raises:
        SpecError: there is no such file, they are too large ($ATTNLAB_MAX_MODEL_MB) or damaged, hold NaN or infinity,
            or are not those that the index says.
        OSError: one cannot be read.
    """
    files = weight_files(folder)
    check_size(sum(path.stat().st_size for path in files))
    check_finite(tensors := _mapped(files))
    check_size(sum(tensor.numel() for tensor in tensors.values()) * FLOAT_BYTES)
    # Looking at every number has brought the whole file into this process. A map of its own begins with none of it.
    del tensors
    return Weights(_mapped(files))


def weight_files(folder: Path) -> dict[Path, tuple[str, ...] | None]:
    """The files with a model's weights, each with the tensors that it must have; None where nothing says which.

    Raises:
        SpecError: there is none, or the index is not to be used: see `read_index` and `shards_in`.
        OSError: the index cannot be read.
    """
    if (path := folder / WEIGHTS_FILE).is_file():
        return {path: None}
    if not (folder / INDEX_FILE).is_file():
        raise _without_weights(folder)
    return dict(shards_in(folder, read_index(folder)))


def weights_size(folder: Path) -> int:
    """Bytes of the files with a model's weights. Raises as `weight_files`."""
    return sum(path.stat().st_size for path in weight_files(folder))


def most_megabytes() -> int:
    """MB of weights that a model may have.

    Raises:
        SpecError: $ATTNLAB_MAX_MODEL_MB is no such number.
    """
    said = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_MB)
    check_number(LIMIT_VARIABLE, int(said) if said.isdecimal() else said, 1, LARGEST_MB)
    return int(said)


def _mapped(files: Mapping[Path, Sequence[str] | None]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for path, wanted in files.items():
        tensors = _mapped_file(path)
        for name in tensors if wanted is None else wanted:
            if name not in tensors:
                message = f"weights ({name!r:.120}) must be in {path.name!r:.140}, as the index says"
                raise SpecError("weights", "tensors", message, got=name)
        if twice := found.keys() & tensors.keys():
            message = f"weights ({min(twice)!r:.120}) must be in one file: it is in {path.name!r:.140} and another"
            raise SpecError("weights", "twice", message, got=min(twice))
        found |= tensors
    return found


def _mapped_file(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except SafetensorError as error:
        message = f"weights ({path.name}) is damaged: {error}"
        raise SpecError("weights", "damaged", f"{message:.200}") from error


def check_finite(tensors: Mapping[str, Tensor]) -> None:
    """Refuse numbers that nothing can be computed of.

    Raises:
        SpecError: a tensor holds NaN or infinity.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.numel() and not torch.stack(tensor.aminmax()).isfinite().all():
            message = f"weights ({name!r:.120}) must hold finite numbers"
            raise SpecError("weights", "finite", message, got=name)


def check_size(size: int) -> None:
    """Refuse more bytes of weights than a model may have.

    Raises:
        SpecError: there are more; or as `most_megabytes`.
    """
    most = most_megabytes() * MEGABYTE
    if size > most:
        message = f"weights ({size / MEGABYTE:.0f} MB) must be at most {most // MEGABYTE} MB (${LIMIT_VARIABLE})"
        raise SpecError("weights", "most", message, got=size, most=most)


def _without_weights(folder: Path) -> SpecError:
    """What to say of a folder that lacks the file: the weights may lie there in a format that is not read."""
    others = sorted(path.name for path in folder.iterdir() if path.name.endswith(OTHER_FORMATS))
    if not others:
        return SpecError("weights", "missing", f"weights must be given: {WEIGHTS_FILE} is not in {folder.name!r:.60}")
    message = (
        f"weights ({others[0]!r:.60}) must be {WEIGHTS_FILE}, or the files of {INDEX_FILE}: no other format is read, a "
        "pickle can run code"
    )
    return SpecError("weights", "kind", message, got=others[0], wanted=WEIGHTS_FILE)
