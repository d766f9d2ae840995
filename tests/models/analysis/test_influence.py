"""The pictures that every family shares: influence, its checks, and how it fades."""

import math
import sys
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.models import FAMILIES, ModelConfig, SequenceModel, reach
from attnlab.models.analysis.attention_maps import attention_maps
from attnlab.models.analysis.distance import distance_profile, half_life
from attnlab.models.analysis.influence import influence
from attnlab.models.analysis.occlusion import agreement, occlusion
from tests.models.laws import WITH_MAPS
from tests.models.reference import OUTPUTS, VOCAB, close, model, tokens

T = 7
MODES: tuple[dict[str, Any], ...] = ({"causal": True}, {"causal": False}, {"trailing_blanks": True})
every_family = pytest.mark.parametrize("family", FAMILIES)
every_mode = pytest.mark.parametrize("mode", MODES, ids=str)


def lively(family: str, **changes: Any) -> SequenceModel:
    """In float64, with a head large enough that classes differ."""
    network = model(family, **changes).double()
    with torch.no_grad():
        network.head.weight.mul_(20)
    return network


def numbers(family: str, outputs: int = 1, **changes: Any) -> SequenceModel:
    return lively(family, vocab_size=None, num_features=2, num_outputs=outputs, **changes)


def features(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def naive_influence(network: SequenceModel, inputs: Tensor) -> Tensor:
    """Entry by entry, one backward pass each, on the example alone."""
    length = inputs.shape[1]
    picture = torch.zeros(length, length, dtype=torch.float64)
    for answer in range(length):
        for source in range(length):
            vectors = [vector.detach().clone().requires_grad_() for vector in network.embed(inputs)[0]]
            logits = network.answers(torch.stack(vectors)[None])[0, answer]
            (gradient,) = torch.autograd.grad(logits.max(), vectors[source], allow_unused=True)
            picture[answer, source] = 0.0 if gradient is None else float(gradient.square().sum().sqrt())
    return picture


@every_mode
@every_family
def test_each_entry_is_the_gradient_of_that_answer_with_respect_to_that_input(family: str, mode: Any) -> None:
    network = lively(family, **mode)
    close(influence(network, tokens(1, T)), naive_influence(network, tokens(1, T)))


@every_family
def test_features_and_values_have_the_same_picture(family: str) -> None:
    network = numbers(family)
    close(influence(network, features(1, T)), naive_influence(network, features(1, T)))


def test_a_linear_model_has_the_influence_of_its_weights() -> None:
    """One level of convolution without norm, feed-forward or ReLU in the way: the gradient is a product of matrices."""
    network = lively("tcn", num_layers=1, ff_multiple=None, norm_first=False, kernel_size=2)
    mixer = network.blocks[0].mixer
    network.blocks[0].mixer_norm = torch.nn.Identity()
    with torch.no_grad():
        mixer.first.bias.fill_(1e6)  # ReLU lets everything through
    picture = influence(network, tokens(1, T), classes=torch.full((T,), 3))
    first, second, row = mixer.first.weight, mixer.second.weight, network.head.weight[3]
    taps = {
        0: second[:, :, 1] @ first[:, :, 1] + torch.eye(len(first), dtype=torch.float64),  # + the residual stream
        1: second[:, :, 1] @ first[:, :, 0] + second[:, :, 0] @ first[:, :, 1],
        2: second[:, :, 0] @ first[:, :, 0],
    }
    for answer in range(T):
        for source in range(T):
            back = answer - source
            wanted = (row @ taps[back]).norm() if back in taps else torch.zeros(())
            assert float(picture[answer, source]) == pytest.approx(wanted.item(), abs=1e-9), (answer, source)


@every_family
def test_the_future_of_a_causal_model_has_no_influence(family: str) -> None:
    picture = influence(model(family), tokens(1))
    assert picture.triu(1).eq(0).all()
    assert picture.diagonal().gt(0).all()
    assert picture.dtype == torch.float32


@every_family
def test_occlusion_is_zero_where_the_model_cannot_see(family: str) -> None:
    network, draws = lively(family), tokens(5, T, seed=1)
    changes = occlusion(network, tokens(1, T), draws)
    assert changes.triu(1).eq(0).all()
    assert (changes > 1e-9).sum() >= T


@pytest.mark.parametrize("causal", [True, False])
def test_a_convolution_has_no_influence_beyond_its_reach(causal: bool) -> None:
    network = lively("tcn", causal=causal, num_layers=2, max_len=32)
    inputs = tokens(1, 29)
    back = torch.arange(29)[:, None] - torch.arange(29)
    outside = (back < 0) | (back > reach(network.config)) if causal else back.abs() > reach(network.config)
    picture = influence(network, inputs)
    assert outside.any()
    assert picture[outside].eq(0).all()
    assert picture[~outside].gt(0).all()
    assert occlusion(network, inputs, tokens(3, 29, seed=1))[outside].eq(0).all()
    assert half_life(distance_profile(picture, network.config)) == "wall"


def test_attention_without_positions_follows_a_permutation() -> None:
    network = lively("transformer", causal=False, positions="none")
    order = torch.randperm(T, generator=torch.Generator().manual_seed(1))
    inputs, draws = tokens(1, T), tokens(4, T, seed=1)
    close(influence(network, inputs[:, order]), influence(network, inputs)[order][:, order])
    close(
        occlusion(network, inputs[:, order], draws[:, order]), occlusion(network, inputs, draws)[order][:, order], 1e-9
    )


@every_family
def test_rows_of_shares_sum_to_one(family: str) -> None:
    network = lively(family)
    shares = influence(network, tokens(1, T), share=True)
    close(shares.sum(-1), torch.ones(T, dtype=torch.float64))
    plain = influence(network, tokens(1, T))
    close(shares, plain / plain.sum(-1, keepdim=True))


def test_a_row_without_influence_stays_zero() -> None:
    network = lively("transformer")
    with torch.no_grad():
        network.head.weight.zero_()
    assert influence(network, tokens(1, T), share=True).eq(0).all()


def test_other_classes_can_be_asked_about() -> None:
    network, inputs = lively("gru"), tokens(1, T)
    predicted = network(inputs)[0].argmax(-1)
    close(influence(network, inputs, classes=predicted), influence(network, inputs))
    assert not torch.allclose(influence(network, inputs, classes=(predicted + 1) % OUTPUTS), influence(network, inputs))


@every_family
def test_looking_leaves_the_model_as_it_was(family: str) -> None:
    network = model(family, dropout=0.5).train()
    network.blocks[0].eval()
    network(tokens()).sum().backward()
    before = [
        (name, weight.clone(), weight.grad.clone())
        for name, weight in network.named_parameters()
        if weight.grad is not None
    ]
    modes = [module.training for module in network.modules()]
    pictures = [influence(network, tokens(1, T)) for _ in range(2)]
    occlusion(network, tokens(1, T), tokens(2, T, seed=1))
    attention_maps(network, tokens(1, T))
    assert torch.equal(*pictures)  # no dropout
    assert [module.training for module in network.modules()] == modes
    after = dict(network.named_parameters())
    for name, weight, gradient in before:
        assert torch.equal(after[name], weight), name
        assert torch.equal(after[name].grad, gradient), name


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_influence_needs_no_gradients_from_its_caller(mode: Any) -> None:
    network = model("lstm_attention")
    wanted = influence(network, tokens(1, T))
    with mode():
        assert torch.equal(influence(network, tokens(1, T)), wanted)


def test_a_long_example_goes_through_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    network, draws = lively("transformer"), tokens(2, T, seed=1)
    pictures = influence(network, tokens(1, T)), occlusion(network, tokens(1, T), draws)
    for module in ("influence", "occlusion"):
        monkeypatch.setattr(sys.modules[f"attnlab.models.analysis.{module}"], "examples_at_once", lambda _: 3)
    close(influence(network, tokens(1, T)), pictures[0])
    close(occlusion(network, tokens(1, T), draws), pictures[1])


@every_mode
def test_occlusion_is_the_divergence_of_the_answers(mode: Any) -> None:
    network, inputs, draws = lively("transformer", **mode), tokens(1, T), tokens(3, T, seed=1)
    changes = occlusion(network, inputs, draws)
    for source in range(T):
        total, counted = torch.zeros(T, dtype=torch.float64), 0
        for draw in draws:
            changed = inputs.clone()
            changed[0, source] = draw[source]
            expected, got = network(inputs)[0].softmax(-1), network(changed)[0].softmax(-1)
            total += (expected * (expected / got).log()).sum(-1)
            counted += int(draw[source] != inputs[0, source])
        close(changes[:, source], total / max(counted, 1), 1e-10)


def test_occlusion_of_values_is_their_squared_change() -> None:
    network, inputs, draws = numbers("gru"), features(1, T), features(2, T, seed=1)
    changed = inputs.repeat(2, 1, 1)
    changed[:, 4] = draws[:, 4]
    wanted = (network(changed) - network(inputs)).square().mean(0).squeeze(-1)
    close(occlusion(network, inputs, draws)[:, 4], wanted)


def test_a_draw_equal_to_the_input_does_not_count() -> None:
    network, inputs, other = lively("lstm"), tokens(1, T), tokens(1, T, seed=1)
    close(occlusion(network, inputs, torch.cat((inputs, other))), occlusion(network, inputs, other))
    assert occlusion(network, inputs, inputs).eq(0).all()


@every_family
def test_influence_and_occlusion_agree(family: str) -> None:
    network = lively(family)
    agreed = agreement(influence(network, tokens(1, T)), occlusion(network, tokens(1, T), tokens(16, T, seed=1)))
    assert agreed is not None
    assert agreed > 0.3


def test_agreement_is_spearmans_rank_correlation() -> None:
    first = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0]])
    assert agreement(first, first.square()) == pytest.approx(1)  # only the order counts
    assert agreement(first, 9 - first) == pytest.approx(-1)
    # Ranks (0, 1, 2, 3) against (0.5, 0.5, 2, 3): Pearson of the ranks, by hand 4.5 / sqrt(5 * 4.5).
    assert agreement(torch.tensor([1.0, 2, 3, 4]), torch.tensor([1.0, 1, 2, 3])) == pytest.approx(math.sqrt(0.9))


def test_what_neither_sees_is_no_agreement() -> None:
    first, second = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 2.0, 1.0])
    hidden = torch.zeros(50)
    assert agreement(torch.cat((first, hidden)), torch.cat((second, hidden))) == pytest.approx(-1)
    assert agreement(hidden, hidden) is None
    assert agreement(torch.ones(4), torch.arange(4.0)) is None


def sized(**changes: Any) -> ModelConfig:
    return ModelConfig(family="transformer", vocab_size=VOCAB, num_outputs=2, **changes)


def test_the_profile_is_the_mean_of_each_diagonal() -> None:
    picture = torch.arange(1.0, 10.0).view(3, 3)  # 1 2 3 / 4 5 6 / 7 8 9
    close(distance_profile(picture, sized()), torch.tensor([5.0, 6.0, 7.0]).double())
    close(distance_profile(picture, sized(causal=False)), torch.tensor([5.0, 5.0, 5.0]).double())
    blanks = distance_profile(picture, sized(trailing_blanks=True))  # the first blank stands 3 behind the first input
    assert blanks[0].isnan()
    close(blanks[1:], torch.tensor([3.0, 4.0, 5.0, 6.0, 7.0]).double())


def test_half_life_is_read_off_a_straight_line() -> None:
    decay = 2.0 ** (-torch.arange(12.0).double() / 3)
    decay[0] = 100  # the answer's own input does not count
    assert half_life(decay) == pytest.approx(3)
    assert half_life(torch.ones(9)) == "flat"
    assert half_life(decay.flip(0)) == "flat"
    assert half_life(2.0 ** (-torch.arange(9.0) / 20)) == "flat"  # it would halve further away than anything there is
    assert half_life(torch.tensor([1.0, 0.5, 0.0, 0.0])) == "wall"
    assert half_life(torch.tensor([1.0, 0.5])) is None
    assert half_life(torch.tensor([math.nan, 4.0, 2.0, 1.0])) == pytest.approx(1)


@every_mode
def test_attention_maps_are_those_of_the_trace(mode: Any) -> None:
    for family in WITH_MAPS:
        network = model(family, **mode)
        maps = attention_maps(network, tokens(1, T))
        length = 2 * T if mode.get("trailing_blanks") else T
        assert maps is not None
        assert maps.shape == (2, network.config.query_heads, length, length)
        close(maps.sum(-1), torch.ones(maps.shape[:-1]), 1e-6)
        for layer, trace in zip(maps, network.trace(tokens(1, T)).attention, strict=True):
            assert trace is not None
            close(layer, trace.heads.weights[0], 1e-6)
        assert not maps.requires_grad


def test_a_model_without_attention_has_no_maps() -> None:
    with_maps = [family for family in FAMILIES if attention_maps(model(family), tokens(1, T)) is not None]
    assert tuple(with_maps) == WITH_MAPS


def test_maps_of_window_attention_end_where_the_window_does() -> None:
    maps = attention_maps(model("window_attention", window=3), tokens(1, T))
    assert maps is not None
    back = torch.arange(T)[:, None] - torch.arange(T)
    assert torch.equal(maps[0, 0] > 0, (back >= 0) & (back < 3))


def test_what_does_not_fit_is_refused_by_name() -> None:
    network, inputs = model("tcn"), tokens(1, T)
    for look in (influence, attention_maps):
        with pytest.raises(ValueError, match=r"inputs \(2, 7\) must be one example, \(1, T\)"):
            look(network, tokens(2, T))
    with pytest.raises(ValueError, match=r"must be one example, \(1, T, 2\)"):
        influence(numbers("tcn"), features(2, T))
    with pytest.raises(ValueError, match=r"replacements \(2, 6\) torch.int64 must be"):
        occlusion(network, inputs, tokens(2, T - 1))
    with pytest.raises(ValueError, match="at least one draw"):
        occlusion(network, inputs, tokens(2, T)[:0])
    with pytest.raises(ValueError, match=r"classes .* must be between 0 and 4"):
        influence(network, inputs, classes=torch.full((T,), OUTPUTS))
    with pytest.raises(ValueError, match=r"classes \(3,\) torch.int64 must be \(7,\) torch.int64"):
        influence(network, inputs, classes=torch.zeros(3, dtype=torch.int64))
