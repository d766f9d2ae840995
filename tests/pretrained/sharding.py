"""A model's weights laid into several files."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

INDEX = "model.safetensors.index.json"


def sharded(folder: Path, count: int = 3) -> Path:
    """The same folder with its weights in shards, the tensors dealt out in turn."""
    whole = folder / "model.safetensors"
    tensors = load_file(whole)
    weight_map: dict[str, str] = {}
    for shard in range(count):
        name = f"model-{shard + 1:05}-of-{count:05}.safetensors"
        own = {key: tensors[key] for place, key in enumerate(sorted(tensors)) if place % count == shard}
        save_file(own, folder / name)
        weight_map |= dict.fromkeys(own, name)
    size = sum(tensor.nbytes for tensor in tensors.values())
    (folder / INDEX).write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": weight_map}))
    whole.unlink()
    return folder


def indexed(folder: Path, **changes: Any) -> None:
    """Other files for some tensors in the index; None takes a tensor out."""
    said = json.loads((folder / INDEX).read_text())
    weight_map = {name: file for name, file in (said["weight_map"] | changes).items() if file is not None}
    (folder / INDEX).write_text(json.dumps(said | {"weight_map": weight_map}))
