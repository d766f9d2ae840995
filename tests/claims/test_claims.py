"""Every file of a claim: well formed, with words for whatever is measured, and links that its pages take."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from attnlab.claims import (
    TOPICS,
    VERDICTS,
    claim,
    claim_names,
    claim_words,
    files,
    outcome,
    shelf,
    verdict_sentence,
    words,
)
from attnlab.claims.experiments import EXPERIMENTS, races
from attnlab.claims.files import FOLDER, read_claim
from attnlab.claims.measured import Figure, Measured, averaged
from attnlab.claims.outcomes import Outcome
from attnlab.claims.words import shown, shown_numbers
from attnlab.engine import SpecError
from attnlab.languages import Spoken, speaking
from attnlab.paths import PROSE
from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.classify import Classify
from attnlab.settings.fields import Kinds
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.start import Start
from attnlab.settings.training import Training
from attnlab.settings.translate import Translate

every_claim = pytest.mark.parametrize("name", claim_names())
PAGES: dict[str, Kinds] = {
    "": Explorer.kinds(),
    "start": Start.kinds(),
    "blocks": Blocks.kinds(),
    "training": Training.kinds(),
    "translate": Translate.kinds(),
    "classify": Classify.kinds(),
}
WORDS = {"statement", "says", "predict", "paper", "verdicts", "chart", "names", "links"}
FORMULAS = {"wrong", "right"}


def test_there_are_twenty_claims_and_eight_mistakes_at_least_and_a_claim_in_every_topic() -> None:
    topics = [claim(name).topic for name in claim_names()]
    assert len(topics) - topics.count("mistake") >= 20
    assert topics.count("mistake") >= 8
    assert set(topics) == set(TOPICS)


def test_every_claim_has_its_words_and_every_experiment_a_claim() -> None:
    assert {path.stem for path in (PROSE / "en" / "claims").iterdir()} == set(claim_names())
    assert {claim(name).experiment for name in claim_names()} == set(EXPERIMENTS)


@every_claim
def test_a_claim_has_the_words_of_its_kind(name: str) -> None:
    own = claim_words(name)
    assert set(own) == WORDS | (FORMULAS if claim(name).topic == "mistake" else set())
    assert set(own["verdicts"]) == set(VERDICTS)
    assert set(own["links"]) == set(claim(name).links)
    assert set(own["chart"]) == ({"at", "value"} if claim(name).chart.kind == "lines" else {"value"})
    assert own["statement"].endswith((".", "?"))
    assert re.search(r"\d", own["paper"])  # the number that settles it, or at least the place and the year


@every_claim
def test_links_lead_to_pages_that_take_them(name: str) -> None:
    for link in claim(name).links.values():
        parts = urlsplit(link)
        kinds, params = PAGES[parts.path.removeprefix("./")], parse_qs(parts.query, keep_blank_values=True)
        assert set(params) <= set(kinds), link
        assert fields.refusals(params, kinds) == {}, link


def test_the_check_of_links_refuses_what_a_page_would() -> None:
    assert fields.refusals({"score": ["cubic"]}, PAGES[""])


@pytest.fixture(scope="module")
def tiny() -> dict[str, Measured]:
    """Every experiment, run small."""
    return {name: experiment(0, "tiny") for name, experiment in EXPERIMENTS.items()}


@every_claim
def test_what_is_measured_is_what_words_and_rules_ask_for(name: str, tiny: dict[str, Measured]) -> None:
    one, own = claim(name), claim_words(name)
    measured = tiny[one.experiment]
    asked = {number for rule in one.rules for condition in rule.conditions for number in condition.names}
    assert asked <= set(measured.numbers)
    for sentence in own["verdicts"].values():
        assert "{" not in sentence.format(**shown_numbers(measured))
    named = {*measured.series, *(figure.at for figure in measured.figures if isinstance(figure.at, str))}
    assert named <= set(own["names"])
    numeric = [isinstance(figure.at, float) for figure in measured.figures]
    assert all(numeric) if one.chart.kind == "lines" else not any(numeric)


def test_an_experiment_is_the_same_twice_and_another_by_another_seed() -> None:
    first, again, other = (EXPERIMENTS["scaling"](seed, "tiny") for seed in (3, 3, 4))
    assert first == again
    assert first.numbers != other.numbers


def test_a_thorough_race_is_the_mean_of_its_seeds() -> None:
    asked: list[int] = []

    def race(seed: int, _size: Any) -> Measured:
        asked.append(seed)
        return Measured((Figure("a", "b", seed / 10),), {"share": float(seed)})

    run = races.over_seeds(race)
    assert run(4, "quick") == Measured((Figure("a", "b", 0.4),), {"share": 4.0})
    assert run(4, "full") == Measured((Figure("a", "b", 0.5),), {"share": 5.0, "seeds": 3.0})
    assert asked == [4, 4, 5, 6]
    with pytest.raises(ValueError, match="same figures"):
        averaged([Measured((Figure("a", at, 0.0),), {}) for at in ("b", "c")])


def test_an_outcome_comes_back_from_its_json() -> None:
    found = outcome("row_sums", "tiny", seed=5)
    assert Outcome.from_json(found.to_json()) == found
    assert verdict_sentence(found)


def test_what_is_not_finite_is_no_measurement() -> None:
    with pytest.raises(ValueError, match=r"measured \(a\) must be finite"):
        Measured((Figure("a", 1.0, float("nan")),), {})
    with pytest.raises(ValueError, match="figures"):
        Measured((), {})


@pytest.mark.parametrize(
    ("value", "share", "text"), [(0.125, True, "12.5\u00a0%"), (19200.0, False, "19,200"), (1.8473, False, "1.85")]
)
def test_numbers_are_said_for_people(value: float, share: bool, text: str) -> None:
    assert shown(value, share=share) == text


def test_the_percent_sign_stands_as_the_language_wants_it() -> None:
    with speaking(Spoken("zh")):
        assert shown(0.125, share=True) == "12.5%"


# --- files that a teacher writes --------------------------------------------------------------------------------------

GOOD = (FOLDER / "scaling.toml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_a_teacher_is_read(tmp_path: Path) -> None:
    assert read_claim(written(tmp_path, GOOD)) == dataclasses.replace(claim("scaling"), name="mine")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("experiment = ", "experiment"), "file of claim mine"),
        (('"scaling"', '"os.system"'), "experiment of claim mine"),
        (('topic = "weights"', 'topic = "spells"'), "topic of claim mine"),
        (('topic = "weights"', "topic = 3"), "topic of claim mine"),
        (('kind = "lines"', 'kind = "pie"'), "chart.kind of claim mine"),
        (("log_at = true", 'log_at = "yes"'), "chart of claim mine"),
        (("log_at = true", "x = true"), "chart of claim mine"),
        (("at_least = 0.1", "eval = 0.1"), "when of claim mine"),
        (("at_least = 0.1", "at_least = true"), "when of claim mine"),
        (('is = "true"', 'is = "maybe"'), "is of claim mine"),
        (('[{ number = "unscaled_settled_share", at_most = "scaled_settled_share" }]', "[]"), "when of claim mine"),
        (("https://arxiv", "javascript:arxiv"), "sources of claim mine"),
        (("./?source=random&mask=none&score=dot", "https://elsewhere.org/?"), "links.unscaled of claim mine"),
        (("2026-11-28: section", "section"), "checked of claim mine"),
        (("topic = ", 'secret = "x"\ntopic = '), "secret of claim mine"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused_by_name(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(SpecError, match=re.escape(message)):
        read_claim(written(tmp_path, text))


@pytest.mark.parametrize("name", ["nothing", "../scaling", "", "scaling.toml", "<b>"])
def test_a_claim_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="must be one of"):
        claim(name)


def test_a_number_that_no_experiment_measures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(_seed: int, _size: Any) -> Measured:
        return Measured((Figure("scaled", 1.0, 1.0),), {"other": 1.0})

    monkeypatch.setattr("attnlab.claims.outcomes.EXPERIMENTS", {"scaling": bare})
    with pytest.raises(SpecError, match=r"number \('scaled_settled_share'\) of claim scaling must be one of other"):
        outcome("scaling", "tiny")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("statement = ", "sentence = "), "statement in the words of claim mine"),
        (("depends = ", "maybe = "), "verdicts in the words of claim mine"),
        (('at = "', 'where = "'), "chart in the words of claim mine"),
        (('unscaled = "Not', 'other = "Not'), "links in the words of claim mine"),
        (("[verdicts]", "[verdicts"), "file in the words of claim mine"),
    ],
)
def test_words_that_lack_something_are_refused_by_name(
    change: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (PROSE / "en" / "claims" / "scaling.toml").read_text(encoding="utf-8")
    changed = text.replace(*change)
    assert changed != text
    monkeypatch.setattr(words, "page_prose", lambda _page: tomllib.loads(changed))
    with pytest.raises(SpecError, match=re.escape(message)):
        words.check_words(dataclasses.replace(claim("scaling"), name="mine"))


@pytest.mark.parametrize(
    ("numbers", "series", "message"),
    [
        ({"width": 1.0}, "scaled", "verdicts.true in the words of claim scaling ('scaled_gradient')"),
        (None, "other", "names in the words of claim scaling ('other')"),
    ],
)
def test_words_with_a_blank_or_a_name_for_nothing_are_refused(
    numbers: dict[str, float] | None, series: str, message: str, tiny: dict[str, Measured]
) -> None:
    told = Measured((Figure(series, 1.0, 1.0),), tiny["scaling"].numbers if numbers is None else numbers)
    with pytest.raises(SpecError, match=re.escape(message)):
        words.check_measured("scaling", told)


def test_one_bad_file_does_not_hide_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scaling.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "mine.toml").write_text("experiment = 3", encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    files.claim.cache_clear()
    found = shelf.__wrapped__()
    files.claim.cache_clear()
    assert [one.name for one in found.claims] == ["scaling"]
    assert len(found.refusals) == 1
    assert "of claim mine" in found.refusals[0]


def test_every_claim_that_ships_can_be_shown() -> None:
    assert shelf().refusals == ()
    assert tuple(one.name for one in shelf().claims) == claim_names()
