"""The JavaScript of `assets/`: modules that import each other, as one for the browser.

They import each other as the language means it, so that editors and tests read them as they are, without a build step.
"""

import functools
import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

from attnlab.paths import ASSETS

COMPONENTS = tuple(sorted(path.parent.name for path in ASSETS.glob("*/*.html")))
"""Each a folder with `<name>.html`, `<name>.css` and `<name>.js`, whose default export draws it."""

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.\.?/[\w./]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:class|const|function\*?|async function) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_DEFAULT_NAME = "$default"


@functools.cache
def module_source(name: str) -> str:
    """The JavaScript of a folder of `assets/`, its entry called as the folder is."""
    return bundle(ASSETS / name / f"{name}.js")


@functools.cache
def style_of(name: str) -> str:
    """The CSS of a component, with what all of them share."""
    paths = (ASSETS / "kit" / "kit.css", ASSETS / name / f"{name}.css")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def markup_of(name: str) -> str:
    """The HTML of a component."""
    return (ASSETS / name / f"{name}.html").read_text(encoding="utf-8")


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

    Each of the others becomes a call that gives what it exports, so it keeps its own names to itself as before; of the
    module itself only the default is exported.
    """
    *others, _ = closure(entry)
    return "\n".join([*map(_scoped, others), _EXPORT.sub("", _linked(entry))])


def _scoped(module: Path) -> str:
    source = _linked(module)
    names: Iterable[str] = _EXPORT.findall(source)
    if _DEFAULT.search(source):
        names = (*names, f"default: {_DEFAULT_NAME}")
    inside = _DEFAULT.sub(f"const {_DEFAULT_NAME} = ", _EXPORT.sub("", source))
    return f"const {_name(module)} = (() => {{\n{inside}return {{ {', '.join(names)} }};\n}})();\n"


def _linked(module: Path) -> str:
    """Its source, with the calls in the place of the modules that it imports from."""

    def taken(found: re.Match[str]) -> str:
        return f"const {found[1].replace(' as ', ': ')} = {_name(module.parent / found[2])};"

    return _IMPORT.sub(taken, module.read_text(encoding="utf-8"))


def _name(module: Path) -> str:
    module = module.resolve()  # "../payload.js" lies in the folder above, which has a name
    return f"${module.parent.name}_{module.stem}"
