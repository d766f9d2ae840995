"""A pretrained model in the engine's types."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import DTYPES, BlockSwitches, SpecError, StackInputs, StackWeights, stack_trace
from attnlab.engine.allowed import check_choice, check_number
from attnlab.engine.spec import PositionsName
from attnlab.pretrained.embedding import Embedded
from attnlab.pretrained.families.architecture import Architecture, Parts
from attnlab.pretrained.files.sizes import Sizes
from attnlab.pretrained.files.tokens import Read, Reader
from attnlab.pretrained.says import cosines
from attnlab.pretrained.trace import Trace

TRACED_DTYPES = ("float32", "float64")
MAX_NEAREST = 1000


@dataclass(frozen=True, eq=False)
class Model:
    """An opened model. Nothing in it changes, so threads may share it."""

    name: str
    kind: str  # as its config calls the architecture
    folder: Path | None  # None of one that was in memory
    architecture: Architecture
    sizes: Sizes
    reader: Reader
    parts: Parts

    def trace(self, text: str, second: str | None = None, dtype: str = "float32") -> Trace:
        """Every number of the model on a text, or on a pair of texts.

        Args:
            text: what is read; beyond the model's limit it is cut, and the trace says by how much.
            second: read behind the first as a segment of its own; encoders only.
            dtype: float32, or float64 to compare with.

        Raises:
            SpecError: as `Reader.read` and `traced`, or a second text beside a decoder.
        """
        if second is not None and self.architecture.side == "decoder":
            message = f"second ({second!r:.60}) must be left out beside a decoder: {self.kind} reads one text"
            raise SpecError("second", "beside", message, got=second, other="model", of=self.kind)
        return self.traced(self.reader.read(text, second), dtype)

    def traced(self, read: Read, dtype: str = "float32") -> Trace:
        """As `trace`, of what was read already.

        Raises:
            SpecError: another dtype, or ids that the model does not have.
        """
        embedded, inputs = self.inputs(read, dtype)
        positions: PositionsName = "rope" if self.architecture.rotary else "learned"
        return Trace(read.tokens, read.cut, embedded, stack_trace(inputs), positions, self.parts.head)

    def inputs(self, read: Read, dtype: str = "float32") -> tuple[Embedded, StackInputs]:
        """What enters the blocks, and the blocks as a stack of the engine, without a head. Raises as `traced`."""
        check_choice("dtype", dtype, TRACED_DTYPES)
        side = self.architecture.side
        self._check_fits(read)
        with torch.inference_mode():
            embedded = self.parts.embedding.of(torch.tensor(read.ids), torch.tensor(read.segments), DTYPES[dtype])
        norm = self.parts.final_norm
        return embedded, StackInputs(
            weights=StackWeights(
                encoder=self.parts.blocks if side == "encoder" else (),
                decoder=self.parts.blocks if side == "decoder" else (),
                encoder_norm=norm,
                decoder_norm=norm,
                output_proj=torch.empty(self.sizes.d_model, 0),  # logits are computed where somebody looks
            ),
            source_tokens=tuple(token.label for token in read.tokens),
            source_embedding=embedded.stream,
            vocabulary=(),
            switches=BlockSwitches(norm_first=self.architecture.norm_first),
            positions="rope" if self.architecture.rotary else "none",
            rotary_base=self.sizes.rotary_base,
            dtype=dtype,  # type: ignore[arg-type]
        )

    def _check_fits(self, read: Read) -> None:
        """What a tokenizer adds of its own need not be in its vocabulary, nor of the length that it says."""
        sizes = self.sizes
        if len(read.ids) > sizes.longest:
            message = f"tokenizer (gives {len(read.ids)} tokens) must keep within the model's {sizes.longest}"
            raise SpecError("tokenizer", "differs", message, got=len(read.ids), wanted=sizes.longest)
        if max(read.ids) >= sizes.vocab_size or (sizes.num_types and max(read.segments) >= sizes.num_types):
            wanted = f"{sizes.vocab_size} ids and {sizes.num_types} kinds of segments"
            message = f"tokenizer (id {max(read.ids)}, segment {max(read.segments)}) must fit the model's {wanted}"
            raise SpecError("tokenizer", "differs", message, got=max(read.ids), wanted=wanted)

    def vector(self, word: str) -> Tensor:
        """(d_model,): a word in the embedding, before any layer: the mean of its pieces.

        Raises:
            SpecError: as `Reader.read`.
        """
        return self.parts.embedding.words[self.reader.ids_of(word)].mean(0)

    def similarity(self, one: str, other: str) -> float:
        """The cosine of two words in the embedding. Raises as `vector`."""
        return float(F.cosine_similarity(self.vector(one), self.vector(other), dim=0))

    def nearest(self, word: str, count: int = 10) -> tuple[tuple[str, float], ...]:
        """The pieces of the vocabulary whose vectors have the largest cosine with a word's, largest first.

        Raises:
            SpecError: as `vector`, or a count out of bounds.
        """
        check_number("count", count, 1, min(MAX_NEAREST, self.sizes.vocab_size))
        values, ids = cosines(self.vector(word)[None], self.parts.embedding.words)[0].topk(count)
        named = (self.reader.tokenizer.id_to_token(id_) or "" for id_ in ids.tolist())
        return tuple(zip(named, values.tolist(), strict=True))
