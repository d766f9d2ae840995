"""What contenders of a race on a text write by themselves; computed once for each prompt, shared by all sessions."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import SpecError
from attnlab.engine.transformer.writing import Cuts, WrittenToken, write_on
from attnlab.looks.trained.opened import Origin, looking, model_of
from attnlab.models import SequenceModel, answer_attention, answer_influence
from attnlab.models.evaluating import evaluating
from attnlab.tasks import NextCharacter
from attnlab.text import UNKNOWN, characters, cleaned

MOST_PROMPT = 200
OUT_OF_THE_QUESTION = 1e5
"""So far below all others that nothing is left of it at any temperature."""


@dataclass(frozen=True)
class Prompted:
    """What is asked of every contender."""

    prompt: str
    count: int
    cuts: Cuts
    seed: int


@dataclass(frozen=True, eq=False)
class Letters:
    """What one contender has written. W is the length of the longest window that was read for a letter."""

    prompt: tuple[tuple[str, bool], ...]  # each letter as it was typed, and whether it is in the vocabulary
    symbols: tuple[str, ...]  # of the vocabulary
    written: tuple[WrittenToken, ...]  # N of them
    begins: tuple[int, ...]  # N: the first letter that was read for each, from the first of the prompt
    influence: Tensor  # (N, W) rows sum to 1
    attention: Tensor | None  # (N, W) the mean of all heads of all layers; None of a model without


@kept
def letters_written(origin: Origin, contender: str, asked: Prompted) -> Letters:
    """Let a snapshot write.

    It reads no more letters at once than the windows it was trained on have. What its vocabulary lacks is read as
    unknown and never written.

    Raises:
        SpecError: an empty prompt, one of more than `MOST_PROMPT` letters, a count or a cut out of bounds.
        StoreError: there is no such snapshot.
    """
    task = cast("NextCharacter", origin.plan.task)
    typed = tuple(characters(cleaned(asked.prompt)[0]))
    if not 1 <= len(typed) <= MOST_PROMPT:
        message = f"prompt ({len(typed)} characters) must have 1 to {MOST_PROMPT}"
        raise SpecError("prompt", "range", message, got=len(typed), low=1, high=MOST_PROMPT)
    symbols, window = task.info.symbols or (), task.info.seq_len
    prompt = tuple(task.encode(asked.prompt).tolist())
    model = cast("SequenceModel", model_of(origin, contender))
    with looking(model):
        written = write_on(
            lambda ids: _logits(model, ids[-window:], symbols), prompt, asked.count, asked.cuts, asked.seed
        )
        ids = (*prompt, *(one.id for one in written))
        ends = [len(prompt) + place for place in range(len(written))]
        begins = tuple(max(0, end - window) for end in ends)
        read, positions = _windows(ids, begins, ends)
        attention = answer_attention(model, read, positions)
        influence = answer_influence(model, read, positions)
    known = tuple((letter, id_ != 0 or letter in symbols) for letter, id_ in zip(typed, prompt, strict=True))
    mean = None if attention is None else attention.mean((0, 1))
    return Letters(known, symbols, written, begins, influence, mean)


def _logits(model: SequenceModel, ids: tuple[int, ...], symbols: tuple[str, ...]) -> Tensor:
    """(V,) of what comes next; what stands for unknown letters is out of the question."""
    with evaluating(model):
        logits = model.answers(model.embed(torch.tensor([ids])))[0, -1]
    if symbols[:1] == (UNKNOWN,):
        logits[0] = logits.min() - OUT_OF_THE_QUESTION
    return logits


def _windows(ids: tuple[int, ...], begins: tuple[int, ...], ends: list[int]) -> tuple[Tensor, Tensor]:
    """(N, W) what was read for each letter, filled up behind it with what no answer before can see; (N,) its last."""
    parts = [ids[begin:end] for begin, end in zip(begins, ends, strict=True)]
    longest = max(map(len, parts))
    read = torch.tensor([part + (0,) * (longest - len(part)) for part in parts])
    return read, torch.tensor([len(part) - 1 for part in parts])
