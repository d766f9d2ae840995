"""The exported script computes what the engine computed, for every variant there is, and takes texts for data."""

import ast
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from attnlab.engine import AttentionSpec, Edit, LayerTrace, trace
from attnlab.engine.edits import EditedStage
from attnlab.engine.spec import (
    CombineName,
    DtypeName,
    MaskName,
    NormalizerName,
    PositionsName,
    ScoreName,
    SourceName,
)
from attnlab.export import listing_of, script_of
from attnlab.languages import ENGLISH, Spoken, offered, speaking
from attnlab.models.analysis.layer_inputs import layer_inputs
from attnlab.prose import page_prose
from attnlab.training.shipped import shipped
from tests.engine.test_errors import PACKAGE
from tests.export.running import assert_gives_the_same, ran
from tests.products import product

TOKENS = ("the", "cat", "sat", "on", "the", "mat", ",")
SPEC = AttentionSpec(
    tokens=TOKENS,
    source="random",
    num_heads=6,
    num_kv_heads=3,
    d_model=22,
    head_dim=5,
    value_dim=2,
    mask="causal",
    dtype="float64",
)

OWN_SOURCES = [name for name in get_args(SourceName) if name != "trained"]
EDITS: dict[str, Edit] = {
    "x": Edit("x", 0, 2, 3, 1.5),
    "w_query": Edit("w_query", 4, 1, 2, -0.5),
    "w_key": Edit("w_key", 4, 1, 2, 2.5),
    "w_value": Edit("w_value", 3, 7, 1, 2),
    "query": Edit("query", 5, 6, 4, 0.25),
    "key": Edit("key", 5, 3, 4, -3.0),
    "value": Edit("value", 2, 0, 1, 7.5),
    "scores": Edit("scores", 1, 4, 2, 9.0),
    "mask": Edit("mask", 0, 1, 5, 1),
    "weights": Edit("weights", 3, 6, 2, 0.75),
    "head": Edit("head", 4, 0, 0, 0),
    "swap": Edit("swap", 0, 1, 5, 0),
    "importance": Edit("importance", 0, 0, 2, 0.125),
    "temperature": Edit("temperature", 0, 0, 0, 0.5),
}


def computed(**settings: Any) -> LayerTrace:
    return trace(dataclasses.replace(SPEC, **settings))


def trained(**settings: Any) -> LayerTrace:
    model = shipped().model
    ids = (1, 2, 3, 4, 5)
    tokens = tuple(f"t{number}" for number in ids)
    spec = AttentionSpec(
        tokens=tokens,
        source="trained",
        num_heads=model.config.num_heads,
        num_kv_heads=model.config.num_kv_heads,
        d_model=model.config.d_model,
        positions=model.config.positions,
        mask="causal",
        **settings,
    )
    return trace(spec, layer_inputs(model, ids, tokens, 1))


# --- every variant ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", OWN_SOURCES)
@pytest.mark.parametrize("positions", get_args(PositionsName))
def test_every_position_of_every_source(source: str, positions: str) -> None:
    assert_gives_the_same(computed(source=source, positions=positions))


@pytest.mark.parametrize("positions", get_args(PositionsName))
@pytest.mark.parametrize("score", get_args(ScoreName))
def test_every_score_with_every_position(score: str, positions: str) -> None:
    assert_gives_the_same(computed(score=score, positions=positions, qk_norm=True, temperature=0.7))


@pytest.mark.parametrize("normalizer", get_args(NormalizerName))
@pytest.mark.parametrize("mask", ["none", "causal", "padding"])
def test_every_normalizer(normalizer: str, mask: str) -> None:
    assert_gives_the_same(computed(normalizer=normalizer, mask=mask, temperature=1.7, dropout=0.3))


@product(mask=get_args(MaskName), second_mask=get_args(MaskName), combine=get_args(CombineName))
def test_every_pair_of_masks(mask: str, second_mask: str, combine: str) -> None:
    settings = {"mask": mask, "second_mask": second_mask, "combine": combine}
    assert_gives_the_same(computed(**settings, block=2, global_tokens=2, prefix=2))
    assert_gives_the_same(computed(**settings, edits=(EDITS["mask"], EDITS["importance"])))


@pytest.mark.parametrize("stage", get_args(EditedStage))
@pytest.mark.parametrize("pad_left", [False, True])
def test_every_kind_of_edit(stage: str, pad_left: bool) -> None:
    edited = computed(edits=(EDITS[stage],))
    assert not torch.equal(edited.layer.output, SPEC_TRACE.layer.output)
    assert_gives_the_same(edited)
    assert_gives_the_same(computed(mask="padding", second_mask="padding", pad_left=pad_left, edits=(EDITS[stage],)))


@pytest.mark.parametrize("dtype", get_args(DtypeName))
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"positions": "alibi", "temperature": 0.05},
        {"positions": "rope", "num_kv_heads": 1},
        {"positions": "t5", "score": "additive", "softcap": 3.0},
        {"positions": "shaw", "sink": 0.5, "dropout": 0.4},
        {"score": "dot", "qk_norm": True, "mask": "window", "temperature": 3.0},
    ],
    ids=str,
)
def test_every_precision(settings: dict[str, Any], dtype: str) -> None:
    assert_gives_the_same(computed(**settings, dtype=dtype))
    assert_gives_the_same(computed(**settings, dtype=dtype, source="designed", edits=tuple(EDITS.values())))


@pytest.mark.parametrize(
    "settings",
    [
        {"softcap": 0.5},
        {"sink": -1.0},
        {"score": "dot"},
        {"num_kv_heads": None},
        {"num_kv_heads": 1},
        {"head_dim": 1, "value_dim": 13},
        {"head_dim": None, "value_dim": None, "d_model": 66},
        {"d_model": 1, "tokens": ("alone",)},
        {"mask": "padding", "padding": 5, "pad_left": True, "second_mask": "causal"},
        {"temperature": 0.05},
        {"temperature": 10.0, "softcap": 2.0},
        {"dropout": 0.9},
        {"edits": (Edit("importance", 0, 0, 1, 0.0), Edit("mask", 0, 3, 1, 1))},
        {"edits": tuple(Edit("importance", 0, 0, token, 0.0) for token in range(7))},
        {"edits": (Edit("swap", 0, 0, 3, 0), Edit("swap", 0, 3, 5, 0), Edit("x", 0, 3, 1, 9.0))},
        {"edits": (Edit("head", 2, 0, 0, 0), Edit("head", 3, 0, 0, 0), Edit("head", 2, 0, 0, 1))},
        {"edits": (Edit("scores", 0, 1, 1, 3.0), Edit("scores", 0, 1, 1, 4.0), Edit("scores", 0, 99, 1, 4.0))},
    ],
    ids=str,
)
def test_odd_sizes_and_numbers(settings: dict[str, Any]) -> None:
    assert_gives_the_same(computed(**settings))
    assert_gives_the_same(computed(**settings, dtype="float32"))


@pytest.mark.parametrize(
    "settings", [{}, {"score": "cosine", "normalizer": "sparsemax"}, {"dtype": "bfloat16"}], ids=str
)
def test_a_layer_of_a_trained_model(settings: dict[str, Any]) -> None:
    assert_gives_the_same(trained(**settings))
    assert_gives_the_same(trained(**settings, edits=(Edit("x", 0, 1, 2, 3.0), Edit("w_key", 1, 1, 2, 3.0))))


def test_on_the_machine_of_the_app_the_script_says_that_nothing_differs() -> None:
    assert ran(script_of(computed(dtype="float32"))).printed.endswith("largest difference from the app: 0\n")


# --- what the script is -----------------------------------------------------------------------------------------------

MODULES = {"base64", "collections.abc", "functools", "hashlib", "math", "zlib", "torch", "torch.nn.functional"}


def imported(script: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    return names


@pytest.mark.parametrize("positions", get_args(PositionsName))
def test_it_imports_torch_and_the_standard_library_alone(positions: str) -> None:
    script = script_of(computed(positions=positions, mask="random_blocks", score="additive"))
    assert imported(script) <= MODULES


def test_only_what_the_setting_needs_is_pasted() -> None:
    functions = {node.name for node in ast.parse(script_of(SPEC_TRACE)).body if isinstance(node, ast.FunctionDef)}
    helpers = {"sinusoidal_positions", "sinusoidal_frequencies", "causal_mask", "_positions", "softmax"}
    assert functions == {"main", "show", "difference", "data"} | helpers


def test_a_changed_number_in_the_script_is_a_difference_from_the_app() -> None:
    script = script_of(computed(temperature=0.5))
    changed = script.replace("_tempered(scores, 0.5)", "_tempered(scores, 0.6)")
    assert changed != script
    difference = float(ran(changed).printed.splitlines()[-1].split(": ")[1])
    assert difference > 1e-3


def test_without_its_lines_set_by_hand_it_computes_the_layer_as_it_was() -> None:
    without = {"importance", "mask", "head", "swap", "temperature"}
    edits = tuple(edit for stage, edit in EDITS.items() if stage not in without)
    kept = [line for line in script_of(computed(edits=edits)).splitlines() if "# set by hand" not in line]
    torch.testing.assert_close(ran("\n".join(kept)).output, computed().layer.output, rtol=0, atol=1e-12)


def test_the_listing_is_the_script_without_its_bytes() -> None:
    whole, listing = script_of(SPEC_TRACE, 2), listing_of(SPEC_TRACE, 2)
    compile(listing, "listing.py", "exec")
    assert listing.split("DATA = {")[0] == whole.split("DATA = {")[0]
    assert len(listing) < 8000 < len(whole)


def test_the_table_is_that_of_the_chosen_head() -> None:
    printed = ran(script_of(SPEC_TRACE, 4)).printed
    row = " ".join(f"{number:8.3f}" for number in SPEC_TRACE.weights[4, 6].tolist())
    assert "Weights of head 5, (7, 7)" in printed
    assert row in printed


@pytest.mark.parametrize(
    "settings",
    [{}, {"score": "additive", "positions": "t5", "mask": "random_blocks", "normalizer": "entmax15"}],
    ids=["plain", "variant"],
)
def test_it_runs_by_itself_in_a_clean_process(settings: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "attention.py"
    file.write_text(script_of(computed(**settings)), encoding="utf-8")
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-I", "-W", "error", str(file)]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1].split(": ")[1]) < 1e-12


@pytest.mark.parametrize("edits", [(), tuple(EDITS.values())], ids=["as it is", "edited"])
def test_the_linter_finds_nothing_in_it(edits: tuple[Edit, ...], tmp_path: Path) -> None:
    file = tmp_path / "attention.py"
    spec = {"score": "additive", "positions": "rope", "temperature": 0.5, "mask": "padding", "second_mask": "causal"}
    file.write_text(script_of(computed(**spec, edits=edits)), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# --- what users type is data ------------------------------------------------------------------------------------------

HOSTILE = (
    '"""',
    "'''",
    "\\",
    "\\'",
    "a\nraise SystemExit",
    "\r\n",
    "#",
    "{0}",
    "%s",
    "\u202e",
    "\u2028",
    "\ud800",
    "\U0001f600",
    "\0",
    "data('x')",
    "__import__('os')",
    "",
    "'];raise SystemExit#",
    "    }\n\nDATA = {",
)


def test_hostile_tokens_stay_strings() -> None:
    hostile = computed(tokens=HOSTILE)
    script = script_of(hostile)
    (listed,) = (
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(script))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "tokens"
    )
    assert listed == list(HOSTILE)
    assert_gives_the_same(hostile)


def test_a_hostile_sentence_is_pure_ascii_and_prints_as_such() -> None:
    script = script_of(computed(tokens=HOSTILE))
    assert script.isascii()
    assert ran(script).printed.isascii()


def test_a_token_brings_no_import() -> None:
    plain, hostile = (script_of(computed(score="dot", mask="none", tokens=(text, "b"))) for text in ("a", "F.x math.y"))
    assert imported(hostile) == imported(plain)


def test_the_sentence_is_in_no_comment() -> None:
    script = script_of(computed(tokens=("xylophone", "zeugma"), edits=(Edit("swap", 0, 0, 1, 0),)))
    comments = [line.partition("#")[2] for line in script.splitlines() if "#" in line]
    assert comments
    assert not [comment for comment in comments if "xylophone" in comment or "zeugma" in comment]


SPEC_TRACE = trace(SPEC)


# --- in another language ----------------------------------------------------------------------------------------------

EVERYTHING = tuple(EDITS.values())


def code_of(script: str) -> str:
    """A script without its comments and its first docstring."""
    tree = ast.parse(script)
    return ast.dump(ast.Module(tree.body[1:], []))


@pytest.mark.parametrize("code", [one for one in offered() if one != ENGLISH])
@pytest.mark.parametrize(
    "changes",
    [
        {"edits": EVERYTHING, "positions": "t5", "temperature": 0.5, "dropout": 0.25, "second_mask": "padding"},
        {"positions": "rope", "dtype": "bfloat16", "qk_norm": True, "score": "cosine", "softcap": 2.0},
        {"positions": "shaw", "mask": "none", "sink": 1.0},
        {"positions": "alibi", "mask": "padding", "edits": (EDITS["mask"],)},
    ],
    ids=["everything", "rope", "shaw", "alibi"],
)
def test_comments_are_in_the_language_of_the_page_and_the_code_is_the_same(code: str, changes: Any) -> None:
    layer = trace(dataclasses.replace(SPEC, **changes))
    english = listing_of(layer, 1)
    with speaking(Spoken(code)):
        other = listing_of(layer, 1)
    assert code_of(other) == code_of(english)
    ours = [line.partition("# ")[2] for line in english.splitlines() if "# " in line]
    stayed = [line for line in ours if re.search("[a-z]{3} [a-z]{3}", line) and f"# {line}" in other]
    assert not [line for line in stayed if not line.startswith(("type:", "noqa")) and f"# {line}" not in OF_THE_ENGINE]


OF_THE_ENGINE = "\n".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "engine").rglob("*.py"))


def test_each_comment_is_one_line_that_ends_no_docstring() -> None:
    for code in offered():
        for name, sentence in page_prose("export", code)["comments"].items():
            assert sentence.isprintable(), (code, name)
            assert '"""' not in sentence
            assert "\\" not in sentence
