from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import models
from attnlab.interventions import ablated_heads, nearness
from attnlab.pretrained import open_model, translating
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
    configured(written(shelf / "odd", "gpt2"), model_type="bart")
    code, out, _ = said("models")
    assert code == 0
    assert out.splitlines()[2].startswith("odd ")
    assert "model_type ('bart') must be one of bert" in out.splitlines()[2]
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


def test_heads_are_ranked_by_what_is_lost_without_them(said: Callable[..., Said], shelf: Path) -> None:
    text = "the cat sat"
    code, out, error = said("models", "tiny", "--ablate", text)
    assert (code, error) == (0, "")
    trace = open_model("tiny").trace(text)
    nothing, mean = (1 - ablated_heads(trace, nearness(trace), instead) for instead in ("zero", "mean"))
    rows = lines(out)[3:]
    places = [(int(row[0]) - 1, int(row[1]) - 1) for row in rows]
    assert sorted(places) == [(layer, head) for layer in range(3) for head in range(3)]
    for place, row in zip(places, rows, strict=True):
        assert float(row[2]) == pytest.approx(float(nothing[place]), rel=1e-3, abs=1e-6)
        assert float(row[3]) == pytest.approx(float(mean[place]), rel=1e-3, abs=1e-6)
    lost = [float(row[2]) for row in rows]
    assert lost == sorted(lost, reverse=True)


def test_pieces_of_a_run_are_put_into_that_on_another_text(said: Callable[..., Said], shelf: Path) -> None:
    code, out, error = said("models", "tiny", "--patch", "the cat sat", "the mat sat")
    assert (code, error) == (0, "")
    streams, heads = (block.splitlines() for block in out.split("\n\n")[1:])
    assert streams[1].split() == ["layer", "1", "[CLS]", "2", "the", "3", "mat", "4", "sat", "5", "[SEP]"]
    assert streams[3].split() == ["0", "0", "0", "1", "0", "0"]  # what enters differs in one word
    assert [row.split()[0] for row in streams[3:]] == ["0", "1", "2", "3"]
    assert heads[1].split() == ["layer", "head", "1", "head", "2", "head", "3"]
    assert [row.split()[0] for row in heads[3:]] == ["1", "2", "3"]


def test_texts_of_unequal_length_are_patched_where_a_token_has_a_counterpart(
    said: Callable[..., Said], shelf: Path
) -> None:
    code, out, error = said("models", "tiny", "--patch", "the cat", "the cat sat")
    assert (code, error) == (0, "")
    assert out.splitlines()[1] == "The texts have 4 and 5 tokens, of which 4 have a counterpart."
    streams = out.split("\n\n")[1].splitlines()
    assert [row.split()[4] for row in streams[3:]] == ["-"] * 4


def test_a_model_that_says_a_next_piece_is_asked_by_how_much(said: Callable[..., Said], shelf: Path) -> None:
    written(shelf / "decoder", "gpt2")
    code, out, _ = said("models", "decoder", "--ablate", "ab")
    assert code == 0
    assert "as next, in logits falls by" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--ablate", "the"), r"names (0) must be one model"),
        (("tiny", "tiny", "--ablate", "the"), r"names (2) must be one model"),
        (("tiny", "--ablate", "  "), "must hold something to read"),
        (("tiny", "--ablate", "cat " * 200), "tokens (202) must be between 1 and 128"),
        (("tiny", "--patch", "the cat", "the cat"), "must end elsewhere"),
        (("tiny", "--patch", "the cat"), "expected 2 arguments"),
        (("tiny", "--check", "--ablate", "the cat"), "not allowed with argument --check"),
    ],
)
def test_what_cannot_be_put_into_a_model_is_refused_in_one_line(
    said: Callable[..., Said], shelf: Path, options: tuple[str, ...], reason: str
) -> None:
    code, out, error = said("models", *options)
    assert (code, out) == (2, "")
    assert reason in error
    assert error.count("\n") == 1


def test_what_a_model_says_is_told_in_the_end_and_after_each_layer(said: Callable[..., Said], shelf: Path) -> None:
    written(shelf / "decoder", "gpt2")
    code, out, error = said("models", "decoder", "--predict", "ab")
    assert (code, error) == (0, "")
    ends, layers = (block.splitlines() for block in out.split("\n\n"))
    assert ends[0] == "The likeliest next piece after the last token:"
    assert ends[3].split()[0] == "b"
    assert [row.split()[0] for row in layers[3:]] == ["0", "1", "2", "3"]
    assert ends[3].split()[1] == layers[-1].split()[2]
    code, out, _ = said("models", "tiny", "--predict", "the cat")
    assert out.splitlines()[0] == "The nearest pieces to each token:"


def test_texts_are_compared_with_each_other(said: Callable[..., Said], shelf: Path) -> None:
    code, out, error = said("models", "tiny", "--similar", "the cat", "the mat", "the cat")
    assert (code, error) == (0, "")
    first, second, third = (row.split() for row in out.splitlines()[2:])
    assert first[-3:] == third[-3:]
    assert first[3] == second[4] == "1"


# --- encoder-decoders -------------------------------------------------------------------------------------------------


def test_an_encoder_decoder_is_listed_with_the_sizes_of_both_halves(said: Callable[..., Said], shelf: Path) -> None:
    written(shelf / "opus", "marian")
    code, out, error = said("models", "opus")
    assert (code, error) == (0, "")
    assert out.splitlines()[2].split() == ["opus", "marian", "2", "+", "3", "3", "+", "2", "24", "307", "41", "0", "-"]


def test_both_halves_are_compared_with_the_reference(said: Callable[..., Said], shelf: Path) -> None:
    written(shelf / "opus", "marian")
    code, out, error = said("models", "opus", "--check")
    assert (code, error) == (0, "")
    rows = lines(out)[6:]
    assert [row[:2] for row in rows] == [
        *(["encoder", str(layer)] for layer in range(2)),
        *(["decoder", str(layer)] for layer in range(3)),
    ]
    assert [row[3] == "-" for row in rows] == [True, True, False, False, False]
    assert all(float(row[2]) < 1e-5 and float(row[4]) < 1e-4 for row in rows)


@pytest.mark.parametrize("beams", [(), ("--beams", "3")])
def test_a_text_is_translated_piece_by_piece(said: Callable[..., Said], shelf: Path, beams: tuple[str, ...]) -> None:
    model = translating(open_model(written(shelf / "opus", "marian, unscaled, gelu")))
    wanted = model.translate("The cat", 3 if beams else 1)
    code, out, error = said("models", "opus", "--translate", "The cat", *beams)
    assert (code, error) == (0, "")
    rows = out.splitlines()[4 if wanted.ended else 6 :][-len(wanted.ids) :]
    assert len(rows) == len(wanted.ids)
    logits = model.trace("The cat", wanted.ids[:-1]).logits
    for row, id_, probabilities in zip(rows, wanted.ids, logits.softmax(-1), strict=True):
        found = float(row.split()[-3])
        assert found == pytest.approx(float(probabilities[id_]), rel=1e-3)


def test_what_was_not_read_and_what_never_ended_is_said(said: Callable[..., Said], shelf: Path) -> None:
    written(shelf / "t5", "t5")
    written(shelf / "opus", "marian")
    _, out, _ = said("models", "t5", "--translate", "x")
    assert ("It did not come to an end within 256 tokens." in out) != translating(open_model("t5")).translate("x").ended
    _, out, _ = said("models", "opus", "--translate", "x" * 50)
    assert "The last 10 tokens of the text were not read: it takes 41." in out


TRANSLATED = {
    "a model that writes nothing": (("tiny", "--translate", "x"), "model ('tiny', bert) must be a model that writes"),
    "a model that writes": (("opus", "--predict", "x"), "model ('opus', marian) must be a model that reads one text"),
    "beams of nothing": (("opus", "--beams", "3"), "beams (3) must be left out without --translate"),
    "many beams": (("opus", "--translate", "x", "--beams", "99"), "num_beams (99) must be between 1 and 16"),
    "no beams": (("opus", "--translate", "x", "--beams", "0"), "num_beams (0) must be between 1 and 16"),
    "nothing to read": (("opus", "--translate", ""), "text ('') must hold something to read"),
    "no model": (("--translate", "x"), "names (0) must be one model beside --ablate"),
}


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_that_cannot_be_is_refused_in_one_line(said: Callable[..., Said], shelf: Path, name: str) -> None:
    written(shelf / "opus", "marian")
    options, reason = TRANSLATED[name]
    code, out, error = said("models", *options)
    assert (code, out) == (2, "")
    assert reason in error
