"""One request, as no browser would repair it, straight to the server and past every proxy that is set."""

import http.client
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Message
    body: bytes


def get(url: str, path: str, **headers: str) -> Reply:
    """What the server at an address answers for a path."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
