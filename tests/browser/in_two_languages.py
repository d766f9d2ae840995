"""The app with a second language, in a folder of its own: nothing of it knows that it is a copy."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attnlab.paths import ROOT
from tests.browser.server import AppServer, running_app
from tests.doubled import prose_with_doubled

COPIED = ("app.py", "attnlab", "pages", ".streamlit")


@contextmanager
def app_in_two_languages(folder: Path) -> Iterator[AppServer]:
    """A server of it. What it need not write is linked to."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    (folder / "assets").mkdir()
    for part in (ROOT / "assets").iterdir():
        if part.name != "prose":
            (folder / "assets" / part.name).symlink_to(part)
    prose_with_doubled(folder / "assets" / "prose")
    with running_app("app.py", cwd=folder, env={"ATTNLAB_STORE": f"sqlite:///{folder / 'runs.db'}"}) as server:
        yield server
