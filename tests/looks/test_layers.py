"""Trained weights in the explorer: names in links, sentences in a model's words, and what is refused."""

import dataclasses
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import attnlab
from attnlab.byte_cache import bytes_of
from attnlab.engine import Edit, SpecError
from attnlab.engine.edits import swapped
from attnlab.looks import layers, run_store
from attnlab.looks.layers import Asked, asked, own_settings
from attnlab.looks.trained import opened as models
from attnlab.looks.trained.probes import Curve, drawn_probe, held_out_probe
from attnlab.models.analysis.attention_maps import attention_maps
from attnlab.notebook import taken_along
from attnlab.paths import ROOT
from attnlab.pictures.items import read_said
from attnlab.pictures.stage import stage_picture
from attnlab.prose import page_prose
from attnlab.sequences import looks_of
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from attnlab.settings.drawn import told
from attnlab.settings.drawn.moved import told as moved_told
from attnlab.settings.fields import in_link
from attnlab.tasks import Digits
from attnlab.text import Tokenized, tokenize
from attnlab.training import RunStore, Snapshot, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.shipped import CELL, EXAMPLE, shipped
from attnlab.training.snapshots import pack, unpack_model
from attnlab.ui.attention import controls
from attnlab.ui.kit.examples.instead import FIELD
from attnlab.ui.kit.messages import plain
from attnlab.ui.picture import picture
from tests.pictures.payloads import Payload, decoded
from tests.settings import contract
from tests.ui.rows import chosen, controls_of

DEFAULTS = Explorer().values()

PAGE = page_prose("attention")["page"]
PLAN = RacePlan(
    task_name="reverse", contenders=("transformer", "gru"), sizes={"length": 6}, num_heads=2, budget=2000, steps=20
)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No model or picture of another test's store."""
    models.model_of.cache_clear()
    layers.traced.cache_clear()
    yield
    models.model_of.cache_clear()
    layers.traced.cache_clear()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """An empty store, and the app's."""
    opened = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    monkeypatch.setattr(run_store, "store", lambda: opened)
    yield opened
    opened.close()


@pytest.fixture
def saved(store: RunStore) -> tuple[str, bytes]:
    """A run with one snapshot of each contender at step 3: its id and the Transformer's bytes."""
    return saved_run(store, PLAN)


def saved_run(store: RunStore, plan: RacePlan) -> tuple[str, bytes]:
    run = store.runs.create(plan.to_config(), owner="me", name="run")
    store.queue.claim("worker")
    packs = {}
    for family in plan.families:
        learner = Learner(plan, family)
        learner.advance(3)
        packs[family] = pack(learner)
    store.snapshots.save(run.id, "worker", [Snapshot(family, 3, data) for family, data in packs.items()])
    return run.id, packs["transformer"]


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.query_params.update(link or {"stage": "softmax"})  # the bare address opens on another picture
    page.session_state[controls.BAR] = True  # where it is said what a model brings
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def message(page: AppTest) -> bytes:
    (stage,) = (element for element in page.get("bidi_component") if element.key == controls.STAGE_KEY)
    return bytes(stage.proto.bytes)


def shown(page: AppTest) -> Payload:
    return decoded(message(page))


def refused(**values: Any) -> SpecError:
    with pytest.raises(SpecError) as error:
        asked(Explorer.of({"source": "trained"} | values))
    return error.value


# --- the numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link", [{}, {"score": "additive", "dropout": "0.5"}, {"positions": "alibi", "mask": "window"}], ids=str
)
def test_a_layer_is_kept_with_all_that_its_picture_reads(link: dict[str, str]) -> None:
    said = {"sentence": " ".join(f"w{number}" for number in range(100)), **link}
    wanted = asked(Explorer.strict({name: [text] for name, text in said.items()}))
    kept = bytes_of(wanted.trace())
    stage_picture(wanted)
    assert bytes_of(wanted.trace()) < 1.1 * kept


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("head", [1, 2])
def test_the_page_shows_the_weights_of_the_shipped_model_bit_for_bit(layer: int, head: int) -> None:
    known = shipped()
    ids = known.vocabulary.encode(EXAMPLE, 24).ids
    maps = attention_maps(known.model, torch.tensor([ids]))
    assert maps is not None
    page = opened(source="trained", sentence=EXAMPLE, layer=str(layer), head=str(head))
    assert not page.error
    assert shown(page).header["tokens"] == EXAMPLE.split()
    assert shown(page).arrays["weights"].tobytes() == maps[layer - 1, head - 1].contiguous().numpy().tobytes()


def test_a_snapshot_of_a_run_is_shown_with_its_own_words_and_mask(saved: tuple[str, bytes]) -> None:
    run, data = saved
    digits = "3 1 4 1 5 9"
    maps = attention_maps(unpack_model(data), torch.tensor([[int(digit) for digit in digits.split()]]))
    assert maps is not None
    page = opened(source="trained", model=f"{run}:transformer:3", sentence=digits)
    assert shown(page).header["tokens"] == digits.split()
    assert shown(page).arrays["weights"].tobytes() == maps[1, 0].contiguous().numpy().tobytes()
    assert np.isfinite(shown(page).arrays["masked_scores"]).all(), "reverse may look ahead"


def test_the_arrays_of_a_trained_layer_recombine() -> None:
    for layer in ("1", "2"):
        arrays = shown(opened(source="trained", sentence=EXAMPLE, layer=layer, head="2")).arrays
        normed = (arrays["stream"] - arrays["norm_mean"]) / arrays["norm_deviation"]
        np.testing.assert_allclose(normed * arrays["norm_gain"] + arrays["norm_bias"], arrays["x"], atol=1e-4)
        for name in ("query", "key", "value"):
            made = arrays["x"] @ arrays[f"w_{name}"] + arrays[f"b_{name}"]
            np.testing.assert_allclose(made, arrays[name], atol=1e-4)
        np.testing.assert_allclose(arrays["query"] @ arrays["key"].T, arrays["scores"], atol=1e-3)
        np.testing.assert_allclose(arrays["weights"] @ arrays["value"], arrays["head_output"], atol=1e-4)
        made = arrays["concat"] @ arrays["w_output"] + arrays["b_output"]
        np.testing.assert_allclose(made, arrays["output"], atol=1e-4)


def test_the_tables_have_every_array_of_a_trained_layer() -> None:
    page = opened(source="trained", sentence=EXAMPLE)
    page.session_state["table"] = True
    page = ran(page)
    for name in ("stream", "norm_mean", "norm_gain", "b_query", "b_output", "w_query"):
        page = ran(page.selectbox(key="tensor").set_value(name))
        table = page.dataframe[-1].value
        assert table.to_numpy().tobytes() == shown(opened(source="trained", sentence=EXAMPLE)).arrays[name].tobytes()


@pytest.mark.parametrize(
    "link",
    [
        {"sentence": EXAMPLE},
        {"sentence": DEFAULTS["sentence"]},
        {"sentence": "Ann tea Ben", "layer": "1", "temperature": "0.5", "heads": "3", "mask": "window"},
        {"sentence": EXAMPLE, "dropout": "0.5", "seed": "7", "score": "dot", "dtype": "float64", "head": "2"},
    ],
    ids=str,
)
def test_the_picture_ahead_is_byte_for_byte_what_the_run_sends(link: dict[str, str]) -> None:
    asked_for = {"source": "trained", **link}
    assert picture(parse_qs(urlencode(asked_for))).draw() == message(opened(**asked_for))


# --- controls ---------------------------------------------------------------------------------------------------------


def notes(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def test_what_the_model_brings_is_said_and_its_controls_are_off() -> None:
    page = opened(source="trained", sentence=EXAMPLE, heads="4", mask="window", layer="9")
    said = PAGE["trained"].format(layer=2, layers=2, heads=2, d_model=56, positions="sinusoidal", mask="causal")
    assert said in notes(page)
    assert PAGE["trained_unused"].format(names="heads, mask") in notes(page)
    own = {name: in_link(value) for name, value in own_settings("shipped").items()}
    assert {name: one["value"] for name, one in controls_of(page).items() if one["off"]} == own
    assert len(own) == len(contract.OWN_TO_A_MODEL & set(Explorer.kinds()))
    assert {name for name, one in controls_of(opened()).items() if one["off"]} == {"layer"}


@pytest.mark.parametrize(
    ("name", "value"), [("temperature", "0.5"), ("score", "dot"), ("dropout", "0.5"), ("dtype", "float64")]
)
def test_what_is_free_changes_the_picture(name: str, value: str) -> None:
    before = shown(opened(source="trained", sentence=EXAMPLE))
    after = shown(opened(source="trained", sentence=EXAMPLE, **{name: value}))
    assert after.revision != before.revision
    if name != "dtype":
        assert after.arrays["x"].tobytes() == before.arrays["x"].tobytes()


def test_choosing_trained_weights_takes_the_models_example_and_puts_it_into_the_link() -> None:
    page = chosen(opened(), "source", "trained")
    assert page.text_input(key="sentence").value == EXAMPLE
    assert page.query_params["sentence"] in (EXAMPLE, [EXAMPLE])
    assert shown(page).header["tokens"] == EXAMPLE.split()
    cell = {"query": str(CELL[0]), "key": str(CELL[1])}
    visitor = shown(opened(source="trained", sentence=EXAMPLE, **cell))
    assert shown(page).revision == visitor.revision


def test_a_sentence_with_a_known_word_stays_when_trained_weights_are_chosen() -> None:
    page = chosen(opened(sentence="Ann drinks tea"), "source", "trained")
    assert page.text_input(key="sentence").value == "Ann drinks tea"
    assert shown(page).header["tokens"] == ["Ann", "tea"]
    assert PAGE["trained_unknown"].format(words="drinks") in notes(page)


# --- words ------------------------------------------------------------------------------------------------------------


def test_a_link_without_a_sentence_opens_with_the_example_where_it_is_worth_a_look() -> None:
    page = opened(source="trained")
    assert page.text_input(key="sentence").value == EXAMPLE
    assert shown(page).header["tokens"] == EXAMPLE.split()
    selection = shown(page).header["selection"]
    assert (selection["query"], selection["key"]) == (CELL[0] - 1, CELL[1] - 1)
    assert page.query_params["sentence"] in (EXAMPLE, [EXAMPLE])


def test_a_cell_in_the_link_is_kept() -> None:
    selection = shown(opened(source="trained", query="3")).header["selection"]
    assert (selection["query"], selection["key"]) == (2, DEFAULTS["key"] - 1)


def test_the_pages_own_sentence_shows_the_models_example_and_says_so() -> None:
    page = opened(source="trained", sentence=DEFAULTS["sentence"])
    assert shown(page).header["tokens"] == EXAMPLE.split()
    assert PAGE["trained_example"].format(example=plain(EXAMPLE)) in notes(page)


def test_the_examples_on_offer_are_in_the_models_words(saved: tuple[str, bytes]) -> None:
    assert opened(source="trained").get("menu_button")[0].options == [EXAMPLE]
    (example,) = opened(source="trained", model=f"{saved[0]}:transformer:3").get("menu_button")[0].options
    assert len(example.split()) == 6


def test_unknown_words_are_named_as_text_and_counted_beyond_eight() -> None:
    strange = [f"<b>{number}</b>" for number in range(20)]
    page = opened(source="trained", sentence="Ann " + " ".join(f"x{word}" for word in strange))
    note = notes(page).split(PAGE["trained_unknown"].split("{")[0])[1].split("\n")[0]
    assert plain("<") in note
    assert "<" not in note.replace(plain("<"), "")
    assert "more" in note


@pytest.mark.parametrize("sentence", ["nothing known", "", "\x00", "<script>alert(1)</script>", "a" * 100_000])
def test_a_sentence_without_a_known_word_is_refused_and_the_picture_stays(sentence: str) -> None:
    error = refused(sentence=sentence)
    assert error.field == "sentence"
    assert "Ann" in str(error)
    assert len(str(error)) < 400
    page = opened(source="trained", sentence="Ann tea Ann")
    good = shown(page)
    page.session_state["sentence"] = sentence
    page = ran(page)
    assert page.error[0].value.startswith("sentence")
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()


def test_a_sentence_longer_than_the_model_reads_is_cut_and_that_is_said() -> None:
    page = opened(source="trained", sentence="Ann tea " * 30)
    assert len(shown(page).header["tokens"]) == 24
    assert PAGE["tokens_cut"].format(shown=24, total=60) in notes(page)


# --- names ------------------------------------------------------------------------------------------------------------

HOSTILE = ["", " ", "../../etc/passwd", "shipped\x00", "\x00", "shipped/..", "a:b:c", ":::", "\u0663"]
HOSTILE += ["23456789abcd:transformer:-1", "23456789abcd:transformer:1e3", "23456789abcd:pickle:1", "<b>", "$\\a$"]
HOSTILE += ["23456789abcd:transformer:1000000", "23456789abcd:transformer:1\n", "x" * 1_000_000]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_what_is_no_name_is_refused_shortly_in_a_link_and_typed(name: str) -> None:
    assert Explorer.kinds()["model"].check(name) is not None
    error = refused(model=name, sentence=EXAMPLE)
    assert error.field == "model"
    assert "shipped or <run>:transformer:<step>" in str(error)
    assert len(str(error)) < 300


def test_a_bad_name_typed_leaves_the_last_good_picture() -> None:
    page = opened(source="trained", sentence=EXAMPLE)
    good = shown(page)
    page.session_state["model"] = "../x"
    page = ran(page)
    assert "model (" in page.error[0].value
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()
    page.session_state["model"] = "shipped"
    page = ran(page)
    assert not page.error


def test_a_run_that_never_was_and_a_step_that_was_not_saved_are_refused(saved: tuple[str, bytes]) -> None:
    assert "never existed or was deleted" in str(refused(model="23456789abcd:transformer:3"))
    assert "steps 3" in str(refused(model=f"{saved[0]}:transformer:4"))


def test_a_contender_without_heads_is_refused(saved: tuple[str, bytes]) -> None:
    assert "must be a transformer" in str(refused(model=f"{saved[0]}:gru:3"))


@pytest.mark.parametrize("key", ["transformer.heads-99", "transformer.colour-red", "transformer.scale-off.scale-on"])
def test_a_contender_with_settings_that_none_can_have_is_refused(key: str, saved: tuple[str, bytes]) -> None:
    error = refused(model=f"{saved[0]}:{key}:3")
    assert error.field == "model"
    assert "must name a contender" in str(error)


def test_a_model_that_reads_numbers_is_shown_on_a_held_out_example_in_the_place_of_a_sentence(store: RunStore) -> None:
    plan = RacePlan(task_name="adding", sizes={"length": 8}, contenders=("transformer",), budget=2000, steps=5)
    run, data = saved_run(store, plan)
    probe = held_out_probe(plan.task, 7)
    maps = attention_maps(unpack_model(data), probe.inputs)
    assert maps is not None
    page = opened(source="trained", model=f"{run}:transformer:3", example="7")
    assert shown(page).header["tokens"] == list(probe.tokens)
    assert shown(page).arrays["weights"].tobytes() == maps[1, 0].contiguous().numpy().tobytes()
    assert "items" not in shown(page).header, "numbers with a mark have no looks"
    assert controls_of(page)["example"]["off"] is False
    assert [field.disabled for field in page.text_input if field.key == FIELD] == [True]
    assert "sentence" not in {field.key for field in page.text_input}
    assert shown(chosen(page, "example", "8")).header["tokens"] == list(held_out_probe(plan.task, 8).tokens)


def test_an_example_of_a_picture_has_the_looks_of_its_patches_and_swaps_move_them(store: RunStore) -> None:
    plan = RacePlan(task_name="digits", contenders=("transformer",), budget=2000, steps=5)
    run, _ = saved_run(store, plan)
    probe, swap = held_out_probe(plan.task, 3), encoded((Edit("swap", 0, 1, 16, 0.0),))
    asked_for = {"source": "trained", "model": f"{run}:transformer:3", "example": 3, "s": swap}
    header = decoded(stage_picture(asked(Explorer.of(asked_for)))).header
    looks, words = looks_of(probe.items), page_prose("attention")["items"]
    assert looks is not None
    assert header["before_items"]["looks"] == looks
    assert header["items"]["looks"] == list(swapped(looks, (Edit("swap", 0, 1, 16, 0.0),)))
    assert header["items"]["names"][16] == words["patch"].format(number=2, row=1, col=2)
    assert header["items"]["names"][1] is None, "the answering position is spelled"
    assert header["items"]["picture"]["places"] == [0, None, *range(2, 16), 1]
    whole = header["items"]["picture"]
    assert (whole["rows"], whole["cols"], whole["grid"]) == (8, 8, [4, 4])
    assert header["items"]["said"].endswith(f"{probe.answers[-1]}.")


def test_what_is_drawn_over_an_example_is_read_in_its_place_as_the_training_page_reads_it(store: RunStore) -> None:
    plan = RacePlan(task_name="digits", contenders=("transformer",), budget=2000, steps=5)
    run, data = saved_run(store, plan)
    cells = tuple(cell % 17 for cell in range(64))
    probe = drawn_probe(cast("Digits", plan.task), cells, 3)
    maps = attention_maps(unpack_model(data), probe.inputs)
    assert maps is not None
    link = {"source": "trained", "model": f"{run}:transformer:3", "example": "3", "drawn": told(3, cells)}
    page = opened(**link)
    assert shown(page).arrays["weights"].tobytes() == maps[1, 0].contiguous().numpy().tobytes()
    settings = Explorer.read({name: [text] for name, text in link.items()})
    assert picture({name: [text] for name, text in link.items()}).draw() == message(page)
    words = page_prose("attention")["items"]
    title = page_prose("training")["tasks"]["digits"]["title"]
    assert shown(page).header["items"]["said"] == words["drawn"].format(number=3, task=title)
    other = decoded(stage_picture(asked(dataclasses.replace(settings, example=4))))
    assert other.header["items"]["looks"] == looks_of(held_out_probe(plan.task, 4).items), "it waits"
    made = taken_along(asked(settings))
    assert words["drawn"].format(number=3, task=title) in html.unescape(made)
    assert '"kind":"patch"' in made


def series_of(wanted: Asked) -> tuple[list[float], Curve]:
    """The values that its model reads, and the line that they are moved on."""
    read = wanted.read
    assert read is not None
    assert read.held_out is not None
    assert read.held_out.curve is not None
    return [value for (value,) in cast("tuple[tuple[float], ...]", read.values)], read.held_out.curve


@pytest.mark.parametrize("shipped", [1, 2])  # the second drifts: its windows are told relative to their last value
def test_a_moved_value_is_read_in_its_place_and_changes_nothing_before_it(store: RunStore, shipped: int) -> None:
    sizes = {"lags": 7, "shipped": shipped}
    plan = RacePlan(task_name="series", sizes=sizes, contenders=("transformer",), budget=2000, steps=5)
    run, _ = saved_run(store, plan)
    link = {"source": "trained", "model": f"{run}:transformer:3", "example": 3}
    held_out, page = asked(Explorer.of(link)), opened(**{name: str(value) for name, value in link.items()})
    moved = asked(Explorer.of(link | {"drawn": moved_told(3, {4: 1295})}))
    (was, as_held_out), (now, curve) = (series_of(one) for one in (held_out, moved))
    assert as_held_out.moved == ()
    assert now == [*was[:4], curve.high, *was[5:]]
    assert (curve.held_out, curve.movable) == (tuple(was), 7 if shipped == 1 else 6)
    before, after = (one.trace().layer.output[0] for one in (held_out, moved))
    assert torch.equal(before[:4], after[:4]), "a causal model has not seen it yet"
    assert not torch.isclose(before[4:], after[4:]).all(-1).any()
    words = page_prose("attention")["items"]
    said = [caption.value for caption in page.caption]
    assert sum(words["past"] in line for line in said) == 1
    assert sum(words["stays"] in line for line in said) == shipped - 1
    title = page_prose("training")["tasks"]["series"]["title"]
    assert read_said(moved) == words["moved"].format(number=3, task=title)
    assert series_of(asked(Explorer.of(link | {"example": 4, "drawn": moved_told(3, {4: 0})})))[1].moved == (), (
        "it waits"
    )
    name, drawn = cast("str", link["model"]), moved_told(3, {4: 1295})
    cell = attnlab.show(name, example=3, drawn=drawn, layer=1)
    assert html.unescape(cell.html).count(words["moved"].format(number=3, task=title)) > 0
    assert cell.html == taken_along(asked(Explorer.of(link | {"drawn": drawn, "query": 0, "key": 0})))
    with pytest.raises(SpecError, match=r"drawn \('3~'\) must be the number of an example"):
        attnlab.show(name, example=3, drawn="3~")
    with pytest.raises(SpecError, match=r"layer \(2\) must be between 0 and 1"):
        attnlab.show(name, layer=2)
    with pytest.raises(SpecError, match=r"model \('minilm'\) must be shipped, or <run>"):
        attnlab.show("minilm")
    with pytest.raises(SpecError, match=rf"value 8\) must move values 1 to {curve.movable}"):
        asked(Explorer.of(link | {"drawn": moved_told(3, {7: 0})}))


def test_letters_that_are_typed_have_their_colours_and_words_have_nothing(store: RunStore) -> None:
    plan = RacePlan(task_name="motif", contenders=("transformer",), budget=2000, steps=5)
    run, _ = saved_run(store, plan)
    typed = {"source": "trained", "model": f"{run}:transformer:3", "sentence": "A C T ?"}
    looks = decoded(stage_picture(asked(Explorer.of(typed)))).header["items"]["looks"]
    assert looks == [{"kind": "sign", "hue": 0}, {"kind": "sign", "hue": 1}, {"kind": "sign", "hue": 3}, None]
    assert "items" not in decoded(stage_picture(asked(Explorer.of({"source": "trained"})))).header


def test_a_deleted_run_is_refused_and_its_last_picture_stays(store: RunStore, saved: tuple[str, bytes]) -> None:
    page = opened(source="trained", model=f"{saved[0]}:transformer:3", sentence="1 2 3")
    good = shown(page)
    store.runs.delete(saved[0], by="me")
    page = ran(page)
    assert "is not kept here" in page.error[0].value
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()
    assert "is not kept here" in opened(source="trained", model=f"{saved[0]}:transformer:3").error[0].value


def test_a_snapshot_saved_anew_is_read_anew(store: RunStore, saved: tuple[str, bytes]) -> None:
    run, _ = saved
    values = Explorer.of({"source": "trained", "model": f"{run}:transformer:3", "sentence": "1 2 3"})
    before = asked(values).trace()
    learner = Learner(PLAN, "transformer")
    learner.advance(9)
    store.snapshots.save(run, "worker", [Snapshot("transformer", 3, pack(learner))])
    after = asked(values).trace()
    assert not torch.equal(before.weights, after.weights)


@pytest.mark.parametrize("fault", [StoreFault(), OSError("read-only")], ids=str)
def test_a_store_that_is_away_is_said_and_the_shipped_model_needs_none(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> RunStore:
        raise fault

    monkeypatch.setattr(run_store, "store", away)
    error = refused(model="23456789abcd:transformer:3")
    assert error.field == "model"
    page = opened(source="trained", model="23456789abcd:transformer:3")
    assert "model (" in page.error[0].value
    assert not opened(source="trained").error


def test_a_picture_ahead_of_a_model_that_is_gone_is_a_refusal(store: RunStore) -> None:
    with pytest.raises(SpecError) as error:
        picture({"source": ["trained"], "model": ["23456789abcd:transformer:3"]})
    assert error.value.field == "model"


# --- runs on the user's own data, and with blanks ---------------------------------------------------------------------


def test_a_run_on_a_users_text_reads_its_characters(store: RunStore) -> None:
    text = " ".join(f"line {number} says abc" for number in range(200)).encode()
    plan = RacePlan(
        task_name="next_character", data=text, contenders=("transformer",), sizes={"length": 16}, budget=2000
    )
    store.datasets.save(text)
    run, _ = saved_run(store, plan)
    page = opened(source="trained", model=f"{run}:transformer:3", sentence="a lazy line")
    assert "".join(shown(page).header["tokens"]) == "a lay line"
    assert PAGE["trained_unknown"].format(words="z") in notes(page)


def test_a_model_that_answers_on_blanks_is_shown_with_them(store: RunStore) -> None:
    plan = dataclasses.replace(PLAN, mode="trailing_blanks")
    run, _ = saved_run(store, plan)
    page = opened(source="trained", model=f"{run}:transformer:3", sentence="1 2 3")
    assert shown(page).header["tokens"] == ["1", "2", "3", *["<blank>"] * 3]
    assert np.isneginf(shown(page).arrays["masked_scores"][0, 1:]).all()


# --- with edits -------------------------------------------------------------------------------------------------------


def test_the_layer_before_its_edits_reads_the_sentence_as_it_was_typed() -> None:
    swap = encoded((Edit("swap", 0, 0, 2, 0.0),))
    wanted = asked(Explorer.of({"source": "trained", "sentence": "Ann tea Ben milk", "s": swap}))
    before = wanted.before()
    assert before is not None
    assert wanted.trace().tokens == ("Ben", "tea", "Ann", "milk")
    assert before.tokens == ("Ann", "tea", "Ben", "milk")
    unswapped = asked(Explorer.of({"source": "trained", "sentence": "Ann tea Ben milk"}))
    torch.testing.assert_close(before.weights, unswapped.trace().weights)
    assert unswapped.before() is None


def test_with_edits_too_a_sentence_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(sentence: str, *args: Any, **kwargs: Any) -> Tokenized:
        read.append(sentence)
        return tokenize(sentence, *args, **kwargs)

    monkeypatch.setattr("attnlab.settings.attention.tokenize", counted)
    picture({"sentence": ["a b c"], "s": [encoded((Edit("scores", 0, 1, 0, 2.5),))]}).draw()
    assert read == ["a b c"]
