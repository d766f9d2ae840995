"""What a hub answers: how large a file is, at which commit, and its bytes. Nothing is sent but the address.

The hub's own client is followed in what it reads (`get_hf_file_metadata` of huggingface_hub): a HEAD request goes along
with redirects of the same host, and the headers of one that leads elsewhere say what is there.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from attnlab.engine import SpecError
from attnlab.pretrained.files.hub_ids import HubId
from attnlab.pretrained.hub.cache import COMMIT

HEADERS = {"Accept-Encoding": "identity", "User-Agent": "attention-lab"}
"""Compressed, a file would have another size."""
TIMEOUT_S = 30
CHUNK_BYTES = 2**18
MAX_DIGITS = 15
"""Of a size in bytes."""
WITHOUT_ANY_FILE = ("RevisionNotFound", "RepoNotFound")
"""Reasons of a 404 that is not of the file alone, in X-Error-Code; a mirror may give none."""
NOT_PUBLIC, NOT_THERE, LEADS_ELSEWHERE = (401, 403), 404, range(300, 400)
_SHA256 = re.compile(r'(?:W/)?"?([0-9a-f]{64})"?')
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]{1,64}){0,4}/?")


class HubError(OSError):
    """The hub does not answer, or not as a hub does. The message is a sentence."""


@dataclass(frozen=True)
class Said:
    """What the hub says of a file before any of it is fetched."""

    name: str
    size: int  # bytes
    commit: str
    sha256: str | None  # of large files


@dataclass(frozen=True)
class Hub:
    """Whom to ask.

    Raises:
        SpecError: the endpoint is no address.
    """

    endpoint: str

    def __post_init__(self) -> None:
        if not _ENDPOINT.fullmatch(self.endpoint):
            message = f"HF_ENDPOINT ({self.endpoint!r:.60}) must be an address such as https://huggingface.co"
            raise SpecError("HF_ENDPOINT", "form", message, got=self.endpoint)

    @property
    def host(self) -> str:
        """Its name, for messages."""
        return urlsplit(self.endpoint).netloc

    def said(self, wanted: HubId, revision: str, name: str) -> Said | None:
        """What the hub says of a file; None if the model has no such file.

        Raises:
            SpecError: no such model or revision, or one that not everybody may read.
            HubError: no answer, or one that does not say size and commit.
        """
        try:
            with self._answer(wanted, revision, name, "HEAD") as answer:
                headers: Message = answer.headers
        except HTTPError as error:
            headers = error.headers
            error.close()
            if error.code == NOT_THERE and headers.get("X-Error-Code") not in WITHOUT_ANY_FILE:
                return None
            if error.code not in LEADS_ELSEWHERE:
                raise self._refused(wanted, error) from error
            _check_safe(self.endpoint, headers.get("Location", ""))
            # Content-Length is that of the redirect itself.
            del headers["Content-Length"]
        return self._read(name, headers)

    def content(self, wanted: HubId, file: Said) -> Iterator[bytes]:
        """A file's bytes, piece by piece; after the last one they are known to be all, and those that were meant.

        Raises:
            SpecError: as `said`.
            HubError: no answer, one that ends too soon, or bytes that are not those that the hub spoke of.
        """
        digest, got = hashlib.sha256(), 0
        try:
            with self._answer(wanted, file.commit, file.name, "GET") as answer:
                if answer.length not in {None, file.size}:
                    raise self._differs(file, int(answer.length or 0))
                while chunk := answer.read(CHUNK_BYTES):
                    got += len(chunk)
                    if got > file.size:
                        raise self._differs(file, got)
                    digest.update(chunk)
                    yield chunk
        except HTTPError as error:
            error.close()
            raise self._refused(wanted, error) from error
        if got != file.size:
            raise self._differs(file, got)
        if file.sha256 not in {None, digest.hexdigest()}:
            raise HubError(f"{file.name} must have the SHA-256 that {self.host} says: {file.sha256}")

    @contextmanager
    def _answer(self, wanted: HubId, revision: str, name: str, method: str) -> Iterator[HTTPResponse]:
        address = f"{self.endpoint.rstrip('/')}/{wanted.repository}/resolve/{revision}/{name}"
        request = Request(address, headers=HEADERS, method=method)  # noqa: S310 (http alone)
        try:
            with build_opener(_Redirects).open(request, timeout=TIMEOUT_S) as answer:
                yield answer
        except (HTTPError, HubError):
            raise
        except (URLError, HTTPException, OSError, ValueError) as error:  # ValueError: an address that is none
            why = getattr(error, "reason", None) or error
            raise HubError(f"{self.host} must answer to fetch {name}: {why!s:.120}") from error

    def _read(self, name: str, headers: Message) -> Said:
        commit, size = headers.get("X-Repo-Commit", ""), headers.get("X-Linked-Size") or headers.get("Content-Length")
        if not COMMIT.fullmatch(commit):
            raise HubError(f"{self.host} must name the commit of {name}, as a hub does: X-Repo-Commit ({commit!r:.60})")
        if size is None or not size.isdecimal() or len(size) > MAX_DIGITS:
            raise HubError(f"{self.host} must say how large {name} is before it is fetched: size ({size!r:.60})")
        found = _SHA256.fullmatch(headers.get("X-Linked-Etag") or "")
        return Said(name, int(size), commit, found[1] if found else None)

    def _refused(self, wanted: HubId, error: HTTPError) -> Exception:
        code, why = error.code, error.headers.get("X-Error-Code")
        if code == NOT_THERE and why == "RevisionNotFound":
            message = f"revision ({wanted.revision!r}) must be one that {wanted.repository} has at {self.host}"
            return SpecError("revision", "unknown", message, got=wanted.revision)
        if code == NOT_THERE:
            message = f"model ({str(wanted)!r}) must be at {self.host}, which answers 404"
            return SpecError("model", "unknown", message, got=str(wanted))
        if code in NOT_PUBLIC:
            message = (
                f"model ({str(wanted)!r}) must be there for everybody: {self.host} answers {code}, as it does for one "
                "that is gated, private or not there"
            )
            return SpecError("model", "unknown", message, got=str(wanted))
        return HubError(f"{self.host} must answer with a file: it answers {code}")

    def _differs(self, file: Said, got: int) -> HubError:
        return HubError(f"{file.name} must have the {file.size} bytes that {self.host} spoke of: it has {got}")


class _Redirects(HTTPRedirectHandler):
    """Follows as the hub's own client does, and never from https to http or to anything that is neither."""

    max_redirections = 5

    def http_error_302(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> HTTPResponse | None:
        """As the library's, which leaves the connection open where it refuses to be led on."""
        with ExitStack() as left:
            left.callback(fp.close)
            found: HTTPResponse | None = super().http_error_302(req, fp, code, msg, headers)
            left.pop_all()
        return found

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],  # noqa: ARG002 (the signature is the library's)
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: Message,  # noqa: ARG002
        newurl: str,
    ) -> Request | None:
        _check_safe(req.full_url, newurl)
        before, behind = urlsplit(req.full_url), urlsplit(newurl)
        if req.get_method() == "HEAD" and (before.scheme, before.netloc) != (behind.scheme, behind.netloc):
            return None
        # `headers` alone: those of the connection, the old host's name among them, stay behind.
        return Request(newurl, headers=dict(req.headers), method=req.get_method())  # noqa: S310 (see above)


def _check_safe(before: str, behind: str) -> None:
    """Refuse to be led from https to http, or to anything that is neither."""
    old = urlsplit(before)
    try:
        scheme = urlsplit(urljoin(before, behind)).scheme
    except ValueError:  # such as a bracket that is never closed
        scheme = ""
    if scheme not in {old.scheme, "https"}:
        raise HubError(f"{old.netloc} must lead to an address as safe as its own: {scheme!r:.20}")
