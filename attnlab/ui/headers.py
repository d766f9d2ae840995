"""Headers of every response: security, of which Streamlit sends none, and a page's modules to fetch early.

`script-src blob:` is how components load their JavaScript, `'unsafe-eval'` and `'wasm-unsafe-eval'` what Vega and
Streamlit's own bundle need, inline styles what its styling library writes.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attnlab.ui.canvases.component import preload_header

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def content_security_policy(host: str) -> str:
    """What a page may load and whom it may talk to: nobody but the host it came from.

    Args:
        host: as the browser names it. Some browsers do not count a WebSocket of one's own host as `'self'`; it is named
            where it is a name at all.
    """
    own = f"ws://{host} wss://{host} " if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {own}blob: data:",
            "worker-src 'self' blob:",
            "frame-ancestors 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "object-src 'none'",
        )
    )


class SecurityHeaders:
    """Adds HEADERS and the policy to every HTTP response, and to a page the modules it will import."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; touch nothing but the response's headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = content_security_policy(Headers(scope=scope).get("host", ""))
                for name, value in (*HEADERS.items(), ("Content-Security-Policy", policy)):
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = preload_header()
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
