"""What pages say when the run store does not give what they want."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.training import NotOwnerError, Run, RunStore, StoreError, StoreFault, UnknownRunError
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import StoreReadOnly
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.store_trouble import store_trouble

SAID = page_prose("training")["store"]
PLANS: dict[str, dict[str, Any]] = {
    "training": {"task_name": "reverse", "contenders": ("gru",), "budget": 2000},
    "translate": {"task_name": "translation", "contenders": ("transformer",), "budget": 20_000},
    "classify": {"task_name": "classify_sentiment", "contenders": ("lstm",), "budget": 2000},
}


def opened(page: str, run: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=60)
    app.query_params["run"] = run
    app.run()
    assert not app.exception
    return app


def kinds_of(fault: type[StoreFault]) -> list[type[StoreFault]]:
    return [fault, *(kind for child in fault.__subclasses__() for kind in kinds_of(child))]


def test_every_fault_has_a_sentence_of_its_own() -> None:
    refusal = NotOwnerError("abc")
    sentences = [store_trouble(error) for error in (refusal, *(kind() for kind in kinds_of(StoreFault)))]
    assert len(set(sentences)) == len(sentences) == len(SAID) - 1
    assert store_trouble(UnknownRunError("<b>" * 40)) == SAID["gone"].format(run=plain(("<b>" * 40)[:40]))
    assert store_trouble(StoreError("name", "", "text")) == plain("name ('') must be text")


@pytest.mark.parametrize("page", PLANS)
def test_a_run_that_somebody_deletes_while_it_is_shown_is_gone(
    page: str, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.runs.create(RacePlan(**PLANS[page], steps=4).to_config(), owner="somebody", name="run")
    get, asked = store.runs.get, []

    def get_then_delete(name: str) -> Run:
        found = get(name)
        if not asked:
            store.runs.delete(name, by="somebody")
        asked.append(name)
        return found

    monkeypatch.setattr(store.runs, "get", get_then_delete)
    app = opened(page, run.id)
    assert [warning.value for warning in app.warning] == [SAID["gone"].format(run=run.id)]
    assert not app.error


def test_a_store_that_takes_no_writes_is_said_above_what_can_be_read(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.runs.create(RacePlan(**PLANS["training"], steps=4).to_config(), owner="somebody", name="run")

    def refuse(_run: str) -> None:
        raise StoreReadOnly

    monkeypatch.setattr(store.queue, "renew_lease", refuse)
    app = opened("training", run.id)
    assert [warning.value for warning in app.warning] == [SAID["read_only"]]
    assert not app.error
    assert app.dataframe
