"""Weights in several files: an index says which tensor lies in which, and is believed in nothing that can be checked.

Format: https://huggingface.co/docs/safetensors, and `save_pretrained` of transformers, which writes the index.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from attnlab.engine import SpecError

INDEX_FILE = "model.safetensors.index.json"
MAX_INDEX_BYTES = 4 * 2**20
MAX_SHARDS = 1000
_SHARD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}\.safetensors")
"""A name alone: nothing that leads into another folder."""


@dataclass(frozen=True)
class Index:
    """Which tensor lies in which file."""

    files: Mapping[str, str]  # by the tensor's name

    @property
    def shards(self) -> tuple[str, ...]:
        """The files, each once."""
        return tuple(sorted(set(self.files.values())))

    def tensors_of(self, shard: str) -> tuple[str, ...]:
        """What lies in a file."""
        return tuple(name for name, file in self.files.items() if file == shard)


def read_index(folder: Path) -> Index:
    """The index of a model's folder.

    Raises:
        SpecError: as `index_of`.
        OSError: it cannot be read.
    """
    path = folder / INDEX_FILE
    check_index_size(path.stat().st_size)
    return index_of(path.read_bytes())


def check_index_size(size: int) -> None:
    """Refuse an index of more bytes than any model's that is read here.

    Raises:
        SpecError: it has more.
    """
    if size > MAX_INDEX_BYTES:
        message = f"index ({size} bytes) must be at most {MAX_INDEX_BYTES}"
        raise SpecError("index", "most", message, got=size, most=MAX_INDEX_BYTES)


def index_of(content: bytes) -> Index:
    """An index, checked.

    Raises:
        SpecError: too large, no JSON object, without a `weight_map`, a tensor that is named twice, a file that is no
            safetensors file of the same folder, or too many of them.
    """
    check_index_size(len(content))
    try:
        values = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError("index", "damaged", f"index ({INDEX_FILE}) is damaged: it is no JSON") from error
    files = values.get("weight_map") if isinstance(values, dict) else None
    if not isinstance(files, dict) or not files:
        message = f"index ({INDEX_FILE}) must have a weight_map, which says where each tensor lies"
        raise SpecError("index", "missing", message)
    for shard in files.values():
        if not isinstance(shard, str) or not _SHARD.fullmatch(shard) or ".." in shard:
            message = f"index ({shard!r:.60}) must name safetensors files of its own folder"
            raise SpecError("index", "form", message, got=shard)
    index = Index(files)
    if len(index.shards) > MAX_SHARDS:
        message = f"index ({len(index.shards)} files) must name at most {MAX_SHARDS}"
        raise SpecError("index", "most", message, got=len(index.shards), most=MAX_SHARDS)
    return index


def shards_in(folder: Path, index: Index) -> dict[Path, tuple[str, ...]]:
    """The files that an index names, each with its tensors.

    Raises:
        SpecError: one is not there, or a link that leads out of the folder.
    """
    own = folder.resolve()
    for shard in index.shards:
        path = folder / shard
        if not path.is_file():
            message = f"weights ({shard!r:.140}) must be in {folder.name!r:.60}, as {INDEX_FILE} says"
            raise SpecError("weights", "missing", message)
        if path.resolve().parent != own:
            message = f"weights ({shard!r:.140}) must lie in {folder.name!r:.60} itself, not behind a link"
            raise SpecError("weights", "form", message, got=shard)
    return {folder / shard: index.tensors_of(shard) for shard in index.shards}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise SpecError("index", "twice", f"index ({twice!r:.120}) must be named once", got=twice)
    return found
