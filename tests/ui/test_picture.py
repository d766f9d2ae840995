"""The picture of a link, by HTTP."""

from urllib.parse import parse_qs

import pytest

from attnlab.engine import SpecError, trace
from attnlab.ui.payload import stage_payload
from attnlab.ui.picture import picture
from attnlab.ui.prose import page_prose
from attnlab.ui.settings import DEFAULTS, attention_spec, changed, link_values, stage_selection

LINK = (
    "sentence=a+b+c&tokenizer=characters&source=random&model=23456789abcd:transformer:12&layer=1&heads=2&kv_heads=1&d_model=8&d_k=3&d_v=5&positions=rope"
    "&mask=window&window=2&also_causal=true&padding=1&pad_left=true&scaling=false&temperature=0.5&dropout=0.25&seed=7"
    "&dtype=float64&device=cpu&head=2&query=3&key=2&stage=scores&view=lines"
)


def test_a_link_names_every_setting_and_each_is_read_as_its_widget_gives_it() -> None:
    values = link_values(parse_qs(LINK))
    assert set(changed(values)) == set(DEFAULTS)
    assert {name: type(value) for name, value in values.items() if name not in {"d_k", "d_v"}} == {
        name: type(value) for name, value in DEFAULTS.items() if name not in {"d_k", "d_v"}
    }
    assert (values["d_k"], values["d_v"], values["scaling"], values["pad_left"]) == (3, 5, False, True)


def test_an_empty_link_is_the_page_as_it_opens() -> None:
    assert link_values({}) == DEFAULTS


def test_what_may_be_left_open_is_none_when_empty() -> None:
    assert link_values({"d_k": [""]})["d_k"] is None


@pytest.mark.parametrize("link", ["", LINK])
def test_the_picture_is_byte_for_byte_what_a_run_sends(link: str) -> None:
    values = link_values(parse_qs(link))
    spec, _ = attention_spec(values)
    words = page_prose("attention")["stage"]
    assert picture(parse_qs(link)) == stage_payload(trace(spec), stage_selection(values, spec), changed(values), words)


@pytest.mark.parametrize(
    ("link", "field"),
    [
        ("heads=x", "heads"),
        ("heads=3&d_model=8", "num_heads"),
        ("heads=2&heads=4", "heads"),
        ("temperature=nan", "temperature"),
        ("seed=%D9%A3", "seed"),
        ("sentence=%E2%80%8B", "sentence"),
    ],
)
def test_a_link_that_cannot_be_taken_has_no_picture(link: str, field: str) -> None:
    with pytest.raises(SpecError) as refused:
        picture(parse_qs(link))
    assert refused.value.field == field
