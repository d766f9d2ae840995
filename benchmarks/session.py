"""A visitor without a browser: the WebSocket messages that Streamlit's own front end sends and reads."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

FINISHED = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN


@dataclass(frozen=True)
class Run:
    """One run of the script as its visitor saw it."""

    elapsed_ms: float  # from the request to "script finished"
    received: int  # bytes
    messages: int
    elements: dict[str, int]  # bytes of each keyed element it sent
    problem: str  # what a learner should not have to see, or nothing


@dataclass
class Session:
    """Open it with `async with`; the first run is then over."""

    url: str
    query: str = ""
    page: str = ""  # the path of a page, for the first run
    cookie: str = ""  # as a browser sends it
    widgets: dict[str, str] = field(default_factory=dict)  # key -> id, of every keyed widget
    state: dict[str, WidgetState] = field(default_factory=dict)  # by key
    first: Run = field(init=False)
    name: str = ""  # as the server calls the session
    repeats: dict[str, float] = field(default_factory=dict)  # fragment -> seconds between the runs that it asks for
    _fragment: str = ""  # of the widget that was set last
    _fragments: dict[str, str] = field(default_factory=dict)  # by key
    _page: str = ""
    _held: dict[str, str] = field(default_factory=dict)  # hash of a large message -> key, as the front end keeps them
    _socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        """Connect and run the script once."""
        self._socket = await self._connected()
        self.first = await self._run()
        return self

    async def reconnect(self) -> Run:
        """Lose the connection and come back to the session, which still knows everything; the run that follows."""
        assert self._socket is not None
        await self._socket.close()
        self._socket = await self._connected(self.name)
        self._fragment = ""
        return await self._run()

    async def _connected(self, *resumed: str) -> ClientConnection:
        # Streamlit does not compress its WebSocket unless told to; neither does this client. The names of protocols are
        # where a browser's WebSocket says what else it has to say: a token, which nobody asks for here, and a session.
        said = ["streamlit", *(["no_token", *resumed] if resumed else [])]
        return await connect(
            self.url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol(word) for word in said],
            additional_headers={"Cookie": self.cookie} if self.cookie else None,
            compression=None,
            max_size=None,
            max_queue=None,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave, as closing the tab does."""
        if self._socket is not None:
            await self._socket.close()

    def set(self, key: str, **value: Any) -> None:
        """Give a widget a value: `string_value="..."`, `int_value=3`, `double_array_value=[0.5]`, ..."""
        state = WidgetState(id=self.widgets[key])
        self._fragment = self._fragments[key]
        for kind, content in value.items():
            if isinstance(content, list):
                getattr(state, kind).data[:] = content
            else:
                setattr(state, kind, content)
        self.state[key] = state

    async def repeat(self, fragment: str) -> Run:
        """Run a fragment that asked for it, as the front end does by itself."""
        self._fragment = fragment
        return await self._run()

    async def rerun(self, **linked: str) -> Run:
        """Run what the widget set last runs, with all widgets as they are set.

        Args:
            linked: parameters that the address shows from now on.
        """
        if linked:
            self.query = urlencode(linked)
        return await self._run()

    async def _run(self) -> Run:
        assert self._socket is not None
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_script_hash, rerun.fragment_id = self.query, self._page, self._fragment
        rerun.page_name = self.page
        rerun.widget_states.widgets.extend(self.state.values())
        rerun.cached_message_hashes.extend([*self._held][-2:])
        rerun.context_info.timezone, rerun.context_info.locale, rerun.context_info.url = "UTC", "en-US", self.url
        if not self._fragment:
            self.repeats = {}  # a run of the whole page says anew what it wants
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        received = messages = 0
        elements: dict[str, int] = {}
        problem = ""
        while True:
            raw = await self._socket.recv(decode=False)
            received += len(raw)
            messages += 1
            answer = ForwardMsg.FromString(raw)
            problem = self._taken(answer, len(raw), elements) or problem
            if answer.WhichOneof("type") == "auto_rerun":
                self.repeats[answer.auto_rerun.fragment_id] = answer.auto_rerun.interval
            # A callback may ask for other fragments: then this run ends early and theirs follows.
            if answer.WhichOneof("type") == "script_finished" and answer.script_finished != EARLY:
                return Run((time.perf_counter() - began) * 1e3, received, messages, elements, problem)

    def _taken(self, answer: ForwardMsg, size: int, elements: dict[str, int]) -> str:
        """Remember what the next request must say; a problem if there is one."""
        kind = answer.WhichOneof("type")
        if kind == "delta":
            return self._element_taken(answer, size, elements)
        if kind == "ref_hash":  # "you have this one already"
            elements[self._held[answer.ref_hash]] = size
        elif kind == "new_session":
            self._page = answer.new_session.page_script_hash
            self.name = answer.new_session.initialize.session_id
        elif kind == "navigation":  # says which page the frame has chosen
            self._page = answer.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = answer.page_info_changed.query_string
        elif kind == "script_finished" and answer.script_finished not in {EARLY, *FINISHED}:
            return f"script_finished: {answer.script_finished}"
        return ""

    def _element_taken(self, answer: ForwardMsg, size: int, elements: dict[str, int]) -> str:
        element = answer.delta.new_element
        kind = element.WhichOneof("type")
        if kind is None:  # a block; of those an expander tells the server whether it is open
            told: Any = answer.delta.add_block.expandable
        else:
            told = getattr(element, kind)
        if kind == "exception":
            return element.exception.message
        identity = getattr(told, "id", "")
        if isinstance(identity, str) and identity.startswith("$$ID-"):
            key = identity.split("-", 2)[2]
            self.widgets[key] = identity
            self._fragments[key] = answer.delta.fragment_id
            elements[key] = size
            if answer.metadata.cacheable:
                self._held[answer.hash] = key
        return ""
