"""The translate page, run by Streamlit without a browser: what is written, what links and hostile texts make of it.

After a control has changed, only its fragment is in the tree of `AppTest`: a test changes its controls in one step.
"""

import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from attnlab.charts.smaller import SMALLER_DATASET
from attnlab.languages import Spoken, speaking
from attnlab.looks import run_store, stepwise
from attnlab.looks.pretrained.translations import opened_translator
from attnlab.looks.trained import smaller
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import Search, translated
from attnlab.models import SEQ2SEQ_FAMILIES
from attnlab.paths import PAGES, ROOT
from attnlab.pretrained import EncoderDecoder, open_model, translating
from attnlab.prose import counted, in_a_row, page_prose
from attnlab.settings.translate import Translate
from attnlab.tasks import example_parallel
from attnlab.training import RunStore, Snapshot, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.translating import translate
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.ready import Ready
from attnlab.training.shown.translation_plans import translation_of
from attnlab.training.smaller.table import read_table
from attnlab.training.snapshots import pack
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import SHOWN_PAGE
from attnlab.ui.translate.controls import CANVAS_KEY, TREE_KEY, examples_of
from attnlab.ui.translate.forming import spread
from attnlab.ui.translate.notes import sentence_notes
from attnlab.ui.translate.smaller import sentences as sentences_of
from tests.pictures.payloads import Payload, decoded
from tests.pretrained.conftest import written
from tests.training.smaller.test_smaller import shrunk
from tests.ui.rows import controls_of, options_of

DEFAULTS = Translate().values()

WORDS = page_prose("translate")
PAGE, NOTES = WORDS["page"], WORDS["notes"]
CSV = b"source,target\n" + b"".join(b"one%d here,un%d ici\n" % (n, n) for n in range(20))
PLANS = Ready(
    {
        "small": partial(
            RacePlan,
            task_name="translation",
            contenders=("transformer", "gru"),
            preset="example",
            budget=2700,
            num_heads=2,
            steps=4,
        ),
        "own": partial(
            RacePlan,
            task_name="translation",
            contenders=("gru_attention",),
            data=CSV,
            text_column="source",
            label_column="target",
            budget=2100,
            steps=4,
        ),
    }
)

pytestmark = pytest.mark.usefixtures("store")


def opened(**link: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.session_state[SHOWN_PAGE] = "translate"  # who is here already is not met by the page's opening
    page.switch_page(str(PAGES / "translate.py"))
    page.query_params.update(link)
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def shown(page: AppTest) -> Payload:
    (canvas,) = (element for element in page.get("bidi_component") if element.key == CANVAS_KEY)
    return decoded(canvas.proto.bytes)


def sentences(page: AppTest) -> dict[str, str]:
    """What each translator wrote."""
    return {row["family"]: "".join(text for text, _ in row["pieces"]) for row in shown(page).header["rows"]}


def captions(page: AppTest) -> str:
    return "\n".join(one.value for one in page.caption)


def trained(store: RunStore, plan: RacePlan) -> str:
    """A run with snapshots at steps 0 and 3 of every contender."""
    if plan.data is not None:
        store.datasets.save(plan.data)
    run = store.runs.create(plan.to_config(), owner="somebody", name="A run")
    store.queue.claim("worker")
    for family in plan.families:
        learner = Learner(plan, family)
        saved = [Snapshot(family, 0, pack(learner))]
        learner.advance(3)
        store.snapshots.save(run.id, "worker", [*saved, Snapshot(family, 3, pack(learner))])
    store.queue.mark(run.id, "worker", "finished")
    return run.id


# --- what comes with the app ------------------------------------------------------------------------------------------


def test_the_page_translates_before_anyone_trains() -> None:
    page = opened()
    header = shown(page).header
    assert sentences(page)["transformer"] == header["reference"] == "Le chat est assis sur le tapis."
    assert [row["family"] for row in header["rows"]] == list(SEQ2SEQ_FAMILIES)
    (best,) = (one for one in header["heads"] if one["best"])
    assert header["selection"] == {
        "word": 1,
        "layer": best["layer"],
        "head": best["head"],
    } | {"view": "weights"}
    assert not page.error
    assert not page.warning


def test_the_numbers_of_the_picture_are_those_of_the_model() -> None:
    page = opened(tr_text="A woman sings near my house.", tr_family="gru_attention")
    model, task = shipped_translators()["gru_attention"], translation_of(shipped_plan())
    wanted = translate(model, task, "A woman sings near my house.")
    assert wanted.cross_weights is not None
    payload = shown(page)
    assert payload.arrays["cross"].tobytes() == wanted.cross_weights.flatten(0, 2).numpy().tobytes()
    assert payload.arrays["influence"].tobytes() == wanted.influence.float().numpy().tobytes()
    assert sentences(page)["gru_attention"] == wanted.text


def test_a_translator_without_attention_has_influence_alone() -> None:
    payload = shown(opened(tr_family="gru"))
    assert payload.header["heads"] == []
    assert set(payload.arrays) == {"influence"}


def test_what_became_of_a_sentence_is_said() -> None:
    page = opened(tr_text=f"The zebra sees a quagga{' and the cat' * 12}")
    said = captions(page)
    assert NOTES["unknown"].format(symbols=", ".join(plain(f"“{word}”") for word in ("zebra", "quagga"))) in said
    assert NOTES["closed"] in said
    assert counted(NOTES["cut"], 18, most=24) in said
    marked = [word["name"] for word in shown(page).header["source"] if word["unknown"]]
    assert marked == ["zebra", "quagga"]
    assert shown(page).header["reference"] is None


def test_what_is_bold_has_an_end_also_where_sentences_stand_without_a_gap() -> None:
    settings, origin = Translate(text="我喜欢它"), Origin("translation")
    written = translated(origin, "gru", Search(settings.text, settings.beams, settings.alpha))
    with speaking(Spoken("zh")):
        said = in_a_row(sentence_notes(written, origin, settings, page_prose("translate")["notes"]))
    assert re.search(r"^\*\*.*。\*\*\s\S", said)  # CommonMark ends nothing between a sign and a letter


@pytest.mark.parametrize(
    ("text", "read"), [("the zebra saw a quagga .", 4), ("zebra quagga sees gnu", None), ("the cat slept .", None)]
)
def test_a_sentence_of_which_too_little_is_read_is_said_to_have_no_translation(text: str, read: int | None) -> None:
    said = captions(opened(tr_text=text))
    partly = NOTES["partly"].split("{count}")[0].split("{read}")[0]
    unknown = {"the zebra saw a quagga .": 2, "zebra quagga sees gnu": 3}.get(text, 0)
    assert (partly in said) == (unknown > 1)
    if read is not None:
        assert NOTES["partly"].format(read=read, count=6) in said


def test_the_words_that_a_sentence_may_have_are_listed() -> None:
    page = opened()
    assert any("cat, " in one.value and "women" in one.value for one in page.markdown)


@pytest.mark.parametrize("text", ["", "  ", "\u200b"], ids=ascii)
def test_a_sentence_without_a_word_is_refused_and_the_last_translation_stays(text: str) -> None:
    page = opened(tr_text=text) if text else opened()
    page = checked(page.text_input(key="tr_text").set_value(text).run())
    said = [error.value for error in page.error]
    assert [("must hold a visible character" in one) for one in said] == [True] * bool(text.strip())
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


HOSTILE = {
    "markup": "<img src=x onerror=alert(1)> <script>alert(1)</script>",
    "a template": "{{7*7}} ${7*7} {symbols} {0}",
    "directives": ":red[x] :material/home: ![x](http://x.example/y.png)",
    "LaTeX": r"$\def\a{\a\a}\a$",
    "special symbols": "<pad> <start> <end> <unk> __proto__",
    "one letter, often": "a" * 100_000,
    "lines": "\n" * 10_000 + "cat",
    "no words": "\u202e \u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_translated_or_refused_and_never_raises(text: str) -> None:
    page = opened(tr_text=text)
    assert all(len(row) for row in sentences(page))
    assert shown(opened(tr_text="The cat sat on the mat.")).header["reference"]


def test_examples_are_held_out_and_each_is_longer_than_the_one_before() -> None:
    task = translation_of(shipped_plan())
    examples = examples_of(task)
    lengths = [len(task.encode(text).ids) for text in examples]
    assert len(examples) == 6
    assert lengths == sorted(set(lengths))
    assert lengths[-1] == 24


# --- links ------------------------------------------------------------------------------------------------------------

REFUSED = {
    "tr_family": "lstm",
    "tr_beams": "0",
    "tr_alpha": "NaN",
    "tr_view": "both",
    "tr_model": "../opus",
    "tr_layer": "999",
    "tr_head": "-1",
    "tr_word": "1e1",
    "tr_hypothesis": "\u0663",
    "tr_step": "1000000",
}


@pytest.mark.parametrize(("name", "text"), REFUSED.items())
def test_a_link_that_cannot_be_taken_is_said_with_field_value_and_range(name: str, text: str) -> None:
    page = opened(**{name: text})
    (warning,) = page.warning
    allowed = Translate.kinds()[name].check(text)
    assert allowed is not None
    used = "nothing" if DEFAULTS[name] is None else str(DEFAULTS[name])
    assert warning.value == PAGE["link_refused"].format(
        field=name, got=plain(text), allowed=plain(allowed), used=plain(used)
    )
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


def test_a_link_says_word_head_view_and_hypothesis() -> None:
    link = {"tr_word": "4", "tr_layer": "1", "tr_head": "3", "tr_view": "influence"}
    header = shown(opened(**link)).header
    assert header["selection"] == {"word": 3, "layer": 0, "head": 2, "view": "influence"}
    best, second = (shown(opened(tr_beams="3", tr_hypothesis=rank)).header for rank in "12")
    assert [word["name"] for word in best["target"]] != [word["name"] for word in second["target"]]


def test_numbers_beyond_what_there_is_are_the_last_there_are() -> None:
    header = shown(opened(tr_word="256", tr_layer="6", tr_head="16", tr_hypothesis="6", tr_beams="2")).header
    assert header["selection"]["word"] == len(header["target"]) - 1
    assert (header["selection"]["layer"], header["selection"]["head"]) == (1, 3)


# --- drawers ----------------------------------------------------------------------------------------------------------


def with_drawer(name: str, **link: str) -> AppTest:
    page = opened(**link)
    page.session_state[name] = True
    return checked(page.run())


def test_the_tree_of_the_search_is_made_only_while_somebody_looks() -> None:
    assert not [one for one in opened().get("bidi_component") if one.key == TREE_KEY]
    page = with_drawer("translate_search", tr_beams="2")
    (tree,) = (one for one in page.get("bidi_component") if one.key == TREE_KEY)
    assert '"winner"' in tree.proto.json


# --- smaller ----------------------------------------------------------------------------------------------------------

SMALLER = WORDS["smaller"]


def charts(page: AppTest) -> list[list[dict[str, Any]]]:
    """The rows of each chart of the drawer."""
    drawn = (dataset for chart in page.get("vega_lite_chart") for dataset in chart.proto.datasets)
    return [pa.ipc.open_stream(one.data.data).read_all().to_pylist() for one in drawn if one.name == SMALLER_DATASET]


def test_what_ships_is_drawn_first_and_then_what_is_measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    smaller.forget()
    monkeypatch.setattr(smaller, "EXAMPLES", 3)
    page = with_drawer("translate_smaller")
    found = read_table().shrunk
    heads, sizes = charts(page)
    assert [row["size"] for row in heads] == list(range(24, -1, -1))
    assert [row["exact"] for row in heads[1:]] == [one.score.exact for one in found.cut]
    assert [(row["label"], row["size"]) for row in sizes] == [(str(one.bits), one.size) for one in found.stored]
    assert [one.value for one in page.markdown if one.value in sentences_of(found, SMALLER)] == [
        *sentences_of(found, SMALLER)
    ]
    work = smaller.shrinking_of(Origin("translation"))
    monkeypatch.setattr(stepwise, "in_own_turn", lambda step: (step(), work.stop() if work.found.done == 2 else None))
    page.button(key="translate_smaller_button").click()
    checked(page.run())
    until = time.monotonic() + 60
    while work._waits and time.monotonic() < until:
        time.sleep(0.01)
    page = with_drawer("translate_smaller")
    assert SMALLER["live"].format(count=3) in captions(page)
    assert [len(rows) for rows in charts(page)] == [1, 2]
    assert page.button(key="translate_smaller_button").label == SMALLER["go_on"]
    smaller.forget()


@pytest.mark.parametrize(
    ("cut", "stored", "said"),
    [
        ((0.5,), (1.0, 0.5), ("none", "none")),
        ((1.0, 1.0), (1.0,) * 6, ("all", "all")),
        ((1.0, 0.5), (1.0, 1.0, 0.5), ("some", "some")),
    ],
)
def test_the_numbers_decide_what_is_said(
    cut: tuple[float, ...], stored: tuple[float, ...], said: tuple[str, str]
) -> None:
    made = [one.split("**")[2] for one in sentences_of(shrunk(cut, stored), SMALLER)]
    for sentence, table, name in zip(made, ("heads", "bits"), said, strict=True):
        assert sentence.startswith(SMALLER[table][name].split("**")[2].split("{")[0])


def test_a_run_without_a_transformer_has_no_heads_to_cut(store: RunStore) -> None:
    page = with_drawer("translate_smaller", run=trained(store, PLANS["own"]), tr_text="one3 here")
    assert page.info[0].value == SMALLER["no_heads"]
    assert not charts(page)


def test_nothing_starts_as_ones_own_text_until_a_file_comes(store: RunStore) -> None:
    page = opened()
    page.session_state["translate_setup"] = True
    page.session_state["translate_preset"] = "own"
    page = checked(page.run())
    (start,) = (one for one in page.button if one.label == WORDS["setup"]["start"])
    assert start.disabled
    assert [one.value for one in page.info] == [WORDS["setup"]["missing"]]
    page.file_uploader(key="own_parallel").upload("mine.csv", example_parallel(), "text/csv")
    page = checked(page.run())
    assert not page.info
    assert WORDS["setup"]["preview"].format(rows=300, left_out=0) in captions(page)
    (start,) = (one for one in page.button if one.label == WORDS["setup"]["start"])
    checked(start.click().run())
    (run,) = store.runs.history()
    assert store.datasets.load(run.config.settings["data_digest"]) == example_parallel()


def test_starting_makes_a_run_of_the_plan_that_the_controls_describe(store: RunStore) -> None:
    page = opened()
    page.session_state["translate_setup"] = True
    page = checked(page.run())
    page.number_input(key="translate_seed_of_race").set_value(7)
    page.number_input(key="translate_label_smoothing_small").set_value(0.2)
    page.selectbox(key="translate_lr_factor_small").set_value(3.0)
    (start,) = (one for one in page.button if one.label == WORDS["setup"]["start"])
    checked(start.click().run())
    (run,) = store.runs.history()
    plan = RacePlan.from_config(run.config)
    assert (plan.task_name, plan.seed, plan.label_smoothing, plan.families) == ("translation", 7, 0.2, SEQ2SEQ_FAMILIES)
    assert plan.lr == {
        family: pytest.approx(3 * RacePlan(task_name="translation", contenders=(family,)).rate(family).lr)
        for family in plan.families
    }


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_is_looked_at_where_the_link_says(store: RunStore) -> None:
    run = trained(store, PLANS["small"])
    newest = opened(run=run)
    assert PAGE["of_run"].format(run="A run", step=3, steps=4) in captions(newest)
    first = opened(run=run, tr_step="0")
    assert PAGE["of_run"].format(run="A run", step=0, steps=4) in captions(first)
    assert [row["family"] for row in shown(first).header["rows"]] == ["transformer", "gru"]
    assert shown(first).arrays["cross"].tobytes() != shown(newest).arrays["cross"].tobytes()


def test_a_run_on_sentences_of_ones_own_has_no_gold(store: RunStore) -> None:
    page = with_drawer("translate_scores", run=trained(store, PLANS["own"]), tr_text="one3 here")
    header = shown(page).header
    assert header["reference"] == "Un3 ici"
    assert header["gold"] == []
    assert [one["error"] for one in header["heads"]] == [None]
    count = PLANS["own"].task.info.num_test
    assert WORDS["scores"]["line_own_all"].format(count=count) in captions(page)


def test_a_run_without_a_snapshot_leaves_what_comes_with_the_app(store: RunStore) -> None:
    run = store.runs.create(PLANS["small"].to_config(), owner="somebody", name="Waiting")
    page = opened(run=run.id)
    assert PAGE["not_yet"].format(run="Waiting") in captions(page)
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


def test_a_race_on_sequences_is_shown_on_its_own_page(store: RunStore) -> None:
    other = RacePlan(task_name="reverse", contenders=("tcn",), steps=2, budget=2000)
    run = store.runs.create(other.to_config(), owner="somebody", name="A *race*")
    page = opened(run=run.id)
    said = page_prose("training")["page"]
    assert page.warning[0].value == said["run_of_sequence"].format(run=plain("A *race*"))
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


@pytest.mark.parametrize("name", ["nothing", "../../etc", "\0", "a" * 3000], ids=ascii)
def test_a_link_to_no_run_is_said_to_be_one(name: str) -> None:
    page = opened(run=name)
    assert page_prose("training")["store"]["gone"].format(run=plain(name[:40])) == page.warning[0].value
    assert sentences(page)


def test_a_store_that_is_away_leaves_the_translators_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise StoreFault

    monkeypatch.setattr(run_store, "store", away)
    page = opened()
    assert page.error[0].value == page_prose("training")["store"]["failed"]
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


@pytest.mark.parametrize(
    ("count", "most", "wanted"), [(3, 5, [0, 1, 2]), (5, 5, [0, 1, 2, 3, 4]), (11, 3, [0, 5, 10]), (7, 2, [0, 6])]
)
def test_a_few_snapshots_are_spread_over_all_of_them(count: int, most: int, wanted: list[int]) -> None:
    assert spread(range(count), most) == wanted


# --- models of others -------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EncoderDecoder:
    """A folder of the operator with one encoder-decoder, opened."""
    folder = written(tmp_path / "opus", "marian, unscaled, gelu")
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path))
    opened_translator.cache_clear()
    return translating(open_model(folder))


def offered(page: AppTest) -> list[str]:
    """The models that can be chosen; none where there is nothing to choose among."""
    return options_of(page, "tr_model") if "tr_model" in controls_of(page) else []


def test_without_a_model_of_others_there_is_nothing_to_choose_among(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTNLAB_MODELS", raising=False)
    assert not offered(opened())


def test_a_model_of_others_translates_what_is_typed(shelf: EncoderDecoder) -> None:
    page = opened(tr_model="opus", tr_text="The cat", tr_word="1")
    assert offered(page) == ["shipped", "opus"]
    wanted = shelf.translate("The cat", most=41)
    header = shown(page).header
    (row,) = header["rows"]
    assert (row["name"], row["pieces"], row["verdict"]) == ("opus", [[wanted.text, False]], "")
    assert len(header["target"]) == len(wanted.ids)
    assert (len(header["heads"]), header["heads_a_layer"], header["gold"]) == (6, 2, [])
    assert header["words"]["language"] == ""
    assert PAGE["intro_of_others"] in captions(page)
    assert NOTES["read_pieces"].format(count=8) in captions(page)
    assert NOTES["of_model"].format(name="opus", kind="marian", layers=3, heads=2) in captions(page)
    keys = [one.key for one in page.get("bidi_component")]
    assert CANVAS_KEY in keys
    assert WORDS["search"]["title"] not in [one.label for one in page.expander]


def test_what_a_model_of_others_leaves_out_is_said(shelf: EncoderDecoder) -> None:
    page = opened(tr_model="opus", tr_text="a" * 3000, tr_beams="3", tr_hypothesis="2")
    said = captions(page)
    assert NOTES["cut_pieces"].format(count=1960, most=41) in said
    assert NOTES["unread"].format(most=2000) in said
    assert "This is number 2 of 3 complete hypotheses" in said


@pytest.mark.parametrize("name", ["nope", "bert"])
def test_a_model_that_cannot_translate_is_refused_and_the_last_translation_stays(
    shelf: EncoderDecoder, name: str, tmp_path: Path
) -> None:
    if name == "bert":
        written(tmp_path / "bert", "bert")
    page = opened(tr_model=name)
    (error,) = page.error
    assert f"{WORDS['controls']['tr_model']['label']} ({name}) must be one of opus" in error.value.replace(
        "\u2060\\", ""
    )
    assert sentences(page)["transformer"] == "Le chat est assis sur le tapis."


def test_nothing_to_read_leaves_the_last_translation_of_a_model(shelf: EncoderDecoder) -> None:
    page = opened(tr_model="opus", tr_text="x")
    before = shown(page).header["rows"]
    page.session_state["tr_text"] = " "
    page = checked(page.run())
    assert shown(page).header["rows"] == before
    assert not page.error
