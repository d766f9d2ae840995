"""Blocks upon blocks: an encoder, a decoder, or both, from embeddings to logits.

Read in this order: `spec` (what is asked), `inputs` (weights and embeddings), `seeded` (those of a stack before
training), `trace` (the computation), `residual` (what each part wrote), `stepping` (a decoder that writes,
token by token).
"""

from attnlab.engine.stack.inputs import SideName, StackInputs, StackWeights
from attnlab.engine.stack.residual import Residual, written_share
from attnlab.engine.stack.seeded import seeded_inputs
from attnlab.engine.stack.spec import (
    MAX_DEPTH,
    MAX_FF_WIDTH,
    MAX_STACK_D_MODEL,
    MAX_STACK_TOKENS,
    ArchitectureName,
    StackActivationName,
    StackPositionsName,
    StackSpec,
)
from attnlab.engine.stack.stepping import Decoder, SoFar, decoder_beside, decoder_step, decoder_steps
from attnlab.engine.stack.trace import StackTrace, blocks_onwards, run_stack, stack_trace

__all__ = [
    "MAX_DEPTH",
    "MAX_FF_WIDTH",
    "MAX_STACK_D_MODEL",
    "MAX_STACK_TOKENS",
    "ArchitectureName",
    "Decoder",
    "Residual",
    "SideName",
    "SoFar",
    "StackActivationName",
    "StackInputs",
    "StackPositionsName",
    "StackSpec",
    "StackTrace",
    "StackWeights",
    "blocks_onwards",
    "decoder_beside",
    "decoder_step",
    "decoder_steps",
    "run_stack",
    "seeded_inputs",
    "stack_trace",
    "written_share",
]
