"""MiniLM as the embedding of a classifier: vectors that already know what stands around a word, and never change.

What is trained is the head behind them. The words are those of the task's vocabulary, spelled in MiniLM's pieces.

Source: Wang et al. 2020, https://arxiv.org/abs/2002.10957; the mean over words: Reimers & Gurevych 2019, section 3,
    https://arxiv.org/abs/1908.10084
"""

import functools
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import NormWeights, SpecError
from attnlab.models.classifier.base import word_means
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
MOST_KEPT = 2**15
"""Texts whose means are remembered: 50 MB."""
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

    It has no parameters: its 22.7 million weights are MiniLM's own, shared by all, and no snapshot holds them.

    Args:
        vocab_size: of the task, padding counted.
    """

    pieces: Tensor  # (vocab_size, MOST_PIECES) int16 ids of MiniLM's, `NONE` behind them; of padding and <unk> none

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.register_buffer("pieces", torch.full((vocab_size, MOST_PIECES), NONE, dtype=torch.int16))
        self._means: OrderedDict[bytes, Tensor] = OrderedDict()

    def spell(self, symbols: Sequence[str]) -> None:
        """Learn how the words of a vocabulary are spelled; padding and <unk> have no pieces, and are passed over."""
        pieces = torch.full(self.pieces.shape, NONE, dtype=torch.int16)
        for row, symbol in enumerate(symbols):
            if symbol not in (PAD, UNKNOWN):
                found = opened().reader.ids_of(symbol)[:MOST_PIECES]
                pieces[row, : len(found)] = torch.tensor(found, dtype=torch.int16)
        self.pieces = pieces.to(self.pieces.device)
        self._means.clear()

    def spelled(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, T) bool: the words that have pieces; padding and <unk> have none."""
        return (words != PAD_ID) & (self.pieces[words, 0] != NONE)

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
        """
        lengths = (words != PAD_ID).sum(1)
        vectors = torch.zeros(*words.shape, WIDTH, device=words.device)
        order = lengths.argsort()
        for some in torch.split(order, max(1, TOKENS_AT_ONCE // (words.shape[1] + 2))):
            vectors[some] = self._read(words[some].cpu()).to(words.device)
        return vectors

    def means(self, words: Tensor) -> Tensor:
        """(B, T) ids -> (B, 384): the mean over the words of each text that have pieces, remembered for the next time.

        Raises:
            SpecError: as `forward`.
        """
        keys = [bytes(row[row != PAD_ID].numpy()) for row in words.cpu()]
        new = [at for at, key in enumerate(keys) if key not in self._means]
        found = dict(zip(keys, (self._means.get(key) for key in keys), strict=True))
        if new:
            some = words[new]
            means = word_means(self.forward(some), self.spelled(some)).cpu()
            learnt = {keys[at]: mean.clone() for at, mean in zip(new, means, strict=True)}  # a view would keep them all
            found |= learnt
            self._means.update(learnt)
            while len(self._means) > MOST_KEPT:
                self._means.popitem(last=False)
        return torch.stack([mean for key in keys if (mean := found[key]) is not None]).to(words.device)

    def _read(self, words: Tensor) -> Tensor:
        """As `forward`, of texts of about one length."""
        model = opened()
        if int(self.pieces.min()) < NONE or int(self.pieces.max()) >= model.sizes.vocab_size:
            message = f"pieces must be ids of MiniLM, below {model.sizes.vocab_size}"
            raise SpecError("pieces", "most", message, got=int(self.pieces.max()), most=model.sizes.vocab_size - 1)
        pieces = self.pieces.cpu().long()[words]  # (B, T, MOST_PIECES)
        there = (pieces != NONE) & (words != PAD_ID)[..., None]
        room = model.sizes.longest - 2
        there &= (there.flatten(1).cumsum(1) <= room).view_as(there)
        places = there.flatten(1).cumsum(1).view_as(there)  # from 1: [CLS] stands before them
        longest = int(places.max()) if places.numel() else 0
        begin, end = (model.reader.tokenizer.token_to_id(name) for name in (BEGIN, END))
        ids = torch.full((len(words), longest + 2), int(end or 0))
        ids[:, 0] = int(begin or 0)
        text, word, piece = there.nonzero(as_tuple=True)
        at = places[text, word, piece]
        ids[text, at] = pieces[text, word, piece]
        counts = there.flatten(1).sum(1) + 2
        mask = torch.arange(longest + 2) < counts[:, None]
        stream = last_layer(model, ids, mask)
        sums = torch.zeros(*words.shape, WIDTH)
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
