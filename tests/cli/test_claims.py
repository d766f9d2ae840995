"""`claims`: verdicts and figures without a browser."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.claims import claim_names, claim_words
from tests.cli.conftest import Said


def test_every_claim_is_listed(said: Callable[..., Said]) -> None:
    code, out, error = said("claims", "--list")
    assert (code, error) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:]] == list(claim_names())


def test_a_claim_is_told_with_verdict_sentence_and_figures(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    code, out, error = said("claims", "--quick", "temperature", "wrong_axis", "--json", str(path))
    assert code == 0
    assert "outcomes (2) written to" in error
    told, *_, last = out.split("\n\n")
    assert told.startswith(
        f"temperature: {claim_words('temperature')['statement']}\nfalse: 100.0\u00a0% of the rows keep"
    )
    assert [line.split()[:2] for line in last.splitlines()[2:]] == [["temperature", "false"], ["wrong_axis", "false"]]
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [one["verdict"] for one in written["outcomes"]] == ["false", "false"]
    assert written["outcomes"][0]["size"] == "quick"
    assert len(written["outcomes"][0]["measured"]["figures"]) == 5


def test_another_seed_gives_other_figures(said: Callable[..., Said]) -> None:
    outs = [said("claims", "--quick", "scaling", "--seed", seed)[1].rpartition("\n\n")[0] for seed in ("0", "0", "1")]
    assert outs[0] == outs[1] != outs[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nonsense",), "claim ('nonsense') must be one of"),
        (("../../etc/passwd",), "claim ('../../etc/passwd') must be one of"),
        (("scaling", "--seed", "-1"), "seed (-1) must be"),
        (("scaling", "--json", "/no/such/folder/x.json"), "json ('/no/such/folder/x.json') must be a file"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    options: tuple[str, ...], message: str, said: Callable[..., Said]
) -> None:
    code, out, error = said("claims", *options)
    assert (code, out) == (2, "")
    assert message in error
    assert error.count("\n") == 1
