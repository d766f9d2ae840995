"""What a link says of a race: who takes part."""

import pytest

from attnlab.models import FAMILIES
from attnlab.settings.training import AS_IT_COMES, NOBODY, READY, Training, contenders, contenders_in, contenders_said
from attnlab.training.shown.races import RACES
from attnlab.training.store.values import MAX_CONTENDERS

HOSTILE = [
    "'; drop table runs; --",
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "transformer,\0",
    "transformer.heads-1\u202e",
    "transformer." * 2000,
    "," * 100_000,
    "transformer.heads-" + "9" * 100_000,
    ".a-" * 30_000,
    "${7*7}",
    "__import__('os')",
]


def test_the_ready_races_are_those_that_there_are() -> None:
    assert tuple(RACES) == READY


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("transformer", ("transformer",)),
        ("transformer.heads-1,transformer.heads-8", ("transformer.heads-1", "transformer.heads-8")),
        ("lstm,transformer.layers-1.heads-2", ("lstm", "transformer.heads-2.layers-1")),
        (NOBODY, ()),
        (",".join(FAMILIES), FAMILIES),
    ],
)
def test_a_link_names_contenders(text: str, keys: tuple[str, ...]) -> None:
    assert contenders(text) is None
    assert contenders_in(text) == keys
    assert contenders_in(contenders_said(keys)) == keys
    settings = Training.read({"t_contenders": [text]})
    assert (settings.contenders, settings.told()) == (text, {"t_contenders": text})


def test_a_link_that_says_nobody_leaves_the_race_as_it_comes() -> None:
    assert contenders(AS_IT_COMES) is None
    assert Training.read({}).contenders == AS_IT_COMES
    assert Training().told() == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("transformer.heads-99", "heads (99) must be between 1 and 16"),
        ("transformer.colour-red", "must be one of heads, layers"),
        ("bag_of_words", "must be of the families transformer, lstm"),
        ("lstm.heads-2", "heads must be left out beside lstm"),
        ("transformer,transformer", ""),
        ("transformer.heads-1,transformer.heads-01", ""),
        ("transformer,,lstm", "must be one of transformer"),
        (",".join(f"lstm.layers-{n}" for n in range(1, MAX_CONTENDERS + 2)), ""),
        *((text, "") for text in HOSTILE),
    ],
)
def test_a_link_that_cannot_be_is_refused_with_the_setting_and_what_is_allowed(text: str, reason: str) -> None:
    allowed = contenders(text)
    assert allowed is not None
    assert allowed.startswith("1 to 8 different contenders with commas between them")
    assert reason in allowed
    assert len(allowed) < 500
    (refusal,) = Training.refusals({"t_contenders": [text]}).values()
    assert len(refusal.got) <= 40
    assert Training.read({"t_contenders": [text]}) == Training()


@pytest.mark.parametrize("text", ["", "nothing", "Recall", "recall ", "csv,recall", "\0"])
def test_a_link_to_no_race_is_refused(text: str) -> None:
    assert Training.refusals({"t_race": [text]})["t_race"].allowed.startswith("one of recall, copy_memory")
