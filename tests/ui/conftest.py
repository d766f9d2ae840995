"""What tests of pages share."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from attnlab.looks import run_store
from attnlab.training import RunStore
from attnlab.ui.races import runs


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """An empty store, the app's; and nobody who would train."""
    opened = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    jobs = SimpleNamespace(ensure=lambda: None, submit=lambda run: None, trouble="")
    monkeypatch.setattr(run_store, "store", lambda: opened)
    monkeypatch.setattr(runs, "jobs", lambda: jobs)
    monkeypatch.setattr(runs, "supervisor", lambda: SimpleNamespace(tick=lambda: None))
    yield opened
    opened.close()
