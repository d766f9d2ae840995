"""How strongly one answer of a stack depends on each token that was read."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.devices import computing_on
from attnlab.engine.stack import StackInputs
from attnlab.engine.stack.moving import placed
from attnlab.engine.stack.trace import run_stack


@dataclass(frozen=True, eq=False)
class TokenInfluence:
    """One number a token, float64 on the CPU: the length of the gradient of one logit by the token's embedding."""

    source: Tensor  # (S,), of the text that the encoder reads, or a decoder alone
    target: Tensor | None  # (T,), of the text that the decoder reads beside an encoder
    output: int | None  # which word of the vocabulary the logit is about; None of a stack without a head


def influence_of_tokens(inputs: StackInputs, position: int, output: int | None = None) -> TokenInfluence:
    """||d logit / d embedding|| of each token, for one logit at one position; dropout is off.

    Of a stack without a head it is the last vector at the position along its own direction, in the place of a logit.

    Args:
        inputs: a stack and what it reads.
        position: of the answer, in the text of the last stack, from 0.
        output: the word that is asked about; the likeliest one there if left out.

    Returns:
        Exactly 0 for the tokens that the position cannot see.

    Raises:
        ValueError: a position or an output that is not there.
        SpecError: as `stack_trace`.

    Source: Madsen 2019, "Visualizing memorization in RNNs", https://distill.pub/2019/memorization-in-rnns/
    """
    length = len(inputs.tokens(inputs.sides[-1]))
    if not 0 <= position < length:
        raise ValueError(f"position ({position}) must be between 0 and {length - 1}")
    if output is not None and not 0 <= output < len(inputs.vocabulary):
        raise ValueError(f"output ({output}) must be between 0 and {len(inputs.vocabulary) - 1}")
    # Whatever was made in inference mode takes no part in a graph: copies do, made outside of it.
    place = computing_on(inputs.device, inputs.dtype, inputs.num_tokens)
    with place as (device, dtype), torch.inference_mode(False), torch.enable_grad():
        calm = replace(inputs, switches=replace(inputs.switches, dropout=0.0))
        own = placed(calm, device, dtype, copy=True)
        vectors = [own.source_embedding, *([] if own.target_embedding is None else [own.target_embedding])]
        for vector in vectors:
            vector.requires_grad_()
        ran = run_stack(own, device)
        asked, answer = _answer(ran.logits[0, position], ran.final[0, position], output)
        gradients = torch.autograd.grad(answer, vectors)
    source, *target = (torch.linalg.vector_norm(gradient.cpu().double(), dim=-1) for gradient in gradients)
    return TokenInfluence(source, target[0] if target else None, asked)


def _answer(logits: Tensor, final: Tensor, output: int | None) -> tuple[int | None, Tensor]:
    """What is asked about, and its number."""
    if not len(logits):
        return None, final @ F.normalize(final.detach(), dim=0)
    asked = int(logits.argmax()) if output is None else output
    return asked, logits[asked]
