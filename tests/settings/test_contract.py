"""Every page's settings, as they are declared, against what links may say."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.classify import Classify
from attnlab.settings.fields import Kinds
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.choosing import Choosing
from attnlab.settings.lab.claims import Claims
from attnlab.settings.lab.compare import KINDS, Comparison
from attnlab.settings.lab.cost import Cost
from attnlab.settings.lab.models import KINDS as MODELS
from attnlab.settings.learn.classroom import Chosen, Classroom
from attnlab.settings.learn.lessons import OWN as LESSONS
from attnlab.settings.links import Refusal, shortened
from attnlab.settings.site import Site
from attnlab.settings.start import Start
from attnlab.settings.training import Training
from attnlab.settings.translate import Translate
from tests.settings import contract
from tests.settings.contract import Table

LINKS = 500
"""For each page. All of 20,000 were alike when the settings were first declared."""
OPTIONAL: dict[str, type] = {
    **dict.fromkeys(("d_k", "d_v", "stack_top_k", "tr_layer", "tr_head", "tr_step", "cost_kv_heads"), int),
    **dict.fromkeys(("softcap", "sink", "stack_top_p"), float),
    **dict.fromkeys(("sweep", "lesson", "claim_guess"), str),
}
"""What may be left empty, and what it is else."""
PAGES = {
    "attention": (Explorer.kinds(), contract.EXPLORER),
    "blocks": (Blocks.kinds(), contract.BLOCKS),
    "translate": (Translate.kinds(), contract.TRANSLATE),
    "classify": (Classify.kinds(), contract.CLASSIFY),
    "class": (Classroom.kinds(), contract.CLASS),
    "site": (Site.kinds(), contract.SITE),
    "start": (Start.kinds(), contract.START),
    "lessons": (LESSONS, contract.LESSONS),
    "claims": (Claims.kinds(), contract.CLAIMS),
    "cost": (Cost.kinds(), contract.COST),
    "choosing": (Choosing.kinds(), contract.CHOOSING),
    "models": (MODELS, contract.MODELS),
    "training": ({"t_race": Training.kinds()["t_race"]}, contract.TRAINING),
    "compare": ({name: kind for name, kind in KINDS.items() if name != "changes"}, contract.COMPARE),
}
every_page = pytest.mark.parametrize(("kinds", "table"), PAGES.values(), ids=PAGES)
ODD = ["", "0", "1", "3", "5", "17", "24", "129", "-1", "1.0", "0.5", "0.05", "1e3", "inf", "nan", "true", "True"]
ODD += ["words", "x", "１", "007", "none", "causal", "rope", "all", "auto", "shipped", "decoder.1.self_attention"]
ODD += [
    "BCDFG",
    "bcdfg",
    "ABCDE",
    "weights.3.2",
    "1.2",
    "x" * 100,
    "4096",
    "abcdefghjkmn:gru:10",
    "1.e30",
    "2147483648",
    "<b>",
]


def links_of(kinds: Kinds, table: Table, count: int) -> Iterator[dict[str, list[str]]]:
    """Random links: most values fit their setting, the others are anything."""
    draw = random.Random(0)

    def text(name: str) -> str:
        kind = kinds[name]
        fit = [*kind.options, kind.low, kind.high, kind.default, True, False]
        return str(fields.in_link(draw.choice(fit))) if draw.random() < 0.8 else draw.choice(ODD)

    for _ in range(count):
        names = draw.sample(list(table), draw.randint(0, min(8, len(table))))
        yield {name: [text(name) for _ in range(1 if draw.random() < 0.98 else 2)] for name in names}


def refused_of(params: dict[str, list[str]], table: Table) -> dict[str, Refusal]:
    refused = {}
    for name, (_, check) in table.items():
        if texts := params.get(name):
            allowed = "given once" if len(texts) > 1 else check(texts[0])
            if allowed:
                refused[name] = Refusal(name, shortened(", ".join(texts)), allowed)
    return refused


def value_of(text: str, default: Any, name: str) -> Any:
    if name in OPTIONAL:
        return OPTIONAL[name](text) if text else None
    return text == "true" if isinstance(default, bool) else type(default)(text)


@every_page
def test_names_defaults_and_their_order_are_those_of_the_contract(kinds: Kinds, table: Table) -> None:
    defaults = {name: default for name, (default, _) in table.items()}
    assert {name: kind.default for name, kind in kinds.items()} == defaults
    assert list(kinds) == list(table)
    assert [type(kind.default) for kind in kinds.values()] == [type(default) for default in defaults.values()]


@every_page
def test_every_link_is_taken_refused_and_read_as_the_contract_says(kinds: Kinds, table: Table) -> None:
    accepted = 0
    for params in links_of(kinds, table, LINKS):
        refused = refused_of(params, table)
        assert fields.refusals(params, kinds) == refused, params
        accepted += not refused
        values = fields.read(params, kinds)
        wanted = {
            name: value_of(params[name][0], default, name.removeprefix("b_"))
            if name in params and name not in refused
            else default
            for name, (default, _) in table.items()
        }
        assert values == wanted, params
        assert [type(value) for value in values.values()] == [type(value) for value in wanted.values()], params
        told = fields.told(values, kinds)
        assert not fields.refusals({name: [str(text)] for name, text in told.items()}, kinds)
        assert fields.read({name: [str(text)] for name, text in told.items()}, kinds) == values, params
    assert LINKS // 20 < accepted < LINKS


@pytest.mark.parametrize("page", [Explorer, Blocks, Translate, Classify, Training], ids=lambda page: page.__name__)
def test_a_page_s_settings_are_what_its_link_says(page: type[fields.Settings]) -> None:
    kinds = page.kinds()
    table = {name: (kind.default, kind.check) for name, kind in kinds.items()}
    for params in links_of(kinds, table, 100):
        settings = page.read(params)
        assert settings.values() == fields.read(params, kinds)
        assert settings.told() == fields.told(settings.values(), kinds)
        assert page.of(settings.values()) == settings


def test_what_a_model_brings_with_it_is_what_the_contract_says() -> None:
    kinds = Explorer.kinds() | Blocks.kinds() | Translate.kinds() | Classify.kinds()
    assert {name for name, kind in kinds.items() if kind.own} == contract.OWN_TO_A_MODEL
    assert not any(kind.own for name, kind in KINDS.items() if name.startswith("b_"))


def test_what_b_changes_is_any_of_what_the_contract_says() -> None:
    kind = Comparison.kinds()["changes"]
    assert (kind.default, list(kind.options)) == (("positions",), contract.COMPARED)


@pytest.mark.parametrize("name", ["class_show", "class_lock"])
def test_what_a_teacher_chooses_is_any_of_what_the_contract_says(name: str) -> None:
    kind = Chosen.kinds()[name]
    assert (kind.default, tuple(kind.options)) == ((), contract.CONTROLS)
    assert Chosen.refusals({name: ["mask", "mask"]}).keys() == {name}
    assert Chosen.refusals({name: ["device"]}).keys() == {name}
