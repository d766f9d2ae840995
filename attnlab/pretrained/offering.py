"""Which of the models that are here visitors of the app may open, as its administrator says."""

import os
from collections.abc import Mapping
from pathlib import Path

from attnlab.engine import SpecError
from attnlab.pretrained.files.hub_ids import hub_id_or_none

OPEN_VARIABLE = "ATTNLAB_MODELS_OPEN"
INSTALLED, FETCHED = "installed", "fetched"
"""Words for all of a kind."""


def offered_of(installed: Mapping[str, Path], fetched: Mapping[str, Path]) -> dict[str, Path]:
    """Those that $ATTNLAB_MODELS_OPEN names, and are here; without it the installed ones.

    Args:
        installed: of packages and in $ATTNLAB_MODELS, by name.
        fetched: in the cache, by id.
    """
    entries = {_named(entry) for entry in _entries()}
    kinds = ((INSTALLED, installed), (FETCHED, fetched))
    return {
        name: folder
        for kind, folders in kinds
        for name, folder in folders.items()
        if kind in entries or name in entries
    }


def check_offered(installed: Mapping[str, Path], fetched: Mapping[str, Path]) -> None:
    """Refuse what is no name of a model that is here.

    Args:
        installed: as `offered_of`.
        fetched: as `offered_of`.

    Raises:
        SpecError: an entry is none; of an id the message says how it comes here.
    """
    known = (INSTALLED, FETCHED, *installed, *fetched)
    for entry in _entries():
        if _named(entry) in known:
            continue
        wanted = hub_id_or_none(entry)
        if wanted is not None:
            message = f"{OPEN_VARIABLE} ({entry!r:.180}) must be fetched first: python -m attnlab models fetch {wanted}"
            raise SpecError(OPEN_VARIABLE, "missing", message)
        message = f"{OPEN_VARIABLE} ({entry!r:.60}) must be of {', '.join(known)}, parted by spaces"
        raise SpecError(OPEN_VARIABLE, "choice", message, got=entry, choices=known)


def _entries() -> list[str]:
    return os.environ.get(OPEN_VARIABLE, "").split() or [INSTALLED]


def _named(entry: str) -> str:
    """An id as it is listed, whether its main revision is said or not."""
    found = hub_id_or_none(entry)
    return entry if found is None else str(found)
