"""MiniLM as the embedding of a classifier: vectors that already know what stands around a word, and never change.

What is trained is the head behind them. Words are those of the app's tokenizer, each spelled by MiniLM's own: one that
nobody here has been taught is read like any other.

Source: Wang et al. 2020, https://arxiv.org/abs/2002.10957; the mean over words: Reimers & Gurevych 2019, section 3,
    https://arxiv.org/abs/1908.10084
"""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.byte_cache import kept
from attnlab.engine import NormWeights, SpecError
from attnlab.models.classifier.config import MINILM_WIDTH as WIDTH
from attnlab.models.parts.padding import PAD_ID
from attnlab.text import PAD, UNKNOWN

if TYPE_CHECKING:
    from attnlab.engine.transformer.blocks import BlockWeights
    from attnlab.pretrained import Model

NAME = "minilm"
MOST_PIECES = 8
"""Of a word: what stands behind them is not read."""
NONE = -1
"""Where a word has fewer pieces."""
TOKENS_AT_ONCE = 2**10
BEGIN, END = "[CLS]", "[SEP]"


@functools.cache
def minilm_is_here() -> bool:
    """Whether its package is installed. Nothing is opened."""
    from attnlab.pretrained import installed

    return NAME in installed()


@functools.cache
def opened() -> "Model":
    """The model, opened once a process.

    Raises:
        SpecError: it is not installed, or its width is not `WIDTH`.
    """
    from attnlab.pretrained import Model, open_model

    if not minilm_is_here():
        raise SpecError(
            "minilm", "not_here", "minilm (not installed) must be installed: requirements-models.txt", got=NAME
        )
    model = open_model(NAME)
    if not isinstance(model, Model) or model.sizes.d_model != WIDTH:
        raise SpecError("minilm", "differs", f"minilm must have vectors of {WIDTH}", got=str(model.sizes), wanted=WIDTH)
    return model


class MiniLmEmbedding(nn.Module):
    """Words in, (B, T) ids; out the vectors of MiniLM's last layer, (B, T, 384), the mean over the pieces of each word.

    It has no parameters: its 22.7 million weights are MiniLM's own, shared by all, and no snapshot holds them. Words
    that the vocabulary lacks can be told to it: their ids go on behind the vocabulary's.

    Args:
        vocab_size: of the task, padding counted.
    """

    pieces: Tensor  # (vocab_size, MOST_PIECES) int16 ids of MiniLM's, `NONE` behind them; of padding and <unk> none
    beyond: Tensor  # (N, MOST_PIECES), of the words that the vocabulary lacks; not in any file

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.register_buffer("pieces", torch.full((vocab_size, MOST_PIECES), NONE, dtype=torch.int16))
        self.beyond = torch.empty(0, MOST_PIECES, dtype=torch.int16, device="cpu")

    def spell(self, symbols: Sequence[str], beyond: Sequence[str] = ()) -> None:
        """Learn how words are spelled; padding and <unk> have no pieces, and are passed over.

        Args:
            symbols: the vocabulary.
            beyond: words that it lacks.
        """
        named = tuple("" if symbol in (PAD, UNKNOWN) else symbol for symbol in symbols)
        self.pieces = pieces_of(named).to(self.pieces.device)
        self.beyond = pieces_of(tuple(beyond))

    def knowing(self, beyond: Sequence[str]) -> "MiniLmEmbedding":
        """The same with other words beyond its vocabulary."""
        found = MiniLmEmbedding(len(self.pieces))
        found.pieces, found.beyond = self.pieces, pieces_of(tuple(beyond))
        return found

    def spelled(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, T) bool: the words that have pieces; padding and <unk> have none."""
        return (self._spelling(words)[..., 0] != NONE).to(words.device)

    @property
    def signal(self) -> Tensor:
        """Root mean square of a number of the vectors, from the norm that makes them."""
        norm = opened().parts.blocks[-1].feed_forward_norm
        bias = 0.0 if norm.bias is None else norm.bias.square()
        return (norm.gain.square() + bias).mean().sqrt()

    def forward(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, T, 384); zeros at padding, at <unk>, and at what lies beyond MiniLM's 512 pieces.

        Raises:
            SpecError: MiniLM is not installed, or the pieces are none of its own.
            ValueError: a word that is neither in the vocabulary nor among those beyond it.
        """
        lengths, spelling = (words != PAD_ID).sum(1), self._spelling(words)
        vectors = torch.zeros(*words.shape, WIDTH, device=words.device)
        order = lengths.argsort()
        for some in torch.split(order, max(1, TOKENS_AT_ONCE // (words.shape[1] + 2))):
            vectors[some] = word_vectors(spelling[some.cpu()]).to(words.device)
        return vectors

    def means(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, 384): the mean over the words of each text that have pieces, kept for the next time.

        Raises:
            SpecError: as `forward`.
            ValueError: as `forward`.
        """
        read = (text[text[:, 0] != NONE] for text in self._spelling(words))
        return torch.stack([mean_of(text.numpy().tobytes()) for text in read]).to(words.device)

    def _spelling(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, T, MOST_PIECES) int16 on the CPU; nothing but `NONE` where nothing is read."""
        table, words = torch.cat([self.pieces.cpu(), self.beyond]), words.cpu()
        if (last := int(words.max())) >= len(table):
            raise ValueError(f"words ({last}) must be below {len(table)}: those that it was told how to spell")
        return table[words].masked_fill((words == PAD_ID)[..., None], NONE)


@kept
def pieces_of(words: tuple[str, ...]) -> Tensor:
    """(N, MOST_PIECES) int16: how MiniLM's own tokenizer spells words, `NONE` behind; `NONE` alone if in no way.

    Raises:
        SpecError: MiniLM is not installed.
    """
    pieces = torch.full((len(words), MOST_PIECES), NONE, dtype=torch.int16)
    for row, found in enumerate(opened().reader.tokenizer.encode_batch(list(words), add_special_tokens=False)):
        ids = found.ids[:MOST_PIECES]
        pieces[row, : len(ids)] = torch.tensor(ids, dtype=torch.int16)
    return pieces


@kept
def mean_of(spelling: bytes) -> Tensor:
    """(384,): the mean over the words of one text.

    One at a time: of several together the last digits would depend on which others there are.

    Args:
        spelling: (T, MOST_PIECES) int16, of words that have pieces.

    Raises:
        SpecError: as `word_vectors`.
    """
    if not spelling:
        return torch.zeros(WIDTH)
    pieces = torch.frombuffer(bytearray(spelling), dtype=torch.int16).view(-1, MOST_PIECES)
    return word_vectors(pieces[None])[0].mean(0)


def word_vectors(spelling: Tensor) -> Tensor:
    """(B, T, MOST_PIECES) pieces of texts of about one length -> (B, T, 384), zeros where a word has none.

    Raises:
        SpecError: MiniLM is not installed, or the pieces are none of its own.
    """
    model, pieces = opened(), spelling.long()
    if int(pieces.min()) < NONE or int(pieces.max()) >= model.sizes.vocab_size:
        message = f"pieces must be ids of MiniLM, below {model.sizes.vocab_size}"
        raise SpecError("pieces", "most", message, got=int(pieces.max()), most=model.sizes.vocab_size - 1)
    there = pieces != NONE
    there &= (there.flatten(1).cumsum(1) <= model.sizes.longest - 2).view_as(there)
    places = there.flatten(1).cumsum(1).view_as(there)  # from 1: [CLS] stands before them
    longest = int(places.max()) if places.numel() else 0
    begin, end = (model.reader.tokenizer.token_to_id(name) for name in (BEGIN, END))
    ids = torch.full((len(pieces), longest + 2), int(end or 0))
    ids[:, 0] = int(begin or 0)
    text, word, piece = there.nonzero(as_tuple=True)
    at = places[text, word, piece]
    ids[text, at] = pieces[text, word, piece]
    counts = there.flatten(1).sum(1) + 2
    mask = torch.arange(longest + 2) < counts[:, None]
    stream = last_layer(model, ids, mask)
    sums = torch.zeros(*pieces.shape[:2], WIDTH)
    sums.index_put_((text, word), stream[text, at], accumulate=True)
    return sums / there.sum(-1, keepdim=True).clamp(min=1)


@torch.no_grad()
def last_layer(model: "Model", ids: Tensor, mask: Tensor) -> Tensor:
    """What an encoder that norms behind each part makes of several texts: the last of `Trace.hidden_states`.

    Args:
        model: MiniLM, or another BERT.
        ids: (B, T) of its pieces.
        mask: (B, T) bool, True = a piece; what stands elsewhere is never looked at.

    Returns:
        (B, T, d_model).
    """
    types = torch.zeros(ids.shape[1], dtype=torch.int64)
    stream = torch.stack([model.parts.embedding.of(text, types, torch.float32).stream for text in ids])
    for block in model.parts.blocks:
        stream = _after(block, stream, mask[:, None, None])
    return stream


def _after(block: "BlockWeights", stream: Tensor, mask: Tensor) -> Tensor:
    attention, feed = block.self_attention, block.feed_forward
    parts = F.linear(stream, attention.qkv_proj.T, attention.qkv_bias)
    queries, keys, values = parts.view(*stream.shape[:2], 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    heads = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask).transpose(1, 2).flatten(2)
    stream = _normed(stream + F.linear(heads, attention.output_proj.T, attention.output_bias), block.self_norm)
    hidden = F.gelu(F.linear(stream, feed.up_proj.T, feed.up_bias))
    return _normed(stream + F.linear(hidden, feed.down_proj.T, feed.down_bias), block.feed_forward_norm)


def _normed(stream: Tensor, norm: NormWeights) -> Tensor:
    return F.layer_norm(stream, stream.shape[-1:], norm.gain, norm.bias, norm.eps)
