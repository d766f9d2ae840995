"""The engine stands alone: torch, the standard library, itself and a cache that needs no more."""

import ast
import subprocess
import sys
from pathlib import Path

import attnlab.engine

ENGINE = Path(attnlab.engine.__file__).parent
BESIDE = ENGINE.parent / "byte_cache.py"
"""What the whole house shares, and the engine too."""
FILES = [BESIDE, *sorted(ENGINE.rglob("*.py"))]


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_the_engine_imports_torch_and_the_standard_library_only() -> None:
    assert len(FILES) > 10
    for file in FILES:
        for name in imported(file):
            top = name.partition(".")[0]
            allowed = (
                top in sys.stdlib_module_names
                or top == "torch"
                or name.startswith(("attnlab.engine", "attnlab.byte_cache"))
            )
            assert allowed, f"{file.name} imports {name}"


def test_importing_the_engine_leaves_streamlit_out() -> None:
    code = "import attnlab.engine, sys; print('streamlit' in sys.modules, 'altair' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ENGINE.parent.parent
    )
    assert done.stdout.split() == ["False", "False"]


def test_every_public_name_is_there() -> None:
    assert list(attnlab.engine.__all__) == sorted(attnlab.engine.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(attnlab.engine, name) for name in attnlab.engine.__all__)
