"""What one writes by hand around torch's own layers: the same models, and the loop that published code has."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import sinusoidal_positions
from attnlab.models import SequenceModel
from attnlab.tasks import Task


class BareTransformer(nn.Module):
    """`nn.TransformerEncoder`, norm first, with the weights of a model of ours."""

    def __init__(self, like: SequenceModel, seq_len: int) -> None:
        super().__init__()
        config = like.config
        layer = nn.TransformerEncoderLayer(
            config.d_model, config.num_heads, config.ff_width, dropout=0.0, batch_first=True, norm_first=True
        )
        norm = nn.LayerNorm(config.d_model)
        self.encoder = nn.TransformerEncoder(layer, config.num_layers, norm, enable_nested_tensor=False)
        self.embedding = nn.Embedding(config.vocab_size or 0, config.d_model)
        self.head = nn.Linear(config.d_model, config.num_outputs)
        self.causal = config.causal
        self.register_buffer("positions", sinusoidal_positions(seq_len, config.d_model).float())
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(seq_len))
        self.load_state_dict(_encoder_weights(like), strict=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T) -> (B, T, num_outputs)."""
        stream = self.embedding(inputs) + self.positions
        mask = self.mask if self.causal else None
        answers: Tensor = self.head(self.encoder(stream, mask=mask, is_causal=self.causal))
        return answers


class BareBlocks(nn.Module):
    """`nn.LSTM`, `nn.GRU` or two `nn.Conv1d` in a plain residual block, with the weights of a model of ours."""

    def __init__(self, like: SequenceModel) -> None:
        super().__init__()
        config = like.config
        d_model = config.d_model
        self.embedding = nn.Embedding(config.vocab_size or 0, d_model)
        self.mixers = nn.ModuleList(
            _bare_mixer(config.family, d_model, config.kernel_size, at) for at in range(config.num_layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(2 * config.num_layers))
        self.feed_forwards = nn.ModuleList(
            nn.Sequential(nn.Linear(d_model, config.ff_width), nn.ReLU(), nn.Linear(config.ff_width, d_model))
            for _ in range(config.num_layers)
        )
        self.final_norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, config.num_outputs)
        with torch.no_grad():
            for own, other in zip(_in_order(self), _weights_in_order(like), strict=True):
                own.copy_(other)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T) -> (B, T, num_outputs)."""
        x = self.embedding(inputs)
        for at, (mixer, feed_forward) in enumerate(zip(self.mixers, self.feed_forwards, strict=True)):
            x = x + mixer(self.norms[2 * at](x))
            x = x + feed_forward(self.norms[2 * at + 1](x))
        answers: Tensor = self.head(self.final_norm(x))
        return answers


class BareGru(nn.Module):
    """Embedding, one `nn.GRU`, head: what papers call a GRU."""

    def __init__(self, hidden: int, num_symbols: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_symbols)
        self.cell = nn.GRU(num_symbols, hidden, batch_first=True)
        self.head = nn.Linear(hidden, num_symbols)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T) -> (B, T, num_symbols)."""
        answers: Tensor = self.head(self.cell(self.embedding(inputs))[0])
        return answers


class Cell(nn.Module):
    """A recurrent layer that gives its outputs alone."""

    def __init__(self, cell: nn.RNNBase) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        output: Tensor = self.cell(x)[0]
        return output


class Convolutions(nn.Module):
    """Two causal convolutions of one dilation."""

    def __init__(self, d_model: int, kernel_size: int, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(d_model, d_model, kernel_size, dilation=dilation)
        self.second = nn.Conv1d(d_model, d_model, kernel_size, dilation=dilation)
        self.padding = (kernel_size - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        hidden = F.relu(self.first(F.pad(x.transpose(1, 2), (self.padding, 0))))
        output: Tensor = self.second(F.pad(hidden, (self.padding, 0))).transpose(1, 2)
        return output


def bare_model(like: SequenceModel, seq_len: int) -> nn.Module:
    """The same function as a causal model of ours, or as a Transformer of ours, from torch's own layers."""
    return BareTransformer(like, seq_len) if like.config.family == "transformer" else BareBlocks(like)


def bare_loop(model: nn.Module, task: Task, batch_size: int, lr: float, clip: float) -> Callable[[int], None]:
    """The loop of published code: AdamW as it comes, clip after backward, the loss read as a number in every step.

    Args:
        model: what to train.
        task: one that scores every position.
        batch_size: B.
        lr: constant.
        clip: largest norm of the gradients.

    Returns:
        A function that trains for so many steps.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    batches = torch.Generator().manual_seed(0)

    def advance(steps: int) -> None:
        for _ in range(steps):
            batch = task.sample(batch_size, batches)
            logits = model(batch.inputs)
            loss = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            loss.item()

    return advance


def _bare_mixer(family: str, d_model: int, kernel_size: int, layer: int) -> nn.Module:
    if family == "tcn":
        return Convolutions(d_model, kernel_size, 2**layer)
    cells: dict[str, type[nn.LSTM | nn.GRU | nn.RNN]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
    return Cell(cells[family](d_model, d_model, batch_first=True))


def _encoder_weights(like: SequenceModel) -> dict[str, Tensor]:
    """By the names that `nn.TransformerEncoder` has."""
    names = {
        "mixer_norm": "norm1",
        "feed_forward_norm": "norm2",
        "mixer.output_proj": "self_attn.out_proj",
        "feed_forward.up_proj": "linear1",
        "feed_forward.down_proj": "linear2",
    }
    weights = like.state_dict()
    renamed = {name: weights[name] for name in ("embedding.weight", "head.weight", "head.bias")}
    for kind in ("weight", "bias"):
        renamed[f"encoder.norm.{kind}"] = weights[f"final_norm.{kind}"]
        for layer in range(like.config.num_layers):
            here, there = f"blocks.{layer}", f"encoder.layers.{layer}"
            renamed[f"{there}.self_attn.in_proj_{kind}"] = weights[f"{here}.mixer.qkv_proj.{kind}"]
            renamed |= {f"{there}.{torchs}.{kind}": weights[f"{here}.{ours}.{kind}"] for ours, torchs in names.items()}
    return renamed


def _in_order(model: BareBlocks) -> list[nn.Parameter]:
    """Parameters of the bare model in the order of ours."""
    parts: list[nn.Module] = [model.embedding]
    for at, (mixer, feed_forward) in enumerate(zip(model.mixers, model.feed_forwards, strict=True)):
        parts += [model.norms[2 * at], mixer, model.norms[2 * at + 1], feed_forward]
    return [weight for part in (*parts, model.final_norm, model.head) for weight in part.parameters()]


def _weights_in_order(like: SequenceModel) -> list[nn.Parameter]:
    """Parameters of ours, block by block: norm, mixer, norm, feed-forward."""
    parts: list[nn.Module] = [like.embedding]
    for block in like.blocks:
        names = ("mixer_norm", "mixer", "feed_forward_norm", "feed_forward")
        parts += [block.get_submodule(name) for name in names]
    return [weight for part in (*parts, like.final_norm, like.head) for weight in part.parameters()]
