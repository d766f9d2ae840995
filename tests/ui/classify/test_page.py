"""The classify page, run by Streamlit without a browser, and what it is made of.

After a control has changed, only its fragment is in the tree of `AppTest`: a test changes its controls in one step.
"""

from typing import Any, cast

import pyarrow as pa
import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnlab.charts import SCORES_DATASET
from attnlab.looks import run_store
from attnlab.looks.trained.classifications import said_of, strongest_picks, word_look
from attnlab.looks.trained.opened import Origin
from attnlab.models import CLASSIFIER_FAMILIES
from attnlab.models.classifier import word_occlusion
from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.settings.classify import Classify
from attnlab.tasks import Classification, ClassifyCsv, read_table
from attnlab.text import PAD, UNKNOWN
from attnlab.training import StoreFault
from attnlab.training.scoring.intervals import ENOUGH, wilson
from attnlab.training.scoring.steadiness import SIGMAS
from attnlab.training.shipped_classifier import shipped
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.ui.classify import results as classify_results
from attnlab.ui.classify import words as classify_words
from attnlab.ui.classify.texts import vocabulary_table, word_counts
from attnlab.ui.classify.words import changed_words
from attnlab.ui.races.standings import percent_range
from tests.ui.rows import told_to

DEFAULTS = Classify().values()

WORDS = page_prose("classify")
JOINER = "\u2060\\"  # what `messages.plain` puts before signs
ROWS = b"when;label;text\n" + b"".join(b"1;a;good %d\n2;b;bad %d\n" % (n, n) for n in range(9))
FLIPPED = "i would not say that the film was really good"


def opened(**link: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "classify.py"))
    page.query_params.update(link)
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def chips(page: AppTest) -> dict[str, Any]:
    (found,) = (element for element in page.get("bidi_component") if element.key == classify_words.CHIPS)
    return told_to(found)


def messages(page: AppTest) -> str:
    return " ".join(one.value for one in (*page.warning, *page.error, *page.info, *page.caption)).replace(JOINER, "")


# --- what opens -------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_verdicts_before_anybody_has_trained() -> None:
    page = opened()
    told = chips(page)
    assert [verdict["name"] for verdict in told["verdicts"]] == ["Transformer", "LSTM", "Text CNN", "Bag of words"]
    assert [round(verdict["part"]) for verdict in told["verdicts"]] == [1, 1, 1, 0], "the bag is fooled by the not"
    assert all(verdict["before"] is None for verdict in told["verdicts"])
    names = [row["name"] for row in told["rows"]]
    said = WORDS["chips"]
    assert names == [said[name] for name in ("shares_transformer", "attention", "influence", "occlusion")]
    assert told["picks"] == []


def test_accuracy_under_noise_is_drawn_for_who_looks() -> None:
    page = opened()
    assert not page.get("vega_lite_chart")[1:]  # the confusion
    page.session_state["cl_noise"] = True
    checked(page.run())
    (rows,) = (
        pa.ipc.open_stream(one.data.data).read_all().to_pylist()
        for chart in page.get("vega_lite_chart")
        for one in chart.proto.datasets
        if one.name == SCORES_DATASET
    )
    assert [row["noise"] for row in rows] == [*SIGMAS] * len(CLASSIFIER_FAMILIES)
    shares = {(row["contender"], row["noise"]): row["accuracy"] for row in rows}
    assert shares["transformer", 1.0] < shares["transformer", 0.0] > 0.98
    assert WORDS["results"]["noise"]["untrained"] in [one.value for one in page.caption]


def test_the_table_of_results_shows_what_the_bag_cannot_know() -> None:
    said = WORDS["results"]
    table = next(one.value for one in opened().dataframe if said["all"] in one.value.columns)
    rows = table.set_index(said["contender"])
    task = cast("Classification", CLASSIFICATIONS["sentiment"].task)
    counts = {name: int(members.sum()) for name, members in task.subsets(task.examples("test")).items()}
    shares = {name: rows[said["subset"].format(name=said[name], count=count)] for name, count in counts.items()}
    flipped, negated = shares["flipped"], shares["negated"]
    assert min(float(flipped[name].split("%")[0]) for name in ("Transformer", "LSTM")) >= 98
    assert 45 <= float(negated["Bag of words"].split("%")[0]) <= 55
    right = round(float(negated["Bag of words"].split("%")[0]) / 100 * counts["negated"])
    assert percent_range(wilson(right / counts["negated"], counts["negated"])) in negated["Bag of words"]
    assert counts["negated"] < ENOUGH


def test_every_contender_has_rows_of_its_own() -> None:
    wanted = {"transformer": 4, "lstm": 2, "text_cnn": 3, "bag_of_words": 3}
    for family in CLASSIFIER_FAMILIES:
        page = opened(cl_family=family)
        assert len(chips(page)["rows"]) == wanted[family]


def test_the_numbers_on_the_words_are_the_models() -> None:
    page = opened(cl_text=FLIPPED, cl_family="lstm")
    row = next(row for row in chips(page)["rows"] if row["name"] == WORDS["chips"]["occlusion"])
    one = shipped()["lstm"]
    drops = word_occlusion(one.model, torch.tensor([one.encode(FLIPPED).ids])).drop
    assert [cell["text"] for cell in row["cells"]] == FLIPPED.split()
    assert [cell["part"] for cell in row["cells"]] == pytest.approx(drops.tolist())
    assert row["cells"][2]["part"] > 0.9, "without its not the sentence is for it"


def test_a_head_can_be_chosen() -> None:
    of_all = next(row for row in chips(opened())["rows"] if row["name"] == WORDS["chips"]["attention"])
    of_one = next(row for row in chips(opened(cl_head="1.2"))["rows"] if row["name"] == WORDS["chips"]["attention"])
    assert of_all != of_one


def test_while_it_trains_the_page_waits_for_no_pretrained_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads many texts for minutes, in which nobody would tell the run that it is watched."""
    told: list[str] = []
    monkeypatch.setattr(classify_results, "classifiers", lambda _: {"minilm": shipped()["lstm"]})
    monkeypatch.setattr(classify_results.st, "caption", told.append)
    classify_results.results_view(Origin("classification"), WORDS, forming=True)
    assert told == [WORDS["results"]["forming"]]


# --- what if ----------------------------------------------------------------------------------------------------------


def test_a_changed_sentence_shows_before_and_after() -> None:
    told = chips(opened(cl_text=FLIPPED, cl_instead=FLIPPED.replace("good", "bad")))
    assert [word["text"] for word in told["words"] if word["changed"]] == ["bad"]
    first = told["verdicts"][0]
    assert first["before"] > 0.9 > 0.1 > first["part"]


def test_an_edit_of_a_word_becomes_the_second_sentence_and_the_same_again_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: dict[str, Any] = {"cl_unchanged": "a b"}
    monkeypatch.setattr("streamlit.session_state", state)
    for sent, wanted in (({"text": "a c", "place": 1}, "a c"), ({"text": "a b", "place": None}, "")):
        state[classify_words.CHIPS] = {"edit": sent}
        classify_words._take_edit()
        assert state["cl_instead"] == wanted


@pytest.mark.parametrize("sent", [None, "text", [], {}, {"text": 5}, {"text": None}, {"text": "x" * 5000}])
def test_an_edit_that_is_none_changes_nothing(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {classify_words.CHIPS: {"edit": sent}, "cl_instead": "kept"}
    monkeypatch.setattr("streamlit.session_state", state)
    classify_words._take_edit()
    assert state["cl_instead"] == "kept"


def test_changed_words_are_those_that_were_not_there() -> None:
    assert changed_words(["a", "b", "c"], ["a", "x", "c"]) == {1}
    assert changed_words(["a", "b", "c"], ["a", "c"]) == set()
    assert changed_words(["a", "c"], ["a", "b", "b", "c"]) == {1, 2}


def test_picks_are_the_words_that_turn_the_verdict() -> None:
    text = shipped()["lstm"].encode(FLIPPED)
    picks = strongest_picks(Origin("classification"), "lstm", text, len(text.ids) - 1)
    assert len(picks) == 6
    assert [kept for _, kept in picks] == sorted(kept for _, kept in picks)
    word, kept = picks[0]
    said = said_of(Origin("classification"), "lstm", shipped()["lstm"].encode(FLIPPED.replace("good", word)))
    assert said[0] == pytest.approx(kept)  # of "negative", which the sentence was called
    assert kept < 0.05


def test_taking_away_by_other_words_is_another_measure() -> None:
    text = shipped()["lstm"].encode(FLIPPED)
    looks = [
        word_look(Origin("classification"), "lstm", text, occlude).occlusion.drop for occlude in ("deleted", "others")
    ]
    assert not torch.allclose(*looks)


# --- links and texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DEFAULTS if Classify.kinds()[name].check("nonsense")])
def test_a_link_that_says_nonsense_is_refused_by_name_and_the_default_stays(name: str) -> None:
    page = opened(**{name: "nonsense"})
    assert f"{name} (nonsense) in the link must be" in messages(page)
    assert (
        chips(page)["base"] == "although we did sleep much , i would not say that the long recent film was really good"
    )
    assert name not in page.query_params


def test_a_run_that_there_is_not_is_named_and_the_page_goes_on() -> None:
    page = opened(run="nobody")
    assert "nobody" in messages(page)
    assert chips(page)["verdicts"]


HOSTILE = {
    "script": "<script>alert(1)</script> good",
    "directive": ":red[good] $\\def\\a{\\a\\a}\\a$",
    "template": "{{7*7}} {words} good",
    "prototype": "__proto__ constructor good",
    "marks": "good a" + "\u0301" * 1000,
    "long": "good " * 20_000,
    "formula": "=1+1 good",
    "padding": "<pad> <unk> good",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_data(name: str) -> None:
    page = opened(cl_text=HOSTILE[name], cl_instead=HOSTILE[name])
    assert {word["text"] for word in chips(page)["words"] if word["read"]} <= {"good", "that", ","}


@pytest.mark.parametrize("text", [" ", "\u200b", "zebra", "<script>", "不"])
def test_a_text_without_a_known_word_is_refused_with_what_is_known(text: str) -> None:
    page = opened(cl_text=text)
    assert "no word that the classifiers know" in messages(page)
    assert not [element for element in page.get("bidi_component") if element.key == classify_words.CHIPS]


def test_words_that_nobody_knows_are_named() -> None:
    assert "zebra" in messages(opened(cl_text="the zebra film was good"))


# --- texts and files --------------------------------------------------------------------------------------------------


def test_the_counts_of_the_vocabulary_are_those_of_the_training_texts() -> None:
    task: Any = CLASSIFICATIONS["sentiment"].task
    counts = word_counts(task)
    inputs = task.examples("train").inputs
    assert counts[0] == 0
    assert counts[1] == int((inputs == 1).sum())
    assert sum(counts) == int((inputs > 0).sum())


def test_the_drawer_of_texts_shows_padding_and_its_mask() -> None:
    page = opened()
    page.session_state["cl_texts"] = True
    checked(page.run())
    (grid,) = (element for element in page.get("bidi_component") if element.key == "cl_batch_grid")
    rows = told_to(grid)["examples"][0]["rows"]
    for words, mask in zip(rows[::2], rows[1::2], strict=True):
        kinds = [cell["kind"] for cell in words["cells"]]
        assert [cell["text"] for cell in mask["cells"]] == ["1" if kind == "input" else "0" for kind in kinds]
    assert any(cell["kind"] == "padding" for row in rows for cell in row["cells"])
    tables = len(page.dataframe)
    page.text_input(key="cl_find").set_value("zzz")
    checked(page.run())
    assert len(page.dataframe) == tables - 1
    assert WORDS["texts"]["not_found"] in [caption.value for caption in page.caption]


def test_the_vocabulary_calls_padding_and_unknown_words_by_what_they_are() -> None:
    said = WORDS["texts"]
    rows = "".join(f"fine once{n},{'ab'[n % 2]}\n" for n in range(40))
    table = vocabulary_table(ClassifyCsv(read_table(f"text,label\n{rows}".encode())), "", said)
    words = table.set_index(said["id"])[said["word"]]
    assert (words[0], words[1], words.iloc[0]) == (said["padding"], said["unknown"], "fine")
    assert not {PAD, UNKNOWN} & set(words)


def test_nothing_starts_as_ones_own_rows_until_a_file_comes() -> None:
    said = WORDS["choose"]
    page = opened(cl_data="csv")
    (start,) = (one for one in page.button if one.label == said["start"])
    assert start.disabled
    assert [one.value for one in page.info] == [said["missing"]]
    assert chips(page)["verdicts"], "what comes with the app can still be asked"
    page.file_uploader(key="cl_csv").upload("mine.csv", ROWS, "text/csv")
    page = checked(page.run())
    assert not page.info
    assert page_prose("training")["table"]["preview"].format(rows=18, classes=2, left_out=0) in messages(page)


def test_a_table_that_is_none_is_refused_and_nothing_starts() -> None:
    page = opened(cl_data="csv")
    page.file_uploader(key="cl_csv").upload("mine.csv", b"PK\x03\x04", "text/csv")
    page = checked(page.run())
    assert "zip archive" in messages(page)
    assert next(one for one in page.button if one.label == WORDS["choose"]["start"]).disabled


def test_a_store_that_is_away_leaves_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise StoreFault

    monkeypatch.setattr(run_store, "store", gone)
    page = opened()
    assert StoreFault.message in messages(page)
    assert chips(page)["verdicts"]


def test_every_setting_has_a_check() -> None:
    assert all(Classify.kinds()[name].check(str(value)) is None for name, value in DEFAULTS.items())
