"""Encoder-decoders of GRUs: one squeezes the source into a vector, the other looks back at it word by word.

They differ in where the context of a step comes from, and in nothing else.

Sources: Cho et al. 2014, https://arxiv.org/abs/1406.1078, where the summary of the source enters every step; Bahdanau
et al. 2015, https://arxiv.org/abs/1409.0473, sections 3.1 and 3.2 with appendix A.1.2.
"""

import torch
from torch import Tensor, nn

from attnlab.models.seq2seq.base import Decoded, Memory
from attnlab.models.seq2seq.config import Seq2SeqConfig


class GruEncoder(nn.Module):
    """The source read forwards and backwards, half the width each; padding is never read."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.forwards = nn.GRU(d_model, d_model // 2, batch_first=True)
        self.backwards = nn.GRU(d_model, d_model // 2, batch_first=True)

    def forward(self, embedded: Tensor, mask: Tensor) -> Memory:
        """(B, S, d_model), padding behind the words."""
        lengths = mask.sum(1)
        backwards = turned(lengths, mask.shape[1])
        ahead = self.forwards(embedded)[0]
        back = self.backwards(taken(embedded, backwards))[0]
        last = (lengths - 1).clamp(min=0)[:, None]
        summary = torch.cat((taken(ahead, last), taken(back, last)), dim=-1)[:, 0]
        return Memory(torch.cat((ahead, taken(back, backwards)), dim=-1), mask, summary)


class SummaryBody(nn.Module):
    """Without attention: the last states of the encoder are all that the decoder ever knows of the source."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        d_model = config.d_model
        self.encoder = GruEncoder(d_model)
        self.start = nn.Linear(d_model, d_model)
        self.decoder = nn.GRU(2 * d_model, d_model, batch_first=True)
        self.readout = Readout(config)

    def encode(self, embedded: Tensor, mask: Tensor) -> Memory:
        """As `Body.encode`."""
        memory: Memory = self.encoder(embedded, mask)
        return memory

    def decode(self, memory: Memory, embedded: Tensor, *, look: bool = False) -> Decoded:  # noqa: ARG002 - nothing to see
        """As `Body.decode`."""
        summary = _summary(memory)
        context = summary[:, None].expand_as(embedded)
        start = torch.tanh(self.start(summary))
        states = self.decoder(torch.cat((embedded, context), dim=-1), start[None].contiguous())[0]
        return Decoded(self.readout(states, context, embedded))


class BahdanauBody(nn.Module):
    """With attention: before each step the decoder's state asks the source, and what it finds is the step's context."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        d_model = config.d_model
        self.encoder = GruEncoder(d_model)
        self.start = nn.Linear(d_model, d_model)
        self.query_proj = nn.Linear(d_model, d_model)
        self.key_proj = nn.Linear(d_model, d_model)
        self.energy = nn.Linear(d_model, 1)
        self.decoder = nn.GRUCell(2 * d_model, d_model)
        self.readout = Readout(config)

    def encode(self, embedded: Tensor, mask: Tensor) -> Memory:
        """As `Body.encode`."""
        memory: Memory = self.encoder(embedded, mask)
        return memory

    def decode(self, memory: Memory, embedded: Tensor, *, look: bool = False) -> Decoded:
        """As `Body.decode`; one step after another, since each state asks before it becomes the next."""
        state, keys = torch.tanh(self.start(_summary(memory))), self.key_proj(memory.states)
        states, contexts, seen = [], [], []
        for word in embedded.unbind(1):
            weights = self._weights(state, keys, memory.mask)
            context = (weights[:, None] @ memory.states)[:, 0]
            state = self.decoder(torch.cat((word, context), dim=-1), state)
            states.append(state)
            contexts.append(context)
            seen.append(weights)
        output = self.readout(torch.stack(states, dim=1), torch.stack(contexts, dim=1), embedded)
        return Decoded(output, torch.stack(seen, dim=1)[:, None, None] if look else None)

    def _weights(self, state: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """(B, S): softmax of v . tanh(W s + U h); zeros for a source without words."""
        scores = self.energy(torch.tanh(self.query_proj(state)[:, None] + keys))[..., 0]
        weights = torch.softmax(scores.masked_fill(~mask, -torch.inf), dim=-1)
        return weights.masked_fill(~mask.any(-1, keepdim=True), 0.0)


class Readout(nn.Module):
    """What the head reads: tanh of state, context and the word before, mixed (in place of their maxout layer)."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.mixed = nn.Linear(3 * config.d_model, config.d_model)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, state: Tensor, context: Tensor, word: Tensor) -> Tensor:
        """(B, T, d_model) each, and so is the result."""
        output: Tensor = self.dropout(torch.tanh(self.mixed(torch.cat((state, context, word), dim=-1))))
        return output


def _summary(memory: Memory) -> Tensor:
    if memory.summary is None:
        raise ValueError("memory (without a summary) must come from a recurrent encoder")
    return memory.summary


def turned(lengths: Tensor, width: int) -> Tensor:
    """(B, S): position s of each row read backwards; padding stays where it is, so doing it twice undoes it."""
    positions = torch.arange(width, device=lengths.device).expand(len(lengths), width)
    back = lengths[:, None] - 1 - positions
    return torch.where(back >= 0, back, positions)


def taken(states: Tensor, positions: Tensor) -> Tensor:
    """(B, P, d) at positions (B, P)."""
    return states.gather(1, positions[..., None].expand(-1, -1, states.shape[-1]))
