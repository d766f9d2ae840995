"""Every refusal says what kind it is, with the values that its kind has, so that a page can say it in its own words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

import pytest

import attnlab
from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed, check_divides
from attnlab.engine.errors import CODES, Code

PACKAGE = Path(attnlab.__file__).parent


CODE_AT = {"SpecError": 1, "SizeError": 1, "TableError": 1, "StoreError": 3, "FullError": 3, "LimitReachedError": 3}
"""Which argument of a refusal is its code; the store's need none where no visitor brings them about."""


def refusals(source: str) -> Iterator[ast.Call]:
    """Every place of a file that makes a refusal; of the store's those with a code."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        at = CODE_AT.get(node.func.id)
        if at == 1 or (at is not None and len(node.args) > at):
            yield node


def code_at(call: ast.Call) -> int:
    return CODE_AT[cast("ast.Name", call.func).id]


def code_of(call: ast.Call) -> object:
    """The code that it names; None where it names none."""
    at = code_at(call)
    code = call.args[at] if len(call.args) == max(3, at + 1) else None
    return code.value if isinstance(code, ast.Constant) else None


def faults(source: str) -> list[str]:
    """What is wrong with the refusals of a file."""
    found = []
    for call in refusals(source):
        name = code_of(call)
        always = {"got"} if code_at(call) == 3 else set()  # which the store's have by their place
        given = {str(keyword.arg) for keyword in call.keywords}
        if not isinstance(name, str) or name not in CODES:
            found.append(f"line {call.lineno}: {name!r} is no code")
        elif given | always != set(CODES[name]) | always:
            found.append(f"line {call.lineno}: {name!r} comes with {', '.join(CODES[name])}")
    return found


def test_the_table_has_each_code() -> None:
    assert set(CODES) == set(get_args(Code))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_refusal_has_a_known_code_with_its_values(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'SpecError("a", "message")',
        'SpecError("a", "odd", "m")',
        'SpecError("a", "range", "m", got=1)',
        "SpecError(*a)",
        'TableError("a", "odd")',
        'StoreError("a", 1, "b", "range", low=1)',
    ],
)
def test_a_refusal_without_them_is_found(source: str) -> None:
    assert len(faults(source)) == 1


def test_each_code_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    assert {code_of(call) for source in sources for call in refusals(source)} == set(CODES)


class Anything:
    """A spec with whatever fields a test needs."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


ALLOWED = Allowed(choices={"name": ("a", "b")}, flags=("on",), bounds={"n": (1, 3), "x": (0.5, 2.0)}, optional=("x",))
GOOD = {"name": "a", "on": True, "n": 2, "x": 1}


@pytest.mark.parametrize("fields", [GOOD, GOOD | {"x": None, "n": 3, "on": False}, GOOD | {"x": 0.5, "name": "b"}])
def test_what_is_allowed_passes(fields: dict[str, object]) -> None:
    ALLOWED.check(Anything(**fields))


@pytest.mark.parametrize(
    ("field", "got", "code", "allowed"),
    [
        ("name", "c", "choice", {"choices": ("a", "b")}),
        ("name", [], "choice", {"choices": ("a", "b")}),
        ("on", 1, "flag", {}),
        ("n", 4, "range", {"low": 1, "high": 3}),
        ("n", None, "whole", {}),
        ("n", 2.0, "whole", {}),
        ("n", True, "whole", {}),
        ("x", True, "number", {}),
        ("x", "1", "number", {}),
        ("x", 0.49, "range", {"low": 0.5, "high": 2.0}),
        ("x", float("inf"), "range", {"low": 0.5, "high": 2.0}),
    ],
)
def test_what_is_not_is_refused_with_field_code_and_values(
    field: str, got: object, code: Code, allowed: dict[str, object]
) -> None:
    with pytest.raises(SpecError) as refused:
        ALLOWED.check(Anything(**GOOD | {field: got}))
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.values == {"got": got} | allowed
    assert f"{field} ({got!r})" in str(refused.value)


def test_a_number_that_is_none_is_refused_as_such() -> None:
    with pytest.raises(SpecError, match=r"x \(nan\) must be between 0.5 and 2.0"):
        ALLOWED.check(Anything(**GOOD | {"x": float("nan")}))


def test_what_does_not_divide_names_the_other_field() -> None:
    check_divides("num_heads", 4, "d_model", 64)
    with pytest.raises(SpecError, match=r"num_heads \(7\) must divide d_model \(64\)") as refused:
        check_divides("num_heads", 7, "d_model", 64)
    assert refused.value.values == {"got": 7, "other": "d_model", "of": 64}
