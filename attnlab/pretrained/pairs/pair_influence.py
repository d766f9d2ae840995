"""Which tokens of the source decided a token of the target: gradients, to be set beside the weights of attention."""

import torch
from torch import Tensor

from attnlab.engine import DTYPES
from attnlab.engine.stack import run_stack
from attnlab.engine.stack.moving import placed
from attnlab.pretrained.pairs.pair_trace import PairTrace


def source_influence(trace: PairTrace, last: int | None = None) -> Tensor:
    """Length of the gradient of each written token's logit with respect to each source token's embedding.

    Args:
        trace: of what was read and written.
        last: the id that follows the target; the likeliest one if left out.

    Returns:
        (T, S): row t is about the token at t + 1, the last row about `last`. 0 at padding.

    Source: Madsen 2019, https://distill.pub/2019/memorization-in-rnns/, here across two texts.
    """
    following = [token.id for token in trace.target[1:]]
    ids = torch.tensor([*following, int(trace.logits[-1].argmax()) if last is None else last])
    device, dtype = trace.stack.device, DTYPES[trace.stack.inputs.dtype]
    with torch.inference_mode(False), torch.enable_grad():
        inputs = placed(trace.stack.inputs, device, dtype)
        source = inputs.source_embedding.requires_grad_()
        final = run_stack(inputs, device).final[0]
        logits = (final * trace.output_scale * trace.head[ids].to(final.dtype)).sum(-1)  # but for a bias
        rows = [torch.autograd.grad(logit, source, retain_graph=True)[0] for logit in logits]
    return torch.stack([torch.linalg.vector_norm(row, dim=-1) for row in rows])
