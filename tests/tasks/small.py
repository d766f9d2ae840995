"""Every task at small odd sizes, and the seed of a generator."""

from collections.abc import Callable, Mapping

import pytest
import torch

from attnlab.tasks import (
    TASKS,
    Adding,
    Batch,
    ClassifyCsv,
    ClassifySentiment,
    CopyMemory,
    CsvClassification,
    Digits,
    Events,
    MarkovChain,
    Motif,
    Mqar,
    NextCharacter,
    Parity,
    Reverse,
    SelectiveCopying,
    Sentiment,
    Series,
    Sort,
    Task,
    TaskInfo,
    Translation,
    read_table,
)

TEXT = " ".join(f"{a}{b} {b}{a}{a}." for a in "abcdefgh" for b in "xyzuvw")
ROWS = [(f"word{i} is {['fine', 'poor', 'odd'][i % 3]}", "abc"[i % 3]) for i in range(60)]
CSV = "\n".join(["text,label", *(f"{text},{label}" for text, label in ROWS)]).encode()

# Few examples exist at these sizes, so that a broken split would show.
SMALL: Mapping[str, Callable[[], Task]] = {
    "reverse": lambda: Reverse(num_symbols=3, length=5),
    "copy_memory": lambda: CopyMemory(blanks=7, num_recalled=3, num_symbols=5),
    "markov_chain": lambda: MarkovChain(num_states=2, length=8),
    "mqar": lambda: Mqar(vocab_size=6, length=14, num_pairs=2),
    "selective_copying": lambda: SelectiveCopying(context=7, num_copied=2, num_symbols=3),
    "parity": lambda: Parity(length=7),
    "sort": lambda: Sort(num_symbols=3, length=5),
    "adding": lambda: Adding(length=11),
    "next_character": lambda: NextCharacter(text=TEXT, length=11),
    "sentiment": lambda: Sentiment(num_adjectives=0),
    "csv": lambda: CsvClassification(read_table(CSV), max_tokens=5),
    "classify_sentiment": lambda: ClassifySentiment(num_adjectives=0),
    "classify_csv": lambda: ClassifyCsv(read_table(CSV), max_tokens=5),
    "digits": lambda: Digits(patch_rows=4, patch_cols=2, train_size=40),
    "translation": lambda: Translation(num_pairs=5000, max_source=8),
    "series": lambda: Series(lags=5, shipped=3),
    "motif": lambda: Motif(length=11, noise_percent=7),
    "events": lambda: Events(length=4, basket=2, num_pairs=2, num_others=0, rule_percent=60),
}
assert SMALL.keys() == TASKS.keys()

every_task = pytest.mark.parametrize("name", SMALL)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def num_answers(info: TaskInfo) -> int:
    """A: positions where an answer may be due."""
    return 1 if info.kind == "classification" else info.seq_len - (info.source_len or 0)


def rows_of(batch: Batch) -> set[tuple[object, ...]]:
    """The examples of a batch as hashable tuples: what goes in and what is due."""
    return {
        (*inputs.flatten().tolist(), *targets.tolist())
        for inputs, targets in zip(batch.inputs, batch.targets, strict=True)
    }
