"""A decoder that goes on with a text, one piece after the other."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import DTYPES, BlockSwitches, SpecError
from attnlab.engine.choices.positions import rotary_angles
from attnlab.engine.stack import Decoder, SoFar, decoder_steps
from attnlab.engine.transformer.writing import Cuts, WrittenToken, write_on
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.model import Model

DTYPE = DTYPES["float32"]


@dataclass(frozen=True, eq=False)
class Continued:
    """What a model has written behind a text."""

    tokens: tuple[WrittenToken, ...]  # N of them
    attention: tuple[Tensor, ...]  # N of (L, H, S): where the last of the S tokens looked from which each was said


def can_write(model: Model) -> bool:
    """Whether it says what comes next."""
    return model.architecture.side == "decoder" and model.parts.head is not None


def continued(model: Model, read: Read, count: int, cuts: Cuts, seed: int) -> Continued:
    """Go on with a text. What was computed of it is kept: a new piece alone is run through the blocks.

    Args:
        model: a decoder with a head.
        read: the text.
        count: pieces to write; fewer if the model ends the text, or has no room for more.
        cuts: of each draw.
        seed: of the draws.

    Raises:
        SpecError: a text without room behind it, a count or a cut out of bounds.
        ValueError: a model that cannot write.
    """
    head = model.parts.head
    if head is None or not can_write(model):
        raise ValueError(f"model ({model.name!r}) must be a decoder with a head, which says what comes next")
    room = model.sizes.longest + 1 - len(read.ids)
    if room < 2:
        most = model.sizes.longest - 1
        message = f"sentence ({len(read.ids)} tokens) must have at most {most}: there is no room to write on"
        raise SpecError("sentence", "most", message, got=len(read.ids), most=most)
    behind, ends = _Behind(model, head), model.reader.added
    written = write_on(behind.logits, tuple(read.ids), min(count, room), cuts, seed, ends)
    return Continued(written, tuple(behind.attention))


class _Behind:
    """A text as it grows."""

    def __init__(self, model: Model, head: Tensor) -> None:
        sizes, parts = model.sizes, model.parts
        turned = model.architecture.rotary
        angles = rotary_angles(sizes.longest, sizes.head_dim, sizes.rotary_base).to(DTYPE) if turned else None
        switches = BlockSwitches(norm_first=model.architecture.norm_first)
        self._decoder = Decoder(parts.blocks, parts.final_norm, (), switches, angles=angles)
        self._embedding, self._head, self._so_far = parts.embedding, head.to(DTYPE), SoFar()
        self.attention: list[Tensor] = []

    def logits(self, ids: tuple[int, ...]) -> Tensor:
        """(V,) of what comes after ids, which begin with those of the call before."""
        known = self._so_far.length
        with torch.inference_mode():
            every = torch.tensor(ids)
            embedded = self._embedding.of(every, torch.zeros_like(every), DTYPE)
            steps = decoder_steps(self._decoder, embedded.stream[None, known:], self._so_far)
            self._so_far = steps.so_far
            self.attention.append(torch.stack([weights[0, :, -1] for weights in steps.weights]))
            return F.linear(steps.stream[0, -1], self._head)
