"""Whose a run is: whoever started it may steer, rename and delete it; a link may watch."""

import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import runs as limits
from attnlab.training.store.runs import MAX_PINNED_OF_OWNER
from attnlab.ui import document
from attnlab.ui.kit.visitor import COOKIE, OWN, is_secret, new_secret
from attnlab.ui.races import runs
from tests.ui.rows import told_to

WORDS = page_prose("training")
PLAN = RacePlan(task_name="reverse", contenders=("gru",), budget=2000, steps=4)
ORDERS = {WORDS["run"][name] for name in ("pause", "step", "stop")}
OWNERS = {WORDS["run"]["apply_lr"], *(WORDS["history"][name] for name in ("rename", "confirm"))}


@pytest.mark.parametrize("own", [True, False])
def test_the_owner_alone_may_steer_rename_and_delete(store: RunStore, own: bool) -> None:
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run")
    app = opened_by(secret if own else new_secret(), run.id)
    assert not app.exception
    shown = {button.label for button in app.button} | {button["text"] for button in orders_of(app)}
    assert shown >= ORDERS | OWNERS if own else not (ORDERS | OWNERS) & shown
    assert (WORDS["run"]["watching"] in {caption.value for caption in app.caption}) is not own
    told = str(app.main) + str(app.query_params)
    assert secret not in told


def opened_by(secret: str, run: str) -> AppTest:
    """The run's page with its drawer open."""
    app = AppTest.from_file(str(PAGES / "training.py"), default_timeout=60)
    app.query_params["run"] = run
    app.session_state[OWN] = secret
    app.session_state["history"] = True
    return app.run()


def pressed(app: AppTest, label: str) -> None:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()


def orders_of(app: AppTest) -> list[dict[str, Any]]:
    """The buttons that steer the race, as the server has told the browser."""
    return [button for one in app.get("bidi_component") for button in told_to(one).get("buttons", [])]


def ordered(app: AppTest, *presses: tuple[Any, Any]) -> AppTest:
    """The page after a browser has told these presses."""
    (row,) = (one for one in app.get("bidi_component") if "buttons" in told_to(one))
    told = [{"count": count, "name": name} for count, name in presses]
    states = app._tree.get_widget_states()
    states.widgets.append(WidgetState(id=row.proto.id, json_value=json.dumps({"pressed": told})))
    return app._run(states)


def commands_of(store: RunStore, run: str) -> list[tuple[str, float | None]]:
    return [(command.kind, command.value) for command in store.commands.listed(run, waiting_only=True)]


def test_a_press_is_carried_out_once_however_often_it_is_told(store: RunStore) -> None:
    """Until it has the answer a browser says it again with each other message, and with the presses after it."""
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run").id
    app = opened_by(secret, run)
    ordered(app, (1, "step"))
    ordered(app, (1, "step"))
    ordered(app, (1, "step"), (2, "step"), (3, "pause"))
    assert commands_of(store, run) == [("step", 10.0), ("step", 10.0), ("pause", None)]
    assert [data["heard"] for one in app.get("bidi_component") if "buttons" in (data := told_to(one))] == [3]
    assert not app.exception


@pytest.mark.parametrize(
    "presses", [[("1", "stop")], [(True, "stop")], [(1, "explode")], [(1, None)], [(0, "stop")], [(1, "stop")] * 99]
)
def test_a_press_of_another_make_is_none(presses: list[tuple[Any, Any]], store: RunStore) -> None:
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run").id
    app = ordered(opened_by(secret, run), *presses)
    assert not app.exception
    assert not commands_of(store, run)


def test_the_owner_keeps_a_run_and_lets_it_go(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run").id
    app = opened_by(secret, run)
    app.toggle(f"pin_{run}").set_value(True).run()
    assert store.runs.get(run).pinned
    assert opened_by(secret, run).toggle(f"pin_{run}").value
    app.toggle(f"pin_{run}").set_value(False).run()
    assert not store.runs.get(run).pinned
    monkeypatch.setattr(limits, "MAX_PINNED_OF_OWNER", 0)
    app.toggle(f"pin_{run}").set_value(True).run()
    assert not store.runs.get(run).pinned
    assert not app.toggle(f"pin_{run}").value
    assert [toast.value for toast in app.toast] == [WORDS["history"]["pin_limit"].format(most=MAX_PINNED_OF_OWNER)]
    assert not app.exception


def test_an_order_of_somebody_else_is_refused_by_the_store_and_said(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever buttons a page shows."""
    run = store.runs.create(PLAN.to_config(), owner=new_secret(), name="run").id
    monkeypatch.setattr(runs, "is_own", lambda _run: True)
    app = opened_by(new_secret(), run)
    ordered(app, (1, "stop"))
    assert [toast.value for toast in app.toast] == [WORDS["store"]["not_owner"]]
    app.text_input(f"name_{run}").set_value("mine").run()
    for button in (WORDS["history"]["rename"], WORDS["history"]["confirm"]):
        pressed(app, button)
        assert [error.value for error in app.error] == [WORDS["store"]["not_owner"]]
    assert not app.exception
    kept = store.runs.get(run)
    assert (kept.name, kept.status) == ("run", "queued")


def served(cookie: str = "") -> Response:
    """The first document, to a browser with this cookie."""
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    response: Response = document.ROUTES[0].endpoint(Request({"type": "http", "headers": headers, "query_string": b""}))
    return response


def test_a_browser_keeps_its_secret_from_one_document_to_the_next() -> None:
    first, second = (served().headers["set-cookie"] for _ in range(2))
    assert first != second
    kept, *flags = first.removeprefix(f"{COOKIE}=").split("; ")
    assert is_secret(kept)
    assert {"HttpOnly", "SameSite=lax"} <= set(flags)
    assert "set-cookie" not in served(kept).headers
    assert "set-cookie" in served("forged").headers
