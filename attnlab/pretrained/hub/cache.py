"""Where fetched models lie: a folder for each, which is whole or not there, with what the hub called it beside it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from attnlab.paths import ROOT
from attnlab.pretrained.files.hub_ids import HubId, hub_id_or_none

CACHE_VARIABLE = "ATTNLAB_HUB_CACHE"
RECORD_FILE = "hub.json"
MAX_RECORD_BYTES = 2**20
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Record:
    """What was fetched."""

    id: str
    revision: str  # as it was asked for
    commit: str  # which that was then
    endpoint: str  # whom was asked
    files: Mapping[str, int]  # bytes of each

    def write(self, folder: Path) -> None:
        """Lay it beside the files.

        Raises:
            OSError: it cannot be written.
        """
        (folder / RECORD_FILE).write_text(f"{json.dumps(asdict(self), indent=1)}\n", encoding="utf-8")


def cache_folder() -> Path:
    """The folder in $ATTNLAB_HUB_CACHE, or one beside the program; it need not be there yet."""
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given) if given else ROOT / ".models"


def fetched() -> dict[str, Path]:
    """The folders of the models that were fetched, by their ids; none where the cache cannot be read."""
    try:
        return dict(_found(cache_folder()))
    except OSError:
        return {}


def folder_of(wanted: HubId) -> Path:
    """Where a model lies once it is fetched."""
    return cache_folder() / wanted.folder


def commit_of(folder: Path) -> str | None:
    """The commit that a model's folder was fetched at; None of a folder that was not fetched."""
    path = folder / RECORD_FILE
    try:
        if path.stat().st_size > MAX_RECORD_BYTES:
            return None
        said = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    commit = said.get("commit") if isinstance(said, dict) else None
    return commit if isinstance(commit, str) and COMMIT.fullmatch(commit) else None


def _found(root: Path) -> list[tuple[str, Path]]:
    if not root.is_dir():
        return []
    folders = sorted(folder for org in root.iterdir() if org.is_dir() for folder in org.iterdir())
    ids = [(hub_id_or_none(f"{folder.parent.name}/{folder.name}"), folder) for folder in folders]
    return [
        (str(found), folder)
        for found, folder in ids
        if found is not None and found.folder.name == folder.name and (folder / RECORD_FILE).is_file()
    ]
