"""The engine's own source, cut out: some of its functions with all that they call, to be pasted into a script."""

import ast
import functools
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass

PACKAGE = "attnlab."

Place = tuple[str, str]
"""A module and a name that it defines."""


@dataclass(frozen=True)
class Pasted:
    """Source that runs where its imports have run; constants stand before functions."""

    imports: frozenset[str]
    definitions: tuple[str, ...]


def pasted(wanted: Iterable[Place]) -> Pasted:
    """The definitions of what is wanted and of all that these need, each once.

    Raises:
        ValueError: two different definitions of one name.
    """
    found: dict[Place, _Definition] = {}
    imports: set[str] = set()
    waiting = list(wanted)
    while waiting:
        place = waiting.pop(0)
        module, name = place
        if place in found:
            continue
        definition = _module(module).definitions[name]
        found[place] = definition
        for used in sorted(definition.uses):
            if used in _module(module).definitions:
                waiting.append((module, used))
            elif used in _module(module).imports:
                origin, statement = _module(module).imports[used]
                if origin[0].startswith(PACKAGE):
                    waiting.append(origin)
                else:
                    imports.add(statement)
    names = [name for _, name in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names ({', '.join(twice)}) must each have one definition among what is pasted")
    ordered = sorted(found.values(), key=lambda definition: not definition.is_constant)  # stable: else as found
    return Pasted(frozenset(imports), tuple(dict.fromkeys(definition.text for definition in ordered)))


@dataclass(frozen=True)
class _Definition:
    text: str
    uses: frozenset[str]
    is_constant: bool


@dataclass(frozen=True)
class _Module:
    definitions: dict[str, _Definition]
    imports: dict[str, tuple[Place, str]]  # name -> where it comes from, and the statement that brings it


@functools.cache
def _module(name: str) -> _Module:
    """What a module defines and imports at its top level."""
    source = inspect.getsource(importlib.import_module(name))
    lines = source.splitlines()
    definitions: dict[str, _Definition] = {}
    imports: dict[str, tuple[Place, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name] = ((alias.name, ""), f"import {_as(alias)}")
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                statement = f"from {node.module} import {_as(alias)}"
                imports[alias.asname or alias.name] = ((node.module, alias.name), statement)
        else:
            for defined in _defined_by(node):
                definitions[defined] = _definition(node, lines)
    return _Module(definitions, imports)


def _as(alias: ast.alias) -> str:
    return alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"


def _defined_by(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _definition(node: ast.stmt, lines: list[str]) -> _Definition:
    is_constant = isinstance(node, ast.Assign | ast.AnnAssign)
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    uses = frozenset(name.id for name in ast.walk(node) if isinstance(name, ast.Name))
    return _Definition("\n".join(lines[first - 1 : node.end_lineno]), uses, is_constant)
