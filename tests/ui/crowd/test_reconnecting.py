"""A session's first run is a whole one, whatever it was asked for."""

from streamlit.proto.ClientState_pb2 import ClientState

from attnlab.ui.crowd.reconnecting import whole_at_first


class Session:
    """Nothing but who asks."""


def test_only_the_first_request_of_a_session_runs_the_whole_page() -> None:
    asked: list[tuple[Session, str | None]] = []
    request = whole_at_first(
        lambda session, state: asked.append((session, None if state is None else state.fragment_id))  # type: ignore[arg-type]
    )
    one, other = Session(), Session()
    for session in (one, one, other):
        request(session, ClientState(fragment_id="the picture's"))  # type: ignore[arg-type]
    assert asked == [(one, ""), (one, "the picture's"), (other, "")]


def test_what_the_client_says_beside_it_is_kept() -> None:
    asked: list[ClientState] = []
    request = whole_at_first(lambda _session, state: asked.append(state))  # type: ignore[arg-type]
    request(Session(), ClientState(fragment_id="f", query_string="heads=4", page_name="blocks"))  # type: ignore[arg-type]
    assert asked == [ClientState(query_string="heads=4", page_name="blocks")]


def test_a_request_without_a_client_is_let_through_and_is_the_first() -> None:
    asked: list[ClientState | None] = []
    request = whole_at_first(lambda _session, state: asked.append(state))
    session = Session()
    request(session, None)  # type: ignore[arg-type]
    request(session, ClientState(fragment_id="f"))  # type: ignore[arg-type]
    assert asked == [None, ClientState(fragment_id="f")]
