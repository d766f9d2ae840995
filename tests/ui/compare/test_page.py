"""The compare page, run by Streamlit without a browser; and what its payload holds.

After a control has changed, only its fragment is in the tree of `AppTest`: a test changes its controls in one step.
"""

import dataclasses
import re
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qs

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnlab.engine import AttentionSpec, Edit, LayerTrace, trace
from attnlab.engine.analysis.differences import head_differences
from attnlab.looks.layers import asked
from attnlab.looks.trained.probes import drawn_probe, held_out_probe
from attnlab.paths import PAGES, ROOT
from attnlab.pictures.pair import Row, cards_of, compare_payload, order_of, shown_weights
from attnlab.prose import page_prose
from attnlab.sequences import looks_of
from attnlab.settings import carried
from attnlab.settings.attention import Explorer
from attnlab.settings.drawn import told
from attnlab.settings.lab.compare import SWEEPS
from attnlab.tasks import Digits
from attnlab.text import tokenize
from attnlab.training import RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack
from attnlab.ui.compare import sweep as sweep_view
from attnlab.ui.compare.sweep import MEASURES, measured
from attnlab.ui.compare.words import shows
from attnlab.ui.kit.examples.instead import FIELD
from tests.pictures.payloads import Payload, decoded
from tests.ui.rows import chosen

DEFAULTS = Explorer().values()

WORDS = page_prose("compare")
LABELS = page_prose("attention")["stage"]["heads"]["labels"]
SENTENCE = tokenize(DEFAULTS["sentence"], "words").tokens
DEFAULT = AttentionSpec(tokens=SENTENCE, mask="causal")
PRESETS = {preset["name"]: preset for preset in WORDS["presets"]}


def opened(**link: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "compare.py"))
    page.query_params.update(link)
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def shown(page: AppTest, key: str = "pair_canvas") -> Payload:
    (canvas,) = (element for element in page.get("bidi_component") if element.key == key)
    return decoded(canvas.proto.bytes)


def assert_compares(page: AppTest, a: AttentionSpec, b: AttentionSpec) -> None:
    """The weights on the page are those of two specs."""
    payload = shown(page)
    for row, spec in enumerate((a, b)):
        computed = trace(spec)
        wanted = shown_weights(computed).float().numpy()
        np.testing.assert_array_equal(payload.arrays[f"m{row}"], wanted)
        assert payload.header["rows"][row]["tokens"] == list(computed.tokens)
    assert len(payload.header["cards"]) == max(a.num_heads, b.num_heads)


def said(page: AppTest) -> str:
    (sentence,) = (one.value for one in page.markdown if one.value.startswith("**B "))
    return sentence.strip("*").replace("\u2060\\", "").replace("\\", "")


# --- what opens -------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_a_difference_to_see() -> None:
    page = opened()
    assert_compares(page, DEFAULT, dataclasses.replace(DEFAULT, positions="none"))
    assert said(page) == "B differs from A in positions: none instead of sinusoidal."
    assert shown(page).header["selection"] == {"head": 0, "query": 4, "key": 3}


LINKS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "a link of the explorer": ({"heads": "4", "mask": "none", "changes": ""}, {"num_heads": 4, "mask": "none"}, {}),
    "two changes": (
        {"changes": ["mask", "temperature"], "b_mask": "window", "b_temperature": "2.5"},
        {},
        {"mask": "window", "temperature": 2.5},
    ),
    "a change without a value": ({"changes": "heads"}, {}, {"num_heads": 1}),
    "a value without its change": ({"changes": "", "b_heads": "2"}, {}, {}),
    "another sentence": (
        {"changes": "sentence", "b_sentence": "one two", "mask": "none"},
        {"mask": "none"},
        {"mask": "none", "tokens": ("one", "two")},
    ),
    "odd numbers": ({"changes": "d_model", "d_model": "24", "b_d_model": "40"}, {"d_model": 24}, {"d_model": 40}),
    "dropout": ({"changes": "dropout", "b_dropout": "0.9"}, {}, {"dropout": 0.9}),
    "float16": ({"changes": "dtype", "b_dtype": "float16"}, {}, {"dtype": "float16"}),
}


@pytest.mark.parametrize(("link", "a", "b"), LINKS.values(), ids=LINKS)
def test_a_link_gives_its_two_layers(link: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> None:
    page = opened(**link)
    assert not page.error
    assert not page.warning
    first = dataclasses.replace(DEFAULT, **a)
    assert_compares(page, first, dataclasses.replace(first, **b))


@pytest.mark.parametrize(
    ("link", "titles"),
    [
        ({"changes": "mask", "b_mask": "window"}, ["A · causal", "B · window"]),
        ({"changes": "heads", "b_heads": "2"}, ["A · heads 8", "B · heads 2"]),
        ({"changes": "pad_left"}, ["A · pad on the left off", "B · pad on the left on"]),
        ({"changes": ["heads", "mask"], "b_mask": "none"}, ["A", "B"]),
        ({"changes": "sentence"}, ["A", "B"]),
        ({"changes": ""}, ["A", "B"]),
    ],
)
def test_the_large_matrices_are_titled_by_the_one_thing_that_differs(link: dict[str, Any], titles: list[str]) -> None:
    assert [row["title"] for row in shown(opened(**link)).header["rows"][:2]] == titles


def test_the_same_twice_is_said() -> None:
    page = opened(changes="")
    assert said(page) == "B is the same as A."
    header = shown(page).header
    assert all(card["measures"][0][1] == "0.00 bits" for card in header["cards"])


def test_what_differs_is_said_in_the_words_of_the_controls() -> None:
    page = opened(changes=["heads", "mask", "qk_norm", "softcap"], b_heads="4", b_mask="none", b_softcap="2.5")
    assert said(page) == (
        "B differs from A in heads: 4 instead of 8; "
        f"{page_prose('attention')['controls']['qk_norm']['label']}: on instead of off; "
        f"{page_prose('attention')['controls']['softcap']['label']}: 2.5 instead of auto; "
        "mask: none instead of causal."
    )


# --- refusals and hostile input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ({"changes": ["mask", "nonsense"]}, "changes"),
        ({"b_heads": "99"}, "b_heads"),
        ({"mask": "sideways"}, "mask"),
        ({"s": "7.e30"}, "version 7"),
        ({"sweep": "../../etc"}, "sweep"),
    ],
)
def test_a_link_that_cannot_be_taken_is_refused_by_name(link: dict[str, Any], named: str) -> None:
    page = opened(**link)
    (warning,) = page.warning
    assert named in warning.value.replace("\u2060\\", "")
    assert_compares(page, DEFAULT, dataclasses.replace(DEFAULT, positions="none"))


@pytest.mark.parametrize("which", ["A", "B"])
def test_settings_that_do_not_fit_are_said_and_the_last_good_picture_stays(which: str) -> None:
    link = {"heads": "3", "changes": ""} if which == "A" else {"changes": "heads", "b_heads": "3"}
    page = opened(**link)
    errors = [error.value for error in page.error]
    assert any(error.startswith(f"{which}:") and "3" in error for error in errors)
    assert_compares(page, DEFAULT, DEFAULT)


def test_markup_in_sentences_is_text() -> None:
    hostile = "<b>x</b> **y** $z$ :material/home: [a](javascript:1)"
    page = opened(sentence=hostile, changes="sentence", b_sentence="![i](http://x)")
    for one in page.markdown:
        assert not re.search(r"(?<!\\)<b>|(?<!\\)\[a\]|(?<!\\)\*\*y", one.value)
    assert shown(page).header["rows"][0]["tokens"][0] == "<"


def test_a_sentence_that_shows_nothing_is_refused_beside_its_name_and_an_empty_one_is_no_error() -> None:
    page = opened(changes="sentence", b_sentence="\u200b")
    assert [error.value[:2] for error in page.error] == ["B:"]
    page = opened(changes="sentence", b_sentence="  ")
    assert not page.error
    assert_compares(page, DEFAULT, DEFAULT)
    page = opened(sentence="")
    assert not page.error  # of A and of B
    assert page.text_input(key="sentence").placeholder


# --- controls ---------------------------------------------------------------------------------------------------------


def test_choosing_a_change_gives_b_another_value_than_a() -> None:
    page = opened(changes="", mask="none")
    page = checked(page.multiselect(key="changes").set_value(["mask"]).run())
    none = dataclasses.replace(DEFAULT, mask="none")
    assert_compares(page, none, dataclasses.replace(none, mask="causal"))


def test_b_follows_a_in_what_it_does_not_change() -> None:
    page = checked(chosen(opened(), "heads", 2))
    two = dataclasses.replace(DEFAULT, num_heads=2)
    assert_compares(page, two, dataclasses.replace(two, positions="none"))


def test_b_s_own_widget_changes_b_alone() -> None:
    page = checked(chosen(opened(), "b_positions", "rope"))
    assert_compares(page, DEFAULT, dataclasses.replace(DEFAULT, positions="rope"))


def test_swapping_makes_a_of_b() -> None:
    page = opened()
    (button,) = (one for one in page.button if one.label == WORDS["page"]["swap"])
    page = checked(button.click().run())
    assert_compares(page, dataclasses.replace(DEFAULT, positions="none"), DEFAULT)


def test_what_changed_most_stands_first_when_asked() -> None:
    page = opened(order="changed")
    differences = head_differences(trace(DEFAULT), trace(dataclasses.replace(DEFAULT, positions="none")))
    got = [differences[head].divergence_bits for head in shown(page).header["order"]]
    assert got == sorted(got, reverse=True)
    assert got[0] > 0.3
    assert shown(opened()).header["order"] == list(range(8))


def test_links_to_the_explorer_hold_the_exact_settings() -> None:
    page = opened(heads="4", changes=["mask", "d_k"], b_mask="none", b_d_k="5")
    links = [one.proto for one in page.get("link_button")]
    assert [link.label for link in links] == [WORDS["page"]["open_a"], WORDS["page"]["open_b"]]
    queries = [parse_qs(link.url.removeprefix("./?"), keep_blank_values=True) for link in links]
    assert queries == [{"heads": ["4"]}, {"heads": ["4"], "mask": ["none"], "d_k": ["5"]}]


def test_edits_apply_to_both_unless_b_is_without() -> None:
    edits = (Edit("scores", 0, 2, 1, 9.0),)
    s = carried.encoded(edits)
    edited = dataclasses.replace(DEFAULT, edits=edits)
    assert_compares(opened(s=s, changes=""), edited, edited)
    page = opened(s=s, changes="s")
    assert_compares(page, edited, DEFAULT)
    assert "none of A's are applied" in said(page)


# --- notes ------------------------------------------------------------------------------------------------------------


def captions(page: AppTest) -> str:
    return " ".join(one.value for one in page.caption)


def test_sentences_of_unequal_length_are_compared_where_both_have_tokens_and_that_is_said() -> None:
    page = opened(changes="sentence", b_sentence="one two three")
    assert WORDS["page"]["lengths"].format(a=12, b=3, both=3) in captions(page)


def test_what_was_done_to_a_sentence_is_said_of_the_one_it_was_done_to() -> None:
    said_of_b = captions(opened(changes="sentence", b_sentence="word " * 150))
    note = page_prose("attention")["page"]["tokens_cut"].format(shown=128, total=150)
    assert WORDS["page"]["about_b"].format(note=note) in said_of_b
    of_both = captions(opened(sentence="word " * 150))
    assert note in of_both
    assert WORDS["page"]["about_a"].format(note=note) not in of_both


def test_what_a_trained_model_brings_with_it_is_said() -> None:
    page = opened(source="trained", changes=["positions", "temperature"], b_positions="none")
    assert not page.error
    assert "Not used here" in captions(page)
    rows = shown(page).header["rows"]
    assert rows[0]["tokens"] == rows[1]["tokens"]
    a, b = (shown(page).arrays[name] for name in ("m0", "m1"))
    assert not np.array_equal(a, b, equal_nan=True)


def test_heads_without_a_partner_stand_alone() -> None:
    page = opened(changes="heads", b_heads="4", order="changed")
    header = shown(page).header
    assert header["order"][4:] == [4, 5, 6, 7]
    assert [card["note"] for card in header["cards"][4:]] == [WORDS["cards"]["only_a"]] * 4
    assert WORDS["page"]["head_counts"].format(a=8, b=4) in captions(page)
    b = opened(changes="heads", heads="4", b_heads="8")
    assert shown(b).header["cards"][7]["note"] == WORDS["cards"]["only_b"]


def test_it_is_computed_whether_the_layer_sees_the_order_of_its_tokens() -> None:
    unordered, ordered = PRESETS["unordered"], PRESETS["ordered"]
    assert any("cannot see the order" in one.value for one in of_preset(unordered).markdown)
    assert any("sees where its tokens stand" in one.value for one in of_preset(ordered).markdown)
    longer = dict(unordered["settings"]) | {"b_sentence": "the old man bites the dog twice"}
    assert not any("another order" in one.value for one in of_preset({"settings": longer}).markdown)


# --- presets and sweeps -----------------------------------------------------------------------------------------------


def of_preset(preset: dict[str, Any]) -> AppTest:
    link = {name: value if isinstance(value, list) else str(value) for name, value in preset["settings"].items()}
    return opened(**link)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_shows_its_comparison_and_says_what_it_teaches(preset: dict[str, Any]) -> None:
    page = opened(heads="2", temperature="3", changes=["seed", "window"])
    checked(page.button(key=f"preset_{preset['name']}").click().run())
    by_link = of_preset(preset)
    for one in (page, by_link):
        assert not one.error
        assert WORDS["page"]["taught"].format(line=preset["line"]) in [text.value for text in one.markdown]
    assert shown(page).revision == shown(by_link).revision
    divergences = [card["measures"][0][1] for card in shown(page).header["cards"]]
    assert any(value != "0.00 bits" for value in divergences)


def test_the_button_of_the_comparison_on_screen_is_pressed_also_after_a_reload() -> None:
    def pressed(page: AppTest) -> list[str]:
        buttons = [button for button in page.button if str(button.key).startswith("preset_")]
        return [str(button.key) for button in buttons if button.proto.type == "primary"]

    page = opened()
    assert pressed(page) == []
    assert WORDS["page"]["intro"] in [caption.value for caption in page.caption]
    checked(page.button(key="preset_mask").click().run())
    assert pressed(page) == ["preset_mask"]
    assert pressed(of_preset(PRESETS["mask"])) == ["preset_mask"]
    checked(page.button(key="preset_heads").click().run())
    assert pressed(page) == ["preset_heads"]


def test_causal_or_full_is_shown_on_a_head_that_looks_somewhere() -> None:
    page = of_preset(PRESETS["mask"])
    settings = PRESETS["mask"]["settings"]
    weights = asked(Explorer.of({"mask": "none"})).trace().weights[settings["head"] - 1]
    assert float(weights.max()) > 3 / weights.shape[-1]  # not alike everywhere
    assert page.query_params["head"] in (str(settings["head"]), [str(settings["head"])])


def test_a_preset_is_recognised_by_what_differs_whatever_else_is_set() -> None:
    settings = PRESETS["mask"]["settings"]
    a = Explorer.of({"mask": "causal", "heads": 2})
    assert shows(settings, a, replace(a, mask="none"))
    assert not shows(settings, a, replace(a, mask="window"))
    assert not shows(settings, a, replace(a, mask="none", heads=4))
    assert not shows(settings, replace(a, mask="none"), a)


def test_the_same_words_with_and_without_positions_are_two_presets() -> None:
    words = {name: PRESETS["ordered"]["settings"][name] for name in ("sentence", "b_sentence")}
    a = Explorer.of({"sentence": words["sentence"], "positions": "none"})
    b = replace(a, sentence=words["b_sentence"])
    assert shows(PRESETS["unordered"]["settings"], a, b)
    assert not shows(PRESETS["ordered"]["settings"], a, b)


def _label(name: str) -> str:
    return str(page_prose("attention")["controls"][name]["label"])


@pytest.mark.parametrize("name", SWEEPS)
def test_every_sweep_draws_a_row_for_each_value_that_fits(name: str) -> None:
    page = opened(sweep=name)
    payload = shown(page, "sweep_canvas")
    rows = payload.header["rows"]
    assert 3 <= len(rows) <= len(SWEEPS[name])
    called = Explorer.kinds()[name].shown
    drawn = {row["name"] for row in rows}
    left_out = [value for value in SWEEPS[name] if not drawn & {called(value), f"{_label(name)} {called(value)}"}]
    assert (WORDS["sweep"]["left_out"].split("{")[0] in captions(page)) is bool(left_out)
    assert len(page.get("vega_lite_chart")) == len(MEASURES)


def test_a_sweep_of_the_one_control_in_which_b_differs_says_that_both_are_one() -> None:
    assert WORDS["sweep"]["same"] in captions(opened(sweep="heads", changes="heads"))
    assert WORDS["sweep"]["same"] not in captions(opened(sweep="heads", changes=["heads", "mask"], b_mask="none"))


def test_a_sweep_of_b_is_of_b() -> None:
    page = opened(sweep="heads", sweep_of="B")
    wanted = trace(dataclasses.replace(DEFAULT, positions="none", num_heads=2))
    np.testing.assert_array_equal(shown(page, "sweep_canvas").arrays["m1"], shown_weights(wanted).float().numpy())


def test_scaling_keeps_rows_and_gradient_alive_in_the_sweep() -> None:
    spec = AttentionSpec(
        tokens=SENTENCE, source="random", positions="none", num_heads=1, d_model=256, score="scaled_dot"
    )
    scaled, plain = measured(trace(spec)), measured(trace(dataclasses.replace(spec, score="dot")))
    assert (plain["largest_weight"] or 0) > 0.8 > 0.6 > (scaled["largest_weight"] or 1)
    assert plain["gradient"] is not None
    assert scaled["gradient"] is not None
    assert plain["gradient"] < scaled["gradient"] / 2


def test_a_normalizer_of_unknown_derivative_leaves_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_weights: torch.Tensor, normalizer: str) -> torch.Tensor:
        raise ValueError(normalizer)

    monkeypatch.setattr(sweep_view, "gradient_size", unknown)
    assert measured(trace(DEFAULT))["gradient"] is None


def test_measures_are_those_of_a_loop() -> None:
    computed = trace(dataclasses.replace(DEFAULT, dtype="float64"))
    got = measured(computed)
    rows = computed.weights.flatten(0, 1)
    jacobians = [torch.diag(row) - torch.outer(row, row) for row in rows]
    assert got["gradient"] == pytest.approx(sum(float(one.norm()) for one in jacobians) / len(rows))
    assert got["largest_weight"] == pytest.approx(sum(float(row.max()) for row in rows) / len(rows))


# --- models that read no words ----------------------------------------------------------------------------------------


def test_of_a_model_that_reads_pictures_examples_and_drawings_are_compared_with_their_looks(store: RunStore) -> None:
    plan = RacePlan(task_name="digits", contenders=("transformer",), budget=2000, steps=4)
    run = store.runs.create(plan.to_config(), owner="me", name="run")
    store.queue.claim("worker")
    store.snapshots.save(run.id, "worker", [Snapshot("transformer", 0, pack(Learner(plan, "transformer")))])
    link = {"source": "trained", "model": f"{run.id}:transformer:0", "example": "3"}
    cells = (16,) * 64
    page = opened(**link, changes=["drawn"], b_drawn=told(3, cells))
    assert [field.key for field in page.text_input] == [FIELD]
    assert {one.key for one in page.get("bidi_component")} >= {"drawn_pad", "b_drawn_pad", "which_example"}
    a, b, _ = shown(page).header["rows"]
    assert a["items"]["looks"] == looks_of(held_out_probe(plan.task, 3).items)
    assert b["items"]["looks"] == looks_of(drawn_probe(cast("Digits", plan.task), cells, 3).items)
    assert shown(page).header["about"][0] == f"{a['items']['said']} / {b['items']['said']}"
    assert "items" not in shown(opened()).header["rows"][0], "words have no looks"


# --- the payload ------------------------------------------------------------------------------------------------------


def pair_of(a: LayerTrace, b: LayerTrace, order: str = "number") -> Payload:
    differences = head_differences(a, b)
    cards = cards_of(a, b, differences, WORDS["cards"] | {"labels": LABELS})
    heads = order_of(order, differences, len(cards))
    nothing = {"head": 0, "query": None, "key": None}
    return decoded(
        compare_payload(
            [Row("A", a), Row("B", b)], cards, heads, nothing, {}, {}, about=["a b"], file="pair", difference="B - A"
        )
    )


def test_a_masked_cell_is_no_number_and_any_other_is_the_engine_s() -> None:
    computed = trace(DEFAULT)
    sent = pair_of(computed, computed).arrays["m0"].reshape(8, 12, 12)
    masked = np.triu(np.ones((12, 12), dtype=bool), 1)
    assert np.isnan(sent[:, masked]).all()
    np.testing.assert_array_equal(sent[:, ~masked], computed.weights.numpy()[:, ~masked])


def test_the_card_of_a_head_says_what_the_engine_measured() -> None:
    a, b = trace(DEFAULT), trace(dataclasses.replace(DEFAULT, positions="none"))
    (one, *_) = head_differences(a, b)
    measures = dict(pair_of(a, b).header["cards"][0]["measures"])
    assert measures["divergence"] == f"{one.divergence_bits:.2f} bits"
    assert measures["entropy"] == f"{a.measures.entropy_bits[0]:.2f} → {b.measures.entropy_bits[0]:.2f}"
    assert measures["output cos"] == f"{one.output_cosine:.2f}"


def test_the_revision_names_the_content() -> None:
    a, b = trace(DEFAULT), trace(dataclasses.replace(DEFAULT, positions="none"))
    assert pair_of(a, b).revision == pair_of(a, b).revision
    assert len({pair_of(a, b).revision, pair_of(b, a).revision, pair_of(a, b, "changed").revision}) == 3
