"""Our browser components: a folder of `assets/` each, with HTML, CSS and JavaScript modules.

Streamlit sends a component's JavaScript with every message to it, and the browser hashes it each time. So what
Streamlit gets is a line that imports the real module, and the process serves that once, under a name that changes with
its content.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attnlab.bundles import COMPONENTS, markup_of, module_source, style_of

FRAME = "frame"
"""A folder with modules and no component: the document of every page runs them (`attnlab/ui/document.py`)."""
FIRST_PAGE = (FRAME, "stage", "controls")
STREAMLITS_OWN = (
    "TextInput",
    "MenuButton",
    "BidiComponent",
    "serialization",
    "recordbatch",
)
_FOLDER = "modules"
_SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'`]\./([\w.-]+\.js)["'`]""")


def component(name: str) -> Callable[..., Any]:
    """Register the component of a folder; call it once, at import time."""
    draw = st.components.v2.component(
        f"attnlab.{name}",
        html=markup_of(name),
        css=style_of(name),
        js=f"""
const module = await import(new URL("{module_path(name).lstrip("/")}", document.baseURI).href);
export default module.default;
""",
    )

    def drawn(*, data: Any, **looks: Any) -> Any:
        # In a list, because Streamlit tries each value of a mapping for a table; `assets/kit/mount.js` takes it out.
        return draw(data=[data] if isinstance(data, Mapping) else data, **looks)

    return drawn


@functools.cache
def module_path(name: str) -> str:
    """Where it is served: another content has another name, so a browser may keep it for ever."""
    digest = hashlib.blake2b(module_source(name).encode(), digest_size=6).hexdigest()
    return f"/{_FOLDER}/{name}-{digest}.js"


@functools.cache
def preload_header(prefix: str = "") -> str:
    """The Link header that lets a browser fetch modules while Streamlit is still starting.

    Those of the page that opens first, and those of Streamlit's own that it needs, with what these import: Streamlit
    asks for them one after the other, each when it meets the element, and then for what it imports. All of them would
    crowd out what it starts with.

    Args:
        prefix: what stands before every path of the server, such as "/lab".
    """
    paths = [module_path(name) for name in FIRST_PAGE]
    own = [file.name for name in STREAMLITS_OWN for file in _SCRIPTS.glob(f"{name}.*.js")]
    entries = {file.name for file in _SCRIPTS.glob("index.*.js")}
    started = entries | _imported(entries)  # which the document asks for by itself
    paths += [f"/static/js/{name}" for name in dict.fromkeys([*own, *sorted(_imported(own) - started)])]
    return ", ".join(f"<{prefix}{path}>; rel=modulepreload" for path in paths)


def _imported(names: Iterable[str]) -> set[str]:
    """The scripts of Streamlit's that these import at once, and what those import, by name."""
    found, waiting = set[str](), list(names)
    while waiting:
        file = _SCRIPTS / waiting.pop()
        source = file.read_text(encoding="utf-8") if file.is_file() else ""
        new = set(_IMPORT.findall(source)) - found
        found |= new
        waiting += new
    return found


async def _serve(request: Request) -> Response:
    sources = {module_path(name): name for name in (*COMPONENTS, FRAME)}
    name = sources.get(f"/{_FOLDER}/{request.path_params['file']}")
    if name is None:
        return Response(status_code=404)
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(module_source(name), media_type="text/javascript", headers=lasting)


ROUTES = [Route(f"/{_FOLDER}/{{file}}", _serve)]
