"""The families that read a picture: their loops by hand, what they cannot be, and that they learn."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import PICTURE_FAMILIES, ModelConfig, SequenceModel, describe
from attnlab.models.config import FamilyName
from tests.models.laws import perturb
from tests.models.reference import close, influence, normal

ROWS, COLS, D = 3, 5, 7
T = ROWS * COLS + 1
every_family = pytest.mark.parametrize("family", PICTURE_FAMILIES)


def config(family: FamilyName, **changes: object) -> ModelConfig:
    sizes = {"vocab_size": 11, "num_outputs": 5, "d_model": D, "max_len": T, "causal": False, "grid_width": COLS}
    return ModelConfig(family=family, **(sizes | changes))  # type: ignore[arg-type]  # of several types


def tokens(batch: int = 2) -> Tensor:
    return torch.randint(11, (batch, T), generator=torch.Generator().manual_seed(0))


def naive_convolution(picture: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(ROWS, COLS, D): each cell is the sum over the nine around it, those outside being zero."""
    output = bias.repeat(ROWS, COLS, 1)
    for row in range(ROWS):
        for col in range(COLS):
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    if 0 <= row + down < ROWS and 0 <= col + right < COLS:
                        output[row, col] += weight[:, :, down + 1, right + 1] @ picture[row + down, col + right]
    return output


def test_a_convolution_over_a_picture_is_its_loop_and_the_answer_gets_the_mean() -> None:
    mixer = SequenceModel(config("cnn2d")).double().blocks[0].mixer
    perturb(mixer)
    x = normal(2, T, D)
    for example, output in zip(x, mixer(x), strict=True):
        hidden = naive_convolution(example[:-1].reshape(ROWS, COLS, D), mixer.first.weight, mixer.first.bias).relu()
        wanted = naive_convolution(hidden, mixer.second.weight, mixer.second.bias).reshape(-1, D)
        close(output[:-1], wanted)
        close(output[-1], wanted.mean(0))


def test_an_mlp_over_positions_is_its_loop() -> None:
    mixer = SequenceModel(config("mlp")).double().blocks[0].mixer
    perturb(mixer)
    x = normal(2, T, D)
    for example, output in zip(x, mixer(x), strict=True):
        for channel in range(D):
            hidden = (mixer.first.weight @ example[:, channel] + mixer.first.bias).relu()
            close(output[:, channel], mixer.second.weight @ hidden + mixer.second.bias)


@every_family
def test_the_answer_depends_on_every_patch_and_examples_do_not_meet(family: FamilyName) -> None:
    network = SequenceModel(config(family)).eval()
    assert influence(network, tokens(1))[-1, :-1].gt(0).all()
    vectors = network.embed(tokens()).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(network.answers(vectors)[1].sum(), vectors)
    assert gradient[0].eq(0).all()


@every_family
def test_patches_in_another_order_are_another_picture(family: FamilyName) -> None:
    network, inputs = SequenceModel(config(family)).eval(), tokens(1)
    order = torch.cat((torch.randperm(T - 1, generator=torch.Generator().manual_seed(1)), torch.tensor([T - 1])))
    assert (network(inputs[:, order])[:, -1] - network(inputs)[:, -1]).abs().max() > 1e-3


@every_family
def test_a_trace_ends_in_the_answers_and_has_no_attention(family: FamilyName) -> None:
    network = SequenceModel(config(family)).double()
    trace = network.trace(tokens())
    close(trace.logits, network(tokens()))
    assert trace.attention == (None, None)


@every_family
def test_a_config_survives_json_and_is_described(family: FamilyName) -> None:
    one = config(family)
    assert ModelConfig.from_json(one.to_json()) == one
    facts = describe(one)
    assert (facts.state_size, facts.receptive_field) == (None, None)


@every_family
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"causal": True}, "causal"),
        ({"grid_width": None}, "grid_width"),
        ({"grid_width": 4}, "grid_width"),
        ({"max_len": 1}, "grid_width"),
    ],
    ids=str,
)
def test_what_is_no_picture_is_refused_by_name(family: FamilyName, changes: dict[str, object], field: str) -> None:
    with pytest.raises(SpecError, match=field):
        config(family, **changes)


@every_family
def test_half_a_picture_is_refused(family: FamilyName) -> None:
    with pytest.raises(ValueError, match="a whole picture"):
        SequenceModel(config(family))(tokens()[:, 1:])


def test_other_families_take_no_notice_of_a_grid() -> None:
    plain = config("gru", grid_width=None, d_model=8)
    first, second = SequenceModel(plain), SequenceModel(replace(plain, grid_width=COLS))
    assert torch.equal(first(tokens()), second(tokens()))
