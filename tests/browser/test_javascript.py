"""Modules become one file for the browser. That Chromium takes it is checked in `tests/browser/test_modules.py`."""

import graphlib
import re
from pathlib import Path

import pytest

from attnlab.bundles import COMPONENTS, bundle, closure, imports_of, module_source
from attnlab.notebook.page import FOLDER
from attnlab.paths import ASSETS
from attnlab.ui.canvases.component import FIRST_PAGE, FRAME, STREAMLITS_OWN, module_path, preload_header

every_component = pytest.mark.parametrize("component", COMPONENTS)

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.\.?/[\w/]+\.js)";$', re.MULTILINE)
EXPORTED = re.compile(r"^export (?:const|class|(?:async )?function\*?) (\w+)", re.MULTILINE)


def entry(component: str) -> Path:
    return ASSETS / component / f"{component}.js"


def source(module: Path) -> str:
    return module.read_text(encoding="utf-8")


def is_saved(component: str) -> bool:
    """Whether what it paints can be saved as a picture."""
    return ASSETS / "kit" / "painting" / "save.js" in closure(entry(component))


@every_component
def test_a_bundle_imports_nothing_and_exports_its_default_alone(component: str) -> None:
    code = module_source(component)
    assert not re.search(r"^\s*import\b", code, re.MULTILINE)
    exported = re.findall(r"^export\b.*", code, re.MULTILINE)
    assert len(exported) == 1
    assert exported[0].startswith("export default ")


def test_every_module_is_in_a_bundle() -> None:
    bundled = {module for component in (*COMPONENTS, FRAME, FOLDER) for module in closure(entry(component))}
    assert bundled == {path.resolve() for path in ASSETS.rglob("*.js")}


def test_children_are_replaced_where_the_focus_is_kept_alone() -> None:
    assert [path.name for path in ASSETS.rglob("*.js") if "replaceChildren" in source(path)] == ["dom.js"]


@every_component
def test_every_module_comes_once_and_after_those_it_imports(component: str) -> None:
    modules = closure(entry(component))
    assert len(set(modules)) == len(modules)
    assert modules[-1] == entry(component).resolve()
    for place, module in enumerate(modules):
        assert set(imports_of(module)) <= set(modules[:place]), module


@every_component
def test_every_imported_name_is_exported_where_it_is_said_to_be(component: str) -> None:
    for module in closure(entry(component)):
        for names, origin in IMPORT.findall(source(module)):
            wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
            exporting = source(module.parent / origin)
            defaults = {"default"} if "\nexport default " in exporting else set()
            assert wanted <= {*EXPORTED.findall(exporting), *defaults}, module


@pytest.mark.parametrize("component", [name for name in COMPONENTS if is_saved(name)])
def test_the_recorder_of_pictures_knows_whatever_painting_calls(component: str) -> None:
    recorder = source(ASSETS / "kit" / "painting" / "svg.js")
    style = re.search(r"^const STYLE = \{(.*?)^\}", recorder, re.MULTILINE | re.DOTALL)
    assert style
    known = set(re.findall(r"^  (\w+)[(:]", style[1] + recorder, re.MULTILINE)) - {"constructor"}
    known |= {"imageSmoothingEnabled"}  # images are never smoothed there
    preparing = {"setTransform", "clearRect"}  # a canvas on the page, before it is painted
    painting = [module for module in closure(entry(component)) if module.stem not in {"svg", "save"}]
    called = set(re.findall(r"\bcontext\.(\w+)", "".join(map(source, painting))))
    assert {"fillText", "drawImage", "globalAlpha"} <= known
    assert called - preparing <= known


def written(folder: Path, **modules: str) -> Path:
    """Modules in a folder; the path of the last one."""
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / f"{name}.js"


def test_a_module_in_a_bundle_keeps_its_own_names_to_itself(tmp_path: Path) -> None:
    first = 'const own = "import x;";\nexport function a() {\n  return own;\n}\n'
    second = 'import {\n  a,\n} from "./first.js";\nconst own = 2;\nexport default a;\n'
    (tmp_path / "kit").mkdir()
    scoped, entry = bundle(written(tmp_path / "kit", first=first, second=second)).split("\n\n")
    inside = 'const own = "import x;";\nfunction a() {\n  return own;\n}\n'
    assert scoped == f"const $kit_first = (() => {{\n{inside}return {{ a }};\n}})();"
    assert entry == "const {\n  a,\n} = $kit_first;\nconst own = 2;\nexport default a;\n"


def test_a_default_is_imported_by_another_name(tmp_path: Path) -> None:
    first = "export const b = 1;\nexport default b + 1;\n"
    second = 'import { default as a, b } from "./first.js";\nexport default a + b;\n'
    (tmp_path / "kit").mkdir()
    scoped, entry = bundle(written(tmp_path / "kit", first=first, second=second)).split("\n\n")
    inside = "const b = 1;\nconst $default = b + 1;\n"
    assert scoped == f"const $kit_first = (() => {{\n{inside}return {{ b, default: $default }};\n}})();"
    assert entry == "const { default: a, b } = $kit_first;\nexport default a + b;\n"


def test_a_module_of_the_folder_above_is_called_as_that_folder_is(tmp_path: Path) -> None:
    (tmp_path / "kit" / "painting").mkdir(parents=True)
    written(tmp_path / "kit", first="export const a = 1;\n")
    second = 'import { a } from "../first.js";\nexport default a;\n'
    scoped, entry = bundle(written(tmp_path / "kit" / "painting", second=second)).split("\n\n")
    assert scoped.startswith("const $kit_first = ")
    assert entry == "const { a } = $kit_first;\nexport default a;\n"


def test_no_two_modules_have_one_name() -> None:
    names = [path.stem for path in ASSETS.rglob("*.js")]  # in a bundle they stand beside each other
    assert sorted(names) == sorted(set(names))


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    one = 'import { b } from "./two.js";\nexport const a = 1;\n'
    two = 'import { a } from "./one.js";\nexport const b = 1;\n'
    with pytest.raises(graphlib.CycleError):
        closure(written(tmp_path, one=one, two=two))


def test_the_address_of_a_bundle_says_what_is_in_it() -> None:
    paths = {module_path(component) for component in COMPONENTS}
    assert len(paths) == len(COMPONENTS)
    assert all(re.fullmatch(r"/modules/\w+-[0-9a-f]{12}\.js", path) for path in paths)


def test_what_is_fetched_early_is_there() -> None:
    links = preload_header().split(", ")
    assert all(re.fullmatch(r"</(modules|static/js)/[\w.-]+\.js>; rel=modulepreload", link) for link in links)
    named = [re.split(r"[.-]", link.rpartition("/")[2])[0] for link in links]
    first = [*FIRST_PAGE, *STREAMLITS_OWN]
    assert named[: len(first)] == first  # a new Streamlit may name its files otherwise
    assert {"Input", "useTextField"} <= set(named[len(first) :])  # what those import
    assert "index" not in named
    assert sum(map(len, links)) < 2500  # a proxy takes headers of so much
