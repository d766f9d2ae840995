"""The place of a picture that is drawn before the app has begun: part of a page's document (`assets/frame/early.js`).

It is the page's own picture, of the same bytes and drawn by the same module; other pages begin as Streamlit does.
"""

import functools
import html
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from attnlab.bundles import markup_of, style_of
from attnlab.languages import Spoken, speaking
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.learn.classroom import Chosen
from attnlab.ui.canvases.component import FRAME, module_path
from attnlab.ui.kit.carrying import IN_ADDRESS, opening


@dataclass(frozen=True)
class Early:
    """What is drawn early on a page."""

    canvas: str
    """Its folder in `assets/`."""
    path: str
    """The page's own."""
    without: tuple[str, ...]
    """Parameters of links whose pages open with other controls above the picture, or choose where to look."""
    of: str = ""
    """Which picture (`ui/picture.py`)."""
    above: tuple[str, ...] = ()
    """Names of the page's prose that stand above it: a heading, a line."""


PLACES: Mapping[str, Early] = {
    "attention": Early("stage", "", ("source", *Chosen.kinds())),
    "start": Early("words", "start", ("start_present",), of="start", above=("question", "line")),
}
"""By the name of a page's file."""


@functools.cache
def early_place(file: str, code: str) -> str:
    """HTML of the place; nothing for a page that draws none.

    Args:
        file: the page's, as the frame's words name it.
        code: of the language, in which the page opens.
    """
    early = PLACES.get(file)
    if early is None:
        return ""
    with speaking(Spoken(code)):
        link = urlencode(fields.told(opening(early.path), IN_ADDRESS[early.path][1]), doseq=True)
    said = {"opening": link, "without": " ".join(early.without), "of": early.of}
    data = " ".join(f'data-{name}="{html.escape(text)}"' for name, text in said.items())
    above = "".join(f"<p>{html.escape(page_prose(file, code)['page'][name])}</p>" for name in early.above)
    canvas = f"<style>{style_of(early.canvas)}</style>{markup_of(early.canvas)}"
    return (
        f'<div id="early" class="{file}" inert aria-hidden="true" data-theme="auto" {data}>{above}'
        f'<div><template shadowrootmode="open">{canvas}</template></div></div>\n'
    )


def early_script(file: str) -> str:
    """HTML that fills the place; it belongs before Streamlit's script, behind which it would wait for that."""
    early = PLACES.get(file)
    if early is None:
        return ""
    return f"""<link rel="modulepreload" href=".{module_path(early.canvas)}">
<script type="module">
import draw from ".{module_path(FRAME)}";
draw(import(".{module_path(early.canvas)}"));
</script>
"""
