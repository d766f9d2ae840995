"""Workers are there before the first race, unless the environment says otherwise."""

from types import SimpleNamespace

import pytest

from attnlab.ui import warmup
from attnlab.ui.races import runs


@pytest.mark.parametrize(("said", "started"), [(None, 1), ("1", 1), ("0", 0)])
def test_workers_start_with_the_app_unless_told_not_to(
    said: str | None, started: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(runs, "jobs", lambda: SimpleNamespace(ensure=lambda: asked.append(1)))
    monkeypatch.delenv(warmup.WARM_VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(warmup.WARM_VARIABLE, said)
    warmup.start_workers()
    assert len(asked) == started
