"""The user's own sentences and their translations: two columns of a file, with the safeguards of any table."""

import csv
import io
import random
from dataclasses import dataclass

from attnlab.languages import ENGLISH
from attnlab.tasks.chinese_examples import translated_sentences_zh
from attnlab.tasks.tables import Reading, cells_of
from attnlab.tasks.translation.grammar import pair_of
from attnlab.tasks.translation.samples import drawn_sentence
from attnlab.tasks.translation.text import readable
from attnlab.text import cleaned

EXAMPLE_READING = Reading(text_column="source", label_column="target")
"""Of `example_parallel`."""


@dataclass(frozen=True)
class ParallelText:
    """Sentences and their translations, row by row, cleaned: nothing invisible, one space between words."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    left_out: int  # rows with an empty side

    def preview(self, count: int = 5) -> tuple[tuple[str, str], ...]:
        """The first rows (source, target), to be shown as text and nothing else."""
        return tuple(zip(self.sources[:count], self.targets[:count], strict=True))


def example_parallel(language: str = ENGLISH) -> bytes:
    """A file to begin with, before the user brings one: 300 sentences of our own grammar, most of them short.

    Args:
        language: of the visitor: English and Chinese for "zh", else English and French.
    """
    file = io.StringIO()
    csv.writer(file).writerows(_chinese() if language == "zh" else _french())
    return file.getvalue().encode()


def _chinese() -> list[tuple[str, str]]:
    return [("英文", "中文"), *translated_sentences_zh(300, seed=9)]


def _french() -> list[tuple[str, str]]:
    rng = random.Random(9)  # noqa: S311 - examples, not secrets
    pairs = [pair_of(drawn_sentence(rng)) for _ in range(300)]
    return [("source", "target"), *((readable(pair.source), readable(pair.target)) for pair in pairs)]


def read_parallel(data: bytes, reading: Reading | None = None) -> ParallelText:
    """Sentences and translations of a CSV file: the text is the source, the label its translation.

    A row with an empty side is left out and counted.

    Raises:
        TableError: what `cells_of` refuses.
    """
    left_out = 0
    pairs: list[tuple[str, str]] = []
    for source, target, *_ in cells_of(data, reading or EXAMPLE_READING):
        pair = (cleaned(source)[0], cleaned(target)[0])
        if all(pair):
            pairs.append(pair)
        else:
            left_out += 1
    return ParallelText(tuple(source for source, _ in pairs), tuple(target for _, target in pairs), left_out)
