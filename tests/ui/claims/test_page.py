"""The claims page, run by Streamlit without a browser: what is predicted, what is measured, what links make of it."""

import dataclasses
from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.claims import VERDICTS, Size, claim, claim_names, claim_words, outcome
from attnlab.claims.kept import KeptOutcome, OutcomeStore
from attnlab.claims.runner import EndedError
from attnlab.looks.turns import QueueFullError
from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.settings.lab.claims import Claims
from attnlab.training import RunStore
from attnlab.ui.claims import keeping
from attnlab.ui.claims import page as claims

WORDS = page_prose("claims")
PAGE = WORDS["page"]


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "claims.py"))
    page.query_params.update(link)
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def pressed(page: AppTest, key: str) -> AppTest:
    return checked(page.button(key=key).click().run())


def texts(page: AppTest) -> str:
    return "\n".join(one.value for one in (*page.markdown, *page.caption, *page.success, *page.warning, *page.error))


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "get_ready", lambda: None)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, store: RunStore) -> dict[tuple[str, Size], Future[KeptOutcome]]:
    """Experiments that are asked for, in the order of asking; a test gives the outcomes."""
    asked: dict[tuple[str, Size], Future[KeptOutcome]] = {}

    def asked_for(_visitor: str, name: str, size: Size) -> Future[KeptOutcome]:
        return asked.setdefault((name, size), Future())

    monkeypatch.setattr(keeping, "asked_for", asked_for)
    return asked


def found(name: str) -> KeptOutcome:
    """The outcome of a claim, measured here and now, as this machine tells."""
    return KeptOutcome(
        outcome(name, "tiny"), {"processor": "Some CPU", "torch": "2.9"}, datetime(2026, 1, 2, tzinfo=UTC)
    )


def test_nothing_is_run_before_something_is_predicted(measured: dict[tuple[str, Size], Future[KeptOutcome]]) -> None:
    page = opened(claim_name="future")
    assert page.subheader[0].value == claim_words("future")["statement"]
    assert {f"guess_{verdict}" for verdict in VERDICTS} <= keys(page)
    assert not {"run_quick", "run_full"} & keys(page)
    assert PAGE["predict_first"] in texts(page)


def test_a_prediction_stands_beside_what_is_measured(measured: dict[tuple[str, Size], Future[KeptOutcome]]) -> None:
    page = pressed(opened(claim_name="future"), "guess_false")
    assert page.query_params == {"claim_name": "future", "claim_guess": "false"}
    assert not any(key.startswith("guess_") for key in keys(page))
    assert PAGE["guessed"].format(guess="False") in texts(page)
    page = pressed(page, "run_quick")
    assert list(measured) == [("future", "quick")]
    assert page.button(key="run_quick").disabled
    assert page.button(key="run_full").disabled
    measured["future", "quick"].set_result(found("future"))
    page = checked(page.run())
    assert page.warning[0].value.startswith("**True**; you said: False. Behind the mask the outputs")
    assert claim_words("future")["paper"] in texts(page)
    label = page.button(key="open_future").label
    assert label == WORDS["listed"]["told"].format(
        statement=claim_words("future")["statement"], guess="False", verdict="True"
    )
    assert not page.button(key="run_full").disabled


def test_who_was_right_is_told_so(measured: dict[tuple[str, Size], Future[KeptOutcome]]) -> None:
    page = pressed(opened(claim_name="wrong_axis", claim_guess="false"), "run_quick")
    measured["wrong_axis", "quick"].set_result(found("wrong_axis"))
    page = checked(page.run())
    assert page.success[0].value.startswith("**False**, as you said.")
    formulas = [one.value for one in page.latex]
    assert len(formulas) == 2


def test_another_claim_opens_with_what_was_said_of_it(measured: dict[tuple[str, Size], Future[KeptOutcome]]) -> None:
    page = pressed(opened(claim_name="future"), "guess_false")
    page = pressed(page, "open_scaling")
    assert page.query_params == {"claim_name": "scaling"}
    assert page.subheader[0].value == claim_words("scaling")["statement"]
    page = pressed(page, "open_future")
    assert page.query_params == {"claim_name": "future", "claim_guess": "false"}


def test_one_experiment_at_a_time_and_the_page_says_which(
    measured: dict[tuple[str, Size], Future[KeptOutcome]],
) -> None:
    page = pressed(opened(claim_name="future", claim_guess="true"), "run_quick")
    page = pressed(pressed(page, "open_scaling"), "guess_true")
    assert page.button(key="run_quick").disabled
    assert PAGE["elsewhere"].format(statement=claim_words("future")["statement"]) in texts(page)


def test_a_reload_finds_what_was_said_measured_and_waited_for(
    measured: dict[tuple[str, Size], Future[KeptOutcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "visitor", lambda: "who reloads")  # the cookie of one browser
    page = pressed(pressed(opened(claim_name="future"), "guess_false"), "run_quick")
    measured["future", "quick"].set_result(found("future"))
    pressed(pressed(pressed(page, "open_scaling"), "guess_true"), "run_full")
    again = opened(claim_name="future", claim_guess="true")  # a link does not change what was said
    assert again.warning[0].value.startswith("**True**; you said: False.")
    assert PAGE["elsewhere"].format(statement=claim_words("scaling")["statement"]) in texts(again)
    monkeypatch.setattr(keeping, "withdraw", lambda *asked: called_off.append(asked))
    called_off: list[tuple[object, ...]] = []
    again = pressed(again, "call_off")
    assert called_off == [("who reloads", "scaling", "full")]
    assert not again.button(key="run_quick").disabled


def test_what_was_measured_before_is_shown_with_its_machine_to_who_has_predicted(store: RunStore) -> None:
    OutcomeStore(store.database).keep(outcome("wrong_axis", "tiny"), {"processor": "An *old* CPU", "torch": "1.0"})
    page = opened(claim_name="wrong_axis")
    assert not page.success
    page = pressed(page, "guess_false")
    assert page.success[0].value.startswith("**False**, as you said.")
    assert "old" in texts(page)
    assert "torch 1.0" in texts(page)
    assert page.button(key="run_quick").label == PAGE["run"]["again"]


def test_what_somebody_had_measured_since_the_page_was_drawn_is_not_measured_again(
    measured: dict[tuple[str, Size], Future[KeptOutcome]], store: RunStore
) -> None:
    page = opened(claim_name="future", claim_guess="true")
    OutcomeStore(store.database).keep(
        dataclasses.replace(outcome("future", "tiny"), size="quick"), found("future").machine
    )
    page = pressed(page, "run_quick")
    assert not measured
    assert page.success[0].value.startswith("**True**, as you said.")
    pressed(page, "run_quick")
    assert list(measured) == [("future", "quick")]


def test_an_experiment_that_was_ended_is_told_and_can_be_run_again(
    measured: dict[tuple[str, Size], Future[KeptOutcome]],
) -> None:
    page = pressed(opened(claim_name="future", claim_guess="true"), "run_quick")
    measured["future", "quick"].set_exception(EndedError("too long"))
    page = checked(page.run())
    assert page.error[0].value == PAGE["trouble"]["ended"]
    assert not page.button(key="run_quick").disabled


def test_where_too_many_wait_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_asked: object) -> Future[KeptOutcome]:
        raise QueueFullError

    monkeypatch.setattr(keeping, "asked_for", full)
    page = pressed(opened(claim_name="future", claim_guess="true"), "run_quick")
    assert page.error[0].value == PAGE["trouble"]["full"]


def test_a_link_that_asks_for_what_there_is_not_is_refused_by_name() -> None:
    page = opened(claim_name="../../etc/passwd", claim_guess="perhaps")
    said = page.warning[0].value
    assert "claim_name" in said
    assert "claim_guess" in said
    assert page.subheader[0].value == claim_words(Claims().name)["statement"]


def test_every_statement_is_on_the_list_below_its_topic() -> None:
    page = opened()
    listed = [key.removeprefix("open_") for key in (button.key for button in page.button) if key.startswith("open_")]
    assert sorted(listed) == list(claim_names())
    topics = [claim(name).topic for name in listed]
    assert topics == sorted(topics, key=topics.index)
