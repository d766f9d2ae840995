"""Whose a run is: whoever started it may steer, rename and delete it; a link may watch."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
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

WORDS = page_prose("training")
PLAN = RacePlan(task_name="reverse", contenders=("gru",), budget=2000, steps=4)
ORDERS = {WORDS["run"][name] for name in ("pause", "step_on", "stop", "apply_lr")}
OWNERS = {WORDS["history"][name] for name in ("rename", "confirm")}


@pytest.mark.parametrize("own", [True, False])
def test_the_owner_alone_may_steer_rename_and_delete(store: RunStore, own: bool) -> None:
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run")
    app = opened_by(secret if own else new_secret(), run.id)
    assert not app.exception
    shown = {button.label for button in app.button}
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
    pressed(app, WORDS["run"]["stop"])
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
