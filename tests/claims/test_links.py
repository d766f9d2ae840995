"""The links of claims open what they say: the layer, the stack or the race is computed with the state of the link."""

from urllib.parse import parse_qs, urlsplit

import pytest

from attnlab.claims import claim, claim_names
from attnlab.looks.layers import asked
from attnlab.looks.stacks import asked_stack
from attnlab.pictures.stacks.places import places_of
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Params
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.start import Start
from attnlab.settings.training import Training
from attnlab.text import tokenize
from attnlab.training.shown.races import RACES


def links_to(page: str) -> list[str]:
    """Every link of a claim to a page, once."""
    links = {link for name in claim_names() for link in claim(name).links.values()}
    return sorted(link for link in links if urlsplit(link).path == f"./{page}")


def params_of(link: str) -> Params:
    return parse_qs(urlsplit(link).query, keep_blank_values=True)


@pytest.mark.parametrize("link", links_to(""))
def test_a_link_into_the_explorer_opens_a_layer_with_all_that_it_says(link: str) -> None:
    params = params_of(link)
    layer = asked(Explorer.strict(params))
    said = {name: text for name, (text,) in params.items()}
    assert {name: layer.settings.told().get(name, said[name]) for name in said} == said
    weights = layer.trace().weights
    assert weights.isfinite().all()
    assert weights.shape[-3] == layer.settings.heads


@pytest.mark.parametrize("link", links_to("blocks"))
def test_a_link_into_the_blocks_opens_a_part_that_is_there(link: str) -> None:
    settings = Blocks.strict(params_of(link))
    trace = asked_stack(settings).trace()
    assert settings.open in {"", *places_of(trace)}


@pytest.mark.parametrize("link", links_to("training"))
def test_a_link_to_a_race_opens_one_that_is_shown_in_class(link: str) -> None:
    assert Training.strict(params_of(link)).race in RACES


@pytest.mark.parametrize("link", links_to("start"))
def test_a_link_to_the_start_page_names_a_word_of_its_sentence(link: str) -> None:
    start = Start.strict(params_of(link))
    words = tokenize(start.text, "words").tokens
    assert words[start.word - 1] == "it"
