"""Small models, and what they compute done by hand: loops over positions and numbers, in float64."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from attnlab.models import ModelConfig, SequenceModel

B, T, VOCAB, OUTPUTS = 2, 13, 11, 5
D_MODEL, HEADS = 12, 3


def config(family: str = "transformer", **changes: Any) -> ModelConfig:
    sizes: dict[str, Any] = {
        "vocab_size": VOCAB,
        "num_outputs": OUTPUTS,
        "d_model": D_MODEL,
        "num_heads": HEADS,
        "max_len": 23,
    }
    return ModelConfig(**({"family": family} | sizes | changes))


def model(family: str = "transformer", **changes: Any) -> SequenceModel:
    return SequenceModel(config(family, **changes)).eval()


def tokens(batch: int = B, length: int = T, seed: int = 0) -> Tensor:
    return torch.randint(VOCAB, (batch, length), generator=torch.Generator().manual_seed(seed))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, wanted: Tensor, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(got, wanted, rtol=0, atol=tolerance)


def influence(network: SequenceModel, inputs: Tensor) -> Tensor:
    """(T, T): how strongly answer o (row) depends on the vector of input i (column); inputs is (1, T).

    The example is repeated T times along the batch, so that one backward pass gives all rows.
    """
    length = inputs.shape[1]
    vectors = network.embed(inputs).detach().repeat(length, 1, 1).requires_grad_()
    diagonal = torch.arange(length)
    answers = network.answers(vectors)[diagonal, diagonal]  # (T, outputs)
    direction = torch.randn(answers.shape[1], generator=torch.Generator().manual_seed(3)).to(answers)
    (gradient,) = torch.autograd.grad((answers @ direction).sum(), vectors)
    return gradient.abs().sum(-1)


def naive_convolution(x: Tensor, weight: Tensor, bias: Tensor, dilation: int, *, causal: bool) -> Tensor:
    """(T, d) -> (T, d): each output is a sum over taps, the last tap on the position itself, or the middle one."""
    length, taps = x.shape[0], weight.shape[2]
    here = taps - 1 if causal else taps // 2
    output = bias.repeat(length, 1)
    for position in range(length):
        for tap in range(taps):
            source = position + (tap - here) * dilation
            if 0 <= source < length:
                output[position] += weight[:, :, tap] @ x[source]
    return output


def naive_recurrence(cell: nn.RNNBase, x: Tensor, suffix: str = "") -> Tensor:
    """(T, d) -> (T, h): one direction of an LSTM, GRU or RNN, gate by gate; suffix "_reverse" for the second."""
    inputs, recurrent, input_bias, recurrent_bias = (
        getattr(cell, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    hidden = memory = x.new_zeros(cell.hidden_size)
    states = []
    for vector in x.flip(0) if suffix else x:
        from_input, from_state = inputs @ vector + input_bias, recurrent @ hidden + recurrent_bias
        if isinstance(cell, nn.LSTM):
            let_in, forget, candidate, let_out = (from_input + from_state).chunk(4)
            memory = forget.sigmoid() * memory + let_in.sigmoid() * candidate.tanh()
            hidden = let_out.sigmoid() * memory.tanh()
        elif isinstance(cell, nn.GRU):
            (reset_x, update_x, new_x), (reset_h, update_h, new_h) = from_input.chunk(3), from_state.chunk(3)
            update = (update_x + update_h).sigmoid()
            candidate = (new_x + (reset_x + reset_h).sigmoid() * new_h).tanh()
            hidden = (1 - update) * candidate + update * hidden
        else:
            hidden = (from_input + from_state).tanh()
        states.append(hidden)
    return torch.stack(states[::-1] if suffix else states)


def softmax_weights(query: Tensor, keys: Tensor) -> Tensor:
    """(D,), (S, D) -> (S,)."""
    return (keys @ query / len(query) ** 0.5).softmax(0)


def kernel_weights(query: Tensor, keys: Tensor) -> Tensor:
    """(D,), (S, D) -> (S,): features x + 1 above 0 and e^x below, their products over the sum."""
    of_query, of_keys = (torch.where(x > 0, x + 1, x.exp()) for x in (query, keys))
    products = of_keys @ of_query
    return products / products.sum()


def naive_attention(
    x: Tensor,
    mixer: nn.Module,
    num_heads: int,
    *,
    causal: bool,
    window: int = 1000,
    weigh: Callable[[Tensor, Tensor], Tensor] = softmax_weights,
) -> Tensor:
    """(T, d) -> (T, d): weights and sum, query by query and head by head."""
    length, d_model = x.shape
    head_dim = d_model // num_heads
    query, key, value = (x @ mixer.qkv_proj.weight.T + mixer.qkv_proj.bias).split(d_model, dim=1)
    concat = torch.empty(length, d_model, dtype=x.dtype)
    for head in range(num_heads):
        columns = slice(head * head_dim, (head + 1) * head_dim)
        for position in range(length):
            seen = slice(max(position - window + 1, 0), position + 1 if causal else position + window)
            concat[position, columns] = weigh(query[position, columns], key[seen, columns]) @ value[seen, columns]
    return concat @ mixer.output_proj.weight.T + mixer.output_proj.bias
