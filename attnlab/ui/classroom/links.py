"""Where a teacher may lead a class: to the pages of the app, by links that are checked as every link is."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode

from attnlab.engine import SpecError
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.fields import Kinds
from attnlab.settings.learn.lessons import FOR
from attnlab.settings.learn.lessons import KINDS as OF_LESSONS
from attnlab.training.store import StoreError
from attnlab.ui.kit.carrying import IN_ADDRESS

LONGEST_LINK = 16_000
"""Characters: as many as `assets/kit/conversation/ahead.js` asks a picture with."""
OWN = "class"
"""The class page itself is nowhere to be led to."""


def titles() -> Mapping[str, str]:
    """What the pages are called that a class can be led to, by path."""
    pages = {
        "" if page.get("default") else str(page["file"]): str(page["title"]) for page in page_prose("site")["pages"]
    }
    return {path: title for path, title in pages.items() if path != OWN}


def checked_link(page: object, link: object) -> tuple[str, str]:
    """A page's path and the parameters that it knows, as the room keeps them; others are left out.

    Raises:
        StoreError: no such page, or a link that is none.
        SpecError: a parameter that cannot be taken.
    """
    if not isinstance(page, str) or page not in titles():
        known = tuple(filter(None, titles()))
        allowed = f"one of {', '.join(known)}, or empty for the explorer"
        raise StoreError("page", page, allowed, "choice", choices=known)
    if not isinstance(link, str) or len(link) > LONGEST_LINK:
        got = len(link) if isinstance(link, str) else link
        raise StoreError("link", got, f"text of at most {LONGEST_LINK} characters", "long", most=LONGEST_LINK)
    kinds = _followed(page)
    try:
        params = parse_qs(link.removeprefix("?"), keep_blank_values=True, max_num_fields=len(kinds) + 100)
    except ValueError:
        raise StoreError("link", link, "parameters of a page", "form") from None
    if any("\0" in text for texts in params.values() for text in texts):
        raise SpecError("link", "form", "link must hold text without NUL", got="NUL")
    fields.strict(params, kinds)
    return page, urlencode({name: texts for name, texts in params.items() if name in kinds}, doseq=True)


def _followed(page: str) -> Kinds:
    """What of a page's link a class follows: of a lesson what its step shows too, and never the teacher's notes."""
    if page == "lessons":
        return {name: kind for name, kind in OF_LESSONS.items() if name != FOR}
    return IN_ADDRESS[page][1] if page in IN_ADDRESS else {}
