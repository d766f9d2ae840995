"""What browsers ask of a room, by HTTP.

    POST /room                  make one; its teacher's secret goes into a cookie that no script reads
    POST /room/<code>           the teacher is elsewhere: {"page", "link"}
    POST /room/<code>/controls  which of the explorer's a student finds: {"show", "lock"}
    POST /room/<code>/poll      {"deed": "ask", "kind", "question", "options"}, or another deed; kind "step": a lesson's
    POST /room/<code>/vote      {"answer", "seat"}
    GET  /room/<code>?seen=     the room; 204 if that is how it was seen
    GET  /room/<code>/events    the same whenever it changes, as server-sent events
    GET  /room/<code>/counts    all counts, as CSV, for its teacher

A seat is a random number in a cookie; where a browser keeps none, as in a frame of another site, the one that the page
has made for itself. What is refused is said in one sentence: 403, 404, 413, 422, 429; 503 for the store's own trouble.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from attnlab.classroom import FullError, NoRoomError, NotTeacherError
from attnlab.classroom.codes import is_seat, new_secret
from attnlab.engine import SpecError
from attnlab.languages import speaking
from attnlab.prose import page_prose
from attnlab.text import for_spreadsheets, formula_safe
from attnlab.training.store import StoreError, StoreFault
from attnlab.ui.classroom.asking import asked_poll, checked_controls
from attnlab.ui.classroom.limits import MOST_BYTES, Limit, TooFastError, TooLargeError, body_of
from attnlab.ui.classroom.links import checked_link
from attnlab.ui.classroom.opened import rooms
from attnlab.ui.classroom.reader import MOST_STREAMS, Reader
from attnlab.ui.classroom.telling import seen, told
from attnlab.ui.kit.refusals import refusal_text
from attnlab.ui.language import of_request
from attnlab.ui.picture import drawing_of
from attnlab.ui.prefix import prefixed

TEACHER_COOKIE, SEAT_COOKIE = "attnlab_teacher", "attnlab_seat"
KEPT_S = 12 * 60 * 60
RETRY_S = 1
NOT_KEPT = {"Cache-Control": "no-store"}
Endpoint = Callable[[Request], Awaitable[Response]]

READER = Reader(rooms)
POSTS, MADE = Limit(), Limit()


def refusing(endpoint: Endpoint) -> Endpoint:
    """An endpoint that speaks the language of its page, and whose refusals are said in a sentence."""

    @wraps(endpoint)
    async def served(request: Request) -> Response:
        with speaking(of_request(request)):
            return await _answered(endpoint, request)

    return served


async def _answered(endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request)
    except NoRoomError:
        return _refused("unknown", 404, code=_code(request))
    except NotTeacherError:
        return _refused("not_teacher", 403)
    except FullError as error:
        return _refused("full", 429, reason=refusal_text(error))
    except TooFastError:
        return _refused("fast", 429)
    except TooLargeError:
        return _refused("large", 413, most=MOST_BYTES)
    except (StoreError, SpecError) as error:
        return _refused("value", 422, reason=refusal_text(error))
    except StoreFault:
        return _refused("store", 503)


def _refused(name: str, status: int, **blanks: Any) -> Response:
    sentence = page_prose("class")["refusals"][name].format(**blanks)
    headers = NOT_KEPT | ({"Retry-After": str(RETRY_S)} if status in {429, 503} else {})
    return JSONResponse({"refused": name, "sentence": sentence}, status, headers=headers)


def _code(request: Request) -> str:
    return str(request.path_params["code"]).upper()


def _secret(request: Request) -> str:
    return request.cookies.get(TEACHER_COOKIE, "")


def _seat(request: Request, offered: object) -> str:
    """The seat of a browser: in its cookie, else what its page has made, else a new one."""
    kept = request.cookies.get(SEAT_COOKIE)
    return str(kept) if is_seat(kept) else str(offered) if is_seat(offered) else new_secret()


def _remember(request: Request, response: Response, name: str, value: str) -> None:
    """In a cookie of the room alone."""
    if request.cookies.get(name) != value:
        path, secure = prefixed(f"/room/{_code(request)}"), request.url.scheme == "https"
        response.set_cookie(name, value, max_age=KEPT_S, path=path, secure=secure, httponly=True, samesite="lax")


# ---- the teacher's ---------------------------------------------------------------------------------------------------


@refusing
async def _make(request: Request) -> Response:
    MADE.take(request.client.host if request.client else "")
    code, secret = await run_in_threadpool(rooms().make)
    response = JSONResponse({"code": code}, 201, headers=NOT_KEPT)
    request.path_params["code"] = code
    _remember(request, response, TEACHER_COOKIE, secret)
    return response


async def _led(request: Request, lead: Callable[[str, str, Any], None]) -> Response:
    """Do as the teacher says."""
    code = _code(request)
    POSTS.take(f"{code} {_secret(request)}")
    said = await body_of(request)
    await run_in_threadpool(lead, code, _secret(request), said)
    READER.wake()
    return Response(status_code=204, headers=NOT_KEPT)


@refusing
async def _move(request: Request) -> Response:
    def move(code: str, secret: str, said: Any) -> None:
        rooms().move(code, secret, *checked_link(said.get("page"), said.get("link")))

    return await _led(request, move)


@refusing
async def _controls(request: Request) -> Response:
    def choose(code: str, secret: str, said: Any) -> None:
        rooms().choose_controls(code, secret, *checked_controls(said))

    return await _led(request, choose)


@refusing
async def _poll(request: Request) -> Response:
    def go_on(code: str, secret: str, said: Any) -> None:
        if said.get("deed") == "ask":
            rooms().ask(code, secret, asked_poll(rooms().look(code), said, drawing_of))
        else:
            rooms().go_on(code, secret, str(said.get("deed")))

    return await _led(request, go_on)


def _cell(text: str) -> str:
    """Of a table: a number below zero is no formula."""
    try:
        float(text)
    except ValueError:
        return formula_safe(text)
    return text


@refusing
async def _counts(request: Request) -> Response:
    def read() -> bytes:
        room = rooms().look(_code(request))
        if not rooms().is_teacher(room.code, _secret(request)):
            raise NotTeacherError(room.code)
        table = pd.DataFrame(rooms().voting.counts(room), columns=["question", "round", "answer", "count"])
        words = {name: table[name].map(_cell) for name in ("question", "answer")}
        named = table.assign(**words).rename(columns=page_prose("class")["table"])
        return for_spreadsheets(named.to_csv(index=False))

    text = await run_in_threadpool(read)
    named = {"Content-Disposition": f'attachment; filename="class-{_code(request)}.csv"'}
    return Response(text, media_type="text/csv", headers=NOT_KEPT | named)


# ---- everybody's -----------------------------------------------------------------------------------------------------


def _entered(code: str, secret: str, seat: str) -> bool:
    """Whether it is the teacher who comes; anybody else sits down."""
    is_teacher = rooms().is_teacher(code, secret)
    if not is_teacher:
        rooms().sitting.sit(code, seat)
    return is_teacher


@refusing
async def _look(request: Request) -> Response:
    code, query = _code(request), request.query_params
    seat = _seat(request, query.get("seat"))

    def read() -> dict[str, Any] | None:
        teacher = _entered(code, _secret(request), seat)
        room = rooms().look(code)
        if seen(room) == query.get("seen"):
            return None
        present = rooms().sitting.present([code])[code]
        answer = None if teacher else rooms().voting.answer_of(room, seat)
        return told(rooms(), room, teacher=teacher, present=present) | {"answer": answer}

    state = await run_in_threadpool(read)
    response = Response(status_code=204, headers=NOT_KEPT) if state is None else JSONResponse(state, headers=NOT_KEPT)
    _remember(request, response, SEAT_COOKIE, seat)
    return response


@refusing
async def _events(request: Request) -> Response:
    code, seat = _code(request), _seat(request, request.query_params.get("seat"))
    if READER.streams(code, seat) >= MOST_STREAMS:
        allowed = f"at most {MOST_STREAMS} of one seat; close some of the pages"
        raise FullError("streams", MOST_STREAMS + 1, allowed, "places", most=MOST_STREAMS)
    teacher = await run_in_threadpool(_entered, code, _secret(request), seat)
    headers = NOT_KEPT | {"X-Accel-Buffering": "no"}  # or nginx would collect events until they fill a page
    events = READER.events(code, seat, teacher=teacher)
    response = StreamingResponse(events, media_type="text/event-stream", headers=headers)
    _remember(request, response, SEAT_COOKIE, seat)
    return response


@refusing
async def _vote(request: Request) -> Response:
    said = await body_of(request)
    code, seat = _code(request), _seat(request, said.get("seat"))
    POSTS.take(f"{code} {seat}")
    await run_in_threadpool(rooms().voting.vote, code, seat, said.get("answer"))
    READER.wake()
    response = Response(status_code=204, headers=NOT_KEPT)
    _remember(request, response, SEAT_COOKIE, seat)
    return response


ROUTES = [
    Route("/room", _make, methods=["POST"]),
    Route("/room/{code}", _move, methods=["POST"]),
    Route("/room/{code}", _look, methods=["GET"]),
    Route("/room/{code}/controls", _controls, methods=["POST"]),
    Route("/room/{code}/poll", _poll, methods=["POST"]),
    Route("/room/{code}/vote", _vote, methods=["POST"]),
    Route("/room/{code}/events", _events, methods=["GET"]),
    Route("/room/{code}/counts", _counts, methods=["GET"]),
]
