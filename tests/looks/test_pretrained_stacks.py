"""A pretrained model as the stack that the blocks page takes apart."""

import pytest
import torch

from attnlab.engine import SpecError, rollout
from attnlab.engine.analysis.gradients import influence_of_tokens
from attnlab.looks.stacks import asked_stack, own_settings
from attnlab.pictures.stacks.blocks import MOST_OPEN_BYTES, stack_lines, stack_picture
from attnlab.pictures.stacks.places import places_of
from attnlab.pictures.wide import Line
from attnlab.pretrained import Model
from attnlab.settings.lab.blocks import Blocks
from attnlab.ui.blocks.where import origins
from attnlab.ui.picture import drawing_of
from tests.pictures.payloads import decoded

TEXT = "The cat sat on the mat."
MOST_BYTES = 1_000_000
OF_MINILM = {"stack_source": ["pretrained"], "stack_text": [TEXT]}
pytestmark = pytest.mark.usefixtures("minilm")


def settings(**link: str) -> Blocks:
    return Blocks.strict(OF_MINILM | {f"stack_{name}": [text] for name, text in link.items()})


def test_every_part_of_every_block_has_the_model_s_numbers(minilm: Model) -> None:
    trace, theirs = asked_stack(settings()).trace(), minilm.trace(TEXT)
    assert torch.equal(torch.cat(trace.streams("encoder"))[:-1], theirs.hidden_states[:-1])
    assert torch.equal(trace.final[0], theirs.hidden_states[-1])
    assert len([path for path in places_of(trace) if path.endswith(".self_attention")]) == 6
    assert "encoder.logits" not in places_of(trace)
    assert own_settings(settings())["stack_depth"] == 6


@pytest.mark.parametrize("place", ["embedding", "6.self_attention", "2.feed_forward", "1.self_attention.norm"])
def test_an_open_part_stays_within_its_bytes_however_long_the_text(place: str) -> None:
    for text in (TEXT, "word " * 200):
        asked = asked_stack(settings(open=f"encoder.{place}", text=text))
        sent = stack_picture(asked)
        assert len(sent) <= MOST_BYTES
        more = decoded(sent).header.get("more")
        assert (more is None) == (place in {"embedding", "1.self_attention.norm"} or len(sent) < MOST_OPEN_BYTES // 2)


def test_lines_that_are_read_are_exact(minilm: Model) -> None:
    asked = asked_stack(settings(open="encoder.2.feed_forward"))
    line = Line("open:w_up", False, 700)
    sent = decoded(stack_lines(asked, [line])).arrays[str(line)]
    weights = minilm.parts.blocks[1].feed_forward.up_proj
    assert torch.equal(torch.from_numpy(sent.copy())[0], weights[:, 700])
    params = OF_MINILM | {"stack_open": ["encoder.2.feed_forward"], "line": ["open:w_up.col.700"]}
    assert decoded(drawing_of("blocks_lines", params).draw()).arrays[str(line)].tolist() == sent.tolist()
    with pytest.raises(SpecError, match="line"):
        stack_lines(asked, [Line("open:w_up", False, 5000)])


def test_rollout_flow_and_gradient_are_those_of_its_layers(minilm: Model) -> None:
    trace = asked_stack(settings()).trace()
    found = origins(trace, 3)
    assert found.answer is None
    maps = tuple(minilm.trace(TEXT).attentions.mean(1))
    through = rollout(maps, residual=True)[3].double()
    torch.testing.assert_close(found.shares["encoder"]["rollout"], through / through.sum(), rtol=0, atol=1e-6)
    # The gradient by differences: how far the vector's length along itself moves with a token's embedding.
    influence = influence_of_tokens(trace.inputs, 3)
    assert influence.output is None
    assert influence.source.shape == (len(trace.inputs.source_tokens),)
    assert influence.source.min() > 0


@pytest.mark.parametrize(
    ("link", "said"),
    [({"model": "gone"}, "must be one of"), ({"text": "\u200b"}, "visible character")],
    ids=["no such model", "nothing to read"],
)
def test_what_cannot_be_taken_apart_is_refused_by_name(link: dict[str, str], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        asked_stack(settings(**link))
