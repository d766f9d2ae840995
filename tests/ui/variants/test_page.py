"""The catalogue of variants: its words, its links, its cards, and what it changes in the stage's prose."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.engine.spec import MaskName, NormalizerName, PositionsName, ScoreName
from attnlab.paths import ASSETS, PAGES, ROOT
from attnlab.pictures.catalogue import SETTINGS, chosen, link, mathml, variant_matrices, variant_stages, variant_words
from attnlab.prose import page_prose
from attnlab.settings import carried
from attnlab.settings.attention import Explorer, attention_spec
from attnlab.ui.variants.page import HEADS_SHOWN, gallery
from tests.pictures.payloads import Payload, decoded

DEFAULTS = Explorer().values()

WORDS = page_prose("variants")
STAGE = page_prose("attention")["stage"]
VARIANTS = [(group, name) for group, variants in SETTINGS.items() for name in variants]
every_variant = pytest.mark.parametrize(("group", "name"), VARIANTS, ids="-".join)
TOKENS = ("one", "two", "three")


def of(**fields: Any) -> AttentionSpec:
    return AttentionSpec(tokens=TOKENS, **fields)


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_choice_of_the_engine_is_explained_and_nothing_else_is() -> None:
    choices = {"score": ScoreName, "normalizer": NormalizerName, "positions": PositionsName, "mask": MaskName}
    for group, names in choices.items():
        assert set(WORDS["variants"][group]) == set(get_args(names))
    assert {group: set(variants) for group, variants in WORDS["variants"].items()} == {
        group: set(variants) for group, variants in SETTINGS.items()
    }
    assert set(WORDS["groups"]) == set(SETTINGS)


@every_variant
def test_a_variant_has_a_sentence_a_formula_and_a_source(group: str, name: str) -> None:
    words = variant_words(group, name)
    assert all(words[part].endswith(".") for part in ("line", "more") if part in words)
    assert re.fullmatch(r"https://[\w.]+/[\w./-]+", words["url"])
    assert words["title"]
    assert re.search(r" \d{4}$", words["source"]) or words["source"] == "PyTorch"


def formulas() -> Iterator[str]:
    for group, name in VARIANTS:
        yield from (words for part, words in variant_words(group, name).items() if part.endswith("formula"))
    yield from (stage["formula"] for stage in WORDS["stages"].values())


@pytest.mark.parametrize("display", ["inline", "block"])
@pytest.mark.parametrize("formula", sorted(set(formulas())))
def test_a_formula_is_mathml_that_cannot_run_anything(formula: str, display: str) -> None:
    root = ET.fromstring(mathml(formula, display))
    allowed = {"math", "mrow", "mi", "mn", "mo", "msub", "msup", "msubsup", "mfrac", "msqrt", "mtext", "mspace"}
    allowed |= {"mover", "munder", "munderover", "mstyle", "mpadded"}
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}") in allowed
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
    assert "\\" not in "".join(root.itertext())


def test_every_line_of_arithmetic_is_said_somewhere_in_javascript() -> None:
    drawing = ASSETS / "stage" / "drawing"
    source = "".join((drawing / f"{name}.js").read_text(encoding="utf-8") for name in ("explain", "variants"))
    by_name = {f"biased_{positions}" for positions in ("alibi", "t5", "shaw")}
    by_name |= {f"unplaced_{positions}" for positions in ("none", "rope", "alibi", "t5", "shaw")}
    by_name |= {f"embedding_{kind}" for kind in ("designed", "random", "trained")}
    for line in STAGE["arithmetic"]["lines"]:
        assert f'"{line}"' in source or line in by_name, line


# --- links and settings -----------------------------------------------------------------------------------------------


@every_variant
def test_the_settings_of_a_variant_are_what_its_link_says(group: str, name: str) -> None:
    settings = SETTINGS[group][name]
    params = parse_qs(urlsplit(link(settings)).query)
    assert all(Explorer.kinds()[field].check(value) is None for field, (value,) in params.items())
    assert Explorer.strict(params) == Explorer.of(settings)


@every_variant
def test_a_variant_beyond_the_default_is_known_by_its_settings(group: str, name: str) -> None:
    settings = SETTINGS[group][name]
    is_some = (group, name) != ("mask", "none") and any(DEFAULTS[field] != value for field, value in settings.items())
    wanted = [(group, name)] if is_some else []
    assert chosen(Explorer.of(settings)) == wanted


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, []),
        ({"temperature": 2.0, "head": 3, "window": 5}, []),
        ({"score": "cosine", "normalizer": "sparsemax"}, [("score", "cosine"), ("normalizer", "sparsemax")]),
        ({"mask": "causal", "second_mask": "window"}, [("pattern", "sliding")]),
        ({"mask": "causal", "second_mask": "window", "combine": "or"}, [("mask", "causal"), ("mask", "window")]),
        ({"mask": "none", "second_mask": "prefix"}, [("mask", "prefix")]),
        ({"kv_heads": "8"}, []),
        ({"kv_heads": "4", "heads": 16}, [("heads", "gqa")]),
        ({"s": carried.encoded((Edit("x", 0, 1, 1, 2.0),))}, []),
        ({"source": "trained", "mask": "none", "positions": "rope", "kv_heads": "1"}, []),
        ({"source": "trained", "score": "linear", "sink": 1.0}, [("score", "linear"), ("addition", "sink")]),
    ],
    ids=str,
)
def test_what_is_chosen_is_what_differs_from_the_default(settings: dict[str, Any], wanted: list[Any]) -> None:
    assert chosen(Explorer.of(settings)) == wanted


# --- the stage's prose ------------------------------------------------------------------------------------------------


def test_plain_attention_is_told_in_the_stages_own_words() -> None:
    assert variant_stages(of()) == {}
    assert variant_matrices(of()) == {}


@pytest.mark.parametrize(
    ("fields", "stages"),
    [
        ({"softcap": 2.0}, "scale"),
        ({"softcap": 2.0, "score": "dot"}, "scale scores"),
        ({"softcap": 2.0, "score": "gaussian"}, "scale scores"),
        ({"score": "gaussian"}, "scores"),
        *(({"score": name}, "scale scores") for name in get_args(ScoreName)[1:] if name != "gaussian"),
        *(({"normalizer": name}, "softmax") for name in get_args(NormalizerName)[1:]),
        ({"sink": 1.0}, "softmax"),
        ({"qk_norm": True}, "qkv"),
        ({"qk_norm": True, "source": "trained"}, "qkv"),
        ({"edits": (Edit("importance", 0, 0, 1, 2.0),)}, "mask"),
    ],
    ids=str,
)
def test_a_variant_changes_the_formula_of_its_stage(fields: dict[str, Any], stages: str) -> None:
    told = variant_stages(of(**fields))
    assert set(told) == set(stages.split())
    for stage, words in told.items():
        assert set(words) == {"line", "formula", "mathml"}
        if fields.get("score") != "dot" or stage != "scores":
            assert words["formula"] != STAGE["stages"][stage]["formula"]


def test_the_matrices_are_named_by_what_made_them() -> None:
    told = variant_matrices(of(score="cosine", normalizer="hard", softcap=2.0))
    assert told["scores"] == "cos(Q, K)"
    assert told["masked_scores"] == "cap(cos(Q, K){scale}){bias}"
    assert told["weights"] == "hard{temperature}"
    assert set(told) <= set(STAGE["matrices"])


# --- the gallery ------------------------------------------------------------------------------------------------------


def test_every_picture_of_the_gallery_is_what_its_link_opens() -> None:
    shown = decoded(gallery())
    cards = [card for group in shown.header["groups"] for card in group["cards"]]
    assert len(cards) == len(VARIANTS)
    for card in cards:
        values = Explorer.strict(parse_qs(urlsplit(card["link"]).query))
        heads = trace(attention_spec(values)[0]).weights.numpy()
        picture, side = shown.arrays[card["picture"]], heads.shape[-1]
        if values.heads == HEADS_SHOWN:
            assert picture.shape == (side, HEADS_SHOWN * (side + 1) - 1)
            assert np.isnan(picture[:, side :: side + 1]).all()
            picture = picture[:, side + 1 : 2 * side + 1]
            heads = heads[[1]]
        else:
            heads = heads[[values.head - 1]]
        assert picture.tobytes() == heads.tobytes(), card["name"]


def test_within_a_group_no_two_pictures_are_alike() -> None:
    shown = decoded(gallery())
    for group in shown.header["groups"]:
        pictures = {shown.arrays[card["picture"]].tobytes() for card in group["cards"]}
        assert len(pictures) == len(group["cards"]), group["title"]


def test_the_gallery_page_shows_the_gallery() -> None:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60).run()
    page = page.switch_page(str(PAGES / "variants.py")).run()
    assert not page.exception
    assert page.header[0].value == WORDS["page"]["title"]
    (shown,) = page.get("bidi_component")
    assert shown.proto.bytes == gallery()


# --- cards below the picture ------------------------------------------------------------------------------------------


def cards_of(**params: str) -> Payload | None:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.query_params.update(params)
    page = page.run()
    assert not page.exception
    found = [element for element in page.get("bidi_component") if element.key == "variant_cards"]
    return decoded(found[0].proto.bytes) if found else None


def test_the_default_page_has_no_cards_at_all() -> None:
    assert cards_of(stage="softmax") is None  # a link, since the bare address opens on what tells a newcomer most


def test_the_cards_below_the_picture_are_of_what_is_chosen() -> None:
    shown = cards_of(score="cosine", normalizer="sparsemax", temperature="0.5")
    assert shown is not None
    (group,) = shown.header["groups"]
    assert [card["name"] for card in group["cards"]] == ["cosine", "sparsemax"]
    assert not shown.arrays
