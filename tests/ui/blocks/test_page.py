"""The blocks page without a browser: controls, links, refusals, what is chosen on the picture, and the drawers."""

import dataclasses
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from attnlab.engine import SpecError
from attnlab.engine.efficient.kv_cache import generation_step
from attnlab.engine.stack import stack_trace
from attnlab.engine.transformer.generation import next_token
from attnlab.looks.stacks import asked_stack
from attnlab.paths import PAGES, ROOT
from attnlab.pictures.stacks.blocks import blocks_payload, blocks_selection
from attnlab.prose import page_prose
from attnlab.settings.lab.blocks import Blocks, stack_spec
from attnlab.ui.blocks import controls as blocks_controls
from attnlab.ui.blocks.kv_cache import decoder_sizes
from attnlab.ui.blocks.where import MEASURES, origins
from attnlab.ui.kit.session import SHOWN_PAGE
from attnlab.ui.picture import blocks_picture
from tests.pictures.payloads import Payload, decoded
from tests.ui.rows import chosen, controls_of

DEFAULTS = Blocks().values()

WORDS = page_prose("blocks")


def opened(**link: str) -> AppTest:
    """The page as a link opens it; as its defaults are where it is silent."""
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.run()
    page.query_params.clear()
    page.query_params.update(link)
    page.session_state[SHOWN_PAGE] = "blocks"  # who is here already is not met by the page's opening
    page.switch_page(str(PAGES / "blocks.py"))
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def shown(page: AppTest) -> Payload:
    (canvas,) = (one for one in page.get("bidi_component") if one.key == blocks_controls.CANVAS_KEY)
    return decoded(canvas.proto.bytes)


def drawn(**settings: Any) -> str:
    """The revision of the picture of some settings."""
    values = Blocks.of(settings)
    trace = asked_stack(values).trace()
    return decoded(blocks_payload(trace, blocks_selection(values, trace), values.changed())).revision


# --- controls and links -----------------------------------------------------------------------------------------------

CONTROLS: list[tuple[str, Any]] = [
    ("stack_text", "one two"),
    ("stack_target", "one two three"),
    ("stack_architecture", "encoder"),
    ("stack_depth", 4),
    ("stack_placement", "post"),
    ("stack_activation", "gelu"),
    ("stack_norm", "rms"),
    ("stack_heads", 8),
    ("stack_kv_heads", "2"),
    ("stack_d_model", 16),
    ("stack_ff_width", 24),
    ("stack_positions", "rope"),
    ("stack_residual", False),
    ("stack_feed_forward", False),
    ("stack_dropout", 0.25),
    ("stack_seed", 7),
    ("stack_open", "encoder.1.feed_forward"),
    ("stack_source_token", 5),
    ("stack_target_token", 6),
    ("stack_head", 3),
]


@pytest.mark.parametrize(("name", "value"), CONTROLS, ids=lambda part: str(part)[:24])
def test_a_control_and_a_link_give_the_same_picture(name: str, value: Any) -> None:
    page = opened()
    by_control = shown(checked(chosen(page, name, value)))
    assert by_control.header["params"] == {name: value}
    assert by_control.revision == drawn(**{name: value}) != drawn()
    text = str(value).lower() if isinstance(value, bool) else str(value)
    assert decoded(blocks_picture({name: [text]}).draw()).revision == by_control.revision


def test_a_link_opens_the_state_it_says() -> None:
    link = {"stack_architecture": "decoder", "stack_depth": "3", "stack_open": "decoder.3.self_attention"}
    link |= {"stack_head": "2", "stack_cell": "weights.2.1", "stack_source_token": "2"}
    page = opened(**link)
    assert not page.warning
    assert (
        shown(page).revision == decoded(blocks_picture({name: [text] for name, text in link.items()}).draw()).revision
    )
    assert shown(page).header["opened"]["facts"]["head"] == 1


def test_every_setting_on_the_closed_page_has_its_control_and_every_control_its_words() -> None:
    page = opened()
    keys = {*controls_of(page), *(field.key for field in page.text_input)}
    in_drawers = {"stack_temperature", "stack_top_k", "stack_top_p", "stack_generated"}
    assert keys == set(DEFAULTS) - in_drawers
    told = WORDS["controls"] | {f"stack_{name}": one for name, one in page_prose("writing")["controls"].items()}
    for name in set(DEFAULTS) - {"stack_text", "stack_target"}:
        assert told[name]["label"]
        assert told[name]["help"].endswith(".")


def test_the_target_is_there_only_beside_an_encoder_and_keeps_what_was_typed() -> None:
    page = opened(stack_target="one two")
    page = chosen(page, "stack_architecture", "decoder").run()
    assert "stack_target" not in [field.key for field in page.text_input]
    page = checked(chosen(page, "stack_architecture", "encoder_decoder").run())
    assert page.text_input(key="stack_target").value == "one two"


def test_a_link_to_a_stack_that_stands_alone_shows_one_text() -> None:
    assert "stack_target" not in [field.key for field in opened(stack_architecture="decoder").text_input]


def test_settings_stay_while_other_pages_are_visited_and_stand_in_no_link_of_theirs() -> None:
    page = opened(stack_depth="4", stack_text="a b c")
    page.query_params.clear()
    checked(page.switch_page(str(PAGES / "attention.py")).run())
    assert not [name for name in page.query_params if name.startswith("stack_")]
    page.query_params.clear()
    checked(page.switch_page(str(PAGES / "blocks.py")).run())
    assert (page.session_state["stack_depth"], page.session_state["stack_text"]) == (4, "a b c")
    assert page.query_params["stack_depth"] == "4"


# --- refusals ---------------------------------------------------------------------------------------------------------

NONSENSE = ["", "-1", "9223372036854775808", "NaN", "inf", "\u0663", "None", "<b>x</b>", "\x00", "a" * 5000]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: ascii(text)[:20])
def test_nonsense_in_a_link_is_refused_by_name_value_and_range_and_the_page_opens(text: str) -> None:
    names = [
        name
        for name in DEFAULTS
        if name not in ("stack_text", "stack_target", "stack_top_k", "stack_top_p", "stack_model")
    ]
    page = opened(**dict.fromkeys(names, text))
    lines = page.warning[0].value.split("  \n")
    spared = 0 if text else 2  # an empty place and an empty cell are none
    assert len(lines) == len(names) - spared
    assert all("in the link must be" in line for line in lines)
    assert shown(page).revision == drawn()


def test_a_refusal_names_what_is_allowed() -> None:
    page = opened(stack_depth="9", stack_open="decoder.9")
    assert "stack_depth (9)" in page.warning[0].value.replace("\u2060\\", "")
    assert "a whole number from 1 to 6; showing 2 instead" in page.warning[0].value.replace("\u2060\\", "")


@pytest.mark.parametrize(("name", "value"), [("stack_text", "\u200b"), ("stack_heads", 5)])
def test_values_that_do_not_fit_are_refused_and_the_last_good_picture_stays(name: str, value: Any) -> None:
    page = opened(stack_seed="3")
    before = shown(page).arrays["sizes:decoder"].tobytes()
    checked(chosen(page, name, value))
    assert "must" in page.error[0].value
    assert shown(page).arrays["sizes:decoder"].tobytes() == before


TEXTS = [
    "a",
    "a" * 100_000,
    "\n" * 3000 + "x",
    "e\u0301" * 50,
    "\u202eabc",
    "<script>alert(1)</script>",
    "{{7*7}} {token}",
]
TEXTS += [
    ":red[x] $\\def\\a{\\a\\a}\\a$",
    "__proto__ constructor",
    "same " * 128,
    "=1+1",
    "\x00\x1b[0m a",
    "\U0001f468\u200d\U0001f469",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
def test_any_text_is_taken_on_both_sides(text: str) -> None:
    page = opened()
    page.text_input(key="stack_text").set_value(text)
    checked(page.text_input(key="stack_target").set_value(text).run())
    assert not page.error
    spec = stack_spec(Blocks.of({"stack_text": text, "stack_target": text}))
    assert tuple(shown(page).header["sides"][1]["tokens"]) == spec.target_tokens


def test_the_picture_of_a_link_that_cannot_be_taken_is_refused_by_its_field() -> None:
    for link, field in (({"stack_depth": ["7"]}, "stack_depth"), ({"stack_heads": ["5"]}, "num_heads")):
        with pytest.raises(SpecError) as refused:
            blocks_picture(link)
        assert refused.value.field == field


# --- what is chosen on the picture ------------------------------------------------------------------------------------


def sent(monkeypatch: pytest.MonkeyPatch, selection: Any, **values: Any) -> dict[str, Any]:
    """The session after the picture has said what was chosen."""
    canvas = {"selection": selection}

    class Session(dict):  # type: ignore[type-arg]
        __getattr__ = dict.__getitem__

    session = Session(DEFAULTS | values | {blocks_controls.CANVAS_KEY: canvas})
    monkeypatch.setattr(streamlit, "session_state", session)
    monkeypatch.setattr(blocks_controls, "rerun", lambda *fragments: session.update(ran=fragments))
    blocks_controls.take_selection()
    return session


def test_what_is_chosen_becomes_the_value_of_its_control(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"name": "weights", "row": 4, "col": 2}
    chosen = {"open": "decoder.1.self_attention", "tokens": {"encoder": 0, "decoder": 4}, "head": 2, "cell": cell}
    session = sent(monkeypatch, chosen)
    assert session["ran"] == (blocks_controls.PICTURE, blocks_controls.FOLLOWERS)
    assert [session[name] for name in ("stack_open", "stack_head", "stack_cell")] == [
        "decoder.1.self_attention",
        3,
        "weights.5.3",
    ]
    assert [session[name] for name in ("stack_source_token", "stack_target_token")] == [1, 5]


def test_the_token_of_a_decoder_alone_is_one_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    session = sent(monkeypatch, {"tokens": {"decoder": 5}}, stack_architecture="decoder")
    assert [session[name] for name in ("stack_source_token", "stack_target_token")] == [6, 2]


@pytest.mark.parametrize(
    "selection",
    [
        None,
        "x",
        {"open": 3, "tokens": "x", "head": "2", "cell": 7},
        {"open": "<b>", "tokens": {"encoder": 99, "decoder": -4}, "head": 10**9, "cell": {"name": "<b>"}},
        {"tokens": {"encoder": True}, "head": None},
    ],
)
def test_a_selection_that_makes_no_sense_changes_nothing(selection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session = sent(monkeypatch, selection)
    assert {name: session[name] for name in DEFAULTS} == DEFAULTS


# --- the drawers ------------------------------------------------------------------------------------------------------


def with_drawer(drawer: str, **link: str) -> AppTest:
    page = opened(**link)
    page.session_state[drawer] = True
    return checked(page.run())


def test_drawers_are_made_only_while_somebody_looks() -> None:
    page = opened()
    assert not page.get("vega_lite_chart")
    assert not page.dataframe


@pytest.mark.parametrize("architecture", ["encoder", "decoder", "encoder_decoder"])
def test_where_an_answer_comes_from_is_told_by_four_measures(architecture: str) -> None:
    page = with_drawer("stack_where", stack_architecture=architecture)
    assert len(page.get("vega_lite_chart")) == (2 if architecture == "encoder_decoder" else 1)
    assert any("Agreement with the gradient" in caption.value for caption in page.caption)


def test_the_measures_of_an_answer_are_shares_that_end_where_it_cannot_see() -> None:
    trace = stack_trace(stack_spec(Blocks()))
    shares = origins(trace, 3).shares
    assert set(shares) == {"encoder", "decoder"}
    for measures in shares.values():
        assert tuple(measures) == MEASURES
        assert all(abs(float(one.sum()) - 1) < 1e-9 for one in measures.values())
    assert all(not one[4:].any() for one in shares["decoder"].values())


def test_the_next_token_is_cut_as_its_controls_say() -> None:
    page = with_drawer("stack_next", stack_top_k="3", stack_temperature="0.5", stack_target_token="4")
    kept = next_token(stack_trace(stack_spec(Blocks())).logits[0, 3], 0.5, 3, None).kept
    assert int(kept.sum()) == 3
    assert any("3 of the 14 tokens" in text.value for text in page.markdown)
    assert {"stack_top_k", "stack_top_p"} < set(controls_of(page))
    assert "stack_temperature" not in controls_of(page), "it is dragged, and typed beside its slider"


def test_the_cache_is_told_in_the_numbers_of_the_engine() -> None:
    page = with_drawer("stack_cache", stack_generated="5", stack_kv_heads="2")
    sizes = decoder_sizes(stack_trace(stack_spec(Blocks.read({"stack_kv_heads": ["2"]}))))
    step = generation_step(sizes, 5)
    work, weights = (table.value for table in page.dataframe)
    assert work.iloc[2, 1:].tolist() == [step.multiply_adds_cached, step.multiply_adds_uncached]
    assert weights.iloc[:, 1].tolist() == [4, 2, 1]
    assert weights.iloc[:, 2].tolist() == [
        generation_step(dataclasses.replace(sizes, num_kv_heads=count), 5).cache_bytes for count in (4, 2, 1)
    ]
    assert weights.iloc[:, 3].tolist() == ["–", "✓", "–"]


def test_generation_goes_no_further_than_the_text() -> None:
    page = with_drawer("stack_cache", stack_generated="8")
    assert page.slider(key="stack_generated").value == 8
    page.session_state["stack_target"] = "one two three"
    checked(page.run())
    assert (page.slider(key="stack_generated").max, page.slider(key="stack_generated").value) == (3, 3)
    page.session_state["stack_target"] = "one"
    checked(page.run())
    assert not page.slider


def test_an_encoder_alone_keeps_nothing() -> None:
    page = with_drawer("stack_cache", stack_architecture="encoder")
    assert any(text.value == WORDS["cache"]["no_decoder"] for text in page.markdown)
    assert not page.dataframe


def test_numbers_that_have_overflowed_are_said_to() -> None:
    page = opened(stack_depth="6", stack_placement="none", stack_activation="swiglu")
    assert page.warning[0].value == WORDS["page"]["overflow"]
