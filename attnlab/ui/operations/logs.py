"""Logs as JSON lines, by setting: `ATTNLAB_LOG=json`. They hold nothing that a visitor has typed.

What an exception says may quote a visitor, and so may the arguments of other packages' messages. So a line has the
message as its author wrote it, before anything was put in, and of an exception its kind and where it was raised.
"""

import json
import logging
import os
import time
import traceback
from datetime import UTC, datetime
from typing import Any

import streamlit.logger
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG_VARIABLE = "ATTNLAB_LOG"
TEXT, JSON = "text", "json"
OURS = "attnlab"
"""The loggers below it put nothing of a visitor's into their messages."""
FIELDS = "fields"
ANSWERED = "request"

log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        own = record.name.partition(".")[0] == OURS
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if own else str(record.msg),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told |= _raised(record.exc_info[1])
        return json.dumps(told)


def _raised(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def set_up() -> None:
    """Write logs as $ATTNLAB_LOG says, from now on.

    Raises:
        SystemExit: it says neither "text" nor "json".
    """
    wanted = os.environ.get(LOG_VARIABLE) or TEXT
    if wanted not in {TEXT, JSON}:
        raise SystemExit(f"{LOG_VARIABLE} must be {TEXT} or {JSON}: {wanted!r} is neither")
    if wanted == JSON:
        _write_json()


def _write_json() -> None:
    logging.basicConfig(level=logging.INFO, force=True)
    logging.getLogger("uvicorn.access").disabled = True  # it would write whole links, and sentences are in them
    # Streamlit gives each of its loggers a handler of its own, also those that are made later.
    streamlit.logger.setup_formatter = _handle  # the one place where it does
    streamlit.logger.update_formatter()
    named = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    for handler in [handler for logger in (logging.root, *named) for handler in logger.handlers]:
        handler.setFormatter(JsonLines())


def _handle(logger: logging.Logger) -> None:
    logger.handlers = [logging.StreamHandler()]
    logger.handlers[0].setFormatter(JsonLines())


class RequestLog:
    """One line for each answer of a route of ours: never what stands behind the question mark.

    Args:
        app: what answers.
        paths: of the routes.
    """

    def __init__(self, app: ASGIApp, paths: frozenset[str]) -> None:
        self.app, self.paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and say how it was answered."""
        if scope["type"] != "http" or scope["path"] not in self.paths or not log.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self.app(scope, receive, noted)
        ms = round((time.perf_counter() - began) * 1e3, 1)
        fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": ms}
        log.info(ANSWERED, extra={FIELDS: fields})
