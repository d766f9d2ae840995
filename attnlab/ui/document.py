"""The HTML document of each page: Streamlit's own, with the reader's language, the page's title and half of the frame.

What must stand before Streamlit's script runs has its place here (`assets/frame/`), and what needs none: the switch of
languages is plain links, which load the page anew, so that everything on it is in one language.
"""

import functools
import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from attnlab.languages import ENGLISH, PARAMETER, Language, Spoken, offered
from attnlab.paths import ASSETS
from attnlab.prose import page_prose, pages
from attnlab.ui.canvases.component import FRAME, module_path
from attnlab.ui.early import early_place, early_script
from attnlab.ui.kit.visitor import COOKIE, is_secret, new_secret
from attnlab.ui.language import of_request

START = "/start"
"""Where who comes for the first time begins; old links begin with the explorer's address, which stays what it is."""
WORDS, CLASS_WORDS = "frame-words", "attnlab-class"
"""Where the frame finds its words in the document, and the window of a class (`assets/frame/drive.js`) its own."""
BORROWED = "borrowed-words"
"""Where `assets/frame/borrowed.js` finds what Streamlit says by itself, and how the page says it."""
_STREAMLITS = Path(st.__file__).parent / "static" / "index.html"
_LANG, _TITLE, _SCRIPT, _ROOT = (
    '<html lang="en">',
    "<title>Streamlit</title>",
    '<script type="module"',
    '<div id="root">',
)


@functools.cache
def document(file: str, code: str) -> str:
    """The document of a page.

    Args:
        file: the page's, as the frame's words name it.
        code: of the language.

    Raises:
        ValueError: Streamlit's own lacks a place where something of ours belongs.
    """
    language, name = offered()[code], page_prose("language", code)["frame"]["switch"]
    title = next(page["document"] for page in pages(code) if page["file"] == file)
    styles = [*sorted((ASSETS / FRAME).glob("*.css")), ASSETS / "kit" / "theme.css"]
    style = "\n".join(path.read_text(encoding="utf-8") for path in styles)
    ours = (
        f"<style>{style}</style>\n{_words(WORDS, page_prose('site', code)['frame'])}"
        f"{_words(CLASS_WORDS, page_prose('class', code)['frame'])}{_borrowed(code)}"
        f'<script type="module" src=".{module_path(FRAME)}"></script>\n{early_script(file)}'
    )
    text = _STREAMLITS.read_text(encoding="utf-8")
    text = _replaced(text, _LANG, f'<html lang="{language.tag}" data-language="{language.code}">')
    text = _replaced(text, _TITLE, f"<title>{html.escape(title)}</title>")
    text = _replaced(text, _ROOT, _switch(language, name) + early_place(file, code) + _ROOT)
    return _replaced(text, _SCRIPT, ours + _SCRIPT)


def _words(name: str, words: Any) -> str:
    """Words for the frame, as a line of the document."""
    return f'<meta name="{name}" content="{html.escape(json.dumps(words, ensure_ascii=False))}">\n'


def _borrowed(code: str) -> str:
    """What Streamlit says, beside what this language says in its place; nothing where that is the same."""
    theirs, ours = (page_prose("borrowed", each)["words"] for each in (ENGLISH, code))
    words = [(theirs[name], ours[name]) for name in theirs if ours[name] != theirs[name]]
    return _words(BORROWED, words) if words else ""


def _switch(now: Language, name: str) -> str:
    """A link for each language, in its own words; `assets/frame/languages.js` lets it keep the page's settings."""
    if len(offered()) == 1:
        return ""
    links = (_link(one, is_now=one == now) for one in offered().values())
    return f'<nav id="languages" aria-label="{html.escape(name)}">{"".join(links)}</nav>\n'


def _link(to: Language, *, is_now: bool) -> str:
    current = ' aria-current="true"' if is_now else ""
    tag, name = html.escape(to.tag), html.escape(to.name)
    return f'<a href="?{PARAMETER}={to.code}" hreflang="{tag}" lang="{tag}"{current}>{name}</a>'


def _replaced(text: str, place: str, ours: str) -> str:
    if place not in text:
        raise ValueError(f"{_STREAMLITS} must contain {place!r}")
    return text.replace(place, ours, 1)


def _serving(file: str, *, bare: bool) -> Callable[[Request], Response]:
    def served(request: Request) -> Response:
        is_known, language = is_secret(request.cookies.get(COOKIE)), of_request(request)
        if bare and not is_known and not set(request.query_params) - {PARAMETER}:
            return RedirectResponse(f".{START}{_kept(language)}", headers={"Cache-Control": "no-store"})
        # Not to be kept: it names modules whose names change with their content.
        headers = {
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language",
            "Content-Language": offered()[language.code].tag,
        }
        response = HTMLResponse(document(file, language.code), headers=headers)
        if not is_known:
            response.set_cookie(COOKIE, new_secret(), httponly=True, samesite="lax")
        return response

    return served


def _kept(language: Spoken) -> str:
    """What a link that goes on says of the language."""
    return f"?{PARAMETER}={language.code}" if language.by_link else ""


ROUTES = [
    Route("/", _serving(page["file"], bare=True))
    if page.get("default")
    else Route(f"/{page['file']}", _serving(page["file"], bare=False))
    for page in pages()
]
