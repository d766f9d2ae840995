"""Weights in several files are those of one file to the bit; an index that is not true is refused."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from attnlab.engine import SpecError
from attnlab.pretrained import installed, open_model
from attnlab.pretrained.files.shards import MAX_INDEX_BYTES, MAX_SHARDS
from tests.pretrained.sharding import INDEX, indexed, sharded

TEXT = "the cats sat on the mat"
FIRST, SECOND = "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"
WORDS = "embeddings.word_embeddings.weight"


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_shards_are_read_like_one_file(folder_of: Callable[[str], Path], tmp_path: Path, kind: str) -> None:
    whole = open_model(folder_of(kind)).trace(TEXT)
    parts = open_model(sharded(shutil.copytree(folder_of(kind), tmp_path / "parts"))).trace(TEXT)
    assert torch.equal(whole.hidden_states, parts.hidden_states)
    assert torch.equal(whole.attentions, parts.attentions)


def test_shards_that_transformers_wrote_are_read(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    import transformers

    transformers.logging.disable_progress_bar()
    theirs = transformers.AutoModel.from_pretrained(folder_of("bert"))
    theirs.save_pretrained(tmp_path / "bert", max_shard_size="30KB")
    shutil.copy(folder_of("bert") / "tokenizer.json", tmp_path / "bert")
    assert len(list((tmp_path / "bert").glob("model-*.safetensors"))) > 1
    whole, parts = (open_model(folder).trace(TEXT) for folder in (folder_of("bert"), tmp_path / "bert"))
    assert torch.equal(whole.hidden_states, parts.hidden_states)


def test_one_file_beside_an_index_is_the_one_that_is_read(own_bert: Path) -> None:
    (own_bert / INDEX).write_text("{")
    assert open_model(own_bert).sizes.num_layers == 3


def text(content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / INDEX).write_text(content)


def mapped(**changes: object) -> Callable[[Path], object]:
    return lambda folder: indexed(folder, **{name.replace("__", "."): file for name, file in changes.items()})


def twice_in_files(folder: Path) -> None:
    tensors = load_file(folder / FIRST)
    save_file(tensors | load_file(folder / SECOND), folder / SECOND)


def twice_in_index(folder: Path) -> None:
    (folder / INDEX).write_text(f'{{"weight_map": {{"a": "{FIRST}", "b": "{FIRST}", "a": "{SECOND}"}}}}')


def linked_out(folder: Path) -> None:
    (folder / FIRST).rename(folder.parent / "elsewhere.safetensors")
    (folder / FIRST).symlink_to(folder.parent / "elsewhere.safetensors")


def cut_short(folder: Path) -> None:
    os.truncate(folder / SECOND, (folder / SECOND).stat().st_size - 100)


def huge(folder: Path) -> None:
    """A hole in a file: its size is looked at before it is opened."""
    os.truncate(folder / SECOND, 4 * 10**9)


def with_nan(folder: Path) -> None:
    tensors = load_file(folder / FIRST)
    tensors[min(tensors)].flatten()[0] = float("nan")
    save_file(tensors, folder / FIRST)


OWN = r"must name safetensors files of its own folder$"
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no JSON": (text("{"), r"^index \(model.safetensors.index.json\) is damaged: it is no JSON$"),
    "a deep JSON": (text("[" * 100_000), r"^index \(model.safetensors.index.json\) is damaged: it is no JSON$"),
    "a list": (text("[]"), r"^index \(.*\) must have a weight_map"),
    "no map": (text("{}"), r"^index \(.*\) must have a weight_map"),
    "a list for a map": (text('{"weight_map": ["a"]}'), r"^index \(.*\) must have a weight_map"),
    "an empty map": (text('{"weight_map": {}}'), r"^index \(.*\) must have a weight_map"),
    "too long": (text(" " * (MAX_INDEX_BYTES + 1)), r"^index \(4194305 bytes\) must be at most 4194304$"),
    "too many": (
        text(json.dumps({"weight_map": {str(n): f"{n}.safetensors" for n in range(MAX_SHARDS + 1)}})),
        r"^index \(1001 files\) must name at most 1000$",
    ),
    "a number for a file": (mapped(x=7), rf"^index \(7\) {OWN}"),
    "a pickle": (mapped(x="pytorch_model.bin"), rf"^index \('pytorch_model.bin'\) {OWN}"),
    "another folder": (mapped(x="../other.safetensors"), rf"^index \('../other.safetensors'\) {OWN}"),
    "an absolute path": (mapped(x="/etc/x.safetensors"), rf"^index \('/etc/x.safetensors'\) {OWN}"),
    "a folder below": (mapped(x="a/b.safetensors"), rf"^index \('a/b.safetensors'\) {OWN}"),
    "a backslash": (mapped(x="..\\b.safetensors"), rf"^index \('..\\\\b.safetensors'\) {OWN}"),
    "a null in a name": (mapped(x="a\x00.safetensors"), rf"^index \('a\\x00.safetensors'\) {OWN}"),
    "a long name": (mapped(x="a" * 5000 + ".safetensors"), rf"^index \('a{{59}}\) {OWN}"),
    "no such file": (mapped(x="gone.safetensors"), r"^weights \('gone.safetensors'\) must be in 'bert', as model.safe"),
    "a link out": (linked_out, r"^weights \('model-00001-of-00003.safetensors'\) must lie in 'bert' itself"),
    "twice in the index": (twice_in_index, r"^index \('a'\) must be named once$"),
    "twice in the files": (twice_in_files, r"^weights \('.*'\) must be in one file: it is in 'model-00002"),
    "not in its file": (mapped(ghost=FIRST), r"^weights \('ghost'\) must be in 'model-00001-of-00003.safetensors', as"),
    "in another file": (
        mapped(embeddings__word_embeddings__weight=FIRST),
        rf"^weights \('{WORDS}'\) must be in 'model-",
    ),
    "cut short": (cut_short, r"^weights \(model-00002-of-00003.safetensors\) is damaged"),
    "too large together": (huge, r"^weights \(4000 MB\) must be at most 600 MB \(\$ATTNLAB_MAX_MODEL_MB\)$"),
    "NaN": (with_nan, r"^weights \('.*'\) must hold finite numbers$"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_an_index_that_is_not_true_is_refused(own_bert: Path, name: str) -> None:
    spoil, message = SPOILT[name]
    sharded(own_bert)
    if name == "in another file":  # unless the dealing has put it there
        assert WORDS not in load_file(own_bert / FIRST)
    spoil(own_bert)
    with pytest.raises(SpecError, match=message):
        open_model(own_bert)


def test_an_index_behind_a_link_hides_a_folder_of_the_operator(
    own_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    shutil.copytree(own_bert, shelf / "own")
    sharded(shelf / "own")
    monkeypatch.setenv("ATTNLAB_MODELS", str(shelf))
    assert "own" in installed()
    (shelf / "own" / INDEX).rename(tmp_path / "index.json")
    (shelf / "own" / INDEX).symlink_to(tmp_path / "index.json")
    assert "own" not in installed()
