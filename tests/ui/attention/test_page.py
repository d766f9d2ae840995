"""Every page, run by Streamlit without a browser: what controls, links and hostile texts make of it.

After a control has changed, only its fragment is in the tree of `AppTest`: a test changes its controls in one step.
"""

import dataclasses
import math
from typing import Any, get_args

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.engine.spec import NormalizerName, ScoreName
from attnlab.paths import PAGES, ROOT
from attnlab.prose import counted, page_prose
from attnlab.settings import carried
from attnlab.settings.attention import OF_NUMBERS, Explorer
from attnlab.text import MAX_CHARACTERS, tokenize
from attnlab.ui.attention import controls
from attnlab.ui.kit.controls import take_slid
from attnlab.ui.kit.explorer import explorer_settings
from attnlab.ui.kit.messages import plain
from tests.pictures.payloads import Payload, decoded
from tests.ui.rows import chosen, controls_of, options_of

DEFAULTS = Explorer().values()

WORDS = page_prose("attention")
SENTENCE = ("The", "cat", "sat", "on", "the", "mat", ",", "because", "it", "was", "tired", ".")
DEFAULT = AttentionSpec(tokens=SENTENCE, mask="causal")
ARABIC_THREE = "\u0663"


def opened(**link: str | list[str]) -> AppTest:
    """The page under a link, or as its settings are by default, with the bar of settings open."""
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.query_params.update(link or {"stage": DEFAULTS["stage"]})
    page.session_state[controls.BAR] = True
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def shown(page: AppTest) -> Payload:
    (stage,) = (element for element in page.get("bidi_component") if element.key == controls.STAGE_KEY)
    return decoded(stage.proto.bytes)


def as_in_link(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def assert_shows(page: AppTest, spec: AttentionSpec, head: int = 0) -> None:
    """The numbers on the stage are those of a spec."""
    computed, arrays = trace(spec), shown(page).arrays
    assert shown(page).header["tokens"] == list(computed.tokens)
    heads = computed.layer.heads
    wanted = {"x": computed.layer.x[0], "weights": heads.weights[0, head], "output": computed.layer.output[0]}
    wanted |= {"query": heads.query[0, head], "masked_scores": heads.masked_scores[0, head]}
    for name, tensor in wanted.items():
        assert arrays[name].tobytes() == tensor.float().contiguous().numpy().tobytes(), name


# --- all pages --------------------------------------------------------------------------------------------------------

LINKS: dict[str, dict[str, str]] = {
    "nothing": {},
    "one token": {"sentence": "alone"},
    "one head, one coordinate": {"heads": "1", "d_model": "1", "sentence": "a b"},
    "everything large": {
        "sentence": "word " * 200,
        "heads": "16",
        "d_model": "256",
        "d_k": "128",
        "d_v": "128",
        "head": "16",
    },
    "random and unscaled": {"source": "random", "score": "dot", "temperature": "0.05", "heads": "1"},
    "multi-query": {"kv_heads": "1"},
    "odd numbers": {"heads": "3", "d_model": "24", "kv_heads": "3", "seed": "2147483647"},
    "learned": {"positions": "learned"},
    "rope": {"positions": "rope", "d_k": "7"},
    "alibi": {"positions": "alibi", "heads": "6", "d_model": "48"},
    "no order, no mask": {"positions": "none", "mask": "none"},
    "window": {"mask": "window", "window": "1", "second_mask": "causal"},
    "blind rows": {"mask": "padding", "padding": "5", "pad_left": "true", "second_mask": "causal"},
    "dropout": {"dropout": "0.9"},
    "float64": {"dtype": "float64"},
    "bfloat16": {"dtype": "bfloat16"},
    "float16": {"dtype": "float16", "score": "dot"},
    "characters": {"tokenizer": "characters"},
    "arithmetic": {"view": "arithmetic", "stage": "output", "query": "0", "key": "0"},
    "lines": {"view": "lines", "query": "128", "key": "128", "head": "16"},
    "stranger": {"utm_source": "newsletter", "embed": "true"},
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_the_attention_page_draws_a_stage_from_every_kind_of_link(link: dict[str, str]) -> None:
    page = opened(**link)
    assert not page.error
    assert not page.warning
    header = shown(page).header
    assert {name: as_in_link(value) for name, value in header["params"].items()} == {
        name: text for name, text in link.items() if name in DEFAULTS
    }


@pytest.mark.parametrize("file", sorted(PAGES.glob("*.py")), ids=lambda path: path.stem)
def test_every_page_runs_within_the_site(file: Any) -> None:
    page = checked(opened().switch_page(str(file)).run())
    assert page.main.children


def test_the_guide_is_shown_whole() -> None:
    page = checked(opened().switch_page(str(PAGES / "guide.py")).run())
    assert page.markdown[0].value.startswith("# How to read it")


# --- controls ---------------------------------------------------------------------------------------------------------

SCORE_SET = Edit("scores", 0, 4, 2, 9.0)
CONTROLS: list[tuple[str, Any, dict[str, Any]]] = [
    ("sentence", "one two", {"tokens": ("one", "two")}),
    ("tokenizer", "characters", {"tokens": tuple(DEFAULTS["sentence"])}),
    ("source", "random", {"source": "random"}),
    ("heads", 4, {"num_heads": 4}),
    ("kv_heads", "2", {"num_kv_heads": 2}),
    ("d_model", 32, {"d_model": 32}),
    ("d_k", 5, {"head_dim": 5}),
    ("d_v", 3, {"value_dim": 3}),
    ("positions", "none", {"positions": "none"}),
    ("positions", "learned", {"positions": "learned"}),
    ("positions", "rope", {"positions": "rope"}),
    ("positions", "alibi", {"positions": "alibi"}),
    ("mask", "none", {"mask": "none"}),
    ("mask", "window", {"mask": "window", "window": 3}),
    ("mask", "padding", {"mask": "padding", "padding": 3}),
    *(("score", name, {"score": name}) for name in get_args(ScoreName)[1:]),
    *(("normalizer", name, {"normalizer": name}) for name in get_args(NormalizerName)[1:]),
    *(("positions", name, {"positions": name}) for name in ("t5", "shaw")),
    ("qk_norm", True, {"qk_norm": True}),
    ("softcap", 2.5, {"softcap": 2.5}),
    ("sink", 0.5, {"sink": 0.5}),
    ("s", carried.encoded((SCORE_SET,)), {"edits": (SCORE_SET,)}),
    ("temperature", 0.35, {"temperature": 0.35}),
    ("dropout", 0.25, {"dropout": 0.25}),
    ("seed", 7, {"seed": 7}),
    ("dtype", "float64", {"dtype": "float64"}),
    ("dtype", "bfloat16", {"dtype": "bfloat16"}),
    ("device", "cpu", {"device": "cpu"}),
]
UNDER_A_MASK: list[tuple[str, Any, dict[str, Any]]] = [
    ("window", 5, {"mask": "window", "window": 5}),
    ("second_mask", "causal", {"mask": "window", "window": 3, "second_mask": "causal"}),
    ("dilation", 3, {"mask": "dilated", "dilation": 3}),
    ("block", 3, {"mask": "block", "block": 3}),
    ("global_tokens", 2, {"mask": "global", "global_tokens": 2}),
    ("random_blocks", 2, {"mask": "random_blocks", "random_blocks": 2}),
    ("prefix", 5, {"mask": "prefix", "prefix": 5}),
    ("padding", 2, {"mask": "padding", "padding": 2}),
    ("pad_left", True, {"mask": "padding", "padding": 3, "pad_left": True}),
]
LOOKED_AT: list[tuple[str, Any, Any]] = [
    ("head", 3, 2),
    ("query", 12, 11),
    ("key", 0, None),
    ("stage", "mask", "mask"),
    ("view", "lines", "lines"),
]


def after_setting(page: AppTest, name: str, value: Any) -> AppTest:
    return checked(chosen(page, name, value))


@pytest.mark.parametrize(("name", "value", "fields"), CONTROLS + UNDER_A_MASK, ids=lambda part: str(part)[:24])
def test_a_control_changes_the_numbers_as_its_field_of_the_spec_does(
    name: str, value: Any, fields: dict[str, Any]
) -> None:
    link = {"mask": fields["mask"]} if "mask" in fields and name != "mask" else {}
    page = after_setting(opened(**link), name, value)
    assert shown(page).header["params"] == link | {name: value}
    assert_shows(page, dataclasses.replace(DEFAULT, **fields))


@pytest.mark.parametrize(("name", "value", "fields"), CONTROLS, ids=lambda part: str(part)[:24])
def test_a_link_gives_the_picture_of_its_control(name: str, value: Any, fields: dict[str, Any]) -> None:
    by_control = shown(after_setting(opened(), name, value))
    by_link = shown(opened(**{name: as_in_link(value)}))
    assert by_link.revision == by_control.revision
    assert by_link.revision != shown(opened()).revision


@pytest.mark.parametrize(("name", "value", "wanted"), LOOKED_AT, ids=lambda part: str(part)[:24])
def test_what_is_looked_at_changes_the_selection_alone(name: str, value: Any, wanted: Any) -> None:
    before, after = shown(opened()), shown(after_setting(opened(), name, value))
    assert after.header["selection"] == before.header["selection"] | {name: wanted}
    assert after.header["params"] == {name: value}
    assert after.revision != before.revision


def test_the_chosen_head_is_the_one_sent_whole() -> None:
    assert_shows(opened(head="6"), DEFAULT, head=5)


def test_a_number_that_came_with_a_link_joins_the_ones_on_offer() -> None:
    page = opened(d_model="24", heads="3")
    assert options_of(page, "d_model") == ["8", "24", "32", "64", "128"]
    assert options_of(page, "heads") == ["1", "2", "3", "4", "8", "16"]
    assert_shows(page, dataclasses.replace(DEFAULT, d_model=24, num_heads=3))


def test_every_control_of_the_page_has_a_setting_and_every_setting_a_control() -> None:
    page = opened(source="trained")
    typed = [field.key or "" for field in page.text_input]
    # Those of numbers stand in the sentence's place and on a pad: tests/browser/test_trained_pictures.py.
    assert sorted([*controls_of(page), *typed, *OF_NUMBERS]) == sorted(DEFAULTS)
    assert "model" not in controls_of(opened())  # which would change nothing


def test_the_examples_replace_the_sentence() -> None:
    page = opened()
    button = page.get("menu_button")[0]
    assert button.options == WORDS["examples"]
    for example in WORDS["examples"]:
        assert shown(opened(sentence=example)).header["tokens"] == list(tokenize(example, "words").tokens)


# --- tables -----------------------------------------------------------------------------------------------------------


def test_the_table_of_a_tensor_is_made_only_while_somebody_looks() -> None:
    assert not opened().dataframe
    page = opened()
    page.session_state["table"] = True
    page = checked(page.run())
    assert page.selectbox(key="tensor").value == "weights"
    table = page.dataframe[-1].value
    assert table.to_numpy().tobytes() == trace(DEFAULT).layer.heads.weights[0, 0].numpy().tobytes()
    assert [caption for caption in page.caption if "12 rows × 12 columns" in caption.value]


def test_what_the_heads_do_is_shown_in_numbers() -> None:
    page = opened()
    page.session_state["measures"] = True
    page = checked(page.run())
    table = page.dataframe[0].value
    measures = trace(DEFAULT).measures
    assert table["entropy_bits"].tolist() == list(measures.entropy_bits)
    assert table["on_previous"].tolist() == list(measures.shares["previous"])
    assert page.get("vega_lite_chart")


# --- hostile links ----------------------------------------------------------------------------------------------------

NO_WIDTH = ["0", "-1", "1" + "0" * 18, "9223372036854775808", "NaN", "inf", "3.0", ARABIC_THREE, ""]
HOSTILE = [*NO_WIDTH, "-inf", "1e400", " ", "8 ", "+8", "1_0", "0x8", "%2e", "\ufffd", "\x00", "None", "null", "[8]"]
HOSTILE += ["<b>", "\n===\n", "a" * 5000]


def unescaped(message: str) -> str:
    return message.replace("\u2060\\", "")


def in_message(value: str) -> str:
    return plain(value if len(value) <= 40 else value[:39] + "…")


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
def test_a_link_that_says_the_same_nonsense_of_everything_is_refused_field_by_field(value: str) -> None:
    names = [name for name in DEFAULTS if name != "sentence"]
    page = opened(**dict.fromkeys(names, value))
    refused = {name: allowed for name in names if (allowed := Explorer.kinds()[name].check(value)) is not None}
    assert len(refused) > 15
    lines = page.warning[0].value.split("  \n")
    assert len(lines) == len(refused)
    for line, (name, allowed) in zip(lines, refused.items(), strict=True):
        assert line.startswith(f"{name} ({in_message(value)}) in the link must be {plain(allowed)}; showing ")
    taken = shown(page).header["params"]
    assert not set(taken) & set(refused)
    assert set(page.query_params) <= set(names) - set(refused)


@pytest.mark.parametrize("value", NO_WIDTH, ids=ascii)
def test_a_width_out_of_bounds_is_refused_by_name_value_and_range_and_the_default_stays(value: str) -> None:
    page = opened(d_model=value)
    message = page.warning[0].value
    assert message == f"d_model ({plain(value)}) in the link must be a whole number from 1 to 256; showing 64 instead."
    assert shown(page).revision == shown(opened()).revision


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("temperature", "0", "a number from 0.05 to 10; showing 1"),
        ("seed", "-1", "a whole number from 0 to 2147483647; showing 0"),
        ("seed", "inf", "a whole number from 0 to 2147483647; showing 0"),
        ("dropout", "0.95", "a number from 0 to 0.9; showing 0"),
        ("tokenizer", "", "one of words, words_zh, characters; showing words"),
        ("kv_heads", "", "one of all, 1, 2,"),
        (
            "mask",
            "Causal",
            "one of none, causal, window, padding, dilated, block, global, random_blocks, prefix; showing causal",
        ),
        ("qk_norm", "no", "true or false; showing False"),
        ("heads", "004", "a whole number from 1 to 16; showing 8"),
        ("stage", "<script>", "one of tokens, x, qkv,"),
        ("s", "2.e30", "s is of version 2, newer than this app, which reads version 1; showing the picture without"),
        ("s", carried.encoded((SCORE_SET,))[:-5], "damaged"),
        ("softcap", "0", "a number from 0.1 to 100; showing nothing"),
        ("sink", "NaN", "a number from -20 to 20; showing nothing"),
        ("prefix", "\u0663", "a whole number from 0 to 128; showing 3"),
    ],
)
def test_a_refusal_says_what_is_allowed_and_what_is_shown_instead(name: str, value: str, said: str) -> None:
    page = opened(**{name: value})
    assert said in unescaped(page.warning[0].value)
    assert shown(page).revision == shown(opened()).revision


def test_a_parameter_given_twice_is_refused() -> None:
    page = opened(heads=["2", "4"], d_model="32")
    assert page.warning[0].value.startswith("heads (2, 4) in the link must be given once; showing 8 instead.")
    assert shown(page).header["params"] == {"d_model": 32}


def test_a_refusal_is_told_until_its_control_is_set() -> None:
    page = opened(seed="-1")
    assert page.warning
    assert not after_setting(page, "seed", 3).warning


def test_a_thousand_unknown_parameters_change_nothing() -> None:
    page = opened(**{f"unknown{number}": "x" for number in range(1000)})
    assert not page.warning
    assert shown(page).revision == shown(opened()).revision


def test_many_unknown_parameters_beside_a_bad_one_change_nothing() -> None:
    page = opened(seed="inf", **{f"unknown{number}": "x" for number in range(900)})
    assert len(page.warning) == 1
    assert shown(page).revision == shown(opened()).revision


def test_a_long_link_is_read_as_far_as_a_sentence_is() -> None:
    page = opened(sentence="a " * 100_000, unknown="x" * 200_000)
    assert shown(page).header["tokens"] == ["a"] * 128
    assert [note for note in page.caption if str(MAX_CHARACTERS) in note.value]


def test_a_long_value_is_refused_shortly() -> None:
    page = opened(d_model="6" * 400_000)
    assert len(page.warning[0].value) < 400


@pytest.mark.parametrize("name", ["sentence", "d_model", "unknown"])
def test_a_link_of_a_megabyte_is_the_page_without_it(name: str) -> None:
    without = opened(lang="en")  # Streamlit drops such a link, and the page opens as it does without one
    assert shown(opened(**{name: "6" * 1_000_000})).revision == shown(without).revision


# --- values that do not fit together ----------------------------------------------------------------------------------


def test_the_last_good_picture_stays_until_what_does_not_fit_is_mended() -> None:
    page = opened(sentence="one two three")
    good = shown(page)
    page.session_state["heads"] = 16
    page.session_state["d_model"] = 8
    page = checked(page.run())
    assert unescaped(page.error[0].value).startswith("heads (16) must divide d_model (8)")
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()
    page.session_state["d_model"] = 64
    page = checked(page.run())
    assert not page.error
    assert_shows(page, dataclasses.replace(DEFAULT, tokens=("one", "two", "three"), num_heads=16))


def test_a_link_whose_values_do_not_fit_together_shows_the_default_and_says_why() -> None:
    page = opened(heads="2", d_model="7")
    assert unescaped(page.error[0].value).startswith("heads (2) must divide d_model (7)")
    assert shown(page).arrays["weights"].tobytes() == shown(opened()).arrays["weights"].tobytes()


def test_groups_that_do_not_divide_the_heads_are_refused_with_both_numbers() -> None:
    page = opened(heads="8", kv_heads="16")
    assert unescaped(page.error[0].value).startswith("key/value heads (16) must divide heads (8)")


def test_padding_without_room_for_a_word_is_refused() -> None:
    page = opened(mask="padding", padding="128")
    assert page.error[0].value.startswith("pad tokens (128) must be at most 127")


# --- hostile texts ----------------------------------------------------------------------------------------------------

TEXTS = {
    "one character": "x",
    "much of one word": "a" * 100_000,
    "many lines": "word\n" * 10_000,
    "a family and half a flag": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb",
    "right to left": "\u202eabc \u0627\u0644\u0642\u0637\u0629",
    "decomposed": "e\u0301 \u00e9",
    "a thousand marks": "a" + "\u0301" * 1000,
    "control characters": "a\x00b\x1b[31mc",
    "Turkish, German, a ligature": "\u0130I\u0131i \u00df \ufb01",
    "Thai and Chinese": "\u0e20\u0e32\u0e29\u0e32 \u6211\u559c\u6b22\u732b",
    "a script": "<script>alert(1)</script>",
    "an image": "<img src=x onerror=alert(1)>",
    "a template": "{{7*7}} {bits} {0} %s ${x}",
    "a Markdown image": "![x](http://x/y.png)",
    "a directive": ":red[x] :material/home:",
    "LaTeX": r"$\def\a{\a\a}\a$",
    "a Vega expression": "datum.x",
    "a prototype": "__proto__ constructor toString",
    "a path": "a.b ../../etc/passwd",
    "special tokens": "[MASK] <pad>",
    "the same word": "same " * 128,
    "a formula": "=1+1",
}
NOTHING_TO_SEE = {"empty": "", "spaces": "   ", "zero width": "\u200b", "bidi marks": "\u202e\u2066", "a NUL": "\x00"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_data_typed_or_linked(text: str) -> None:
    wanted = list(tokenize(text, "words").tokens)
    typed = after_setting(opened(), "sentence", text)
    assert not typed.error
    assert shown(typed).header["tokens"] == wanted
    assert shown(opened(sentence=text)).header["tokens"] == wanted


@pytest.mark.parametrize("text", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE)
def test_a_text_without_a_visible_character_is_refused_and_the_picture_stays(text: str) -> None:
    page = opened(heads="4")
    good = shown(page)
    page.session_state["sentence"] = text
    page = checked(page.run())
    said = [unescaped(error.value) for error in page.error]
    assert not text.strip() or said[0].startswith(f"sentence ({text!r}) must hold a visible character")
    assert bool(text.strip()) == bool(said)
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()
    page.session_state["sentence"] = "fine again"
    page = checked(page.run())
    assert not page.error
    assert shown(page).header["tokens"] == ["fine", "again"]


def notes(**values: Any) -> list[str]:
    page = opened(**values)
    return [caption.value for caption in page.caption]


def test_what_was_left_out_of_a_sentence_is_said() -> None:
    said = WORDS["page"]
    assert said["tokens_cut"].format(shown=128, total=200) in notes(sentence="word " * 200)
    assert counted(said["cleaned"], 2) in notes(sentence="a\x00b\u200bc")
    assert said["characters_cut"].format(limit=MAX_CHARACTERS) in notes(sentence="a" * (MAX_CHARACTERS + 1))
    assert not [note for note in notes() if note.startswith(("Showing", "Left out", "Only", "The mask"))]


def test_rows_without_any_key_are_counted() -> None:
    values = {"mask": "padding", "padding": "3", "pad_left": "true", "second_mask": "causal", "sentence": "a b c d"}
    assert counted(WORDS["page"]["blind_rows"], 3, total=7) in notes(**values)


# --- controls that are off --------------------------------------------------------------------------------------------


def test_a_control_that_is_off_shows_what_the_model_has() -> None:
    page = opened(source="trained", sentence="Ann tea Ben milk", heads="4", window="9")
    drawn = controls_of(page)
    for name, value in {"heads": "2", "d_model": "56", "mask": "causal"}.items():
        assert (drawn[name]["value"], drawn[name]["off"], drawn[name]["own"]) == (value, True, True)
        assert options_of(page, name) == [value]


def test_the_readers_own_values_come_back_with_the_source_and_the_link_gains_nothing() -> None:
    page = opened(heads="4", window="9", sentence="Ann tea Ben milk")
    before = dict(page.query_params)
    page = checked(chosen(page, "source", "trained"))
    assert controls_of(page)["heads"]["value"] == "2"
    assert set(page.query_params) <= {*before, "source"}
    page = checked(chosen(page, "source", "designed"))
    assert controls_of(page)["heads"]["value"] == "4"
    assert controls_of(page)["window"]["value"] == "9"
    assert shown(page).header["params"].items() >= {"heads": 4, "window": 9}.items()


# --- what is left empty -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   "])
def test_an_emptied_sentence_is_no_error_and_keeps_the_last_picture_with_its_notes(text: str) -> None:
    page = opened(sentence="one two three", mask="padding", second_mask="causal", pad_left="true")
    good, said = shown(page), [caption.value for caption in page.caption]
    page = checked(page.text_input(key="sentence").set_value(text).run())
    assert not page.error
    assert shown(page).arrays["weights"].tobytes() == good.arrays["weights"].tobytes()
    assert [caption.value for caption in page.caption][: len(said) - 1] == said[:-1]


def test_an_emptied_number_is_the_one_that_its_place_shows() -> None:
    page = opened(window="9", mask="window")
    assert controls_of(page)["window"]["placeholder"] == "3"
    assert controls_of(page)["d_k"]["placeholder"] == WORDS["page"]["automatic"]
    assert controls_of(page)["window"]["empty"] == "3"
    page = checked(chosen(page, "window", 3))
    assert not page.error
    assert shown(page).revision == shown(opened(mask="window")).revision


# --- what a browser sends ---------------------------------------------------------------------------------------------


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session in which a component has sent something."""
    session = dict(DEFAULTS)
    monkeypatch.setattr(streamlit, "session_state", session)
    monkeypatch.setattr(controls, "rerun", lambda *_: None, raising=False)
    return session


def test_a_selection_on_the_stage_sets_its_controls(state: dict[str, Any]) -> None:
    sent = {"head": 3, "query": 2, "key": None, "stage": "mask", "view": "lines"}
    state[controls.STAGE_KEY] = {"selection": sent}
    controls.take_selection()
    assert {name: state[name] for name in sent} == {"head": 4, "query": 3, "key": 0, "stage": "mask", "view": "lines"}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "head",
        [1],
        {"head": -1, "query": 128, "key": 10**18, "stage": "pickle", "view": "<b>"},
        {"head": "3", "query": "3", "key": [1], "stage": ["mask"], "view": {"a": 1}},
        {"head": 1.5, "query": math.nan, "key": math.inf, "stage": None, "view": None},
        {"sentence": "mine", "seed": 9, "heads": 1},
    ],
    ids=str,
)
def test_a_selection_out_of_bounds_leaves_every_setting_within_its_own(state: dict[str, Any], sent: Any) -> None:
    state[controls.STAGE_KEY] = {"selection": sent}
    controls.take_selection()
    for name in DEFAULTS:
        assert Explorer.kinds()[name].check(as_in_link("" if state[name] is None else state[name])) is None, name
    assert state["sentence"] == DEFAULTS["sentence"]
    assert (state["seed"], state["heads"]) == (0, 8)


def take_temperature() -> None:
    take_slid(Explorer.kinds(), "temperature", ())


def test_a_dragged_temperature_is_the_sessions_alone_until_it_is_let_go(state: dict[str, Any]) -> None:
    state["temperature_slider"] = {"value": {"value": 2.5, "final": False}}
    take_temperature()
    assert explorer_settings().temperature == 2.5
    assert state["temperature"] == 1.0
    state["temperature_slider"] = {"value": {"value": 2.0, "final": True}}
    take_temperature()
    assert state["temperature"] == 2.0
    assert 2.5 not in state.values()


@pytest.mark.parametrize("value", [0, -1, 10.5, 1e300, math.nan, math.inf, "2", None, [2], {"value": 2}], ids=str)
def test_a_temperature_out_of_bounds_is_not_taken(state: dict[str, Any], value: Any) -> None:
    for final in (False, True):
        state["temperature_slider"] = {"value": {"value": value, "final": final}}
        take_temperature()
    assert set(state) == {*DEFAULTS, "temperature_slider"}
    assert state["temperature"] == 1.0
