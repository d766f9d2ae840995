"""Models opened out of runs, files and the app, and the lock under which they are looked through."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import nn

from attnlab.engine import SpecError
from attnlab.looks.trained.named import model_named
from attnlab.looks.trained.opened import MODELS, Origin, looking, model_of
from attnlab.models import FamilyName
from attnlab.tasks import Kind
from attnlab.training import RunStore, Snapshot, StoreError
from attnlab.training.classifier_file import saved_classifiers
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.shipped_classifier import shipped
from attnlab.training.snapshots import pack

PLAN = RacePlan(task_name="reverse", contenders=("transformer",), steps=2, sizes={"length": 6}, budget=2000)
PATIENCE_S = 10


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("kind", "family"), [("sequence", "transformer"), ("translation", "gru"), ("classification", "text_cnn")]
)
def test_what_comes_with_the_app_is_an_origin_without_a_store(kind: Kind, family: FamilyName) -> None:
    model = model_of(Origin(kind), family)
    assert type(model) is MODELS[kind]
    assert not model.training
    assert family in Origin(kind).plan.families


def test_every_page_looks_through_the_same_model() -> None:
    assert model_named("shipped").model is model_of(Origin("sequence"), "transformer")


def test_a_file_gives_the_classifiers_it_holds() -> None:
    lstm = shipped()["lstm"]
    model = model_of(Origin("classification", file=saved_classifiers([lstm])), "lstm")
    assert model is not lstm.model
    assert all(model.state_dict()[name].equal(weight) for name, weight in lstm.model.state_dict().items())


def test_a_run_gives_its_snapshots_and_its_plan_and_no_other_kind_of_model(store: RunStore) -> None:
    run = store.runs.create(PLAN.to_config(), owner="me", name="run")
    store.queue.claim("worker")
    learner = Learner(PLAN, "transformer")
    store.snapshots.save(run.id, "worker", [Snapshot("transformer", 0, pack(learner))])
    origin = Origin("sequence", store, run.id, 0)
    assert origin.plan == PLAN
    opened = model_of(origin, "transformer")
    assert all(opened.state_dict()[name].equal(weight) for name, weight in learner.model.state_dict().items())
    with pytest.raises(SpecError, match="must be of a Seq2SeqModel"):
        model_of(Origin("translation", store, run.id, 0), "transformer")
    with pytest.raises(StoreError):
        model_of(Origin("sequence", store, run.id, 1), "transformer")


def test_one_thread_at_a_time_looks_through_a_model() -> None:
    model, inside = nn.Linear(2, 3), threading.Event()

    def look() -> None:
        with looking(model):
            inside.set()

    other = threading.Thread(target=look)
    with looking(model):
        other.start()
        assert not inside.wait(0.05)
    other.join(PATIENCE_S)
    assert inside.is_set()


def test_a_look_through_one_model_does_not_wait_for_another() -> None:
    inside = threading.Event()

    def look() -> None:
        with looking(nn.Linear(2, 3)):
            inside.set()

    with looking(nn.Linear(2, 3)):
        threading.Thread(target=look).start()
        assert inside.wait(PATIENCE_S)
