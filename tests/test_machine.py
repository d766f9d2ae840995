"""What a shipped table says of the machine that made it."""

import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from attnlab import machine as module
from attnlab.machine import machine, processor


def test_the_processor_is_the_one_that_the_system_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz: fast\nmodel name\t: another\n", encoding="utf-8")
    monkeypatch.setattr(module, "CPU_INFO", told)
    assert processor() == "Some CPU @ 2 GHz: fast"


@pytest.mark.parametrize("content", [None, "BogoMIPS\t: 50.00\n"])
def test_where_it_tells_no_model_its_kind_is_named(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "cpuinfo"
    if content is not None:
        told.write_text(content, encoding="utf-8")
    monkeypatch.setattr(module, "CPU_INFO", told)
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert processor() == "riscv64"


def test_the_versions_stand_beside_it() -> None:
    assert machine() == {"processor": processor(), "python": platform.python_version(), "torch": version("torch")}
