"""The KV cache during generation: what is kept, what is computed again without it, and what it weighs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
import torch

from attnlab.engine.efficient.kv_cache import DecoderSizes, generation_step
from attnlab.engine.stack import StackTrace
from attnlab.ui.blocks.controls import generated_slider
from attnlab.ui.canvases.maps import Panel, maps

KEPT = 0.2  # of the darkest: what was computed in an earlier step


def kv_cache_view(trace: StackTrace, words: Mapping[str, Any]) -> None:
    """A drawer with one step of generation, made only while somebody looks.

    Args:
        trace: the computed stack.
        words: the prose of the page.
    """
    said = words["cache"]
    drawer = st.expander(said["title"], key="stack_cache", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        if not trace.decoder:
            st.markdown(said["no_decoder"])
            return
        tokens = trace.inputs.tokens("decoder")
        st.markdown(said["line"])
        position = generated_slider(words, len(tokens))
        _picture(trace, position, said)
        sizes = decoder_sizes(trace)
        left, right = st.columns(2)
        with left:
            st.dataframe(_work(sizes, position, said), hide_index=True)
        with right:
            st.dataframe(_weights(sizes, position, said), hide_index=True)
        st.caption(said["note_cross" if trace.encoder else "note"])


def decoder_sizes(trace: StackTrace) -> DecoderSizes:
    """What the work of one step of this stack depends on."""
    block = trace.inputs.weights.decoder[0]
    heads, fed = block.self_attention, block.feed_forward
    return DecoderSizes(
        num_layers=len(trace.decoder),
        d_model=trace.final.shape[-1],
        num_heads=heads.num_heads,
        num_kv_heads=heads.num_kv_heads,
        head_dim=heads.head_dim,
        ff_width=fed.up_proj.shape[1] if trace.inputs.switches.feed_forward else 0,
        ff_matrices=2 if fed.gate_proj is None else 3,
        memory_len=len(trace.inputs.source_tokens) if trace.encoder else 0,
        dtype_bytes=trace.logits.element_size(),
    )


def _picture(trace: StackTrace, position: int, said: Mapping[str, Any]) -> None:
    """Keys and values of every block and token: computed in this step, kept, or not there yet."""
    tokens, blocks = trace.inputs.tokens("decoder"), len(trace.decoder)
    cached, again = (torch.zeros(blocks, len(tokens)) for _ in range(2))
    cached[:, : position - 1] = KEPT
    cached[:, position - 1] = 1
    again[:, :position] = 1
    rows = [said["block"].format(number=number + 1) for number in range(blocks)]
    panels = [
        Panel(said["with_cache"], cached, rows, tokens, said["with_note"]),
        Panel(said["without_cache"], again, rows, tokens, said["without_note"]),
    ]
    maps(panels, said, said["hint"], key="stack_cache_maps")


def _work(sizes: DecoderSizes, position: int, said: Mapping[str, Any]) -> pd.DataFrame:
    """What one step does with a cache and without one."""
    step = generation_step(sizes, position)
    layers = sizes.num_layers
    told = said["work"]
    rows = [
        (told["kept"], step.found * layers, 0),
        (told["computed"], step.added * layers, (step.added + step.recomputed) * layers),
        (told["multiply_adds"], step.multiply_adds_cached, step.multiply_adds_uncached),
    ]
    return pd.DataFrame(rows, columns=[told["step"], told["with"], told["without"]])


def _weights(sizes: DecoderSizes, position: int, said: Mapping[str, Any]) -> pd.DataFrame:
    """Bytes of the cache with as many key/value heads as there may be."""
    told, heads = said["weights"], sizes.num_heads
    counts = [count for count in range(heads, 0, -1) if heads % count == 0]
    rows = []
    for count in counts:
        kind = "mha" if count == heads else "mqa" if count == 1 else "gqa"
        size = generation_step(replace(sizes, num_kv_heads=count), position).cache_bytes
        rows.append((told[kind], count, size, told["shown"] if count == sizes.num_kv_heads else told["other"]))
    return pd.DataFrame(rows, columns=[told["kind"], told["heads"], told["bytes"], told["here"]])
