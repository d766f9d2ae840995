"""Models broken on purpose: for each, the laws that notice. And no law without a model that breaks it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import full_mask, sinusoidal_positions
from attnlab.engine.efficient import linear_attention as engine_linear
from attnlab.engine.efficient import window_attention as engine_window
from attnlab.models import AttentionTerms, SequenceModel
from attnlab.models.mixers import convolution, linear_attention, window_attention
from attnlab.models.mixers.attention import AttentionMixer
from attnlab.models.mixers.convolution import ConvolutionMixer
from attnlab.models.mixers.lstm_attention import LstmAttentionMixer
from attnlab.models.mixers.recurrent import RecurrentMixer
from attnlab.models.parts import block, initialise, residual
from tests.models import laws

Law = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """`wrong` is given the right function and takes its place at `owner.name`; each law of `notices` must fail then."""

    broken: str
    owner: Any
    name: str
    wrong: Callable[[Any], Any]
    notices: tuple[Law, ...]


def terms_with(change: Callable[[AttentionTerms], AttentionTerms]) -> Callable[[Any], Any]:
    return lambda right: lambda self, x: change(right(self, x))


def unmasked(terms: AttentionTerms) -> AttentionTerms:
    return replace(terms, mask=None)


def one_too_far(terms: AttentionTerms) -> AttentionTerms:
    return terms if terms.mask is None else replace(terms, mask=full_mask(terms.mask.shape[0]).tril(1))


def self_alone(terms: AttentionTerms) -> AttentionTerms:
    bias = torch.full_like(full_mask(laws.T), -torch.inf, dtype=torch.float32).fill_diagonal_(0.0)
    return replace(terms, bias=bias)


class NormOverPositions(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5) * self.weight + self.bias


def norm_over_positions(_right: Any) -> Any:
    initialised = initialise.RULES | {NormOverPositions: initialise.RULES[nn.LayerNorm]}
    initialise.RULES.update(initialised)
    return lambda config: NormOverPositions(config.d_model)


def convolved_around(x: Tensor, step: nn.Conv1d, shift: int) -> Tensor:
    dilation = step.dilation[0]
    span = (step.kernel_size[0] - 1) * dilation
    return F.conv1d(F.pad(x, (span - shift, shift)), step.weight, step.bias, dilation=dilation)


def chunks_alone(queries: Tensor, keys: Tensor, values: Tensor, chunk: int) -> list[tuple[Any, ...]]:
    parts = zip(*(heads.split(chunk, dim=2) for heads in (queries, keys, values)), strict=True)
    return [(*part, part[0].shape[2]) for part in parts]


def one_gate_too_many(cell: nn.RNNBase, noise: torch.Generator) -> None:
    initialise._recurrent(cell, noise)
    nn.init.ones_(cell.bias_hh_l0)


def from_the_global_generator(network: nn.Module, _seed: int) -> None:
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_()


MUTANTS = (
    Mutant(
        "attention has no mask",
        AttentionMixer,
        "terms",
        terms_with(unmasked),
        (
            laws.the_future_has_no_gradient,
            laws.the_future_changes_no_bit,
            laws.a_transformer_block_is_torchs_encoder_layer,
            laws.the_hybrid_is_an_lstm_then_attention,
        ),
    ),
    Mutant(
        "the trace's mask is off by one",
        AttentionMixer,
        "terms",
        terms_with(one_too_far),
        (laws.a_trace_ends_in_the_answers,),
    ),
    Mutant(
        "attention sees itself alone",
        AttentionMixer,
        "terms",
        terms_with(self_alone),
        (laws.the_whole_past_counts, laws.a_bidirectional_model_sees_both_sides),
    ),
    Mutant(
        "angles and biases are lost",
        AttentionMixer,
        "terms",
        terms_with(lambda terms: replace(terms, bias=None, angles=None)),
        (laws.positions_tell_a_permutation,),
    ),
    Mutant(
        "the norm runs over positions",
        block,
        "norm_layer",
        norm_over_positions,
        (laws.the_future_has_no_gradient, laws.the_future_changes_no_bit),
    ),
    Mutant(
        "the cell takes the batch for time",
        RecurrentMixer,
        "forward",
        lambda right: lambda self, x: right(self, x.transpose(0, 1)).transpose(0, 1),
        (laws.examples_of_a_batch_do_not_meet, laws.a_recurrent_mixer_is_its_loop),
    ),
    Mutant(
        "the cell reads from the end",
        RecurrentMixer,
        "forward",
        lambda right: lambda self, x: right(self, x.flip(1)).flip(1),
        (laws.the_future_has_no_gradient, laws.the_hybrid_is_an_lstm_then_attention),
    ),
    Mutant(
        "the cell starts at each position anew",
        RecurrentMixer,
        "forward",
        lambda right: lambda self, x: right(self, x.flatten(0, 1)[:, None]).view_as(x),
        (laws.the_whole_past_counts, laws.a_bidirectional_model_sees_both_sides),
    ),
    Mutant(
        "a causal convolution is centred",
        ConvolutionMixer,
        "_convolved",
        lambda _: lambda self, x, step: convolved_around(x, step, step.dilation[0]),
        (laws.the_future_has_no_gradient, laws.a_convolution_is_its_loop),
    ),
    Mutant(
        "a causal convolution skips its own position",
        ConvolutionMixer,
        "_convolved",
        lambda _: lambda self, x, step: convolved_around(x, step, -1),
        (laws.a_convolution_sees_its_receptive_field_and_no_further, laws.a_convolution_is_its_loop),
    ),
    Mutant(
        "dilation does not grow",
        convolution,
        "dilation_of",
        lambda _: lambda layer: 1,
        (
            laws.a_convolution_sees_its_receptive_field_and_no_further,
            laws.a_convolution_is_its_loop,
            laws.a_bidirectional_model_sees_both_sides,
        ),
    ),
    Mutant(
        "the stream does not pass the mixer by",
        residual,
        "joined",
        lambda right: lambda x, *rest, **options: right(torch.zeros_like(x), *rest, **options),
        (laws.a_transformer_block_is_torchs_encoder_layer, laws.a_trace_ends_in_the_answers),
    ),
    Mutant(
        "no norm before the mixer",
        residual,
        "entering",
        lambda _: lambda x, *_rest, **_options: x,
        (laws.a_transformer_block_is_torchs_encoder_layer,),
    ),
    Mutant(
        "positions are added where there should be none",
        SequenceModel,
        "_position_embedding",
        lambda _: lambda self, x: sinusoidal_positions(*x.shape[1:]).to(x),
        (laws.without_positions_attention_follows_a_permutation,),
    ),
    Mutant(
        "positions are not added",
        SequenceModel,
        "_position_embedding",
        lambda _: lambda self, x: None,
        (laws.positions_tell_a_permutation,),
    ),
    Mutant(
        "answers are read before the blanks",
        SequenceModel,
        "_answering",
        lambda _: lambda self, x: x if self.blank is None else x[:, : x.shape[1] // 2],
        (laws.blanks_see_every_input_and_answer_in_its_place,),
    ),
    Mutant(
        "blanks come first",
        SequenceModel,
        "_with_blanks",
        lambda right: lambda self, x: x if self.blank is None else right(self, x).roll(x.shape[1], dims=1),
        (laws.blanks_see_every_input_and_answer_in_its_place,),
    ),
    Mutant(
        "the hybrid loses its states",
        LstmAttentionMixer,
        "forward",
        lambda _: lambda self, x: self.attention(self.lstm(x)),
        (laws.the_hybrid_is_an_lstm_then_attention, laws.a_trace_ends_in_the_answers),
    ),
    Mutant(
        "a window reaches one too far",
        window_attention,
        "window_attention_output",
        lambda right: lambda *heads, window, **how: right(*heads, window=window + 1, **how),
        (laws.window_attention_sees_its_window_and_no_further, laws.window_attention_is_its_loop),
    ),
    Mutant(
        "a window looks ahead",
        window_attention,
        "window_attention_output",
        lambda right: lambda *heads, causal, **how: right(*heads, causal=False, **how),
        (laws.the_future_has_no_gradient, laws.window_attention_is_its_loop, laws.a_trace_ends_in_the_answers),
    ),
    Mutant(
        "the mask of a block is shifted",
        engine_window,
        "seen_keys",
        lambda right: lambda *of: right(*of).roll(1, -1),
        (laws.window_attention_is_its_loop,),
    ),
    Mutant(
        "linear attention looks ahead",
        linear_attention,
        "linear_attention_output",
        lambda right: lambda *heads, causal: right(*heads, causal=False),
        (laws.the_future_changes_no_bit, laws.linear_attention_is_its_loop),
    ),
    Mutant(
        "linear attention forgets earlier chunks",
        engine_linear,
        "_causal_sums",
        lambda right: lambda *heads: torch.cat([right(*chunk) for chunk in chunks_alone(*heads)], dim=2),
        (laws.linear_attention_is_its_loop,),
    ),
    Mutant(
        "both of an LSTM's biases are 1",
        initialise,
        "RULES",
        lambda rules: rules | {nn.LSTM: one_gate_too_many},
        (laws.recurrence_starts_orthogonal_and_remembers,),
    ),
    Mutant(
        "recurrent weights are not orthogonal",
        nn.init,
        "orthogonal_",
        lambda _: nn.init.xavier_normal_,
        (laws.recurrence_starts_orthogonal_and_remembers,),
    ),
    Mutant(
        "weights come from the global generator",
        initialise,
        "initialise",
        lambda _: from_the_global_generator,
        (laws.a_seed_means_the_same_weights,),
    ),
    Mutant(
        "the seed is ignored",
        initialise,
        "initialise",
        lambda right: lambda network, seed: right(network, 0),
        (laws.a_seed_means_the_same_weights,),
    ),
    Mutant("the head starts large", initialise, "HEAD_GAIN", lambda _: 3.0, (laws.an_untrained_model_guesses_evenly,)),
)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_some_mutant_breaks(law: Law) -> None:
    assert any(law in mutant.notices for mutant in MUTANTS)


@pytest.mark.parametrize(
    ("mutant", "law"),
    [pytest.param(mutant, law, id=f"{mutant.broken}-{law.__name__}") for mutant in MUTANTS for law in mutant.notices],
)
def test_a_broken_model_is_noticed(mutant: Mutant, law: Law, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialise, "RULES", dict(initialise.RULES))
    monkeypatch.setattr(mutant.owner, mutant.name, mutant.wrong(getattr(mutant.owner, mutant.name)))
    with pytest.raises(AssertionError):
        law()
