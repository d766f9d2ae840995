"""Our browser components: a folder of `assets/` each, with HTML, CSS and JavaScript modules.

Streamlit sends a component's JavaScript with every message to it, and the browser hashes it each time. So what
Streamlit gets is a line that imports the real module, and the process serves that once, under a name that changes with
its content.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attnlab.paths import ASSETS

COMPONENTS = tuple(sorted(path.parent.name for path in ASSETS.glob("*/*.html")))
"""Each a folder with `<name>.html`, `<name>.css` and `<name>.js`, whose default export Streamlit calls."""

FRAME = "frame"
"""A folder with modules and no component: the document of every page runs them (`attnlab/ui/document.py`)."""
FIRST_PAGE = ("stage", "controls", "live_slider")
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
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.\.?/[\w./]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:class|const|function\*?|async function) (\w+))", re.MULTILINE)


def component(name: str) -> Callable[..., Any]:
    """Register the component of a folder; call it once, at import time."""
    folder = ASSETS / name
    draw = st.components.v2.component(
        f"attnlab.{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css="\n".join(
            path.read_text(encoding="utf-8") for path in (ASSETS / "kit" / "kit.css", folder / f"{name}.css")
        ),
        js=f"""
const module = await import(new URL("{module_path(name).lstrip("/")}", document.baseURI).href);
export default module.default;
""",
    )

    def drawn(*, data: Any, **looks: Any) -> Any:
        # In a list, because Streamlit tries each value of a mapping for a table; `assets/kit/mount.js` takes it out.
        return draw(data=[data] if isinstance(data, Mapping) else data, **looks)

    return drawn


def imports_of(module: Path) -> list[Path]:
    """The modules that one imports."""
    origins = (origin for _, origin in _IMPORT.findall(module.read_text(encoding="utf-8")))
    return [(module.parent / origin).resolve() for origin in origins]


def closure(entry: Path) -> list[Path]:
    """A module and all that it needs, each after those it imports.

    Raises:
        graphlib.CycleError: some import each other.
    """
    graph: dict[Path, list[Path]] = {}
    waiting = [entry.resolve()]
    while waiting:
        module = waiting.pop()
        if module not in graph:
            graph[module] = imports_of(module)
            waiting += graph[module]
    return list(TopologicalSorter(graph).static_order())


def bundle(entry: Path) -> str:
    """A JavaScript module and all that it needs as one.

    They import each other as the language means it, so that editors and tests read them as they are. Here each of the
    others becomes a call that gives what it exports, so it keeps its own names to itself as before; of the module
    itself only the default is exported.
    """
    *others, _ = closure(entry)
    return "\n".join([*map(_scoped, others), _EXPORT.sub("", _linked(entry))])


def _scoped(module: Path) -> str:
    source = _linked(module)
    names = ", ".join(_EXPORT.findall(source))
    return f"const {_name(module)} = (() => {{\n{_EXPORT.sub('', source)}return {{ {names} }};\n}})();\n"


def _linked(module: Path) -> str:
    """Its source, with the calls in the place of the modules that it imports from."""

    def taken(found: re.Match[str]) -> str:
        return f"const {found[1]} = {_name(module.parent / found[2])};"

    return _IMPORT.sub(taken, module.read_text(encoding="utf-8"))


def _name(module: Path) -> str:
    return f"${module.parent.name}_{module.stem}"


@functools.cache
def module_source(name: str) -> str:
    """The JavaScript of a component."""
    return bundle(ASSETS / name / f"{name}.js")


@functools.cache
def module_path(name: str) -> str:
    """Where it is served: another content has another name, so a browser may keep it for ever."""
    digest = hashlib.blake2b(module_source(name).encode(), digest_size=6).hexdigest()
    return f"/{_FOLDER}/{name}-{digest}.js"


@functools.cache
def preload_header(prefix: str = "") -> str:
    """The Link header that lets a browser fetch modules while Streamlit is still starting.

    Those of the page that opens first, and the larger ones of Streamlit's own that it needs: Streamlit asks for them
    one after the other, each when it meets the element. All of them would crowd out what it starts with.

    Args:
        prefix: what stands before every path of the server, such as "/lab".
    """
    paths = [module_path(name) for name in FIRST_PAGE]
    scripts = Path(st.__file__).parent / "static" / "static" / "js"
    paths += [f"/static/js/{file.name}" for name in STREAMLITS_OWN for file in scripts.glob(f"{name}.*.js")]
    return ", ".join(f"<{prefix}{path}>; rel=modulepreload" for path in paths)


async def _serve(request: Request) -> Response:
    sources = {module_path(name): name for name in (*COMPONENTS, FRAME)}
    name = sources.get(f"/{_FOLDER}/{request.path_params['file']}")
    if name is None:
        return Response(status_code=404)
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(module_source(name), media_type="text/javascript", headers=lasting)


ROUTES = [Route(f"/{_FOLDER}/{{file}}", _serve)]
