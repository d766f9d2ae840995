"""How much visitors may have uploaded at once."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from attnlab.prose import page_prose
from attnlab.ui.crowd import uploads
from attnlab.ui.crowd.pace import BURST, PAGE_RUN
from attnlab.ui.crowd.uploads import LEAST, MEBIBYTE, SERVER_VARIABLE, SESSION_VARIABLE, Bounds, Uploads, bounds
from attnlab.ui.races.uploads import notice as upload_notice
from attnlab.ui.races.uploads.notice import Refusals

SAID = page_prose("site")["uploads"]
BOUNDS = Bounds(session=10 * LEAST, server=25 * LEAST)


class FakeSession:
    """As Streamlit's: it notes what it was asked to run."""

    def __init__(self) -> None:
        self._client_state = ClientState(query_string="heads=3", fragment_id="abc")
        self.asked: list[ClientState] = []

    def request_rerun(self, state: ClientState) -> None:
        self.asked.append(state)


class FakeRuntime:
    """As Streamlit's, with sessions that are there until they are ended."""

    def __init__(self, *sessions: str) -> None:
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")
        self.sessions = {name: FakeSession() for name in sessions}

    @property
    def _session_mgr(self) -> Any:
        found = {name: SimpleNamespace(session=session) for name, session in self.sessions.items()}
        return SimpleNamespace(get_session_info=found.get)

    def end(self, session: str) -> None:
        del self.sessions[session]
        self.uploaded_file_mgr.remove_session_files(session)


class Site:
    """The middleware before something that keeps what it is sent, as Streamlit's route does."""

    def __init__(self, *sessions: str, prefix: str = "") -> None:
        self.runtime = FakeRuntime(*sessions)
        self.uploads = Uploads(self._keep, BOUNDS, prefix, lambda: self.runtime, lambda: 0.0)  # type: ignore[arg-type, return-value]
        self.meanwhile: Callable[[], object] = lambda: None
        self.files = 0

    async def _keep(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PUT":
            body = b""
            while (message := await receive()).get("more_body"):
                body += message["body"]
            self.meanwhile()
            *_, session, name = scope["path"].split("/")
            file = UploadedFileRec(name, "a.csv", "text/csv", body + message["body"])
            self.runtime.uploaded_file_mgr.add_file(session, file)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def request(
        self, path: str, size: int, *, method: str = "PUT", declared: bytes | None = None
    ) -> tuple[int, str]:
        """What is answered to a request with a body of so many bytes, all of which is read."""
        headers = [(b"content-length", str(size).encode() if declared is None else declared)]
        parts = [bytes(size // 2), bytes(size - size // 2)]
        messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        messages.append({"type": "http.request", "body": b"", "more_body": False})
        sent: list[Message] = []

        async def receive() -> Message:
            return messages.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        await self.uploads(scope, receive, send)
        assert (messages == []) is (method == "PUT")
        return sent[0]["status"], sent[1]["body"].decode()

    def put(self, session: str, size: int, **options: Any) -> tuple[int, str]:
        """The answer to a new file of a session."""
        self.files += 1
        path = f"{self.uploads.path}{session}/file-{self.files}"
        return asyncio.run(self.request(path, size, **options))


@pytest.fixture(autouse=True)
def refusals(monkeypatch: pytest.MonkeyPatch) -> Refusals:
    new = Refusals()
    monkeypatch.setattr(uploads, "REFUSALS", new)
    monkeypatch.setattr(upload_notice, "REFUSALS", new)
    return new


def test_a_session_has_so_much_room_and_no_more(refusals: Refusals) -> None:
    site = Site("a", "b")
    assert [site.put("a", 5 * LEAST)[0] for _ in range(2)] == [204, 204]
    assert site.put("a", 1) == (413, SAID["session"])
    assert site.put("b", 5 * LEAST)[0] == 204  # the room of another
    assert (refusals.taken("a"), refusals.taken("a"), refusals.taken("b")) == ("session", None, None)


def test_all_sessions_have_so_much_room_together(refusals: Refusals) -> None:
    site = Site("a", "b", "c")
    assert [site.put(name, 10 * LEAST)[0] for name in "ab"] == [204, 204]
    assert site.put("c", 6 * LEAST) == (429, SAID["server"])
    assert site.put("c", 5 * LEAST)[0] == 204
    assert refusals.taken("c") == "server"


def test_a_file_that_is_taken_away_makes_room_and_so_does_a_session_that_ends() -> None:
    site = Site("a", "b", "c")
    assert [site.put(name, 10 * LEAST)[0] for name in "ab"] == [204, 204]
    assert site.put("a", LEAST)[0] == 413
    site.runtime.uploaded_file_mgr.remove_file("a", "file-1")
    assert site.put("a", 10 * LEAST)[0] == 204
    assert site.put("c", 6 * LEAST)[0] == 429
    site.runtime.end("a")
    assert site.put("c", 6 * LEAST)[0] == 204


def test_a_file_that_arrives_after_its_session_has_ended_is_not_kept() -> None:
    site = Site("a")
    site.meanwhile = lambda: site.runtime.end("a")
    assert site.put("a", LEAST)[0] == 204
    assert not site.runtime.uploaded_file_mgr.file_storage
    assert not site.uploads.coming


def test_however_small_a_file_counts() -> None:
    site = Site("a")
    answers = [site.put("a", 0)[0] for _ in range(11)]
    assert answers == [204] * 10 + [413]


def test_what_is_on_its_way_takes_room_too() -> None:
    site = Site("a")

    async def at_once() -> list[int]:
        paths = [f"{site.uploads.path}a/{number}" for number in range(3)]
        answers = await asyncio.gather(*(site.request(path, 4 * LEAST) for path in paths))
        return sorted(status for status, _ in answers)

    seen: list[int] = []
    site.meanwhile = lambda: seen.append(site.uploads.coming["a"])
    keep = site.uploads.app

    async def slowly(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)  # let the others begin
        await keep(scope, receive, send)

    site.uploads.app = slowly
    assert asyncio.run(at_once()) == [204, 204, 413]
    assert max(seen) == 8 * LEAST
    assert not site.uploads.coming


@pytest.mark.parametrize("declared", [b"", b"many", b"-1", b"9" * 5000])
def test_who_does_not_say_how_much_is_taken_to_send_as_much_as_can_be(declared: bytes) -> None:
    site = Site("a")
    assert site.put("a", LEAST, declared=declared)[0] == 413  # 5 MiB, which this session may not have


def test_an_upload_that_takes_for_ever_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LONGEST_S", 0.01)
    site = Site("a")

    async def never(_scope: Scope, receive: Receive, _send: Send) -> None:
        while True:
            await asyncio.sleep(1)
            await receive()

    site.uploads.app = never
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": f"{site.uploads.path}a/file", "headers": []}
    site.uploads.bounds = Bounds()
    asyncio.run(site.uploads(scope, asyncio.Event().wait, send))  # type: ignore[arg-type]
    assert (sent[0]["status"], sent[1]["body"].decode()) == (408, SAID["slow"])
    assert not site.uploads.coming


def test_below_a_prefix_too_and_nothing_else_is_looked_at() -> None:
    site = Site("a", prefix="/lab")
    path = "/lab/_stcore/upload_file/a/file"
    assert asyncio.run(site.request(path, 11 * LEAST))[0] == 413
    assert asyncio.run(site.request(path, 11 * LEAST, method="DELETE"))[0] == 204
    assert asyncio.run(site.request("/elsewhere/a/file", 11 * LEAST))[0] == 204


def test_the_page_runs_to_say_it_and_not_more_often_than_its_visitor_could() -> None:
    site = Site("a")
    for _ in range(40):
        assert site.put("a", 11 * LEAST)[0] == 413
    asked = site.runtime.sessions["a"].asked
    assert [(state.query_string, state.fragment_id) for state in asked] == [("heads=3", "")] * int(BURST / PAGE_RUN)
    assert site.put("nobody", 11 * LEAST)[0] == 413


def test_who_was_refused_reads_why_once(refusals: Refusals) -> None:
    app = AppTest.from_string("from attnlab.ui.races.uploads.notice import upload_notice\nupload_notice()")
    assert not app.run().warning
    refusals.add("test session id", "session")
    assert [warning.value for warning in app.run().warning] == [SAID["session"]]
    assert not app.run().warning


def test_refusals_that_nobody_reads_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_notice, "MOST", 2)
    refusals = Refusals()
    for name in "abc":
        refusals.add(name, "server")
    assert [refusals.taken(name) for name in "abc"] == [None, "server", "server"]


@pytest.mark.parametrize(
    ("session", "server", "found"),
    [
        (None, None, Bounds(20 * MEBIBYTE, 256 * MEBIBYTE)),
        ("", "", Bounds(20 * MEBIBYTE, 256 * MEBIBYTE)),
        ("0", "7", Bounds(0, 7 * MEBIBYTE)),
    ],
)
def test_bounds_come_from_the_environment(
    session: str | None, server: str | None, found: Bounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, text in ((SESSION_VARIABLE, session), (SERVER_VARIABLE, server)):
        if text is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, text)
    assert bounds() == found


@pytest.mark.parametrize("variable", [SESSION_VARIABLE, SERVER_VARIABLE])
@pytest.mark.parametrize("text", ["-1", "1.5", "much", " 3", "٣", "9" * 40])
def test_a_bound_that_is_no_number_stops_the_app(variable: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SystemExit, match=rf"^{variable} \(.*\) must be a whole number of MiB"):
        bounds()
