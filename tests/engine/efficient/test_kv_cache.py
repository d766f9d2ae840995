"""The KV cache changes no number, and what it keeps and saves is counted right."""

import itertools
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from attnlab.engine import (
    DecoderSizes,
    KvCache,
    alibi_bias,
    cached_attention_step,
    causal_mask,
    generation_step,
    kv_cache_bytes,
    multi_head_attention,
    rotary_angles,
)
from tests.engine.laws import close, same_bits
from tests.engine.reference import D_MODEL, B, S, normal, projections

HEADS, HEAD_DIM, LAYERS = 6, 4, 3


@pytest.mark.parametrize("positions", ["none", "rope", "alibi"])
@pytest.mark.parametrize("num_kv_heads", [1, 2, 6])
@pytest.mark.parametrize("prompt", [0, 3])
def test_a_cached_step_equals_the_last_row_of_all_computed_anew(prompt: int, num_kv_heads: int, positions: str) -> None:
    weights = projections(num_heads=HEADS, num_kv_heads=num_kv_heads, with_bias=True)
    x = normal(B, S, D_MODEL)
    angles = rotary_angles(S, weights.head_dim) if positions == "rope" else None
    cache = cached_attention_step(x[:, :prompt], weights, angles=angles, bias=bias_of(positions, 0, prompt)).cache
    for token in range(prompt, S):
        seen = token + 1
        whole = multi_head_attention(
            x[:, :seen], weights, mask=causal_mask(seen), angles=angles, bias=bias_of(positions, 0, seen)
        )
        step = cached_attention_step(
            x[:, token:seen], weights, cache, angles=angles, bias=bias_of(positions, token, seen)
        )
        close(step.output, whole.output[:, token:])
        close(step.heads.weights, whole.heads.weights[:, :, token:])
        cache = step.cache
        assert cache.key.shape == (B, num_kv_heads, seen, weights.head_dim)
        close(cache.key, whole.heads.key)
        close(cache.value, whole.heads.value)


def bias_of(positions: str, start: int, seen: int) -> torch.Tensor | None:
    return alibi_bias(HEADS, seen)[:, start:] if positions == "alibi" else None


def test_a_step_of_several_tokens_hides_the_future_among_them() -> None:
    weights, x = projections(), normal(B, S, D_MODEL)
    first = cached_attention_step(x[:, :4], weights)
    rest = cached_attention_step(x[:, 4:], weights, first.cache)
    whole = multi_head_attention(x, weights, mask=causal_mask(S))
    close(torch.cat((first.output, rest.output), dim=1), whole.output)


def test_a_step_leaves_the_cache_it_was_given_as_it_was() -> None:
    weights, x = projections(), normal(B, S, D_MODEL)
    cache = cached_attention_step(x[:, :4], weights).cache
    before = KvCache(cache.key.clone(), cache.value.clone())
    cached_attention_step(x[:, 4:], weights, cache)
    same_bits(cache.key, before.key)
    same_bits(cache.value, before.value)


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_the_bytes_are_those_of_the_tensors() -> None:
    weights = projections(num_heads=HEADS, num_kv_heads=2, head_dim=HEAD_DIM, value_dim=HEAD_DIM)
    cache = cached_attention_step(normal(B, S, D_MODEL), weights).cache
    assert kv_cache_bytes(1, 2, HEAD_DIM, S, 8, batch=B) == cache.key.nbytes + cache.value.nbytes


def test_a_published_cache_worked_by_hand() -> None:
    # LLaMA 2 70B in float16: 80 layers, 8 key/value heads of 128, of 64 query heads; 4096 tokens.
    grouped = kv_cache_bytes(80, 8, 128, 4096, 2)
    assert grouped == 1_342_177_280
    assert kv_cache_bytes(80, 64, 128, 4096, 2) == 8 * grouped
    assert kv_cache_bytes(80, 1, 128, 4096, 2) == grouped // 8


# --- work -------------------------------------------------------------------------------------------------------------


def sizes(**fields: Any) -> DecoderSizes:
    wanted = {"num_layers": LAYERS, "d_model": 24, "num_heads": HEADS, "num_kv_heads": 2, "head_dim": HEAD_DIM}
    return DecoderSizes(**(wanted | fields))


def test_one_step_worked_by_hand() -> None:
    # Width 24, 6 query heads of 4, 2 key/value heads: a token's key and value hold 16 numbers. The fourth token.
    step = generation_step(sizes(ff_width=10), 4)
    assert (step.found, step.added, step.recomputed) == (3 * 16, 16, 3 * 16)
    assert step.cache_bytes == LAYERS * 4 * 16 * 4
    each = 24 * (24 + 16 + 24) + 24 * 10 * 2  # W_Q, W_K and W_V, W_O; up and down
    assert step.multiply_adds_cached == LAYERS * (each + 2 * 4 * 24)
    assert step.multiply_adds_uncached == LAYERS * (4 * each + 2 * (1 + 2 + 3 + 4) * 24)


def test_the_multiply_adds_of_a_cached_step_are_those_that_torch_counts() -> None:
    weights = projections(num_heads=HEADS, num_kv_heads=2, d_model=24, head_dim=HEAD_DIM, value_dim=HEAD_DIM)
    x = normal(1, S, 24)
    cache = cached_attention_step(x[:, :-1], weights).cache
    with FlopCounterMode(display=False) as counted:
        cached_attention_step(x[:, -1:], weights, cache)
    assert counted.get_total_flops() == 2 * generation_step(sizes(num_layers=1), S).multiply_adds_cached


def test_the_first_token_costs_the_same_with_and_without_a_cache() -> None:
    for memory_len in (0, 5):
        step = generation_step(sizes(ff_width=10, memory_len=memory_len), 1)
        assert step.multiply_adds_cached == step.multiply_adds_uncached
        assert step.found == step.recomputed == 0


def test_a_memory_is_put_into_the_cache_once_and_stays() -> None:
    first, second = (generation_step(sizes(memory_len=5), length) for length in (1, 2))
    assert (first.found, first.added) == (0, 6 * 16)
    assert (second.found, second.added) == (6 * 16, 16)
    assert second.cache_bytes == first.cache_bytes + LAYERS * 16 * 4
    saved = second.multiply_adds_uncached - second.multiply_adds_cached
    without = [generation_step(sizes(), length) for length in (1, 2)]
    # What is saved: the first token all over, its look at the memory included, and the memory's keys and values.
    crossing = 24 * 2 * 24 + 2 * 5 * 24 + 5 * 24 * 16
    assert saved == without[1].multiply_adds_uncached - without[1].multiply_adds_cached + LAYERS * crossing


def test_what_one_step_adds_the_next_one_finds() -> None:
    steps = [generation_step(sizes(memory_len=5), length) for length in range(1, 8)]
    for before, after in itertools.pairwise(steps):
        assert after.found == before.found + before.added
        assert before.cache_bytes == LAYERS * after.found * 4


def test_fewer_key_value_heads_keep_less_and_save_work() -> None:
    by_heads = [generation_step(sizes(num_kv_heads=heads), 9) for heads in (6, 2, 1)]
    assert [step.cache_bytes for step in by_heads] == [LAYERS * 9 * 2 * heads * 4 * 4 for heads in (6, 2, 1)]
    work = [step.multiply_adds_cached for step in by_heads]
    assert work == sorted(work, reverse=True)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"num_kv_heads \(4\) must divide num_heads \(6\)"):
        sizes(num_kv_heads=4)
    with pytest.raises(ValueError, match=r"head_dim \(0\) must be at least 1"):
        sizes(head_dim=0)
    with pytest.raises(ValueError, match=r"ff_width \(0\) and memory_len \(-1\) must be at least 0"):
        sizes(memory_len=-1)
    with pytest.raises(ValueError, match=r"seq_len \(0\) must be at least 1"):
        generation_step(sizes(), 0)
