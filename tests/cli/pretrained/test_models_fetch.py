"""`models fetch`: from a hub on this machine into the list of models."""

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from attnlab.cli.pretrained import models_fetch
from attnlab.cli.terminal.interrupts import cleared_away
from attnlab.pretrained.hub.cache import cache_folder
from tests.cli.conftest import Said
from tests.every_file import ROOT
from tests.pretrained.conftest import written
from tests.pretrained.hub_server import COMMIT, Hub, Odd, serving
from tests.pretrained.sharding import sharded
from tests.waiting import eventually

ID = "org/tiny"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one small model, an empty cache, and no other model installed."""
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {})
    monkeypatch.setenv("ATTNLAB_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serving(written(tmp_path / "served", "bert"), ID) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def test_the_commit_is_printed_and_the_model_listed(said: Callable[..., Said], hub: Hub) -> None:
    code, out, error = said("models", "fetch", f"{ID}@v1.0")
    assert (code, error) == (0, "")
    assert out.startswith(f"{ID}@v1.0  commit {COMMIT}  0.")
    code, out, error = said("models")
    assert (code, error) == (0, "")
    row = out.splitlines()[2].split()
    assert row == [f"{ID}@v1.0", "bert", "3", "3", "24", "307", "41", "0", "commit", COMMIT[:12]]


@pytest.mark.parametrize("options", [(), ("--check",), ("--predict", "the cat")])
def test_what_was_fetched_is_asked_like_any_other(
    said: Callable[..., Said], hub: Hub, options: tuple[str, ...]
) -> None:
    sharded(hub.folder)
    assert said("models", "fetch", ID)[0] == 0
    code, out, error = said("models", f"{ID}@main", *options)
    assert (code, error) == (0, "")
    if options != ("--predict", "the cat"):
        assert out.splitlines()[2].startswith(ID)


def test_several_are_fetched_in_turn(said: Callable[..., Said], hub: Hub) -> None:
    code, out, _ = said("models", "fetch", ID, f"{ID}@v1.0")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [ID, f"{ID}@v1.0"]


REFUSED: dict[tuple[str, ...], str] = {
    ("fetch",): "names must be given: fetch org/name@revision",
    ("fetch", "tiny"): "model ('tiny') must be org/name or org/name@revision, of letters",
    ("fetch", "../tiny"): "model ('../tiny') must be org/name",
    ("fetch", f"{ID}; rm -rf"): "must be org/name",
    ("fetch", f"{ID}\x1b[31m"): "must be org/name",
    ("fetch", ID, "$(ls)/x"): "model ('$(ls)/x') must be org/name",
    ("fetch", f"{ID}@gone"): "revision ('gone') must be one that org/tiny has at 127.0.0.1:",
    ("fetch", "org/other"): "model ('org/other') must be there for everybody",
    ("fetch", ID, "--check"): "names (fetch) must stand alone",
    ("fetch", ID, "--predict", "a"): "names (fetch) must stand alone",
    (ID,): "model ('org/tiny') must be fetched first: python -m attnlab models fetch org/tiny",
}


@pytest.mark.parametrize("names", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_fetched_is_refused_in_one_line(
    said: Callable[..., Said], hub: Hub, names: tuple[str, ...]
) -> None:
    code, out, error = said("models", *names)
    assert (code, out) == (2, "")
    assert REFUSED[names] in error
    assert error[:-1].isprintable()
    assert not cache_folder().exists()


def test_a_second_time_it_is_refused(said: Callable[..., Said], hub: Hub) -> None:
    assert said("models", "fetch", ID)[0] == 0
    code, _, error = said("models", "fetch", ID)
    assert code == 2
    assert f"model ('{ID}') must not be here already, at commit {COMMIT}" in error


def test_a_hub_that_fails_is_one_line_and_exit_code_1(said: Callable[..., Said], hub: Hub) -> None:
    hub.odd["model.safetensors"] = Odd(cut=10, length=0)
    code, out, error = said("models", "fetch", ID)
    assert (code, out) == (1, "")
    assert "python -m attnlab models: model.safetensors must have the" in error
    assert error.count("\n") == 1
    assert list(cache_folder().iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_on_the_way_leaves_nothing(
    said: Callable[..., Said], hub: Hub, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    fetch = models_fetch.fetch

    def interrupted(plan: models_fetch.Plan, _told: Callable[[int], object]) -> Path:
        return fetch(plan, lambda _count: os.kill(os.getpid(), number))

    monkeypatch.setattr(models_fetch, "fetch", interrupted)
    assert said("models", "fetch", ID)[:2] == (code, "")
    assert list(cache_folder().iterdir()) == []


def test_on_a_terminal_a_bar_is_drawn_and_ctrl_c_leaves_nothing(hub: Hub) -> None:
    hub.odd["model.safetensors"] = Odd(held=(held := Event()))
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "attnlab", "models", "fetch", ID]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, text=True) as fetching:
        os.close(theirs)
        drawn = b""
        while b"%|" not in drawn:
            drawn += os.read(ours, 65536)
        eventually(lambda: "model.safetensors" in hub.fetched())
        fetching.send_signal(signal.SIGINT)
        while fetching.poll() is None:  # a terminal that nobody reads would hold it
            with suppress(OSError):
                os.read(ours, 65536)
        assert fetching.stdout is not None
        assert (fetching.returncode, fetching.stdout.read()) == (130, "")
    held.set()
    os.close(ours)
    assert list(cache_folder().iterdir()) == []


def test_afterwards_the_signal_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with cleared_away():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
