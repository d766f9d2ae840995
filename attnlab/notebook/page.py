"""One HTML file with pictures in it, and with all that draws them: it asks nobody for anything.

What was typed is data in it: text nodes are escaped, pictures are JSON in which no "<" occurs, and a content security
policy lets nothing run but the one script that is hashed in it, and nothing be fetched.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from attnlab.bundles import markup_of, module_source, style_of
from attnlab.languages import present_language
from attnlab.paths import ASSETS

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
FOLDER = "alone"
STYLES = (ASSETS / "kit" / "theme.css", ASSETS / FOLDER / f"{FOLDER}.css")
SHADOWS = ("overview", "stage")
"""Components that are drawn, from top to bottom."""


def page(title: str, heading: str, note: str, pictures: Mapping[str, Any], theme: Theme = "auto") -> str:
    """The document.

    Args:
        title: of the window or the tab; text.
        heading: above all; text.
        note: below it; text.
        pictures: JSON values, which `assets/alone/alone.js` reads.
        theme: "auto" follows the reader's system.
    """
    script = module_source(FOLDER)
    shown = [name for name in SHADOWS if pictures.get(name) is not None or name == "stage"]
    return f"""<!doctype html>
<html lang="{present_language().tag}" data-alone data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{"".join(map(_text_of, STYLES))}</style>
</head>
<body>
<h1>{html.escape(heading)}</h1>
<p>{html.escape(note)}</p>
{"".join(map(_shadow, shown))}
<script type="application/json" id="pictures">{_json(pictures)}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def framed(document: str, height: int, title: str) -> str:
    """A document within another, such as a notebook: in a frame that has no rights but to draw and to save pictures.

    Args:
        document: HTML.
        height: of the frame, in pixels.
        title: what screen readers call it; text.
    """
    inside, name = html.escape(document), html.escape(title)
    rights = "allow-scripts allow-downloads"
    look = f"width: 100%; height: {height}px; border: 0"
    return f'<iframe title="{name}" sandbox="{rights}" style="{look}" srcdoc="{inside}"></iframe>'


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    rules = ("default-src 'none'", f"script-src 'sha256-{digest}'", "style-src 'unsafe-inline'")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def _shadow(name: str) -> str:
    inside = f"<style>{style_of(name)}</style>{markup_of(name)}"
    return f'<div id="{name}"><template shadowrootmode="open">{inside}</template></div>\n'


def _json(values: Any) -> str:
    """JSON that ends no script element, whatever was typed."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")
