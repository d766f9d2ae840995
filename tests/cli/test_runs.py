"""What an administrator does with the store, while an app may be at work on it."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from attnlab.cli.main import FAILED, REFUSED
from attnlab.cli.runs import age_text
from attnlab.training.store import RunConfig, RunStore, UnknownRunError
from attnlab.training.store.address import STORE_VARIABLE
from attnlab.training.store.upkeep.keeping import DAYS_VARIABLE, MB_VARIABLE
from tests.cli.conftest import Said

OWNER = "a-secret-of-22-letters"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """The one that the command finds."""
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    monkeypatch.setenv(STORE_VARIABLE, address)
    for variable in (DAYS_VARIABLE, MB_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    opened = RunStore(address)
    yield opened
    opened.close()


def ended(store: RunStore, name: str) -> str:
    run = store.runs.create(RunConfig("copy", ("rnn",)), owner=OWNER, name=name, limit=99).id
    store.queue.claim("worker", run)
    store.queue.mark(run, "worker", "finished")
    return run


def names(store: RunStore) -> list[str]:
    return [run.name for run in store.runs.history()]


def test_the_list_has_a_line_for_each_run_and_nobodys_secret(store: RunStore, said: Callable[..., Said]) -> None:
    done = ended(store, "An earlier run")
    waiting = store.runs.create(RunConfig("copy", ("rnn",)), owner=OWNER, name="A later run").id
    store.runs.pin(done, by=OWNER)
    code, out, error = said("runs", "list")
    assert (code, error) == (0, "")
    head, _, later, earlier, _, total = out.rstrip().splitlines()
    assert head.split() == ["run", "state", "name", "age", "bytes", "owner", "pinned"]
    sign = hashlib.blake2b(OWNER.encode()).hexdigest()[:6]
    size = str(len(RunConfig("copy", ("rnn",)).to_json()))
    assert later.split() == [waiting, "queued", "A", "later", "run", "0", "min", size, sign, "-"]
    assert earlier.split() == [done, "finished", "An", "earlier", "run", "0", "min", size, sign, "yes"]
    assert total == "2 runs, 0.0 MB held"
    assert OWNER not in out


def test_an_empty_store_is_listed(store: RunStore, said: Callable[..., Said]) -> None:
    assert said("runs", "list")[0] == 0
    assert names(store) == []


def test_what_is_deleted_is_gone_whoever_started_it(store: RunStore, said: Callable[..., Said]) -> None:
    one, two, three = (ended(store, name) for name in ("one", "two", "three"))
    assert said("runs", "delete", one, three, one) == (0, "2 runs deleted\n", "")
    assert names(store) == ["two"]
    assert store.runs.get(two).name == "two"


def test_a_mistyped_name_stops_the_command_before_it_does_anything(store: RunStore, said: Callable[..., Said]) -> None:
    run = ended(store, "one")
    for action in ("delete", "pin", "unpin"):
        code, out, error = said("runs", action, run, "nothing\x1b[31m")
        assert (code, out) == (REFUSED, "")
        assert error == f"python -m attnlab runs: {UnknownRunError('nothing' + chr(27) + '[31m')}\n"
    assert store.runs.get(run).pinned is False


def test_a_run_is_pinned_until_it_is_not(store: RunStore, said: Callable[..., Said]) -> None:
    run = ended(store, "one")
    assert said("runs", "pin", run) == (0, "1 runs pinned\n", "")
    assert store.runs.get(run).pinned
    assert said("runs", "prune", "--mb", "0")[1].endswith("0 runs, 0.0 MB deleted\n")
    assert said("runs", "unpin", run) == (0, "1 runs unpinned\n", "")
    assert not store.runs.get(run).pinned


def test_a_dry_run_says_what_would_go(store: RunStore, said: Callable[..., Said]) -> None:
    for name in ("one", "two"):
        ended(store, name)
    code, dry, error = said("runs", "prune", "--mb", "0", "--dry-run")
    assert (code, error) == (0, "")
    assert dry.endswith("2 runs, 0.0 MB would go\n")
    assert names(store) == ["two", "one"]
    assert said("runs", "prune", "--mb", "0")[1] == dry.replace("would go", "deleted")
    assert names(store) == []


def test_without_options_the_apps_own_limits_hold(
    store: RunStore, said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(store, "one")
    code, _, error = said("runs", "prune")
    assert (code, error.count("\n")) == (REFUSED, 1)
    assert "without a limit there is nothing to prune" in error
    monkeypatch.setenv(DAYS_VARIABLE, "7")
    assert said("runs", "prune")[0] == 0
    assert names(store) == ["one"]
    monkeypatch.setenv(MB_VARIABLE, "0")
    assert said("runs", "prune")[0] == 0
    assert names(store) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--days", "0"], "days ('0') must be a whole number between 1 and"),
        (["--mb", "-1"], "mb ('-1') must be a whole number between 0 and"),
        (["--mb", "many"], "mb ('many') must be a whole number between 0 and"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(
    store: RunStore, said: Callable[..., Said], options: list[str], told: str
) -> None:
    ended(store, "one")
    code, out, error = said("runs", "prune", *options)
    assert (code, out, error.count("\n")) == (REFUSED, "", 1)
    assert told in error
    assert names(store) == ["one"]


def test_a_store_goes_into_a_file_and_comes_back(
    store: RunStore, said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, file = ended(store, "one"), tmp_path / "store.backup"
    code, out, error = said("runs", "backup", file)
    assert (code, error) == (0, "")
    assert out.startswith("1 runs, ")
    code, _, error = said("runs", "restore", file)
    assert code == REFUSED
    assert "must be new to the store" in error
    assert said("runs", "restore", file, "--existing", "keep")[1] == "0 runs restored\n"
    monkeypatch.setenv(STORE_VARIABLE, f"sqlite:///{tmp_path / 'other.db'}")
    assert said("runs", "restore", file) == (0, "1 runs restored\n", "")
    assert run in said("runs", "list")[1]


def test_a_file_that_is_none_is_told_in_one_line(store: RunStore, said: Callable[..., Said], tmp_path: Path) -> None:
    assert store.runs.history() == []
    code, out, error = said("runs", "restore", tmp_path / "nothing")
    assert (code, out, error.count("\n")) == (FAILED, "", 1)
    code, out, error = said("runs", "backup", tmp_path / "no folder" / "file")
    assert (code, out, error.count("\n")) == (FAILED, "", 1)
    (tmp_path / "text").write_text("hello")
    code, _, error = said("runs", "restore", tmp_path / "text")
    assert (code, error.count("\n")) == (REFUSED, 1)
    assert "file ('text') must be a whole backup" in error


@pytest.mark.parametrize(
    ("address", "code"), [("mysql://secret@host/x", REFUSED), ("sqlite:////no/folder/at/all/runs.db", FAILED)]
)
def test_a_store_that_cannot_be_opened_is_told_in_one_line(
    address: str, code: int, said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, address)
    found, out, error = said("runs", "list")
    assert (found, out, error.count("\n")) == (code, "", 1)
    assert "secret" not in error


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 min"), (59, "0 min"), (60, "1 min"), (7200, "2 h"), (86_400 * 41 + 5, "41 d")]
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, told: str) -> None:
    assert age_text(timedelta(seconds=seconds)) == told
