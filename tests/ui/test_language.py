"""Two visitors with two languages in one process: links, pages, pictures and documents, and no word of the other's."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from attnlab.languages import Spoken, speaking
from attnlab.paths import PAGES, ROOT
from attnlab.pictures.packing import header_and_matrices
from attnlab.prose import page_prose
from attnlab.ui import document, picture
from attnlab.ui.language import speaking_in
from attnlab.ui.variants.page import gallery
from tests.doubled import CODE, JOINT, TAG, doubled, left_in_english, prose_with_doubled, spoken_here

FILES = [entry["file"] for entry in page_prose("site")["pages"]]
TRANSLATED = [file for file in FILES if file != "guide"]
PICTURES = (
    "",
    "of=blocks",
    "of=models",
    "of=blocks&stack_open=encoder.1.feed_forward&stack_dropout=0.5",
    "head=2&view=lines",
)


@pytest.fixture(scope="module", autouse=True)
def two_languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs know their language, as those of the app do."""
    run = ScriptRunner._run_script

    def told(runner: ScriptRunner, data: RerunData) -> None:
        with speaking_in(runner, data):
            run(runner, data)

    with spoken_here(prose_with_doubled(tmp_path_factory.mktemp("prose"))), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptRunner, "_run_script", told)
        document.document.cache_clear()
        yield
    document.document.cache_clear()


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=120)
    page.query_params.update(link)
    return checked(page.run())


def gone_to(page: AppTest, file: str) -> AppTest:
    """Another page, as Streamlit goes there: the address keeps nothing."""
    page.query_params.clear()
    return checked(page.switch_page(str(PAGES / f"{file}.py")).run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def said(page: AppTest) -> list[str]:
    """All strings that a run has sent: of messages, of JSON in them, and of the headers of pictures."""
    return list(_of_node(page._tree))


def drawn(query: str, language: str = "") -> list[str]:
    """All strings in the header of a picture."""
    return list(strings(bytes(answer(picture._serve, "/picture", query, language).body)))


def is_doubled(shown: Iterable[str]) -> bool:
    return any(JOINT in text for text in shown)


def _of_node(node: Any) -> Iterator[str]:
    yield from strings(getattr(node, "proto", None))
    for child in getattr(node, "children", {}).values():
        yield from _of_node(child)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from strings(json.loads(value)) if value[:1] in {"{", "["} and _is_json(value) else (value,)
    elif isinstance(value, bytes):
        yield from strings(header_and_matrices(value)[0]) if _is_picture(value) else ()
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from strings(one)
    elif hasattr(value, "ListFields"):
        for _, one in value.ListFields():
            yield from strings(one)
    elif isinstance(value, Iterable):
        parts = list(value)
        if all(isinstance(part, dict) and part.keys() <= {"text", "mathml"} for part in parts):
            parts = ["".join(part.get("text", "$") for part in parts)]  # a sentence with formulas
        for one in parts:
            yield from strings(one)


def _is_json(text: str) -> bool:
    with suppress(ValueError):
        return json.loads(text) is not None
    return False


def _is_picture(message: bytes) -> bool:
    return len(message) > 8 and int.from_bytes(message[:4], "little") < len(message) and message[4:5] == b"{"


def answer(route: Callable[[Request], Any], path: str, query: str = "", language: str = "") -> Response:
    headers = [(b"accept-language", language.encode())] if language else []
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    found = route(Request(scope))
    response: Response = asyncio.run(found) if asyncio.iscoroutine(found) else found
    return response


# --- nothing of the other's -------------------------------------------------------------------------------------------


def test_every_page_in_turn_says_no_word_of_the_other_language() -> None:
    visitors = {"en": opened(lang="en"), CODE: opened(lang=CODE)}
    for file in TRANSLATED:
        texts = {}
        for language, page in visitors.items():
            with speaking(
                Spoken(language)
            ):  # `AppTest` asks widgets for their words itself; runs have a thread of their own
                texts[language] = said(gone_to(page, file))
        assert not is_doubled(texts["en"]), file
        assert left_in_english(texts["en"]), file
        assert is_doubled(texts[CODE]), file
        assert left_in_english(texts[CODE]) == [], file


@pytest.mark.parametrize("query", PICTURES)
def test_pictures_asked_for_in_turn_are_each_in_their_language(query: str) -> None:
    for _ in range(2):  # computed, then kept
        english, other = (drawn(f"{query}&lang={language}") for language in ("en", CODE))
        assert not is_doubled(english)
        assert is_doubled(other)
        assert left_in_english(other) == []


def test_the_gallery_is_kept_for_each_language() -> None:
    english = gallery()
    assert left_in_english(said(gone_to(opened(lang=CODE), "variants"))) == []
    assert gallery() is english


# --- which one --------------------------------------------------------------------------------------------------------


def test_a_language_goes_with_the_reader_and_every_page_s_link_says_it() -> None:
    page = opened(lang=CODE)
    for file in ("start", "compare", "blocks"):
        assert is_doubled(said(gone_to(page, file)))
        assert page.query_params["lang"] == CODE


def test_a_reader_who_has_chosen_none_has_links_that_name_none() -> None:
    page = opened()
    assert "lang" not in page.query_params
    assert not is_doubled(said(page))


def test_a_language_that_is_not_offered_is_refused_in_a_sentence_on_the_page_it_was_asked_of() -> None:
    page = opened(lang="<b>")
    (told,) = [one.value for one in page.warning]
    assert told.startswith("lang (")
    assert "one of en, xx" in told
    assert "English" in told
    assert "lang" not in page.query_params
    assert not gone_to(page, "compare").warning


def test_fragments_speak_the_language_of_their_page() -> None:
    page = opened(lang=CODE, sentence="one two")
    page.text_input(key="sentence").set_value("three four five").run()
    assert left_in_english(said(checked(page))) == []


@pytest.mark.parametrize(
    ("query", "accepts", "tag"),
    [("", "", "en"), ("", "fr, xx;q=0.5", TAG), ("lang=en", "xx", "en"), ("lang=xx", "en", TAG)],
)
def test_a_document_is_in_the_language_of_its_link_or_of_the_browser(query: str, accepts: str, tag: str) -> None:
    route = next(route for route in document.ROUTES if route.path == "/start")
    found = answer(route.endpoint, "/start", query, accepts)
    body = bytes(found.body).decode()
    assert f'<html lang="{tag}"' in body
    assert (f"<title>{doubled('Start · Attention Lab')}</title>" in body) == (tag == TAG)
    assert found.headers["content-language"] == tag
    assert "Accept-Language" in found.headers["vary"]


def test_the_switch_names_each_language_in_itself_and_is_left_out_where_there_is_one() -> None:
    text = document.document("start", CODE)
    assert '<a href="?lang=en" hreflang="en" lang="en">English</a>' in text
    assert f'<a href="?lang={CODE}" hreflang="{TAG}" lang="{TAG}" aria-current="true">Doubled</a>' in text


def test_who_comes_for_the_first_time_with_a_language_begins_in_it() -> None:
    route = next(route for route in document.ROUTES if route.path == "/")
    assert answer(route.endpoint, "/", "lang=xx").headers["location"] == "./start?lang=xx"
    assert answer(route.endpoint, "/", "lang=nonsense").headers["location"] == "./start"
    assert answer(route.endpoint, "/", "lang=xx&heads=4").status_code == 200


def test_a_picture_without_a_language_is_in_that_of_the_browser() -> None:
    assert is_doubled(drawn("", "xx"))
    assert not is_doubled(drawn("", "en"))
