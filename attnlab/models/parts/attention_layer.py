"""Multi-head attention of an encoder-decoder or a classifier: a holder of weights around the engine's functions."""

from torch import Tensor, nn

from attnlab.engine import MultiHeadTrace, Projections, multi_head_attention, multi_head_output


def projections_of(
    qkv_proj: nn.Linear, output_proj: nn.Linear, num_heads: int, num_kv_heads: int, head_dim: int
) -> Projections:
    """Two linear layers as the engine takes them: views of (outputs, inputs), the layout `linear` reads fastest."""
    return Projections(
        qkv_proj=qkv_proj.weight.T,
        output_proj=output_proj.weight.T,
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_dim=head_dim,
        value_dim=head_dim,
        qkv_bias=qkv_proj.bias,
        output_bias=output_proj.bias,
    )


class AttentionLayer(nn.Module):
    """Multi-head attention over itself or over a memory: a holder of weights around the engine's functions."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, d_model // num_heads
        self.qkv_proj = nn.Linear(d_model, 3 * d_model)
        self.output_proj = nn.Linear(d_model, d_model)

    def forward(
        self, x: Tensor, *, memory: Tensor | None = None, mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        """(B, T, d_model), by the fused kernel."""
        return multi_head_output(x, self.projections(), memory=memory, mask=mask, is_causal=is_causal)

    def trace(self, x: Tensor, *, memory: Tensor | None = None, mask: Tensor | None = None) -> MultiHeadTrace:
        """The same, with every stage."""
        return multi_head_attention(x, self.projections(), memory=memory, mask=mask)

    def projections(self) -> Projections:
        """The weights for the engine, as views."""
        return projections_of(self.qkv_proj, self.output_proj, self.num_heads, self.num_heads, self.head_dim)
