"""Tasks: what a model is asked, how well it answers, and the floors to beat. torch only, no model and no page.

Conventions, beyond the contract in `base`:

    targets     0 wherever nothing is scored
    classes     class c is `symbols[c]`, unless the task has `labels` (`class_names` knows)
    span        positions from the furthest input an answer needs to the answer, both counted: a receptive field of
                `span` suffices, one of `span` - 1 does not (on either side, if the task is not causal)
    seq_len     T, all positions counted; markers and sorted digits too
    floors      exact, or scored on the test split; loss 0 is not listed where answers follow from the inputs
    splits      by hash of the example (`split`): no test example is ever drawn for training

To add a task: a file with a frozen dataclass, a line in `TASKS`, its sizes in `presets`, its sentence in the prose.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from attnlab.tasks.base import (
    FINAL_EXAMPLES,
    Batch,
    Disturbed,
    Floor,
    HasEvidence,
    HasItems,
    Kind,
    Listed,
    Split,
    Task,
    TaskInfo,
)
from attnlab.tasks.checks import SizeError
from attnlab.tasks.classification.class_balance import ClassBalance, class_balance, confusion_counts, is_uneven
from attnlab.tasks.classification.classify import Classification, ClassifyCsv, ClassifySentiment
from attnlab.tasks.classification.csv_table import Table, read_table
from attnlab.tasks.classification.csv_task import CsvClassification, example_data
from attnlab.tasks.classification.sentiment import Sentiment
from attnlab.tasks.classification.text_reader import ReadText, TextReader
from attnlab.tasks.events.task import Events
from attnlab.tasks.examples import Example, answer_texts, class_names, input_items, input_texts, worked_example
from attnlab.tasks.metrics import METRICS, SHARES, accuracy, cross_entropy, exact_match, mse
from attnlab.tasks.motif.task import Motif
from attnlab.tasks.next_character import NextCharacter, example_text
from attnlab.tasks.pictures import Digits
from attnlab.tasks.presets import KINDS, LONGER_TESTS, PICTURES, PRESETS
from attnlab.tasks.series.task import Series
from attnlab.tasks.synthetic.adding import Adding
from attnlab.tasks.synthetic.chains import bigram_probabilities, unigram_probabilities
from attnlab.tasks.synthetic.copy_memory import CopyMemory
from attnlab.tasks.synthetic.markov_chain import MarkovChain
from attnlab.tasks.synthetic.mqar import Mqar
from attnlab.tasks.synthetic.parity import Parity
from attnlab.tasks.synthetic.reverse import Reverse
from attnlab.tasks.synthetic.selective_copying import SelectiveCopying
from attnlab.tasks.synthetic.sort import Sort
from attnlab.tasks.tables import Reading, TableError
from attnlab.tasks.translation.alignment import Pair, alignment_error_rate, links_of
from attnlab.tasks.translation.parallel_text import ParallelText, example_parallel, read_parallel
from attnlab.tasks.translation.scores import TranslationScores, corpus_scores
from attnlab.tasks.translation.task import EncodedText, Translation
from attnlab.tasks.translation.text import readable

TASKS: Mapping[str, Callable[..., Task]] = MappingProxyType(
    {
        "reverse": Reverse,
        "copy_memory": CopyMemory,
        "markov_chain": MarkovChain,
        "mqar": Mqar,
        "selective_copying": SelectiveCopying,
        "parity": Parity,
        "sort": Sort,
        "adding": Adding,
        "next_character": NextCharacter,
        "sentiment": Sentiment,
        "csv": CsvClassification,
        "digits": Digits,
        "translation": Translation,
        "series": Series,
        "motif": Motif,
        "events": Events,
        "classify_sentiment": ClassifySentiment,
        "classify_csv": ClassifyCsv,
    }
)
"""By name: keyword arguments are sizes, and `text`, `table` or `pairs` for those on the user's own data."""

__all__ = [
    "FINAL_EXAMPLES",
    "KINDS",
    "LONGER_TESTS",
    "METRICS",
    "PICTURES",
    "PRESETS",
    "SHARES",
    "TASKS",
    "Adding",
    "Batch",
    "ClassBalance",
    "Classification",
    "ClassifyCsv",
    "ClassifySentiment",
    "CopyMemory",
    "CsvClassification",
    "Digits",
    "Disturbed",
    "EncodedText",
    "Events",
    "Example",
    "Floor",
    "HasEvidence",
    "HasItems",
    "Kind",
    "Listed",
    "MarkovChain",
    "Motif",
    "Mqar",
    "NextCharacter",
    "Pair",
    "ParallelText",
    "Parity",
    "ReadText",
    "Reading",
    "Reverse",
    "SelectiveCopying",
    "Sentiment",
    "Series",
    "SizeError",
    "Sort",
    "Split",
    "Table",
    "TableError",
    "Task",
    "TaskInfo",
    "TextReader",
    "Translation",
    "TranslationScores",
    "accuracy",
    "alignment_error_rate",
    "answer_texts",
    "bigram_probabilities",
    "class_balance",
    "class_names",
    "confusion_counts",
    "corpus_scores",
    "cross_entropy",
    "exact_match",
    "example_data",
    "example_parallel",
    "example_text",
    "input_items",
    "input_texts",
    "is_uneven",
    "links_of",
    "mse",
    "read_parallel",
    "read_table",
    "readable",
    "unigram_probabilities",
    "worked_example",
]
