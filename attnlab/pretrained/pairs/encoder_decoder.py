"""A pretrained encoder-decoder in the engine's types: it reads one text and writes another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import DTYPES, SpecError, StackInputs, StackWeights, stack_trace
from attnlab.engine.allowed import check_choice, check_number
from attnlab.engine.choices.positions import t5_table_bias
from attnlab.engine.stack import SoFar, decoder_beside, decoder_step
from attnlab.pretrained.families.pair import PairArchitecture, PairParts, PairSizes
from attnlab.pretrained.files.tokens import Read, Reader, Token
from attnlab.pretrained.model import TRACED_DTYPES
from attnlab.pretrained.pairs.pair_trace import PairTrace
from attnlab.pretrained.pairs.writing import Hypothesis, Step, beam_search, greedy

MAX_BEAMS = 16
MAX_WRITTEN = 256
"""Tokens that are written at most where nobody says how many."""
SMALLEST_PENALTY, LARGEST_PENALTY = -10.0, 10.0


@dataclass(frozen=True)
class Translation:
    """What a model wrote."""

    text: str
    ids: tuple[int, ...]  # without the start; the end is among them if it came to one
    ended: bool  # whether it came to an end by itself or by its rules, rather than at the limit
    score: float  # the log-probability in nats, divided by the length to the power of the length penalty
    cut: int  # tokens of the source beyond the model's limit, which were left out


@dataclass(frozen=True, eq=False)
class EncoderDecoder:
    """An opened encoder-decoder. Nothing in it changes, so threads may share it."""

    name: str
    kind: str  # as its config calls the architecture
    folder: Path
    architecture: PairArchitecture
    sizes: PairSizes
    reader: Reader
    parts: PairParts

    def translate(
        self, text: str, num_beams: int = 1, *, most: int | None = None, length_penalty: float = 1.0
    ) -> Translation:
        """Write what the model makes of a text.

        Args:
            text: the source; beyond the model's limit it is cut, and the translation says by how much. A T5 is told in
                it what to do: "translate English to German: ...".
            num_beams: hypotheses side by side; 1 takes the likeliest token at each step.
            most: tokens that are written at most, the end among them; 256 if left out, or what the model has room for.
            length_penalty: hypotheses are ordered by their log-probability over their length to this power.

        Raises:
            SpecError: as `Reader.read`, or a number out of bounds.
        """
        room = self.sizes.longest
        check_number("num_beams", num_beams, 1, MAX_BEAMS)
        check_number("most", min(MAX_WRITTEN, room) if most is None else most, 1, room)
        check_number("length_penalty", length_penalty, SMALLEST_PENALTY, LARGEST_PENALTY)
        read = self.reader.read(text)
        best = self.written(read, num_beams, most or min(MAX_WRITTEN, room), length_penalty)[0]
        ended = best.ids[-1] == self.sizes.rules.end
        return Translation(self.reader.text_of(best.ids), best.ids, ended, best.score, read.cut)

    def written(self, read: Read, num_beams: int, most: int, length_penalty: float = 1.0) -> tuple[Hypothesis, ...]:
        """The hypotheses of a search, best first; one without beams. Raises as `traced`."""
        with torch.inference_mode():
            step = self._step(read, most)
            if num_beams == 1:
                return (greedy(step, self.sizes.rules, most, length_penalty),)
            return beam_search(step, self.sizes.rules, most, num_beams, length_penalty)

    def trace(
        self, source: str, target: str | Sequence[int] | None = None, dtype: str = "float32", *, padding: int = 0
    ) -> PairTrace:
        """Every number of the model on a source and a target.

        Args:
            source: what the encoder reads; beyond the model's limit it is cut, and the trace says by how much.
            target: what the decoder is to have written, as a text or as ids, without the start and the end; what the
                model writes of itself, by the likeliest token, if left out. A text is cut into pieces by the one
                tokenizer that there is; where a model has another one for what it writes, as Marian has, the ids of
                `translate` are what it would have written.
            dtype: float32, or float64 to compare with.
            padding: tokens of padding behind the source, which nobody looks at.

        Raises:
            SpecError: as `Reader.read` and `traced`.
        """
        read = self.reader.read(source)
        if target is None:
            written = self.written(read, 1, min(MAX_WRITTEN, self.sizes.longest))[0].ids
            target = [id_ for id_ in written if id_ != self.sizes.rules.end][: self.sizes.longest - 1]
        asked = self.reader.target(target) if isinstance(target, str) else Read(self._named(target), 0)
        return self.traced(read, asked, dtype, padding=padding)

    def traced(self, read: Read, target: Read, dtype: str = "float32", *, padding: int = 0) -> PairTrace:
        """As `trace`, of what was read already.

        Raises:
            SpecError: another dtype, ids that the model does not have, or more padding than there is room for.
        """
        check_choice("dtype", dtype, TRACED_DTYPES)
        check_number("padding", padding, 0, self.sizes.longest - len(read.ids))
        source = (*read.tokens, *self.reader.named([self.sizes.rules.padding] * padding))
        tokens = (*self.reader.named([self.sizes.rules.start]), *target.tokens)
        with torch.inference_mode():
            inputs = self._inputs(source, tokens, dtype, len(read.tokens))
        parts, scale = self.parts, self.sizes.output_scale
        stack = stack_trace(inputs)
        return PairTrace(source, tokens, read.cut, target.cut, stack, parts.head, parts.head_bias, scale)

    def _inputs(self, source: Sequence[Token], target: Sequence[Token], dtype: str, num_words: int) -> StackInputs:
        """The stack on two texts; without a target, its encoder alone."""
        parts, farthest = self.parts, self.sizes.farthest
        return StackInputs(
            weights=StackWeights(
                encoder=parts.encoder,
                decoder=parts.decoder if target else (),
                encoder_norm=parts.encoder_norm,
                decoder_norm=parts.decoder_norm,
                output_proj=torch.empty(self.sizes.encoder.d_model, 0),  # logits are computed where somebody looks
            ),
            source_tokens=tuple(token.label for token in source),
            source_embedding=self._embedded("source", source, dtype),
            vocabulary=(),
            target_tokens=tuple(token.label for token in target),
            target_embedding=self._embedded("target", target, dtype) if target else None,
            source_bias=_distances(parts.encoder_distances, len(source), farthest, both_ways=True),
            target_bias=_distances(parts.decoder_distances, len(target), farthest, both_ways=False) if target else None,
            source_mask=torch.arange(len(source)) < num_words,
            switches=self.architecture.switches,
            dtype=dtype,  # type: ignore[arg-type]
        )

    def _embedded(self, field: str, tokens: Sequence[Token], dtype: str) -> Tensor:
        """(T, d_model), positions added. What a tokenizer adds of its own need not be in the model's vocabulary."""
        ids, sizes = [token.id for token in tokens], self.sizes
        if len(ids) > sizes.longest or max(ids) >= sizes.encoder.vocab_size:
            wanted = f"{sizes.longest} tokens and {sizes.encoder.vocab_size} ids"
            message = f"{field} ({len(ids)} tokens, id {max(ids)}) must fit the model's {wanted}"
            raise SpecError(field, "differs", message, got=max(ids), wanted=wanted)
        of = torch.tensor(ids)
        return self.parts.embedding.of(of, torch.zeros_like(of), DTYPES[dtype]).stream

    def _named(self, ids: Sequence[int]) -> tuple[Token, ...]:
        for id_ in ids:
            check_number("target", id_, 0, self.sizes.decoder.vocab_size - 1)
        return self.reader.named(ids)

    def _step(self, read: Read, most: int) -> Step:
        """The decoder beside what the encoder made of a text, in float32."""
        parts, dtype, scale = self.parts, DTYPES["float32"], self.sizes.output_scale
        memory = stack_trace(self._inputs(read.tokens, (), "float32", len(read.tokens))).final
        bias = _distances(parts.decoder_distances, most, self.sizes.farthest, both_ways=False)
        decoder = decoder_beside(memory, parts.decoder, parts.decoder_norm, self.architecture.switches, bias)

        def step(ids: Tensor, so_far: SoFar) -> tuple[Tensor, SoFar]:
            stream, now = decoder_step(decoder, parts.embedding.at(ids, so_far.length, dtype), so_far)
            return F.linear(stream * scale, parts.head, parts.head_bias), now

        return step


def _distances(table: Tensor | None, length: int, farthest: int, *, both_ways: bool) -> Tensor | None:
    """(H, T, T): what a table adds to the scores; None of a model without one."""
    return None if table is None else t5_table_bias(table, length, farthest=farthest, both_ways=both_ways)
