"""Probes of a snapshot, and what is seen through it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.looks.trained.opened import Origin, model_of
from attnlab.looks.trained.probes import (
    answers_at,
    disturbed_at,
    drawn_probe,
    held_out_probe,
    ink_of,
    look,
    shares_at,
    typed_probe,
    verdict,
)
from attnlab.models import SequenceModel, influence
from attnlab.tasks import Digits
from attnlab.text import UNKNOWN
from attnlab.training import RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import Race
from attnlab.training.scoring.predictions import predictions
from attnlab.training.snapshots import pack

PLAN = RacePlan(
    task_name="reverse",
    contenders=("transformer", "tcn", "window_attention", "linear_attention"),
    steps=2,
    sizes={"length": 6},
    budget=2000,
)
ADDING = RacePlan(task_name="adding", contenders=("lstm",), steps=1, sizes={"length": 8}, budget=2000)


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Origin]:
    """A store with snapshots of PLAN at its end."""
    yield from stored(PLAN, 2, tmp_path)


def stored(plan: RacePlan, step: int, folder: Path) -> Iterator[Origin]:
    store = RunStore(f"sqlite:///{folder / 'runs.db'}")
    run = store.runs.create(plan.to_config(), owner="somebody", name="A run")
    store.queue.claim("worker")
    race = Race(plan)
    for _event in race.events():
        pass
    store.snapshots.save(run.id, "worker", [Snapshot(name, step, pack(one)) for name, one in race.learners.items()])
    yield Origin("sequence", store, run.id, step)
    store.close()


def test_a_typed_probe_is_the_symbols_of_the_task() -> None:
    probe = typed_probe(PLAN.task, " 3 1  4 1 ", 6)
    assert probe.tokens == ("3", "1", "4", "1")
    symbols = PLAN.task.info.symbols or ()
    assert [symbols[number] for number in probe.inputs[0].tolist()] == ["3", "1", "4", "1"]


@pytest.mark.parametrize(
    ("text", "field"),
    [("3 x 4", "probe"), ("", "probe_length"), ("1 2 3 4 5 6 7", "probe_length"), ("<img src=x>", "probe")],
)
def test_a_probe_that_the_task_does_not_have_is_refused(text: str, field: str) -> None:
    with pytest.raises(SpecError) as refused:
        typed_probe(PLAN.task, text, 6)
    assert refused.value.field == field


def test_the_symbols_of_a_text_are_its_characters() -> None:
    plan = RacePlan(task_name="next_character", contenders=("tcn",), data=b"abcab " * 200)
    assert typed_probe(plan.task, "a b", 10).tokens == ("a", " ", "b")


def test_a_held_out_probe_reads_as_it_is_fed() -> None:
    probe = held_out_probe(PLAN.task, 3)
    assert typed_probe(PLAN.task, " ".join(probe.tokens), 6) == probe
    assert held_out_probe(PLAN.task, 4) != probe


ROWS = "".join(f"{'good' if n % 2 else 'bad'} once{n},{'ab'[n % 2]}\n" for n in range(60))
CSV = RacePlan(task_name="csv", contenders=("tcn",), data=f"text,label\n{ROWS}".encode(), budget=2000)
LETTERS = "".join(chr(0x4E00 + n // 3) for n in range(900))
NEXT = RacePlan(
    task_name="next_character", contenders=("tcn",), data=LETTERS.encode(), sizes={"length": 8}, budget=2000
)


@pytest.mark.parametrize(("plan", "joint"), [(CSV, " "), (NEXT, "")], ids=["words", "characters"])
def test_an_unknown_word_of_ones_own_is_shown_as_it_was_written_and_read_as_unknown(plan: RacePlan, joint: str) -> None:
    number = (plan.task.info.symbols or ()).index(UNKNOWN)
    probe = held_out_probe(plan.task, 1)
    assert number in probe.values
    assert UNKNOWN not in probe.tokens
    text = joint.join(probe.tokens)
    if plan is CSV:
        assert text.split("<end>")[0].strip() in ROWS
    else:
        assert text in LETTERS
    again = typed_probe(plan.task, text, 64)
    assert again == probe
    unknown = {token for token, value in zip(probe.tokens, probe.values, strict=True) if value == number}
    assert set(again.unknown) == unknown


def test_held_out_answers_show_words_as_they_were_written() -> None:
    plan = replace(CSV, steps=1)
    shown = predictions(Learner(plan, "tcn").sequence_model, plan.task, 9)
    assert len(shown) == 9
    assert all(one.inputs[1].startswith("once") for one in shown)
    named = predictions(Learner(NEXT, "tcn").sequence_model, NEXT.task, 3)
    answers = [text for one in named for answer in one.answers for text in (answer.target, answer.predicted)]
    assert "□" in answers
    assert UNKNOWN not in {*answers, *(token for one in named for token in one.inputs)}


def test_numbers_are_probes_too() -> None:
    probe = held_out_probe(ADDING.task, 0)
    assert probe.inputs.shape == (1, 8, 2)
    assert sum(token.endswith("*") for token in probe.tokens) == 2


def test_a_look_shows_what_the_saved_model_does(trained: Origin) -> None:
    probe = typed_probe(PLAN.task, "1 2 3 4 5 6", 6)
    seen = look(trained, "transformer", probe)
    lengths = influence(cast("SequenceModel", model_of(trained, "transformer")), probe.inputs)
    assert torch.equal(seen.influence, lengths / lengths.sum(-1, keepdim=True))
    assert seen.checked
    assert look(trained, "tcn", probe).attention is None


@pytest.mark.parametrize("family", ["transformer", "window_attention", "linear_attention"])
def test_a_look_shows_the_maps_of_every_head(trained: Origin, family: str) -> None:
    seen = look(trained, family, typed_probe(PLAN.task, "1 2 3 4 5 6", 6)).attention
    assert seen is not None
    assert seen.shape == (PLAN.num_layers, PLAN.num_heads, 6, 6)
    torch.testing.assert_close(seen.sum(-1), torch.ones(seen.shape[:-1]))


def test_contenders_answer_the_same_examples(trained: Origin) -> None:
    given = [answers_at(trained, family) for family in PLAN.families]
    assert [one.inputs for one in given[0]] == [one.inputs for one in given[1]]


def test_shares_are_by_position_and_by_distance(trained: Origin) -> None:
    assert [share.at for share in shares_at(trained, "tcn", "position")] == list(range(6))
    assert [share.at for share in shares_at(trained, "tcn", "distance")] == [1, 3, 5]


# --- pictures ---------------------------------------------------------------------------------------------------------

DIGITS = RacePlan(
    task_name="digits",
    contenders=("transformer.positions-none", "mlp"),
    sizes={"patch_rows": 4, "patch_cols": 4, "train_size": 30},
    steps=1,
    budget=2000,
)


@pytest.fixture
def digits(tmp_path: Path) -> Iterator[Origin]:
    """A store with snapshots of DIGITS at its end."""
    yield from stored(DIGITS, 1, tmp_path)


def test_a_drawing_is_asked_about_as_a_picture_of_the_task_is(digits: Origin) -> None:
    task = cast("Digits", DIGITS.task)
    shown = held_out_probe(task, 0)
    cells = ink_of(task, shown)
    drawn = drawn_probe(task, cells, 0)
    assert (drawn.number, drawn.drawn) == (0, cells)
    assert drawn == shown
    assert drawn.items == shown.items
    shares = verdict(digits, "mlp", drawn)
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(1)


def test_who_knows_no_positions_scores_the_same_on_shuffled_patches(digits: Origin) -> None:
    blind, other = (disturbed_at(digits, key) for key in DIGITS.contenders)
    assert set(blind) == set(other) == {"plain", "shuffled", "shifted"}
    assert blind["shuffled"] == blind["plain"]
