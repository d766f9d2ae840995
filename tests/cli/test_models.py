from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import models
from tests.cli.conftest import Said
from tests.pretrained.conftest import configured, written


def lines(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines() if line]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the operator with one small model, and no other model installed."""
    written(tmp_path / "models" / "tiny", "bert")
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {})
    return tmp_path / "models"


def test_models_are_listed_with_their_sizes(said: Callable[..., Said], shelf: Path) -> None:
    code, out, error = said("models")
    assert (code, error) == (0, "")
    assert lines(out)[2] == ["tiny", "bert", "3", "3", "24", "307", "41", "0", "-"]


def test_one_that_cannot_be_opened_is_listed_with_the_reason(said: Callable[..., Said], shelf: Path) -> None:
    configured(written(shelf / "odd", "gpt2"), model_type="t5")
    code, out, _ = said("models")
    assert code == 0
    assert out.splitlines()[2].startswith("odd ")
    assert "model_type ('t5') must be one of bert" in out.splitlines()[2]
    assert out.splitlines()[3].startswith("tiny ")


def test_each_layer_is_compared_with_the_reference(said: Callable[..., Said], shelf: Path) -> None:
    code, out, error = said("models", str(shelf / "tiny"), "--check")
    assert (code, error) == (0, "")
    rows = lines(out)[6:]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    assert all(float(row[1]) < 1e-5 and float(row[2]) < 1e-4 for row in rows)


def test_without_the_reference_the_check_says_what_is_missing(
    said: Callable[..., Said], shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "has_reference", lambda: False)
    code, out, error = said("models", "--check")
    assert (code, out) == (2, "")
    assert "check needs transformers, which is not installed here" in error


@pytest.mark.parametrize("name", ["nope", "../etc", "\x00"])
def test_a_model_that_is_not_there_is_refused_in_one_line(said: Callable[..., Said], shelf: Path, name: str) -> None:
    code, out, error = said("models", name)
    assert (code, out) == (2, "")
    assert "must be one of tiny" in error
