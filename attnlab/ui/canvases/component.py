"""Our browser components: a folder of `assets/` each, with HTML, CSS and JavaScript modules.

Streamlit sends a component's JavaScript with every message to it, and the browser hashes it each time. So what
Streamlit gets is a line that imports the real module, and the process serves that once, under a name that changes with
its content.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attnlab.paths import ASSETS

# Each after those it imports; the one with the default export last.
MODULES: dict[str, Sequence[str]] = {
    "stage": (
        "payload",
        "ahead",
        "text",
        "colors",
        "layout",
        "edits",
        "variants",
        "explain",
        "draw",
        "views",
        "svg",
        "save",
        "caption",
        "editor",
        "whatif",
        "workshop",
        "stage",
    ),
    "live_slider": ("live_slider",),
    "pair": (
        *(f"../stage/{part}" for part in ("payload", "text", "colors", "svg", "save")),
        "grid",
        "paint",
        "sheet",
        "pair",
    ),
    "maps": ("../stage/payload", "../stage/colors", "maps"),
    "answers": ("answers",),
    "chips": ("chips",),
    "cards": ("../stage/payload", "../stage/colors", "cards"),
    "blocks": (
        *(f"../stage/{part}" for part in ("payload", "ahead", "text", "colors")),
        "laws",
        "opened",
        "diagram",
        "wires",
        "blocks",
    ),
    "translation": (
        *(f"../stage/{part}" for part in ("payload", "text", "colors")),
        "bridge",
        "lists",
        "alignment",
        "translation",
    ),
    "beam_tree": ("beam_tree",),
}
FIRST_PAGE = ("stage", "live_slider")
STREAMLITS_OWN = (
    "TextInput",
    "MenuButton",
    "ButtonGroup",
    "Selectbox",
    "BidiComponent",
    "serialization",
    "recordbatch",
)
_FOLDER = "modules"
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_NAMED_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def component(name: str) -> Callable[..., Any]:
    """Register the component of a folder; call it once, at import time."""
    folder = ASSETS / name
    return st.components.v2.component(
        f"attnlab.{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=f"""
const module = await import(new URL("{module_path(name).lstrip("/")}", document.baseURI).href);
export default module.default;
""",
    )


def bundle(modules: Sequence[Path]) -> str:
    """Several JavaScript modules as one, in the given order.

    They import each other as the language means it, so that editors read them as they are. Here their imports are
    dropped and their named exports become plain declarations; names must therefore differ across files.
    """
    sources = (module.read_text(encoding="utf-8") for module in modules)
    return "\n".join(_NAMED_EXPORT.sub("", _IMPORT.sub("", source)) for source in sources)


@functools.cache
def module_source(name: str) -> str:
    """The JavaScript of a component."""
    return bundle([ASSETS / name / f"{module}.js" for module in MODULES[name]])


@functools.cache
def module_path(name: str) -> str:
    """Where it is served: another content has another name, so a browser may keep it for ever."""
    digest = hashlib.blake2b(module_source(name).encode(), digest_size=6).hexdigest()
    return f"/{_FOLDER}/{name}-{digest}.js"


@functools.cache
def preload_header() -> str:
    """The Link header that lets a browser fetch modules while Streamlit is still starting.

    Those of the page that opens first, and the larger ones of Streamlit's own that it needs: Streamlit asks for them
    one after the other, each when it meets the element. All of them would crowd out what it starts with.
    """
    paths = [module_path(name) for name in FIRST_PAGE]
    scripts = Path(st.__file__).parent / "static" / "static" / "js"
    paths += [f"/static/js/{file.name}" for name in STREAMLITS_OWN for file in scripts.glob(f"{name}.*.js")]
    return ", ".join(f"<{path}>; rel=modulepreload" for path in paths)


async def _serve(request: Request) -> Response:
    sources = {module_path(name): name for name in MODULES}
    name = sources.get(f"/{_FOLDER}/{request.path_params['file']}")
    if name is None:
        return Response(status_code=404)
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(module_source(name), media_type="text/javascript", headers=lasting)


ROUTES = [Route(f"/{_FOLDER}/{{file}}", _serve)]
