"""Whose a run is: whoever started it may steer, rename and delete it; a link may watch."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.training.plan import RacePlan
from attnlab.ui import document
from attnlab.ui.kit.visitor import COOKIE, OWN, is_secret, new_secret

WORDS = page_prose("training")
PLAN = RacePlan(task_name="reverse", families=("gru",), budget=2000, steps=4)
ORDERS = {WORDS["run"][name] for name in ("pause", "resume", "step_1", "stop", "apply_lr")}
OWNERS = {WORDS["history"][name] for name in ("rename", "confirm")}


@pytest.mark.parametrize("own", [True, False])
def test_the_owner_alone_may_steer_rename_and_delete(store: RunStore, own: bool) -> None:
    secret = new_secret()
    run = store.runs.create(PLAN.to_config(), owner=secret, name="run")
    app = AppTest.from_file(str(PAGES / "training.py"), default_timeout=60)
    app.query_params["run"] = run.id
    app.session_state[OWN] = secret if own else new_secret()
    app.session_state["history"] = True
    app.run()
    assert not app.exception
    shown = {button.label for button in app.button}
    assert shown >= ORDERS | OWNERS if own else not (ORDERS | OWNERS) & shown
    assert (WORDS["run"]["watching"] in {caption.value for caption in app.caption}) is not own
    told = str(app.main) + str(app.query_params)
    assert secret not in told


def served(cookie: str = "") -> Response:
    """The first document, to a browser with this cookie."""
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    response: Response = document.ROUTES[0].endpoint(Request({"type": "http", "headers": headers}))
    return response


def test_a_browser_keeps_its_secret_from_one_document_to_the_next() -> None:
    first, second = (served().headers["set-cookie"] for _ in range(2))
    assert first != second
    kept, *flags = first.removeprefix(f"{COOKIE}=").split("; ")
    assert is_secret(kept)
    assert {"HttpOnly", "SameSite=lax"} <= set(flags)
    assert "set-cookie" not in served(kept).headers
    assert "set-cookie" in served("forged").headers
