"""What a pretrained decoder writes behind a text, and where it looked for each piece; kept for all visitors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine.transformer.writing import Cuts, WrittenToken
from attnlab.looks.pretrained.layer import PretrainedLayer, opened
from attnlab.looks.turns import in_turn
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.writing import can_write, continued


@dataclass(frozen=True, eq=False)
class Pieces:
    """What a model has written."""

    prompt: tuple[str, ...]  # P pieces as they read, those that the model adds among them
    pieces: tuple[str, ...]  # N of them
    written: tuple[WrittenToken, ...]  # N of them
    attention: Tensor  # (N, L, H, P + N - 1) float16: of each, the last token that was read; 0 behind it


def writes(layer: PretrainedLayer | None) -> bool:
    """Whether the model of a layer says what comes next."""
    return layer is not None and can_write(opened(layer.name))


def pieces_written(layer: PretrainedLayer, count: int, cuts: Cuts, seed: int) -> Pieces:
    """Let the model of a layer go on with what it reads.

    Raises:
        SpecError: as `continued`, or too many wait for heavy work.
    """
    name, read = layer.name, layer.read
    return in_turn(lambda: _written(name, read, count, cuts, seed))


@kept
def _written(name: str, read: Read, count: int, cuts: Cuts, seed: int) -> Pieces:
    model = opened(name)
    found = continued(model, read, count, cuts, seed)
    written = model.reader.written
    looked = torch.zeros(len(found.tokens), *found.attention[0].shape[:2], len(read.ids) + len(found.tokens) - 1).half()
    for row, weights in zip(looked, found.attention, strict=True):
        row[..., : weights.shape[-1]] = weights
    pieces = tuple(written(one.id) for one in found.tokens)
    return Pieces(tuple(map(written, read.ids)), pieces, found.tokens, looked)
