"""Headers of every response: security, of which Streamlit sends none, and a page's modules to fetch early.

`script-src blob:` is how components load their JavaScript, `'unsafe-eval'` and `'wasm-unsafe-eval'` what Vega and
Streamlit's own bundle need, inline styles what its styling library writes.
"""

import os
import re
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attnlab.ui.canvases.component import preload_header

FRAME_VARIABLE = "ATTNLAB_FRAME_ANCESTORS"
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"https?://(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::\d{{1,5}})?", re.IGNORECASE)


def frame_ancestors() -> tuple[str, ...]:
    """The origins in $ATTNLAB_FRAME_ANCESTORS, which may show the app in a frame as the app itself may.

    Raises:
        SystemExit: one of them is no origin; an app that guessed what is meant might be framed by anybody.
    """
    origins = tuple(os.environ.get(FRAME_VARIABLE, "").replace(",", " ").split())
    wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
    if wrong:
        raise SystemExit(
            f"{FRAME_VARIABLE} must list origins such as https://moodle.example.edu, parted by spaces: "
            f"{wrong[0]!r} is none"
        )
    return origins


def security_headers(host: str, ancestors: tuple[str, ...] = ()) -> Mapping[str, str]:
    """The headers of a response: what a page may load, whom it may talk to, and who may frame it.

    Args:
        host: that of the request, the only one that its page may talk to. Some browsers do not count a WebSocket of
            one's own host as `'self'`; it is named where it is a name at all.
        ancestors: origins that may show the app in a frame. X-Frame-Options can name none, so it goes.
    """
    own = f"ws://{host} wss://{host} " if _HOST.fullmatch(host) else ""
    policy = (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        f"connect-src 'self' {own}blob: data:",
        "worker-src 'self' blob:",
        " ".join(("frame-ancestors 'self'", *ancestors)),
        "base-uri 'self'",
        "form-action 'self'",
        "object-src 'none'",
    )
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": "; ".join(policy),
    }
    return headers if ancestors else headers | {"X-Frame-Options": "SAMEORIGIN"}


class SecurityHeaders:
    """Adds the headers to every HTTP response, and to a page the modules it will import.

    Args:
        app: what answers.
        ancestors: origins that may show the app in a frame.
        prefix: what stands before every path, such as "/lab".
    """

    def __init__(self, app: ASGIApp, ancestors: tuple[str, ...] = (), prefix: str = "") -> None:
        self.app = app
        self.ancestors, self.prefix = ancestors, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; touch nothing but the response's headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                host = Headers(scope=scope).get("host", "")
                for name, value in security_headers(host, self.ancestors).items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = preload_header(self.prefix)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
