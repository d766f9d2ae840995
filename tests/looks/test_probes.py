"""Probes of a snapshot, and what is seen through it."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.looks.opened import Origin, model_of
from attnlab.looks.probes import answers_at, held_out_probe, look, shares_at, typed_probe
from attnlab.models import SequenceModel, influence
from attnlab.training import RunStore, Snapshot
from attnlab.training.plan import RacePlan
from attnlab.training.race import Race
from attnlab.training.snapshots import pack

PLAN = RacePlan(task_name="reverse", families=("transformer", "tcn"), steps=2, sizes={"length": 6}, budget=2000)
ADDING = RacePlan(task_name="adding", families=("lstm",), steps=1, sizes={"length": 8}, budget=2000)


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Origin]:
    """A store with snapshots of PLAN at its end."""
    store = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    run = store.runs.create(PLAN.to_config(), owner="somebody", name="A run")
    store.queue.claim("worker")
    race = Race(PLAN)
    for _event in race.events():
        pass
    store.snapshots.save(run.id, "worker", [Snapshot(name, 2, pack(one)) for name, one in race.learners.items()])
    yield Origin("sequence", store, run.id, 2)
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
    plan = RacePlan(task_name="next_character", families=("tcn",), data=b"abcab " * 200)
    assert typed_probe(plan.task, "a b", 10).tokens == ("a", " ", "b")


def test_a_held_out_probe_reads_as_it_is_fed() -> None:
    probe = held_out_probe(PLAN.task, 3)
    assert typed_probe(PLAN.task, " ".join(probe.tokens), 6) == probe
    assert held_out_probe(PLAN.task, 4) != probe


def test_numbers_are_probes_too() -> None:
    probe = held_out_probe(ADDING.task, 0)
    assert probe.inputs.shape == (1, 8, 2)
    assert sum(token.endswith("*") for token in probe.tokens) == 2


def test_a_look_shows_what_the_saved_model_does(trained: Origin) -> None:
    probe = typed_probe(PLAN.task, "1 2 3 4 5 6", 6)
    seen = look(trained, "transformer", probe)
    lengths = influence(cast("SequenceModel", model_of(trained, "transformer")), probe.inputs)
    assert torch.equal(seen.influence, lengths / lengths.sum(-1, keepdim=True))
    assert seen.attention is not None
    assert seen.attention.shape == (PLAN.num_layers, PLAN.num_heads, 6, 6)
    assert seen.checked
    assert look(trained, "tcn", probe).attention is None


def test_contenders_answer_the_same_examples(trained: Origin) -> None:
    given = [answers_at(trained, family) for family in PLAN.families]
    assert [one.inputs for one in given[0]] == [one.inputs for one in given[1]]


def test_shares_are_by_position_and_by_distance(trained: Origin) -> None:
    assert [share.at for share in shares_at(trained, "tcn", "position")] == list(range(6))
    assert [share.at for share in shares_at(trained, "tcn", "distance")] == [1, 3, 5]
