"""Cutting functions out of the engine: with what they call, each once, in an order that runs."""

import ast
from typing import get_args

import pytest

from attnlab.engine.choices.normalizers import NORMALIZERS
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.spec import AttentionSpec, MaskName
from attnlab.export import source
from attnlab.export.masks import mask_call, mask_functions
from attnlab.export.source import pasted

NORMALIZERS_MODULE = "attnlab.engine.choices.normalizers"


def defined(definitions: tuple[str, ...]) -> list[str]:
    return [ast.unparse(getattr(ast.parse(text).body[0], "targets", [ast.Name("def")])[0]) for text in definitions]


def test_a_function_comes_with_its_helpers_and_constants_first() -> None:
    parts = pasted([("attnlab.engine.choices.positions", "t5_buckets"), (NORMALIZERS_MODULE, "entmax15")])
    assert defined(parts.definitions) == ["(T5_BUCKETS, T5_FARTHEST)", "def", "def", "def"]
    assert parts.imports == {"import math", "import torch", "from torch import Tensor"}


def test_helpers_of_other_modules_of_the_engine_come_too_and_their_imports_go() -> None:
    parts = pasted([("attnlab.engine.choices.positions", "shaw_table")])
    assert any(text.startswith("def generator(") for text in parts.definitions)
    assert "import hashlib" in parts.imports
    assert not [line for line in parts.imports if "attnlab" in line]


def test_a_decorator_stays_with_its_function() -> None:
    parts = pasted([("attnlab.engine.choices.positions", "alibi_slopes")])
    assert parts.definitions[0].startswith("@functools.lru_cache")
    assert "import functools" in parts.imports


def test_what_two_functions_share_is_there_once() -> None:
    parts = pasted([(NORMALIZERS_MODULE, "sparsemax"), (NORMALIZERS_MODULE, "entmax15")])
    assert len(parts.definitions) == len(set(parts.definitions)) == 3


def test_one_name_for_two_things_is_refused() -> None:
    both = [("attnlab.engine.attention", "_tempered"), ("attnlab.engine.variants", "_tempered")]
    with pytest.raises(ValueError, match=r"names \(_tempered\) must each have one definition"):
        pasted(both)


@pytest.mark.parametrize("place", [(NORMALIZERS_MODULE, f.__name__) for f in NORMALIZERS.values()], ids=str)
def test_every_normalizer_can_be_cut_out(place: source.Place) -> None:
    compile("\n".join(pasted([place]).definitions), place[1], "exec")


def test_every_score_is_a_function_that_can_be_cut_out() -> None:
    for score in SCORES.values():
        assert pasted([(score.function.__module__, score.function.__name__)]).definitions


@pytest.mark.parametrize("name", [name for name in get_args(MaskName) if name != "none"])
def test_every_mask_is_a_call_without_the_spec(name: MaskName) -> None:
    spec = AttentionSpec(tokens=("a", "b"), mask=name)
    call = mask_call(name, spec)
    assert "spec" not in call
    assert mask_functions(spec)[-1] == call.partition("(")[0]


def test_the_numbers_of_a_mask_are_written_in() -> None:
    spec = AttentionSpec(tokens=("a", "b"), window=5, dilation=7)
    assert mask_call("dilated", spec) == "dilated_mask(T, window=5, dilation=7)"
