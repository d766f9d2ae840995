"""What visitors may open is what the administrator says; in Python all that is here may be."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.engine import SpecError
from attnlab.looks.pretrained.layer import opened, read_by
from attnlab.pretrained import check_offered, installed, offered, open_model, open_named
from attnlab.pretrained.files.hub_ids import hub_id
from attnlab.pretrained.hub.cache import Record
from attnlab.ui.offered import refuse_unknown

TINY, OTHER = "org/tiny", "org/tiny@v1.0"


def laid(cache: Path, folder: Path, name: str) -> None:
    """A model in the cache, as it lies there once it was fetched."""
    wanted = hub_id(name)
    shutil.copytree(folder, cache / wanted.folder)
    Record(wanted.repository, wanted.revision, "0" * 40, "https://hub.example", {}).write(cache / wanted.folder)


@pytest.fixture
def here(folder_of: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders of the administrator, and two models that were fetched."""
    for name in ("one", "two"):
        shutil.copytree(folder_of("bert"), tmp_path / "shelf" / name)
    for name in (TINY, OTHER):
        laid(tmp_path / "cache", folder_of("gpt2"), name)
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {})
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("ATTNLAB_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ATTNLAB_MODELS_OPEN", raising=False)


LISTS: dict[str, set[str]] = {
    "": {"one", "two"},
    "  ": {"one", "two"},
    "installed": {"one", "two"},
    "two": {"two"},
    "fetched": {TINY, OTHER},
    "installed fetched": {"one", "two", TINY, OTHER},
    "one  org/tiny": {"one", TINY},
    "org/tiny@main\ttwo": {"two", TINY},
    "org/tiny@v1.0": {OTHER},
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("said", LISTS)
def test_visitors_may_open_what_the_list_says(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS_OPEN", said)
    check_offered()
    assert set(offered()) == LISTS[said]
    assert set(installed()) == {"one", "two", TINY, OTHER}
    for name in installed():
        assert open_model(name).name == name
        if name in LISTS[said]:
            assert open_named(name).name == name
        else:
            with pytest.raises(SpecError, match=r"^model \(.*\) must be one of "):
                open_named(name)


UNKNOWN = {
    "nope": r"^ATTNLAB_MODELS_OPEN \('nope'\) must be of installed, fetched, one, two, org/tiny, .*, parted by spaces$",
    "one,two": r"^ATTNLAB_MODELS_OPEN \('one,two'\) must be of",
    "one ../etc": r"^ATTNLAB_MODELS_OPEN \('../etc'\) must be of",
    "org/$(ls)": r"^ATTNLAB_MODELS_OPEN \('org/\$\(ls\)'\) must be of",
    "one org/gone@v2": (
        r"^ATTNLAB_MODELS_OPEN \('org/gone@v2'\) must be fetched first: python -m attnlab models fetch org/gone@v2$"
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("said", UNKNOWN)
def test_what_the_list_names_in_vain_keeps_the_app_from_starting(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS_OPEN", said)
    with pytest.raises(SpecError, match=UNKNOWN[said]):
        check_offered()
    with pytest.raises(SystemExit, match=UNKNOWN[said]):
        refuse_unknown()


@pytest.mark.usefixtures("here")
def test_a_listed_model_that_goes_away_later_is_offered_no_longer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS_OPEN", "one org/tiny")
    shutil.rmtree(tmp_path / "cache" / "org")
    assert set(offered()) == {"one"}


@pytest.mark.usefixtures("here")
def test_a_fetched_model_is_read_on_a_page_where_the_list_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    opened.cache_clear()
    with pytest.raises(SpecError, match=r"^model \('org/tiny@v1.0'\) must be one of one, two$"):
        read_by(OTHER, "ab", 1, "float32")
    monkeypatch.setenv("ATTNLAB_MODELS_OPEN", "fetched")
    assert read_by(OTHER, "ab", 1, "float32").layer.name == OTHER
    opened.cache_clear()
