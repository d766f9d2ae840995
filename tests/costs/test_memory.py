"""Bytes by hand, and published sizes that agree with the parameters they lead to."""

import pytest

from attnlab.costs.known_models import KNOWN, KnownName
from attnlab.costs.memory import GIBIBYTE, cache_bytes, fitting_on, head_counts, score_bytes, weight_bytes

LLAMA: dict[KnownName, tuple[int, int, int]] = {  # vocabulary, d_model, feed-forward width
    "llama2_7b": (32_000, 4096, 11_008),
    "llama2_70b": (32_000, 8192, 28_672),
    "mistral_7b": (32_000, 4096, 14_336),
    "llama3_8b": (128_256, 4096, 14_336),
    "llama3_70b": (128_256, 8192, 28_672),
    "llama3_405b": (128_256, 16_384, 53_248),
}


def test_scores_by_hand() -> None:
    assert score_bytes(1024, 8) == 1024 * 1024 * 8 * 4 == 32 * 2**20


def test_a_cache_by_hand() -> None:
    # GPT-3 at 2,048 tokens: 2 · 96 layers · 96 heads · 128 numbers · 2 bytes are 4.5 MiB a token.
    assert cache_bytes(KNOWN["gpt3"], 1) == 2 * 96 * 96 * 128 * 2 == 4.5 * 2**20
    assert cache_bytes(KNOWN["gpt3"], 2048) == 9 * GIBIBYTE
    assert cache_bytes(KNOWN["llama3_8b"], 8192) == GIBIBYTE
    assert cache_bytes(KNOWN["llama3_8b"], 8192, batch=3) == 3 * GIBIBYTE
    assert cache_bytes(KNOWN["llama3_8b"], 8192, num_kv_heads=32) == 4 * GIBIBYTE
    assert cache_bytes(KNOWN["llama3_8b"], 8192, num_kv_heads=1) == GIBIBYTE // 8


def test_shared_heads_are_named() -> None:
    assert head_counts(KNOWN["llama3_8b"]) == [("mha", 32), ("gqa", 8), ("mqa", 1)]
    assert head_counts(KNOWN["gpt2"]) == [("mha", 12), ("mqa", 1)]
    assert head_counts(KNOWN["falcon_7b"]) == [("mha", 71), ("mqa", 1)]


@pytest.mark.parametrize("name", LLAMA)
def test_parameters_follow_from_the_published_sizes(name: KnownName) -> None:
    model, (vocabulary, d_model, ff_width) = KNOWN[name], LLAMA[name]
    assert model.num_heads * model.head_dim == d_model
    keys = model.num_kv_heads * model.head_dim
    layer = 2 * d_model**2 + 2 * d_model * keys + 3 * d_model * ff_width + 2 * d_model
    assert model.parameters == 2 * vocabulary * d_model + model.num_layers * layer + d_model


def test_parameters_of_gpt2_follow_from_its_sizes() -> None:
    model, d_model = KNOWN["gpt2"], 768
    layer = 12 * d_model**2 + 13 * d_model
    assert model.parameters == (50_257 + 1024) * d_model + model.num_layers * layer + 2 * d_model


def test_weights_take_their_bits() -> None:
    assert weight_bytes(KNOWN["llama3_8b"], 16) == 2 * KNOWN["llama3_8b"].parameters
    assert weight_bytes(KNOWN["llama3_8b"], 4) == KNOWN["llama3_8b"].parameters // 2


def test_what_fits_is_the_longest_text_that_does() -> None:
    model = KNOWN["llama3_8b"]
    found = fitting_on(model, 24, 16, 8192)
    assert found.fits
    assert fitting_on(model, 24, 16, found.most_tokens).fits
    assert not fitting_on(model, 24, 16, found.most_tokens + 1).fits


def test_weights_that_do_not_fit_leave_no_room_for_a_text() -> None:
    found = fitting_on(KNOWN["llama3_70b"], 24, 16, 1)
    assert (found.fits, found.most_tokens) == (False, 0)
    assert fitting_on(KNOWN["llama3_70b"], 80, 4, 8192, batch=2).fits


def test_texts_at_once_share_the_room() -> None:
    one, four = (fitting_on(KNOWN["llama3_8b"], 24, 16, 1, batch=batch).most_tokens for batch in (1, 4))
    assert four == one // 4


@pytest.mark.parametrize("name", KNOWN)
def test_a_model_names_its_source(name: KnownName) -> None:
    model = KNOWN[name]
    assert model.source
    assert model.url.startswith("https://")
    assert model.num_heads % model.num_kv_heads == 0
