"""What the options of settings are called: one table for all pages (`assets/prose/en/names.toml`)."""

from typing import Any, get_args

import pytest

from attnlab.classroom.polls import State
from attnlab.models import CLASSIFIER_FAMILIES, SEQ2SEQ_FAMILIES, SEQUENCE_FAMILIES
from attnlab.pretrained.opening import PACKAGES
from attnlab.prose import name_of, page_prose, with_formulas
from attnlab.settings.attention import SHIPPED, Explorer
from attnlab.settings.classify import ALL_HEADS, Classify
from attnlab.settings.fields import Kind, Kinds, in_link
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.choosing import Choosing
from attnlab.settings.lab.compare import B_KINDS, COMPARED, SWEEPS, Comparison
from attnlab.settings.lab.cost import Cost
from attnlab.settings.lab.models import Models
from attnlab.settings.translate import Translate
from attnlab.tasks import TASKS, class_names
from attnlab.tasks.classification.read_texts import CutName
from attnlab.tasks.events.shop import OTHERS as OTHER_ITEMS
from attnlab.tasks.events.shop import PAIRS, items
from attnlab.tasks.tables import ENCODINGS, SEPARATORS
from attnlab.tasks.tables.decoding import FILE_KINDS
from attnlab.tasks.translation.corpus import SPECIAL
from attnlab.training.plans.contender import SETTINGS as OWN
from attnlab.training.plans.plan import ModeName
from attnlab.training.store.values import Status

NAMES: dict[str, dict[str, str]] = page_prose("names")
PAGES: list[Kinds] = [
    Explorer.kinds(),
    Blocks.kinds(),
    Classify.kinds(),
    Translate.kinds(),
    Comparison.kinds(),
    B_KINDS,
    Models.kinds(),
    Cost.kinds(),
    Choosing.kinds(),
]
OF_SETTINGS = (COMPARED, tuple(SWEEPS))
"""Options that are settings: their names are the labels of those."""
SETTINGS = [
    (name, kind)
    for kinds in PAGES
    for name, kind in kinds.items()
    if kind.widget == "choice" and kind.options not in OF_SETTINGS
]
OTHERS: dict[str, tuple[Any, ...]] = {  # shown by pages, but options of no setting
    "head": (ALL_HEADS,),
    "model": (SHIPPED, *PACKAGES),
    "tokenizer": ("pieces",),
    "mode": get_args(ModeName),
    "own": tuple(OWN),
    "contender": (
        *(f"{name}-{word}" for name, setting in OWN.items() for word in setting.words),
        *(name for name, setting in OWN.items() if not setting.words),
        *("heads-1", "layers-1"),
    ),
    "cut": get_args(CutName),
    "encoding": tuple(ENCODINGS),
    "separator": tuple(SEPARATORS.values()),
    "archive": tuple(FILE_KINDS),
    "state": (*get_args(State), *get_args(Status)),
    "events": items(len(PAIRS), len(OTHER_ITEMS)),  # of a task: what its sequences are made of, and its answers
    "motif": class_names(TASKS["motif"]()),
    "sentiment": class_names(TASKS["sentiment"]()),
    "classify_sentiment": class_names(TASKS["classify_sentiment"]()),
    "special": SPECIAL[:3],  # <unk> is its own name
    "family": (*SEQUENCE_FAMILIES, *SEQ2SEQ_FAMILIES, *CLASSIFIER_FAMILIES),
}


def words_of(kind: Kind) -> set[str]:
    """The options that need a name: a number is its own, and so is a device of this machine."""
    words = {str(in_link(option)) for option in kind.options}
    return {word for word in words if not word.isdigit() and not word.startswith(("cuda", "mps"))}


@pytest.mark.parametrize(("name", "kind"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_every_option_of_every_page_has_a_name(name: str, kind: Kind) -> None:
    missing = words_of(kind) - set(NAMES.get(kind.names, {}))
    assert not missing, f"[{kind.names}] in names.toml lacks {missing}, options of {name}"


def test_every_name_is_that_of_an_option() -> None:
    used: dict[str, set[str]] = {table: set(words) for table, words in OTHERS.items()}
    for _, kind in SETTINGS:
        used.setdefault(kind.names, set()).update(words_of(kind))
    assert {table: set(words) for table, words in NAMES.items()} == {
        table: words for table, words in used.items() if words
    }


@pytest.mark.parametrize("table", NAMES)
def test_names_within_a_table_differ(table: str) -> None:
    assert len(set(NAMES[table].values())) == len(NAMES[table])


def test_a_number_is_its_own_name_and_so_is_what_no_table_knows() -> None:
    assert name_of("kv_heads", "4") == "4"
    assert name_of("no such table", "a word") == "a word"
    assert Explorer.kinds()["d_k"].shown(5) == "5"
    assert Explorer.kinds()["score"].shown("scaled_dot") == NAMES["score"]["scaled_dot"] != "scaled_dot"


def test_formulas_between_dollars_become_mathml_and_the_rest_stays_text() -> None:
    text, formula, rest = with_formulas("so $d_k$ numbers <b>")
    assert (text, rest) == ({"text": "so "}, {"text": " numbers <b>"})
    assert set(formula) == {"mathml"}
    assert formula["mathml"].startswith("<math")
    assert with_formulas("$x$") == with_formulas("$x$ ")[:1]
    assert with_formulas("") == ()
