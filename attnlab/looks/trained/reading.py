"""What a trained model reads: a sentence in its words, or a held-out example where it reads numbers."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import torch

from attnlab.engine import SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.trained.named import Named, model_with_words, reads_numbers, task_of
from attnlab.looks.trained.probes import Curve, curve_of, drawn_probe, held_out_probe, ink_of, moved_probe
from attnlab.models.vocabulary import Vocabulary
from attnlab.sequences import Item
from attnlab.settings import links
from attnlab.settings.attention import Explorer
from attnlab.settings.drawn import drawn_over
from attnlab.settings.drawn.moved import moved_in
from attnlab.tasks import Batch, Digits, HasItems, Series
from attnlab.text import UNKNOWN, Tokenized

SHOWN_SYMBOLS = 8

Values: TypeAlias = tuple[int, ...] | tuple[tuple[float, ...], ...]
"""T token ids, or the features of each of T positions."""


@dataclass(frozen=True)
class HeldOut:
    """Which example of a task on numbers is read."""

    task: str
    number: int
    due: str | None  # what its last position should answer, where that is known
    ink: tuple[int, ...] = ()  # of each cell of a picture that can be drawn on
    drawn: bool = False  # whether somebody has drawn over it, or moved a value of it
    curve: Curve | None = None  # of a series, whose values can be moved


@dataclass(frozen=True)
class Read:
    """One example as a model reads it, and what became of what was typed."""

    values: Values
    text: Tokenized
    unknown: tuple[str, ...] = ()  # words that were left out
    example: str | None = None  # the model's own sentence, in the place of one of which it knows nothing
    items: tuple[Item, ...] = ()  # T, where the task says what stands at each position
    grid: tuple[int, int] | None = None  # of a picture: rows and columns of its patches, the first of the items
    held_out: HeldOut | None = None


def read_by(weights: Named, settings: Explorer) -> Read:
    """What a model makes of the settings' sentence, or of their example where it reads numbers.

    Raises:
        SpecError: no such model, or no word that it knows.
    """
    return _held_out(weights, settings) if reads_numbers(weights) else _sentence(weights, settings.sentence)


def _held_out(weights: Named, settings: Explorer) -> Read:
    """As the training page shows it under that number, or as somebody has drawn over it."""
    task, number = task_of(weights), settings.example
    probe = held_out_probe(task, number)
    told = HeldOut(task.info.name, number, probe.answers[-1])
    if isinstance(task, Digits):
        cells = drawn_over(settings.drawn, number)
        probe = probe if cells is None else drawn_probe(task, cells, number)
        due = told.due if cells is None else None
        told = replace(told, due=due, ink=ink_of(task, probe), drawn=cells is not None)
    elif isinstance(task, Series):
        curve = curve_of(task, probe, moved_in(settings.drawn, number))
        probe = moved_probe(task, curve, number) if curve.moved else probe
        told = replace(told, due=None if curve.moved else told.due, drawn=bool(curve.moved), curve=curve)
    text = Tokenized(probe.tokens, len(probe.tokens), 0, 0)
    return Read(probe.values, text, items=probe.items, grid=task.info.grid, held_out=told)


def _sentence(weights: Named, sentence: str) -> Read:
    """The sentence as the model reads it; its example in the place of the sentence that the page opens with."""
    known = model_with_words(weights)
    config = known.model.config
    limit = min(config.max_len, MAX_TOKENS // 2 if config.trailing_blanks else MAX_TOKENS)
    encoded, example = known.vocabulary.encode(sentence, limit), None
    if not encoded.ids and sentence == Explorer().sentence:
        example = known.example
        encoded = known.vocabulary.encode(example, limit)
    if not encoded.ids:
        allowed = f"hold a word of the model's vocabulary: {_listed(known.vocabulary)}"
        message = f"sentence ({links.shortened(sentence)!r}) must {allowed}"
        raise SpecError("sentence", "words", message, got=sentence, choices=known.vocabulary.symbols)
    return Read(encoded.ids, encoded.text, encoded.unknown, example, _items(weights, encoded.ids))


def _items(weights: Named, ids: tuple[int, ...]) -> tuple[Item, ...]:
    """What the task says of the symbols of a sentence; nothing where they are words."""
    task = None if weights.origin.store is None else task_of(weights)
    if not isinstance(task, HasItems):
        return ()
    inputs = torch.tensor([ids])
    return task.items(Batch(inputs, inputs, torch.zeros_like(inputs, dtype=torch.bool)), 0)


def _listed(vocabulary: Vocabulary) -> str:
    symbols = [repr(symbol) if symbol.isspace() else symbol for symbol in vocabulary.symbols if symbol != UNKNOWN]
    return ", ".join(symbols[:SHOWN_SYMBOLS]) + (", …" if len(symbols) > SHOWN_SYMBOLS else "")
