"""Which store is meant where nobody says: the app and the administrator's command mean the same."""

import os

from attnlab.paths import ROOT

STORE_VARIABLE = "ATTNLAB_STORE"


def store_url() -> str:
    """The address in $ATTNLAB_STORE, or a file beside the program that its owner alone reads."""
    given = os.environ.get(STORE_VARIABLE)
    if given:
        return given
    folder = ROOT / ".runs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return f"sqlite:///{folder / 'runs.db'}"
