"""The way from a snapshot to the explorer: it opens with the example that was watched."""

from dataclasses import replace
from typing import cast

import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnlab.looks.trained.named import Named
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import Probe, drawn_probe, held_out_probe, look, typed_probe
from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.sequences import looks_of
from attnlab.tasks import Digits
from attnlab.training import RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack
from attnlab.ui.attention.controls import STAGE_KEY
from attnlab.ui.training.looks import explorer_link
from tests.pictures.payloads import Payload, decoded

TEXT = " ".join(f"line {number} says to be or not to be" for number in range(200)).encode()
REVERSE = RacePlan(
    task_name="reverse", contenders=("transformer",), sizes={"length": 6}, num_heads=2, budget=2000, steps=4
)
BLANKS = RacePlan(
    task_name="reverse",
    contenders=("transformer",),
    sizes={"length": 6},
    num_heads=2,
    budget=2000,
    steps=4,
    mode="trailing_blanks",
)
OWN_TEXT = RacePlan(
    task_name="next_character", contenders=("transformer",), sizes={"length": 16}, data=TEXT, budget=2000, steps=4
)
SENTIMENT = RacePlan(task_name="sentiment", contenders=("transformer",), budget=2000, steps=4)

pytestmark = pytest.mark.usefixtures("store")


def snapshot(store: RunStore, plan: RacePlan) -> Origin:
    """A run of a plan with one snapshot of each contender, before it has learned anything."""
    if plan.data is not None:
        store.datasets.save(plan.data)
    run = store.runs.create(plan.to_config(), owner="me", name="run")
    store.queue.claim("worker")
    store.snapshots.save(run.id, "worker", [Snapshot(key, 0, pack(Learner(plan, key))) for key in plan.contenders])
    return Origin("sequence", store, run.id, 0)


def explored(link: dict[str, str]) -> Payload:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.query_params.update(link)
    page = page.run()
    assert not page.exception, page.exception[0].message
    assert not page.error
    assert not page.warning
    (stage,) = (element for element in page.get("bidi_component") if element.key == STAGE_KEY)
    return decoded(bytes(stage.proto.bytes))


def followed(origin: Origin, probe: Probe, key: str = "transformer") -> tuple[Payload, torch.Tensor]:
    """What the explorer shows at the end of the link, and the attention that was watched before."""
    attention = look(origin, key, probe).attention
    assert attention is not None
    return explored(explorer_link(Named(origin, key), probe, attention)), attention


@pytest.mark.parametrize("plan", [REVERSE, BLANKS, OWN_TEXT], ids=["symbols", "blanks", "characters"])
def test_the_explorer_opens_with_the_tokens_and_the_weights_that_were_watched(plan: RacePlan, store: RunStore) -> None:
    origin = snapshot(store, plan)
    probe = typed_probe(plan.task, "be or not to" if plan is OWN_TEXT else "3 1 4 1 5 9", 16)
    shown, attention = followed(origin, probe)
    blanks = ["<blank>"] * (attention.shape[-1] - len(probe.tokens))
    assert shown.header["tokens"] == [*probe.tokens, *blanks]
    assert shown.arrays["weights"].tobytes() == attention[-1, 0].contiguous().numpy().tobytes()
    selection = shown.header["selection"]
    assert selection["query"] == len(attention[-1, 0]) - 1
    assert selection["key"] == int(attention[-1, 0, -1].argmax())


@pytest.mark.parametrize("task_name", ["digits", "series"])
def test_the_explorer_opens_with_the_example_of_a_task_on_numbers(task_name: str, store: RunStore) -> None:
    plan = RacePlan(task_name=task_name, contenders=("transformer",), budget=2000, steps=4)
    origin, probe = snapshot(store, plan), held_out_probe(plan.task, 5)
    shown, attention = followed(origin, probe)
    assert shown.header["tokens"] == list(probe.tokens)
    assert shown.header["items"]["looks"] == looks_of(probe.items)
    assert shown.arrays["weights"].tobytes() == attention[-1, 0].contiguous().numpy().tobytes()
    assert shown.header["selection"]["query"] == len(probe.tokens) - 1


def test_the_explorer_opens_with_what_was_drawn(store: RunStore) -> None:
    plan = RacePlan(task_name="digits", contenders=("transformer",), budget=2000, steps=4)
    probe = drawn_probe(cast("Digits", plan.task), tuple(cell % 17 for cell in range(64)), 5)
    shown, attention = followed(snapshot(store, plan), probe)
    assert shown.header["items"]["looks"] == looks_of(probe.items)
    assert shown.arrays["weights"].tobytes() == attention[-1, 0].contiguous().numpy().tobytes()


@pytest.mark.parametrize("said", ["heads-1", "scale-off", "positions-alibi", "mask-causal", "residual-off.place-post"])
def test_the_explorer_shows_a_contender_with_its_own_settings(said: str, store: RunStore) -> None:
    key = f"transformer.{said}"
    plan = replace(REVERSE, contenders=("transformer", key), budget=5000)
    origin = snapshot(store, plan)
    shown, attention = followed(origin, typed_probe(plan.task, "3 1 4 1 5 9", 6), key)
    config = plan.sequence_config(key)
    settings = shown.header["params"]
    assert settings["model"] == f"{origin.run}:{key}:0"
    assert settings.get("score", "scaled_dot") == ("scaled_dot" if config.scaling else "dot")
    assert attention.shape[1] == config.num_heads
    assert shown.arrays["weights"].tobytes() == attention[-1, 0].contiguous().numpy().tobytes()


def test_the_page_links_to_each_transformer_by_its_name(store: RunStore) -> None:
    origin = snapshot(store, replace(REVERSE, contenders=("transformer.heads-1", "transformer.scale-off", "gru")))
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.query_params["run"] = origin.run
    page = page.run()
    assert not page.exception, page.exception[0].message
    label = page_prose("training")["looks"]["explorer_of"]
    found = {one.proto.label: one.proto.query_string for one in page.get("page_link")}
    assert set(found) == {label.format(name=f"Transformer · {told}") for told in ("1 head", "not scaled")}
    assert "transformer.heads-1%3A0" in found[label.format(name="Transformer · 1 head")]
    assert "score=dot" in found[label.format(name="Transformer · not scaled")]


def test_padding_that_nobody_can_type_is_left_out(store: RunStore) -> None:
    origin = snapshot(store, SENTIMENT)
    probe = next(one for number in range(20) if "<pad>" in (one := held_out_probe(SENTIMENT.task, number)).tokens)
    shown, attention = followed(origin, probe)
    words = [token for token in probe.tokens if token != "<pad>"]
    assert shown.header["tokens"] == words
    assert shown.header["selection"]["query"] == len(words) - 1
    assert shown.header["selection"]["key"] == int(attention[-1, 0, len(words) - 1].argmax())


def test_a_text_that_is_read_without_the_space_around_it_names_no_cell(store: RunStore) -> None:
    origin = snapshot(store, OWN_TEXT)
    probe = typed_probe(OWN_TEXT.task, " not to ", 16)
    attention = look(origin, "transformer", probe).attention
    assert attention is not None
    link = explorer_link(Named(origin), probe, attention)
    assert "query" not in link
    assert explored(link).header["tokens"] == list("not to")


def test_the_page_links_to_the_probe_that_stands_in_its_field(store: RunStore) -> None:
    origin = snapshot(store, REVERSE)
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.query_params["run"] = origin.run
    page.session_state[f"probe_number_{origin.run}_0"] = "2 7 1 8"
    page = page.run()
    assert not page.exception, page.exception[0].message
    label = page_prose("training")["looks"]["explorer"]
    (link,) = (one for one in page.get("page_link") if one.proto.label == label)
    assert "sentence=2+7+1+8" in link.proto.query_string
    assert f"{origin.run}%3Atransformer%3A0" in link.proto.query_string


def test_what_has_not_come_yet_has_its_place(store: RunStore) -> None:
    run = store.runs.create(REVERSE.to_config(), owner="me", name="run").id
    store.queue.claim("worker", run)
    page = AppTest.from_file(str(PAGES / "training.py"), default_timeout=60)
    page.query_params["run"] = run
    page.run()
    assert not page.exception, page.exception[0].message
    said = page_prose("training")["looks"]
    captions = [caption.value for caption in page.caption]
    assert {said["not_yet"], said["waits_map"], said["waits_influence"]} <= set(captions)
    assert len(page.get("vega_lite_chart")) == 2  # the axes, as long as the race, and the seeds of the comparison
