"""Modules become one file for the browser. That Chromium takes it is checked in `tests/browser/test_modules.py`."""

import posixpath
import re
from collections import Counter
from pathlib import Path

import pytest

from attnlab.paths import ASSETS
from attnlab.ui.canvases.component import (
    FIRST_PAGE,
    MODULES,
    STREAMLITS_OWN,
    bundle,
    module_path,
    module_source,
    preload_header,
)

every_component = pytest.mark.parametrize("component", MODULES)

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.\.?/[\w/]+)\.js";$', re.MULTILINE)
DECLARED = re.compile(r"^(?:export (?:default )?)?(?:const|let|class|(?:async )?function\*?) (\w+)", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:const|let|class|(?:async )?function\*?) (\w+)", re.MULTILINE)


def source(component: str, module: str) -> str:
    return (ASSETS / component / f"{module}.js").read_text(encoding="utf-8")


def imports(component: str, module: str) -> list[tuple[set[str], str]]:
    """What a module imports: the names, and the module they come from as the component would list it."""
    found = []
    for names, origin in IMPORT.findall(source(component, module)):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(module), origin))
        found.append(({name.strip() for name in names.split(",") if name.strip()}, place))
    return found


@every_component
def test_a_bundle_imports_nothing_and_exports_its_default_alone(component: str) -> None:
    code = module_source(component)
    assert not re.search(r"^\s*import\b", code, re.MULTILINE)
    exported = re.findall(r"^\s*export\b.*", code, re.MULTILINE)
    assert len(exported) == 1
    assert exported[0].startswith("export default function render(")


@every_component
def test_no_name_is_declared_twice_in_a_bundle(component: str) -> None:
    names = Counter(DECLARED.findall(module_source(component)))
    assert names["render"] == 1
    assert [name for name, count in names.items() if count > 1] == []


@every_component
def test_every_module_of_a_folder_is_in_the_bundle_after_those_it_imports(component: str) -> None:
    modules = MODULES[component]
    borrowed = {module for module in modules if "/" in module}  # from another component's folder
    assert set(modules) - borrowed == {path.stem for path in (ASSETS / component).glob("*.js")}
    for place, module in enumerate(modules):
        assert {origin for _, origin in imports(component, module)} <= set(modules[:place]), module


@every_component
def test_every_imported_name_is_exported_where_it_is_said_to_be(component: str) -> None:
    for module in MODULES[component]:
        for wanted, origin in imports(component, module):
            assert wanted <= set(EXPORTED.findall(source(component, origin))), module


@every_component
def test_the_recorder_of_pictures_knows_whatever_painting_calls(component: str) -> None:
    recorder = source("stage", "svg")
    style = re.search(r"^const STYLE = \{(.*?)^\}", recorder, re.MULTILINE | re.DOTALL)
    assert style
    known = set(re.findall(r"^  (\w+)[(:]", style[1] + recorder, re.MULTILINE)) - {"constructor"}
    known |= {"imageSmoothingEnabled"}  # images are never smoothed there
    preparing = {"setTransform", "clearRect"}  # a canvas on the page, before it is painted
    painting = [module for module in MODULES[component] if module.split("/")[-1] not in {"svg", "save"}]
    called = set(re.findall(r"\bcontext\.(\w+)", "".join(source(component, module) for module in painting)))
    assert {"fillText", "drawImage", "globalAlpha"} <= known
    assert called - preparing <= known


def test_a_bundle_drops_imports_that_span_lines_and_keeps_the_word_in_strings(tmp_path: Path) -> None:
    first, second = tmp_path / "a.js", tmp_path / "b.js"
    first.write_text('export const a = "import x;";\n', encoding="utf-8")
    second.write_text('import {\n  a,\n} from "./a.js";\nexport default function b() { return a; }\n', encoding="utf-8")
    assert bundle([first, second]) == 'const a = "import x;";\n\nexport default function b() { return a; }\n'


def test_the_address_of_a_bundle_says_what_is_in_it() -> None:
    paths = {module_path(component) for component in MODULES}
    assert len(paths) == len(MODULES)
    assert all(re.fullmatch(r"/modules/\w+-[0-9a-f]{12}\.js", path) for path in paths)


def test_what_is_fetched_early_is_there() -> None:
    links = preload_header().split(", ")
    assert all(re.fullmatch(r"</(modules|static/js)/[\w.-]+\.js>; rel=modulepreload", link) for link in links)
    named = [re.split(r"[.-]", link.rpartition("/")[2])[0] for link in links]
    assert named == [*FIRST_PAGE, *STREAMLITS_OWN]  # a new Streamlit may name its files otherwise
