"""Designed heads: weights written by hand so that each head does one thing that heads of trained models do.

The layer is real, only its numbers are constructed. The stream x is shared out like this:

    coordinates 0 ... d/2        positions: here the sinusoids are fast enough to tell neighbours apart
    coordinates d/2 ... d-2      words: one sign pattern a word, the same for "The" and "the"
    coordinate d-2               1 if the token is punctuation
    coordinate d-1               1 for every token, so that a query can ask the same thing everywhere

A position head writes each position into its keys and asks for its own position moved by an offset: for sinusoids
and for RoPE that move is a rotation (Vaswani et al. 2017, section 3.5), for a learned table it is the linear map that
fits best. Where the model has no positions (none, ALiBi) there is nothing to ask for and the head goes blind, which is
what the picture then shows. Patterns after Clark et al. 2019, https://arxiv.org/abs/1906.04341, section 3.
"""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.analysis.measures import OFFSETS, is_punctuation
from attnlab.engine.choices.positions import rotary_angles, sinusoidal_frequencies
from attnlab.engine.multihead import Projections
from attnlab.engine.seeds import generator
from attnlab.engine.sources.layer import Source, position_table
from attnlab.engine.spec import MAX_TOKENS, AttentionSpec

SHARP, BLURRED = 2.2, 0.45  # how far the wanted score stands above its neighbours', after scaling
MATCH = 5.0  # how far an equal word's score stands above an unrelated one's, after scaling
KEY_GAIN = 2.0  # size of a key's coordinates; queries carry the rest
SLOW = 0.05  # radians a position: a pair slower than this keeps its direction over a sentence
FITTED_POSITIONS = 33  # rows of a learned table that the offset map is fitted on


@dataclass(frozen=True)
class Design:
    """What one head is built to look at."""

    name: str
    reads: str | None  # what its keys must carry: "position", "word", "punctuation" or nothing
    offset: int | None = None  # of the position asked for; None asks for position 0
    sharpness: float = SHARP


DESIGNS = (
    Design("previous", "position", -1),
    Design("same word", "word"),
    Design("first", "position"),
    Design("punctuation", "punctuation"),
    Design("nearby", "position", 0, BLURRED),
    Design("2 back", "position", -2),
    Design("self", "position", 0),
    Design("uniform", None),
    *(Design(name, "position", OFFSETS[name]) for name in ("next", "2 ahead", "3 back", "3 ahead", "4 back")),
    *(Design(name, "position", OFFSETS[name]) for name in ("4 ahead", "5 back", "5 ahead")),
)  # the first eight show their pattern under a causal mask too


def designed_source(spec: AttentionSpec) -> Source:
    """The designed heads, in the order of `DESIGNS`, for any sizes; narrow heads hold their pattern less firmly."""
    builder = _Builder(spec)
    designs = DESIGNS[: spec.num_heads]
    group_size = spec.num_heads // spec.kv_heads
    queries, keys = [], []
    for group in range(spec.kv_heads):
        members = designs[group * group_size : (group + 1) * group_size]
        room = _share_out([member.reads for member in members], spec.key_width)
        keys.append(builder.keys(room))
        queries += [builder.query(member, room) for member in members]
    values = torch.nn.init.orthogonal_(
        torch.empty(spec.d_model, spec.kv_heads * spec.value_width, dtype=torch.float64),
        generator=generator(spec.seed, "W_V"),
    )
    # W_O undoes W_V head by head: what a head moves arrives in the stream as it left it.
    outputs = [block.T for block in torch.split(values, spec.value_width, dim=1) for _ in range(group_size)]
    return Source(
        embed=functools.lru_cache(maxsize=512)(builder.embedding),
        position_table=builder.table,
        projections=Projections(
            qkv_proj=torch.cat([*queries, *keys, values], dim=1),
            output_proj=torch.cat(outputs, dim=0),
            num_heads=spec.num_heads,
            num_kv_heads=spec.kv_heads,
            head_dim=spec.key_width,
            value_dim=spec.value_width,
        ),
        head_names=tuple(design.name for design in designs),
    )


def _share_out(wanted: Iterable[str | None], width: int) -> dict[str, range]:
    """Give each thing that a key must carry its coordinates: positions from the front, the others from the back."""
    kinds = [kind for kind in ("position", "word", "punctuation") if kind in set(wanted)]
    room: dict[str, range] = {}
    end = width
    if "punctuation" in kinds:
        room["punctuation"] = range(max(end - 2, 0), end)
        end = max(end - 2, 0) if len(kinds) > 1 else end
    if "word" in kinds:
        start = end // 2 if "position" in kinds else 0
        room["word"], end = range(start, end), start
    if "position" in kinds:
        room["position"] = range(end)
    return room


class _Builder:
    """The matrices of one spec."""

    def __init__(self, spec: AttentionSpec) -> None:
        self.spec = spec
        d_model = spec.d_model
        self.half = d_model // 2
        self.words = range(self.half, max(d_model - 2, self.half + 1))
        self.punctuation, self.constant = max(d_model - 2, 0), d_model - 1
        self.table = position_table(spec, MAX_TOKENS)
        if spec.positions == "learned":
            self.table[:, self.half :] = 0.0  # a trained table would have learned to leave the words alone

    @functools.cached_property
    def center(self) -> Tensor:
        """(d_model,) what x holds on average beside its word, so that a head can subtract it."""
        center = position_table(self.spec, FITTED_POSITIONS).mean(0)
        if self.spec.positions == "learned":
            center[self.half :] = 0.0
        center[self.constant] += 1.0
        return center

    def embedding(self, token: str) -> Tensor:
        """(d_model,) of one token."""
        vector = torch.zeros(self.spec.d_model, dtype=torch.float64)
        signs = torch.randint(2, (len(self.words),), generator=generator(self.spec.seed, "word", token.casefold()))
        vector[self.words.start : self.words.stop] = 2.0 * signs - 1.0
        vector[self.punctuation] = float(is_punctuation(token))
        vector[self.constant] = 1.0
        return vector

    def keys(self, room: dict[str, range]) -> Tensor:
        """(d_model, D): W_K of one key head."""
        matrix = self._empty()
        if "position" in room:
            matrix += self._positions(room["position"], 0, KEY_GAIN)
        if "word" in room:
            matrix += self._words(room["word"], KEY_GAIN)
        if "punctuation" in room:
            matrix += self._read(self.punctuation, room["punctuation"].start, KEY_GAIN)
        return matrix

    def query(self, design: Design, room: dict[str, range]) -> Tensor:
        """(d_model, D): W_Q of one query head."""
        unscale = 1 / (self.spec.key_width**-0.5 * KEY_GAIN)
        if design.reads == "position":
            return self._positions(room["position"], design.offset, design.sharpness * unscale, is_query=True)
        if design.reads == "word":
            columns = len(self._word_columns(room["word"]))
            return self._words(room["word"], MATCH * unscale / max(columns, 1))
        if design.reads == "punctuation":
            return self._ask({room["punctuation"].start: MATCH * unscale})
        return self._empty()

    def _empty(self) -> Tensor:
        return torch.zeros(self.spec.d_model, self.spec.key_width, dtype=torch.float64)

    def _read(self, row: int, column: int, gain: float) -> Tensor:
        """Copy one coordinate of x, less what every position has there anyway."""
        matrix = self._empty()
        matrix[row, column] = gain
        matrix[self.constant, column] -= gain * self.center[row] / self.center[self.constant]
        return matrix

    def _ask(self, wanted: dict[int, float]) -> Tensor:
        """The same query from every token, made of the coordinate that is 1 everywhere."""
        matrix = self._empty()
        for column, value in wanted.items():
            matrix[self.constant, column] = value / self.center[self.constant]
        return matrix

    def _word_columns(self, room: range) -> list[int]:
        if self.spec.positions != "rope":
            return list(room)[: len(self.words)]
        speeds = self._rotary_speeds()
        slow = [column for column in room if column // 2 < len(speeds) and speeds[column // 2] < SLOW]
        return (slow or list(room))[: len(self.words)]

    def _words(self, room: range, gain: float) -> Tensor:
        matrix = self._empty()
        for row, column in zip(self.words, self._word_columns(room), strict=False):
            matrix += self._read(row, column, gain)
        return matrix

    def _rotary_speeds(self) -> list[float]:
        return rotary_angles(2, self.spec.key_width)[1].tolist()

    def _positions(self, room: range, offset: int | None, gain: float, *, is_query: bool = False) -> Tensor:
        """Each position as a direction; of a query, the direction of the position it asks for."""
        if self.spec.positions == "sinusoidal":
            return self._sinusoidal(room, offset, gain, is_query)
        if self.spec.positions == "rope":
            return self._rotary(room, offset, gain, is_query)
        if self.spec.positions == "learned":
            return self._learned(room, offset, gain, is_query)
        return self._empty()

    def _sinusoidal(self, room: range, offset: int | None, gain: float, is_query: bool) -> Tensor:
        pairs = min(len(room) // 2, max(self.half // 2, 1))
        speeds = sinusoidal_frequencies(self.spec.d_model)[:pairs]
        gains = gain * _pair_gains(speeds) if is_query else torch.full((pairs,), gain, dtype=torch.float64)
        matrix = self._empty()
        for pair, (speed, size) in enumerate(zip(speeds, gains, strict=True)):
            sine, cosine = room.start + 2 * pair, room.start + 2 * pair + 1
            if offset is None:
                matrix += self._ask({cosine: float(size)})  # position 0 is (sin 0, cos 0) = (0, 1)
                continue
            turn = speed * offset
            block = torch.stack(
                (torch.stack((turn.cos(), -turn.sin())), torch.stack((turn.sin(), turn.cos())))
            )  # (sin a, cos a) @ block = (sin(a + turn), cos(a + turn))
            matrix[2 * pair : 2 * pair + 2, [sine, cosine]] = size * block
        return matrix

    def _rotary(self, room: range, offset: int | None, gain: float, is_query: bool) -> Tensor:
        """RoPE turns what every token says alike; a query that starts turned by the offset meets the key there."""
        speeds = torch.tensor(self._rotary_speeds()[: len(room) // 2], dtype=torch.float64)
        if not is_query:
            return self._ask({room.start + 2 * pair: gain for pair in range(len(speeds))})
        if offset is None:
            return self._furthest_back(room, speeds, gain)
        wanted: dict[int, float] = {}
        for pair, (speed, size) in enumerate(zip(speeds, gain * _pair_gains(speeds), strict=True)):
            turn = speed * offset
            wanted[room.start + 2 * pair] = float(size * turn.cos())
            wanted[room.start + 2 * pair + 1] = float(size * turn.sin())
        return self._ask(wanted)

    def _furthest_back(self, room: range, speeds: Tensor, gain: float) -> Tensor:
        """RoPE knows no position 0: a slow pair asked a quarter turn away prefers what lies furthest back."""
        if not len(speeds):
            return self._empty()
        pair = int((speeds.log() - math.log(0.01)).abs().argmin())
        return self._ask({room.start + 2 * pair + 1: -0.3 * gain / float(speeds[pair])})

    def _learned(self, room: range, offset: int | None, gain: float, is_query: bool) -> Tensor:
        matrix = self._empty()
        if not len(room) or not self.half:
            return matrix
        rows = position_table(self.spec, FITTED_POSITIONS)[:, : self.half]
        reader = (
            torch.randn(
                self.half, len(room), dtype=torch.float64, generator=generator(self.spec.seed, "position reader")
            )
            / (0.5 * self.half) ** 0.5
        )
        columns = slice(room.start, room.stop)
        if not is_query:
            matrix[: self.half, columns] = gain * reader
            return matrix
        size = 2 * gain / len(room)  # the mean square of a key coordinate is 1 / KEY_GAIN^2 of its gain
        if offset is None:
            matrix[self.constant, columns] = size * (rows[0] @ reader) / self.center[self.constant]
            return matrix
        here = rows[max(-offset, 0) : FITTED_POSITIONS - max(offset, 0)]
        there = rows[max(offset, 0) : FITTED_POSITIONS + min(offset, 0)]
        matrix[: self.half, columns] = size * torch.linalg.lstsq(here, there @ reader, driver="gelsd").solution
        return matrix


def _pair_gains(speeds: Tensor) -> Tensor:
    """How loud each sine-cosine pair speaks, so that one step off the wanted position costs one nat in all.

    Slower pairs speak louder: a fast pair alone would also like the positions one turn away. Pairs slower than SLOW
    add size but no contrast and stay silent.
    """
    loudness = speeds.pow(-0.6) * (speeds >= SLOW)
    contrast = (loudness * (1 - speeds.cos())).sum()
    return loudness / contrast if contrast > 0 else loudness
