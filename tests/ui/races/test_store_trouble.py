"""What pages say when the run store does not give what they want."""

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.languages import Spoken, speaking
from attnlab.looks import run_store
from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.training import NotOwnerError, Run, RunStore, StoreError, StoreFault, UnknownRunError
from attnlab.training.plans.plan import RacePlan
from attnlab.training.running.notes import NOTES, note, told_by
from attnlab.training.store import StoreBusy, StoreReadOnly
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.store_trouble import store_trouble, told_message

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
def test_a_store_of_another_version_is_said_and_not_raised(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def newer() -> None:
        raise StoreError("schema", 9, "at most 4", "version", newest=4)

    monkeypatch.setattr(run_store, "store", newer)
    words = page_prose("refusals")
    said = words["sentences"]["version"].format(field=words["fields"]["schema"], got=9, newest=4)
    assert opened(page, "abc").error[0].value == said


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


def test_what_a_worker_leaves_is_said_in_the_page_s_language_and_other_words_say_themselves() -> None:
    stored = [note(name, **dict.fromkeys(re.findall(r"\{(\w+)\}", text), 7)) for name, text in NOTES.items()]
    assert [told_by(text) and told_by(text)[0] for text in stored] == list(NOTES)  # type: ignore[index]
    assert [told_message(text) for text in stored] == [plain(text).replace("\u2060\\", "") for text in stored]
    with speaking(Spoken("zh")):
        assert told_message(note("resumed", step=40)) == "从第40步继续。"
        assert not [text for text in stored if re.search("[a-z]{3}", told_message(text))]
        assert told_message(StoreBusy.message) == page_prose("training")["store"]["busy"]
    assert told_message("a <b>") == plain("a <b>")
