"""The user's own table of texts and labels, read as what it is: bytes from a stranger.

Everything is checked before it costs anything: size and kind before decoding, the header before the rows, each row as
it is read. A refusal is one sentence that names the field, what was got and what is allowed.

Every cell stays text, so the labels 1, 1.0 and 01 are three classes. (pandas guesses kinds, and fills a row that is too
short with empty cells.)
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attnlab.tasks.tables import Reading, TableError, cells_of
from attnlab.tasks.tables.limits import MAX_CLASSES, MAX_LABEL
from attnlab.tasks.tables.reading import check_length
from attnlab.text import cleaned


@dataclass(frozen=True)
class Table:
    """Texts and their labels, row by row."""

    texts: tuple[str, ...]  # cleaned: nothing invisible, one space between words
    labels: tuple[str, ...]  # as written, without white space around them; one spelling of those that are merged
    left_out: int  # rows with an empty text or label
    alike: tuple[tuple[str, ...], ...] = ()  # labels that differ in case or spaces alone, the commonest first

    @property
    def balance(self) -> Mapping[str, int]:
        """Rows of each class, by its name, in the order of their names."""
        return dict(sorted(Counter(self.labels).items()))

    def preview(self, count: int = 5) -> tuple[tuple[str, str], ...]:
        """The first rows (text, label), to be shown as text and nothing else."""
        return tuple(zip(self.texts[:count], self.labels[:count], strict=True))


def read_table(data: bytes, reading: Reading | None = None) -> Table:
    """Texts and labels of a CSV file.

    A row whose text or label is empty is left out and counted. A repeated text is kept.

    Raises:
        TableError: what `cells_of` refuses; fewer than two classes or more than `MAX_CLASSES`.
    """
    reading = reading or Reading()
    texts: list[str] = []
    labels: list[str] = []
    left_out = 0
    spelled: dict[str, str] = {}  # one string for all rows of a class
    for number, (text_cell, label_cell, *second) in enumerate(cells_of(data, reading), start=1):
        label = label_cell.strip()
        column, after = reading.label_column, reading.header
        check_length(label, number, column, MAX_LABEL, after=after, field="label_column")
        text = cleaned(" ".join([text_cell, *second]))[0]
        if text and label:
            texts.append(text)
            labels.append(spelled.setdefault(label, label))
        else:
            left_out += 1
    alike = alike_labels(labels)
    if reading.merge_labels:
        labels = _merged(labels, alike)
    num_classes = len(set(labels))
    if not 2 <= num_classes <= MAX_CLASSES:
        name = f"{reading.label_column!r:.60}"
        message = f"label_column ({name}: {num_classes} classes) must have 2 to {MAX_CLASSES}"
        raise TableError("label_column", "classes", message, got=num_classes, low=2, high=MAX_CLASSES)
    return Table(tuple(texts), tuple(labels), left_out, alike)


def alike_labels(labels: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of labels that somebody has probably meant as one: they differ in case or spaces alone."""
    groups: dict[str, list[str]] = {}
    for label, _ in sorted(Counter(labels).items(), key=lambda pair: (-pair[1], pair[0])):
        groups.setdefault(" ".join(label.split()).casefold(), []).append(label)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _merged(labels: Sequence[str], alike: Iterable[tuple[str, ...]]) -> list[str]:
    """Each label in the commonest spelling of its group."""
    meant = {label: group[0] for group in alike for label in group}
    return [meant.get(label, label) for label in labels]
