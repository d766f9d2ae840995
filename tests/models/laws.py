"""What must hold of any of the models. `test_laws.py` asks it of ours, `test_mutants.py` of models broken on purpose.

A law builds its models itself, so that it sees whatever a mutant has put in the place of a part.
"""

import torch
from torch import Tensor, nn

from attnlab.models import FAMILIES, SequenceModel, reach, receptive_field
from tests.models.reference import (
    D_MODEL,
    HEADS,
    OUTPUTS,
    T,
    close,
    config,
    influence,
    kernel_weights,
    model,
    naive_attention,
    naive_convolution,
    naive_recurrence,
    normal,
    tokens,
)

POSITIONS = ("none", "sinusoidal", "learned", "rope", "alibi")
CELLS = ("lstm", "gru", "rnn")
WITH_MAPS = ("transformer", "lstm_attention", "window_attention", "linear_attention")
VARIANTS = (
    *({"family": family} for family in FAMILIES),
    *({"family": "transformer", "positions": positions} for positions in POSITIONS),
    {"family": "transformer", "num_kv_heads": 1},
    {"family": "transformer", "norm_first": False},
    {"family": "transformer", "scaling": False},
    {"family": "window_attention", "window": 7, "num_kv_heads": 1},  # two layers of it see all 13 positions, just
    *({"family": "window_attention", "window": 7, "positions": positions} for positions in ("rope", "alibi")),
    {"family": "linear_attention", "num_kv_heads": 1},
    {"family": "linear_attention", "positions": "rope"},
    {"family": "lstm", "norm": "rms"},
    {"family": "gru", "ff_multiple": None},
)


def the_future_has_no_gradient() -> None:
    for variant in VARIANTS:
        effect = influence(model(causal=True, **variant), tokens(1))
        assert effect.triu(1).eq(0).all(), variant
        assert effect.diagonal().gt(0).all(), variant


def the_future_changes_no_bit() -> None:
    for variant in VARIANTS:
        network, before, after = model(causal=True, **variant), tokens(1), tokens(1)
        after[:, 7:] = tokens(1, T - 7, seed=9)
        assert torch.equal(network(before)[:, :7], network(after)[:, :7]), variant


def the_whole_past_counts() -> None:
    for variant in VARIANTS:
        if variant["family"] != "tcn":
            effect = influence(model(causal=True, **variant), tokens(1))
            assert effect[torch.ones(T, T).tril().bool()].gt(0).all(), variant


def a_bidirectional_model_sees_both_sides() -> None:
    for variant in VARIANTS:
        levels = {"num_layers": 3} if variant["family"] == "tcn" else {}
        assert influence(model(causal=False, **variant | levels), tokens(1)).gt(0).all(), variant


def a_convolution_sees_its_receptive_field_and_no_further() -> None:
    for causal in (True, False):
        for kernel_size, num_layers, length in ((3, 2, 23), (5, 1, 23), (3, 1, 11), (2, 3, 23)):
            if kernel_size % 2 or causal:
                sizes = config("tcn", causal=causal, kernel_size=kernel_size, num_layers=num_layers)
                effect = influence(SequenceModel(sizes).eval(), tokens(1, length))
                side = 2 * (kernel_size - 1) * (2**num_layers - 1) // (1 if causal else 2)
                assert (reach(sizes), receptive_field(sizes)) == (side, 1 + side * (1 if causal else 2))
                assert side < length - 1  # or there is no beyond
                back = torch.arange(length)[:, None] - torch.arange(length)
                inside = back.ge(0) & back.le(side) if causal else back.abs().le(side)
                assert effect[~inside].eq(0).all()
                assert effect[inside].gt(0).all()


def window_attention_sees_its_window_and_no_further() -> None:
    for causal in (True, False):
        for window, num_layers, length in ((3, 2, 13), (4, 1, 11), (1, 3, 5), (5, 2, 23)):
            sizes = config("window_attention", causal=causal, window=window, num_layers=num_layers)
            effect = influence(SequenceModel(sizes).eval(), tokens(1, length))
            side = num_layers * (window - 1)
            assert (reach(sizes), receptive_field(sizes)) == (side, 1 + side * (1 if causal else 2))
            assert side < length - 1  # or there is no beyond
            back = torch.arange(length)[:, None] - torch.arange(length)
            inside = back.ge(0) & back.le(side) if causal else back.abs().le(side)
            assert effect[~inside].eq(0).all()
            assert effect[inside].gt(0).all()


def without_positions_attention_follows_a_permutation() -> None:
    network, inputs = model(causal=False, positions="none"), tokens()
    order = torch.randperm(T, generator=torch.Generator().manual_seed(1))
    close(network(inputs[:, order]), network(inputs)[:, order], 1e-5)


def positions_tell_a_permutation() -> None:
    order = torch.randperm(T, generator=torch.Generator().manual_seed(1))
    for positions in POSITIONS[1:]:
        network, inputs = model(causal=False, positions=positions), tokens()
        moved = (network(inputs[:, order]) - network(inputs)[:, order]).abs().amax()
        assert moved > 1e-3, positions


def examples_of_a_batch_do_not_meet() -> None:
    for variant in VARIANTS:
        for causal in (True, False):
            network, inputs = model(causal=causal, **variant), tokens(3)
            vectors = network.embed(inputs).detach().requires_grad_()
            (gradient,) = torch.autograd.grad(network.answers(vectors)[1].sum(), vectors)
            assert gradient[[0, 2]].eq(0).all(), variant
            assert gradient[1].ne(0).any(), variant


def a_trace_ends_in_the_answers() -> None:
    for variant in VARIANTS:
        for mode in ({"causal": True}, {"causal": False}, {"trailing_blanks": True}):
            network = model(**mode, **variant).double()
            trace = network.trace(tokens())
            close(trace.logits, network(tokens()))
            assert len(trace.streams) == 1 + len(trace.blocks)
            for block, attention in zip(trace.blocks, trace.attention, strict=True):
                assert (attention is None) == (variant["family"] not in WITH_MAPS)
                if network.config.norm_first:
                    close(block.mixer.output, block.after_mixer - block.x)


def blanks_see_every_input_and_answer_in_its_place() -> None:
    for family in FAMILIES:
        network = model(family, trailing_blanks=True, num_layers=4 if family == "tcn" else 2)
        answers = network(tokens())
        assert answers.shape[:2] == (2, T)
        assert influence(network, tokens(1)).gt(0).all(), family
        plain = model(family, max_len=2 * T, num_layers=4 if family == "tcn" else 2)
        plain.load_state_dict({name: w for name, w in network.state_dict().items() if name != "blank.weight"})
        vectors = torch.cat((network.embed(tokens()), network.blank.weight.expand(2, T, D_MODEL)), dim=1)
        close(plain.answers(vectors)[:, T:], answers, 1e-6)


def a_transformer_block_is_torchs_encoder_layer() -> None:
    for norm_first in (True, False):
        for causal in (True, False):
            block = model(causal=causal, norm_first=norm_first, dropout=0.3).double().blocks[0]
            perturb(block)
            x, mask = normal(2, T, D_MODEL), nn.Transformer.generate_square_subsequent_mask(T, dtype=torch.float64)
            wanted = torchs_layer(block, norm_first)(x, src_mask=mask if causal else None, is_causal=causal)
            close(block(x), wanted)


def perturb(module: nn.Module) -> None:
    """Biases and gains start at 0 and 1, where a forgotten one would not be missed."""
    noise = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn(weight.shape, generator=noise).to(weight) * 0.3)


def torchs_layer(block: nn.Module, norm_first: bool) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(D_MODEL, HEADS, 4 * D_MODEL, 0.3, batch_first=True, norm_first=norm_first)
    mixer, feed_forward = block.mixer, block.feed_forward
    weights = {
        "self_attn.in_proj": mixer.qkv_proj,
        "self_attn.out_proj.": mixer.output_proj,
        "linear1.": feed_forward.up_proj,
        "linear2.": feed_forward.down_proj,
        "norm1.": block.mixer_norm,
        "norm2.": block.feed_forward_norm,
    }
    stored: dict[str, Tensor] = {}
    for name, module in weights.items():
        joint = "_" if name.endswith("in_proj") else ""
        stored |= {f"{name}{joint}weight": module.weight, f"{name}{joint}bias": module.bias}
    layer.double().load_state_dict(stored)
    return layer.eval()


def a_recurrent_mixer_is_its_loop() -> None:
    for family in CELLS:
        for causal in (True, False):
            mixer = model(family, causal=causal).double().blocks[0].mixer
            perturb(mixer)
            x = normal(2, T, D_MODEL)
            directions = ("",) if causal else ("", "_reverse")
            for example, output in zip(x, mixer(x), strict=True):
                close(output, torch.cat([naive_recurrence(mixer.cell, example, way) for way in directions], dim=1))


def a_convolution_is_its_loop() -> None:
    for causal in (True, False):
        for layer, length in ((0, 7), (1, 7), (2, 7), (2, 23), (2, 1)):  # the third is longer apart than the sequence
            mixer = model("tcn", causal=causal, num_layers=3, kernel_size=5).double().blocks[layer].mixer
            perturb(mixer)
            x = normal(2, length, D_MODEL)
            for example, output in zip(x, mixer(x), strict=True):
                for step in (mixer.first, mixer.second):
                    example = naive_convolution(example, step.weight, step.bias, 2**layer, causal=causal)  # noqa: PLW2901
                    example = example.relu() if step is mixer.first else example  # noqa: PLW2901
                close(output, example)


def the_hybrid_is_an_lstm_then_attention() -> None:
    for causal in (True, False):
        mixer = model("lstm_attention", causal=causal).double().blocks[0].mixer
        perturb(mixer)
        x = normal(2, T, D_MODEL)
        directions = ("",) if causal else ("", "_reverse")
        for example, output in zip(x, mixer(x), strict=True):
            states = torch.cat([naive_recurrence(mixer.lstm.cell, example, way) for way in directions], dim=1)
            close(output, states + naive_attention(states, mixer.attention, 1, causal=causal))


def window_attention_is_its_loop() -> None:
    for causal in (True, False):
        for window, length in ((3, 13), (5, 13), (1, 7), (23, 13)):
            mixer = model("window_attention", causal=causal, window=window).double().blocks[0].mixer
            perturb(mixer)
            x = normal(2, length, D_MODEL)
            for example, output in zip(x, mixer(x), strict=True):
                close(output, naive_attention(example, mixer.attention, HEADS, causal=causal, window=window))


def linear_attention_is_its_loop() -> None:
    for causal in (True, False):
        for length in (13, 131):  # within one chunk, and over nine
            mixer = model("linear_attention", causal=causal).double().blocks[0].mixer
            perturb(mixer)
            x = normal(2, length, D_MODEL)
            for example, output in zip(x, mixer(x), strict=True):
                close(output, naive_attention(example, mixer.attention, HEADS, causal=causal, weigh=kernel_weights))


def recurrence_starts_orthogonal_and_remembers() -> None:
    for family in (*CELLS, "lstm_attention"):
        for causal in (True, False):
            for module in model(family, causal=causal).double().modules():
                if isinstance(module, nn.RNNBase):
                    starts_well(module)


def starts_well(cell: nn.RNNBase) -> None:
    hidden, weights = cell.hidden_size, dict(cell.named_parameters())
    for suffix in ("_l0", "_l0_reverse") if cell.bidirectional else ("_l0",):
        for gate in weights[f"weight_hh{suffix}"].split(hidden):
            close(gate @ gate.T, torch.eye(hidden, dtype=gate.dtype), 1e-5)
        bias = weights[f"bias_ih{suffix}"] + weights[f"bias_hh{suffix}"]
        wanted = torch.zeros_like(bias)
        if isinstance(cell, nn.LSTM):
            wanted[hidden : 2 * hidden] = 1.0
        assert torch.equal(bias, wanted)


def a_seed_means_the_same_weights() -> None:
    for family in FAMILIES:
        torch.manual_seed(1)
        first = model(family).state_dict()
        torch.manual_seed(2)
        second, other = model(family).state_dict(), model(family, seed=1).state_dict()
        for name, weight in first.items():
            assert torch.equal(weight, second[name]), name
            if weight.ndim > 1:  # biases and gains start the same whatever the seed
                assert not torch.equal(weight, other[name]), name


def an_untrained_model_guesses_evenly() -> None:
    for family in FAMILIES:
        assert (model(family)(tokens()).softmax(-1) - 1 / OUTPUTS).abs().max() < 0.12, family


LAWS = (
    the_future_has_no_gradient,
    the_future_changes_no_bit,
    the_whole_past_counts,
    a_bidirectional_model_sees_both_sides,
    a_convolution_sees_its_receptive_field_and_no_further,
    window_attention_sees_its_window_and_no_further,
    without_positions_attention_follows_a_permutation,
    positions_tell_a_permutation,
    examples_of_a_batch_do_not_meet,
    a_trace_ends_in_the_answers,
    blanks_see_every_input_and_answer_in_its_place,
    a_transformer_block_is_torchs_encoder_layer,
    a_recurrent_mixer_is_its_loop,
    a_convolution_is_its_loop,
    the_hybrid_is_an_lstm_then_attention,
    window_attention_is_its_loop,
    linear_attention_is_its_loop,
    recurrence_starts_orthogonal_and_remembers,
    a_seed_means_the_same_weights,
    an_untrained_model_guesses_evenly,
)
