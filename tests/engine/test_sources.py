"""Where embeddings and weights come from: seeds, and heads that measurably do what they were built for."""

from typing import Any, get_args

import pytest
import torch

from attnlab.engine import AttentionSpec, trace
from attnlab.engine.choices.embeddings import seeded_embedding
from attnlab.engine.sources import SOURCES
from attnlab.engine.spec import TRAINED, SourceName
from tests.engine.laws import close, same_bits
from tests.engine.reference import SENTENCE

FIRST_EIGHT = ("previous", "same word", "first", "punctuation", "nearby", "2 back", "self", "uniform")
ALL_SIXTEEN = (*FIRST_EIGHT, "next", "2 ahead", "3 back", "3 ahead", "4 back", "4 ahead", "5 back", "5 ahead")


def spec(**fields: Any) -> AttentionSpec:
    return AttentionSpec(**({"tokens": SENTENCE} | fields))


def test_every_source_that_a_spec_may_name_exists() -> None:
    assert (*SOURCES, TRAINED) == get_args(SourceName)


# --- embeddings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_an_embedding_depends_on_seed_and_token_alone(source: str) -> None:
    first = trace(spec(tokens=("cat", "sat", "cat"), source=source, positions="learned", mask="causal"))
    second = trace(spec(tokens=("a", "cat"), source=source, num_heads=4, positions="none"))
    same_bits(first.token_embedding[0], first.token_embedding[2])
    same_bits(first.token_embedding[0], second.token_embedding[1])
    assert not torch.equal(first.token_embedding[0], first.token_embedding[1])
    other_seed = trace(spec(tokens=("cat",), source=source, seed=1))
    assert not torch.equal(first.token_embedding[0], other_seed.token_embedding[0])


def test_random_embeddings_are_standard_normal() -> None:
    table = torch.stack([seeded_embedding(str(number), 64, seed=0) for number in range(300)])
    assert table.mean().item() == pytest.approx(0, abs=0.02)
    assert table.std().item() == pytest.approx(1, abs=0.02)
    assert (table @ table.T / 64 - torch.eye(300)).abs().mean() < 0.15


def test_odd_tokens_have_embeddings_of_their_own() -> None:
    odd = ("", "\0", "\0\0", "a\0", "\ud800", "\xe9", "e\u0301", "A", "a")
    table = torch.stack([seeded_embedding(token, 8, seed=0) for token in odd])
    assert len({tuple(row) for row in table.tolist()}) == len(odd)


def test_designed_words_are_the_same_in_any_case() -> None:
    traced = trace(spec(tokens=("The", "the", "THE")))
    same_bits(traced.token_embedding[0], traced.token_embedding[1])
    same_bits(traced.token_embedding[0], traced.token_embedding[2])


# --- random weights -------------------------------------------------------------------------------------------------


def test_random_weights_have_the_variance_of_one_over_inputs() -> None:
    layer = trace(spec(source="random", d_model=256, dtype="float64")).layer.projections
    for matrix in (*layer.matrices, layer.output_proj):
        assert matrix.var().item() * matrix.shape[0] == pytest.approx(1, rel=0.05)


def test_more_random_heads_of_one_width_keep_the_first_ones() -> None:
    few = trace(spec(source="random", num_heads=2, head_dim=8, value_dim=8)).layer.projections
    many = trace(spec(source="random", num_heads=4, head_dim=8, value_dim=8)).layer.projections
    for some, more in zip(few.matrices, many.matrices, strict=True):
        same_bits(more[:, :16], some)


# --- designed heads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_kv_heads", [8, 4])
@pytest.mark.parametrize("mask", ["none", "causal"])
@pytest.mark.parametrize("positions", ["sinusoidal", "rope"])
def test_a_designed_head_measurably_does_what_it_was_built_for(positions: str, mask: str, num_kv_heads: int) -> None:
    traced = trace(spec(positions=positions, mask=mask, num_kv_heads=num_kv_heads))
    assert traced.head_names == FIRST_EIGHT
    wanted = list(FIRST_EIGHT)
    if (positions, mask) == ("rope", "none"):
        wanted[2] = "mixed"  # relative positions know no first token unless a causal mask makes it the furthest back
    assert traced.labels == tuple(wanted)


@pytest.mark.parametrize("seed", range(1, 8))
def test_designed_heads_do_so_for_any_seed(seed: int) -> None:
    assert trace(spec(seed=seed)).labels == FIRST_EIGHT
    assert trace(spec(seed=seed, positions="rope", mask="causal")).labels == FIRST_EIGHT


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_designed_heads_do_so_in_any_dtype(dtype: str) -> None:
    assert trace(spec(dtype=dtype)).labels == FIRST_EIGHT


@pytest.mark.parametrize(("num_heads", "d_model"), [(1, 64), (4, 64), (8, 32), (16, 64), (16, 128), (16, 256)])
def test_designed_heads_do_so_in_other_sizes(num_heads: int, d_model: int) -> None:
    traced = trace(spec(num_heads=num_heads, d_model=d_model))
    assert traced.head_names == ALL_SIXTEEN[:num_heads]
    assert traced.labels == ALL_SIXTEEN[:num_heads]


@pytest.mark.parametrize("length", [20, 64, 128])
def test_designed_heads_do_so_in_longer_sentences(length: int) -> None:
    words = tuple(word for number in range(40) for word in (f"w{number % 7}", f"x{number}", f"y{number}", ","))
    labels = trace(spec(tokens=words[:length], mask="causal")).labels
    wanted = list(FIRST_EIGHT)
    if length > 20:
        wanted[4] = "mixed"  # a blurred head spreads over a long sentence
    assert labels == tuple(wanted)


@pytest.mark.parametrize("positions", ["none", "alibi"])
def test_position_heads_go_blind_where_there_are_no_positions(positions: str) -> None:
    traced = trace(spec(positions=positions))
    by_position = [i for i, name in enumerate(FIRST_EIGHT) if name not in ("same word", "punctuation")]
    for head in by_position:
        assert traced.layer.heads.scores[0, head].eq(0).all()
    assert traced.labels[1] == "same word"
    assert traced.labels[3] == "punctuation"


def test_a_learned_table_serves_the_position_heads_too() -> None:
    labels = trace(spec(positions="learned")).labels
    assert [labels[head] for head in (0, 2, 5, 6)] == ["previous", "first", "2 back", "self"]


def test_the_designed_output_matrix_brings_back_what_a_head_moved() -> None:
    layer = trace(spec(dtype="float64")).layer
    for head in range(8):
        part = slice(8 * head, 8 * head + 8)
        w_value, w_output = layer.projections.matrices[2][:, part], layer.projections.output_proj[part]
        close(w_value.T @ w_value, torch.eye(8, dtype=torch.float64))
        same_bits(w_output, w_value.T)


def test_scores_of_designed_heads_are_of_a_readable_size() -> None:
    traced = trace(spec())
    assert traced.layer.heads.masked_scores.abs().max() < 60
