"""The HTML document of each page: Streamlit's own, with our language, the page's title, and our half of the frame.

What must stand before Streamlit's script runs has its place here (`assets/frame/`).
"""

import functools
import html
import json
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from attnlab.paths import ASSETS
from attnlab.prose import LANGUAGE, page_prose
from attnlab.ui.canvases.component import FRAME, module_path
from attnlab.ui.kit.visitor import COOKIE, is_secret, new_secret

START = "/start"
"""Where who comes for the first time begins; old links begin with the explorer's address, which stays what it is."""
WORDS, CLASS_WORDS = "frame-words", "attnlab-class"
"""Where the frame finds its words in the document, and the window of a class (`assets/frame/drive.js`) its own."""
_STREAMLITS = Path(st.__file__).parent / "static" / "index.html"
_LANG, _TITLE, _SCRIPT = '<html lang="en">', "<title>Streamlit</title>", '<script type="module"'


@functools.cache
def document(title: str) -> str:
    """The document of a page.

    Raises:
        ValueError: Streamlit's own lacks a place where something of ours belongs.
    """
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ASSETS / FRAME).glob("*.css")))
    ours = (
        f"<style>{style}</style>\n{_words(WORDS, 'site')}{_words(CLASS_WORDS, 'class')}"
        f'<script type="module" src=".{module_path(FRAME)}"></script>\n'
    )
    text = _STREAMLITS.read_text(encoding="utf-8")
    text = _replaced(text, _LANG, f'<html lang="{LANGUAGE}">')
    text = _replaced(text, _TITLE, f"<title>{html.escape(title)}</title>")
    return _replaced(text, _SCRIPT, ours + _SCRIPT)


def _words(name: str, page: str) -> str:
    """A page's words for the frame, as a line of the document."""
    return f'<meta name="{name}" content="{html.escape(json.dumps(page_prose(page)["frame"]))}">\n'


def _replaced(text: str, place: str, ours: str) -> str:
    if place not in text:
        raise ValueError(f"{_STREAMLITS} must contain {place!r}")
    return text.replace(place, ours, 1)


def _serving(title: str, *, bare: bool) -> Callable[[Request], Response]:
    def served(request: Request) -> Response:
        is_known = is_secret(request.cookies.get(COOKIE))
        if bare and not is_known and not request.url.query:
            return RedirectResponse(f".{START}", headers={"Cache-Control": "no-store"})
        # Not to be kept: it names modules whose names change with their content.
        response = HTMLResponse(document(title), headers={"Cache-Control": "no-cache"})
        if not is_known:
            response.set_cookie(COOKIE, new_secret(), httponly=True, samesite="lax")
        return response

    return served


ROUTES = [
    Route("/", _serving(page["document"], bare=True))
    if page.get("default")
    else Route(f"/{page['file']}", _serving(page["document"], bare=False))
    for page in page_prose("site")["pages"]
]
