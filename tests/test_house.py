"""Rules of the house that hold for every file: what may import what, and what never occurs."""

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.every_file import ROOT, for_each

PACKAGE = ROOT / "attnlab"
FOLDERS = ("attnlab", "pages", "benchmarks")
SOURCES = [ROOT / "app.py", *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
ASSETS = sorted(path for suffix in ("js", "html", "css", "svg") for path in (ROOT / "assets").rglob(f"*.{suffix}"))

# The law: what each room may import beside itself. A new room is a line here and one in the README's map.
TORCH_ROOMS = {"engine", "text", "sequences", "models", "tasks"}
ROOMS: dict[str, set[str]] = {
    "engine": set(),
    "text": set(),
    "sequences": set(),
    "export": {"engine"},
    "classroom": {"training"},
    "models": {"engine", "text", "pretrained"},
    "tasks": {"engine", "text", "sequences", "models"},
    "costs": {"engine", "models"},
    "training": TORCH_ROOMS,
    "pretrained": {"engine"},
    "interventions": {"engine", "pretrained"},
    "claims": TORCH_ROOMS | {"training"},
    "cli": TORCH_ROOMS | {"training", "pretrained", "interventions", "lessons", "claims", "costs"},
    "charts": {"engine", "models", "training"},
    "settings": TORCH_ROOMS | {"training", "classroom", "claims", "costs"},
    "looks": TORCH_ROOMS | {"training", "settings", "pretrained", "interventions", "claims"},
    "lessons": {"engine", "text", "training", "settings", "looks"},
    "pictures": TORCH_ROOMS | {"training", "settings", "charts", "looks", "lessons"},
    "notebook": {"engine", "text", "export", "pretrained", "interventions", "looks", "pictures"},
    "ui": TORCH_ROOMS
    | {"export", "training", "charts", "settings", "looks", "pictures", "pretrained", "notebook", "classroom"}
    | {"lessons", "claims", "costs"},
}
EVERYWHERE = {"bundles", "byte_cache", "languages", "machine", "paths", "prose", "row_files"}
"""Files beside the rooms, which know nothing of them."""
# The same for the rooms inside `ui`. Its files beside the rooms join them all.
PAGES = (
    "attention",
    "blocks",
    "choosing",
    "claims",
    "classify",
    "classroom",
    "compare",
    "cost",
    "guide",
    "lessons",
    "models",
    "start",
    "training",
    "translate",
    "variants",
)
UI_ROOMS: dict[str, set[str]] = {
    "canvases": set(),
    "kit": {"canvases"},
    "races": {"canvases", "kit"},
    "operations": {"races"},
    "crowd": {"races"},
    **{page: {"canvases", "kit", "races"} for page in PAGES},
}
MOST_FILES = 13
"""Of Python, or of JavaScript, in a folder: who opens one sees all of it. What no longer fits is an idea of its own."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_source = for_each(SOURCES)


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, by its full name."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rooms() -> list[str]:
    return sorted(folder.name for folder in PACKAGE.iterdir() if folder.is_dir() and list(folder.rglob("*.py")))


# --- imports ----------------------------------------------------------------------------------------------------------


def test_every_room_has_its_law() -> None:
    assert set(rooms()) == set(ROOMS)
    assert {folder.name for folder in (PACKAGE / "ui").iterdir() if list(folder.glob("*.py"))} == set(UI_ROOMS)


def test_no_two_rooms_need_each_other() -> None:
    for laws in (ROOMS, UI_ROOMS):
        assert all(room not in laws[other] for room in laws for other in laws[room])


@for_each(sorted(PACKAGE.rglob("*.py")))
def test_imports_obey_the_law(path: Path) -> None:
    place, *inside = path.relative_to(PACKAGE).parts
    allowed = {place.removesuffix(".py")} | EVERYWHERE | ROOMS.get(place, set())
    if place == "__main__.py":  # `python -m attnlab`
        allowed = {"cli"}
    if place == "__init__.py":  # `attnlab.show`
        allowed = {"notebook"}
    for name in imported(path):
        parts = name.split(".")
        assert parts[0] not in {"pages", "tests", "benchmarks", "app"}
        if parts[0] != "attnlab" or len(parts) == 1:
            continue
        assert parts[1] in allowed, f"{named(path)} imports {name}"
        if place == "ui" and len(inside) > 1 and parts[1] == "ui" and len(parts) > 2:
            assert parts[2] in UI_ROOMS[inside[0]] | {inside[0]}, f"{named(path)} imports {name}"


@for_each(sorted({path.parent for top in (PACKAGE, ROOT / "assets") for path in top.rglob("*.[pj][ys]")}))
def test_a_folder_is_read_at_a_glance(folder: Path) -> None:
    for kind in ("py", "js"):
        assert len(list(folder.glob(f"*.{kind}"))) <= MOST_FILES, f"{kind}: give what belongs together a room"


@for_each(sorted(PACKAGE.rglob("*.py")))
def test_a_room_says_what_it_is(path: Path) -> None:
    assert path.name != "__init__.py" or ast.get_docstring(parsed(path))
    assert (path.parent / "__init__.py").exists(), "a folder of modules is a room, and says so in its __init__.py"


def test_nothing_but_the_ui_loads_streamlit() -> None:
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if "ui" not in path.relative_to(PACKAGE).parts]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]
    assert {"attnlab.engine", "attnlab.text"} <= set(modules)
    script = f"import sys, {', '.join(modules)}; print('streamlit' in sys.modules)"
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_the_package_itself_loads_nothing_until_it_is_asked() -> None:
    script = "import attnlab, sys; loaded = set(sys.modules); print({'torch', 'numpy', 'attnlab.notebook'} & loaded)"
    command = [sys.executable, "-c", f"{script}; print(attnlab.show.__module__)"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert said == ["set()", "attnlab.notebook.show"]


@for_each(sorted((PACKAGE / "engine").rglob("*.py")))
def test_the_engine_knows_torch_and_the_standard_library(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
    assert outside <= {"torch", "attnlab"}


# --- what never occurs ------------------------------------------------------------------------------------------------

BANNED_MODULES = {"pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_ATTRIBUTES = {("torch", "load"), ("torch", "save"), ("np", "load"), ("numpy", "load"), ("pd", "read_pickle")}
BANNED_ATTRIBUTES |= {("components", "html"), ("os", "system"), ("st", "html")}


@every_source
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & BANNED_MODULES
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in BANNED_CALLS, node.lineno
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in BANNED_ATTRIBUTES, node.lineno


@every_source
def test_no_markup_is_let_through(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.keyword):
            assert node.arg not in {"unsafe_allow_html", "unsafe_allow_javascript", "trust_remote_code"}, node.lineno
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


TAKEN = PACKAGE / "ui" / "kit" / "taking" / "downloads.py"


@every_source
def test_files_and_links_of_ours_keep_the_language_of_their_page(path: Path) -> None:
    """By `download` and `address`: at a click, and in a new window, there is no run that would know it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr != "download_button" or path == TAKEN, node.lineno
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "prose.py":
            assert not node.value.startswith("./"), node.lineno


WORDED = {"compact", "localized", "duration", "distance", "calendar"}
"""Formats of a table that Streamlit writes in the browser's language, which need not be the page's."""


@every_source
def test_tables_write_numbers_and_times_in_signs(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.keyword) and node.arg == "format" and isinstance(node.value, ast.Constant):
            assert node.value.value not in WORDED, node.value.lineno


MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc"
CODE = (
    r"""\beval\s*\(|new Function|\bimport\s*\((?!"\.\.?/)|javascript:"""  # import("./x.js") is how JSDoc names a type
)
HANDLER = r"""\son\w+\s*=\s*["']"""


@for_each(ASSETS)
def test_assets_write_no_markup_run_no_strings_and_name_no_foreign_host(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.findall(f"{MARKUP}|{CODE}", source)
    if path.suffix in {".html", ".svg"}:
        assert not re.findall(f"<script|{HANDLER}", source, re.IGNORECASE)
    assert not [url for url in re.findall(r"https?://[^\s\"')]+", source) if not url.startswith("http://www.w3.org/")]


@for_each(sorted((ROOT / "assets").rglob("*.js")))
def test_javascript_keeps_nothing_in_the_browser_and_talks_to_its_own_server_alone(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    own = r"new URL\(`(?:picture\?\$\{link\}|room\$\{path\})`, document\.baseURI\)"
    other_ways = "XMLHttpRequest|new WebSocket|(?<!Object\\.entries\\()localStorage|sessionStorage|document\\.cookie"
    assert not re.findall(rf"\b(?:fetch|new EventSource)\((?!{own})|{other_ways}", source)


# --- the map ----------------------------------------------------------------------------------------------------------


def test_the_readmes_map_names_each_folder() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    lines = {line.strip().split(" ")[0] for line in readme.read_text(encoding="utf-8").splitlines()}
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))]
    inside = [path for path in PACKAGE.iterdir() if path.is_dir() and list(path.glob("*.py"))]
    missing = [path.name for path in folders + inside if f"{path.name}/" not in lines]
    assert missing == []


FOUND_WHEN_RUN = {".models/", ".runs/", ".venv/"}


def test_the_readme_names_files_and_names_that_exist() -> None:
    prose = re.sub(r"```.*?```", "", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    told = set(re.findall(r"`([^`\n]+)`", prose)) - FOUND_WHEN_RUN
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = {f"{folder}/" for file in listed for folder in Path(file).parents}
    places = tuple(f"/{place}" for place in (*listed, *folders))
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    files = {name for name in told if re.fullmatch(r"[\w./-]+\.(py|js|toml|json|css|md)|[\w./-]+/", name)}
    names = {name for name in told if re.fullmatch(r"\w+", name)}
    assert len(files) > 30
    assert not {name for name in files if not any(place.endswith(f"/{name.lstrip('/')}") for place in places)}
    assert not {name for name in names if not re.search(rf"\b{name}\b", source)}
