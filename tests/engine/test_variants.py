"""Attention with other parts: the plain one where they agree with it, a loop in float64 where they do not."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from attnlab.engine import AttentionSpec, Edit, LayerTrace, attention, trace, variant_attention
from attnlab.engine.choices.normalizers import NORMALIZERS
from attnlab.engine.choices.positions import shaw_table
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.spec import DtypeName, NormalizerName, PositionsName, ScoreName
from attnlab.engine.variants import PLAIN, Rule, attention_by, unedited
from tests.engine.reference import SENTENCE
from tests.products import product

B, H, G, T, S, D, DV = 2, 6, 3, 5, 7, 11, 13


def inputs(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(3)
    shapes = ((B, H, T, D), (B, G, S, D), (B, G, S, DV))
    query, key, value = (torch.randn(shape, dtype=torch.float64, generator=noise).to(dtype) for shape in shapes)
    return query, key, value


def drawn(score: str) -> dict[str, Tensor]:
    return SCORES[score].parameters(H, D, 5)


def test_the_registries_have_a_function_for_every_name() -> None:
    assert tuple(SCORES) == get_args(ScoreName)
    assert tuple(NORMALIZERS) == get_args(NormalizerName)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_plain_variant_is_plain_attention(dtype: torch.dtype) -> None:
    query, key, value = inputs(dtype)
    mask = torch.ones(T, S).tril(2).bool()
    bias = torch.linspace(-1, 1, S, dtype=dtype)
    settings: dict[str, Any] = {"temperature": 0.7, "dropout": 0.25}
    rule = Rule(**settings, generator=torch.Generator().manual_seed(1))
    noise = torch.Generator().manual_seed(1)
    plain = attention(query, key, value, mask=mask, bias=bias, **settings, generator=noise)
    other = variant_attention(query, key, value, rule=rule, mask=mask, bias=bias)
    for name in ("scores", "scaled_scores", "masked_scores", "weights", "output"):
        torch.testing.assert_close(getattr(other, name), getattr(plain, name))


@pytest.mark.parametrize(
    ("fields", "plain"),
    [
        ({}, True),
        ({"score": "dot", "temperature": 0.3, "scale": 2.0, "qk_norm": True, "edit": unedited}, True),
        ({"score": "cosine"}, False),
        ({"normalizer": "hard"}, False),
        ({"sink": 0.0}, False),
        ({"softcap": 1.0}, False),
        ({"relative_keys": shaw_table(D, max_distance=2, seed=1)}, False),
        ({"edit": lambda stage, tensor: tensor}, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_rule_takes_the_faster_way_where_both_give_the_same(fields: dict[str, Any], plain: bool) -> None:
    rule, heads = Rule(**fields), inputs()
    got, slower = attention_by(rule, *heads), variant_attention(*heads, rule=rule)
    assert (rule.is_plain, got.stages is None) == (plain, plain)
    torch.testing.assert_close(got.weights, slower.weights, rtol=0, atol=1e-12)


def test_a_score_that_is_not_scaled_has_a_factor_of_one_unless_it_is_given() -> None:
    rules = (Rule(score="dot"), Rule(score="cosine"), Rule(score="dot", scale=0.5), Rule(score="gaussian"))
    assert [rule.factor for rule in rules] == [1.0, 1.0, 0.5, None]
    bare = attention_by(Rule(score="dot"), *inputs())
    torch.testing.assert_close(bare.scaled_scores, bare.scores)


# --- a loop over scalars, written from the papers ---------------------------------------------------------------------


def phi(x: float) -> float:
    return x + 1 if x > 0 else math.exp(x)


def dot(q: list[float], k: list[float]) -> float:
    return sum(a * b for a, b in zip(q, k, strict=True))


def times(vector: list[float], matrix: list[list[float]]) -> list[float]:
    return [dot(vector, list(column)) for column in zip(*matrix, strict=True)]


def naive_score(name: str, q: list[float], k: list[float], w: dict[str, Any]) -> float:
    if name == "cosine":
        return dot(q, k) / math.sqrt(dot(q, q) * dot(k, k))
    if name == "gaussian":
        return -sum((a - b) ** 2 for a, b in zip(q, k, strict=True)) / 2
    if name == "linear":
        return math.log(sum(phi(a) * phi(b) for a, b in zip(q, k, strict=True)))
    if name == "bilinear":
        return dot(times(q, w["weight"]), k)
    if name == "additive":
        ours, theirs = times(q, w["query_weight"]), times(k, w["key_weight"])
        return sum(v * math.tanh(a + b) for v, a, b in zip(w["vector"], ours, theirs, strict=True))
    return dot(q, k)


def naive_softmax(row: list[float], below: float = 0.0) -> list[float]:
    total = sum(math.exp(z) for z in row) + below
    return [math.exp(z) / total for z in row]


def by_bisection(weight: Callable[[float, float], float]) -> Callable[[list[float]], list[float]]:
    """The threshold at which the weights of a row sum to 1."""

    def normalize(row: list[float]) -> list[float]:
        low, high = min(row) - 2.0, max(row)
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if sum(weight(z, middle) for z in row) > 1 else (low, middle)
        return [weight(z, low) for z in row]

    return normalize


NAIVE: dict[str, Callable[[list[float]], list[float]]] = {
    "softmax": naive_softmax,
    "softmax_one": lambda row: naive_softmax(row, 1.0),
    "sparsemax": by_bisection(lambda z, t: max(z - t, 0.0)),
    "entmax15": by_bisection(lambda z, t: max((z - t) / 2, 0.0) ** 2),
    "sigmoid": lambda row: [1 / (1 + math.exp(-(z - math.log(S)))) for z in row],
    "relu": lambda row: [max(z, 0.0) / S for z in row],
    "hard": lambda row: [float(z == max(row)) for z in row],
}


def naive_weights(rule: Rule, mask: Tensor, bias: Tensor, scale: float, temperature: float) -> Tensor:
    query, key, _ = inputs()
    weights = torch.zeros(B, H, T, S, dtype=torch.float64)
    for b in range(B):
        for h in range(H):
            own = {name: tensor[h].tolist() for name, tensor in rule.score_parameters.items()}
            for i in range(T):
                row, seen = [], [j for j in range(S) if mask[i, j]]
                for j in seen:
                    q, k = query[b, h, i].tolist(), key[b, h // (H // G), j].tolist()
                    scaled = naive_score(rule.score, q, k, own) * scale
                    if rule.softcap is not None:
                        scaled = rule.softcap * math.tanh(scaled / rule.softcap)
                    if rule.relative_keys is not None:
                        reach = len(rule.relative_keys) // 2
                        away = rule.relative_keys[max(-reach, min(reach, j - i)) + reach].tolist()
                        scaled += dot(q, away) * scale
                    row.append((scaled + float(bias[j])) / temperature)
                if rule.sink is not None:
                    shares = naive_softmax(row, math.exp(rule.sink))
                else:
                    shares = NAIVE[rule.normalizer](row)
                for j, share in zip(seen, shares, strict=True):
                    weights[b, h, i, j] = share
    return weights


VARIANTS: dict[str, Rule] = {
    **{f"score {name}": Rule(score=name, score_parameters=drawn(name)) for name in get_args(ScoreName)},
    **{f"normalizer {name}": Rule(normalizer=name) for name in get_args(NormalizerName)},
    "softcap": Rule(softcap=0.8),
    "sink": Rule(sink=-0.5),
    "shaw": Rule(relative_keys=shaw_table(D, max_distance=2, seed=1)),
    "all at once": Rule(
        score="gaussian", normalizer="entmax15", softcap=3.0, relative_keys=shaw_table(D, max_distance=2, seed=1)
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_the_loop_over_scalars(name: str) -> None:
    rule = dataclasses.replace(VARIANTS[name], temperature=0.7)
    query, key, value = inputs()
    mask = torch.ones(T, S).tril(1).bool()
    bias = torch.linspace(-1, 1, S, dtype=torch.float64)
    scale = 1 / math.sqrt(D) if SCORES[rule.score].scaled else 1.0
    got = variant_attention(query, key, value, rule=rule, mask=mask, bias=bias)
    wanted = naive_weights(rule, mask, bias, scale, 0.7)
    torch.testing.assert_close(got.weights, wanted, rtol=0, atol=1e-12)
    output = wanted @ value.repeat_interleave(H // G, dim=1)
    torch.testing.assert_close(got.output, output, rtol=0, atol=1e-12)


@pytest.mark.parametrize("broken", ["softcap", "sink", "shaw"])
def test_the_loop_notices_a_part_that_is_left_out(broken: str) -> None:
    query, key, value = inputs()
    mask, bias = torch.ones(T, S).bool(), torch.zeros(S, dtype=torch.float64)
    wanted = naive_weights(VARIANTS[broken], mask, bias, 1 / math.sqrt(D), 1.0)
    without = variant_attention(query, key, value, rule=PLAIN, mask=mask, bias=bias)
    assert (without.weights - wanted).abs().max() > 1e-3


# --- laws -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_masked_never_leaks(name: str) -> None:
    query, key, value = inputs(torch.float32)
    mask = torch.ones(T, S).bool()
    mask[:, 4] = False
    wild_key, wild_value = key.clone(), value.clone()
    wild_key[:, :, 4], wild_value[:, :, 4] = math.nan, 1e30
    as_float32 = dataclasses.replace(
        VARIANTS[name], score_parameters={key: w.float() for key, w in VARIANTS[name].score_parameters.items()}
    )
    if as_float32.relative_keys is not None:
        as_float32 = dataclasses.replace(as_float32, relative_keys=as_float32.relative_keys.float())
    calm = variant_attention(query, key, value, rule=as_float32, mask=mask)
    wild = variant_attention(query, wild_key, wild_value, rule=as_float32, mask=mask)
    assert torch.equal(calm.weights, wild.weights)
    assert torch.equal(calm.output, wild.output)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_query_without_keys_gets_zeros(name: str) -> None:
    query, key, value = inputs()
    mask = torch.ones(T, S).bool()
    mask[2] = False
    got = variant_attention(query, key, value, rule=VARIANTS[name], mask=mask)
    assert (got.weights[:, :, 2] == 0).all()
    assert (got.output[:, :, 2] == 0).all()


def test_the_softmax_of_the_linear_score_is_linear_attention() -> None:
    """Katharopoulos et al. 2020, eq. 5: phi(q) (phi(k)^T v) / (phi(q) sum_j phi(k_j)), never (T, S)."""
    query, key, value = inputs()
    got = variant_attention(query, key, value, rule=Rule(score="linear"))
    phi_query = torch.nn.functional.elu(query) + 1
    phi_key = (torch.nn.functional.elu(key) + 1).repeat_interleave(H // G, dim=1)
    sums = phi_key.transpose(-2, -1) @ value.repeat_interleave(H // G, dim=1)
    wanted = (phi_query @ sums) / (phi_query @ phi_key.sum(-2).unsqueeze(-1))
    torch.testing.assert_close(got.output, wanted, rtol=0, atol=1e-12)


# --- in a whole layer -----------------------------------------------------------------------------------------------

LAYER = AttentionSpec(tokens=SENTENCE[:7], num_heads=6, num_kv_heads=3, d_model=30, source="random", dtype="float64")


def test_qk_norm_leaves_only_directions() -> None:
    normed = trace(dataclasses.replace(LAYER, qk_norm=True)).layer
    vectors = normed.projected_query[0]
    wanted = vectors / vectors.square().mean(-1, keepdim=True).sqrt()
    torch.testing.assert_close(normed.heads.query[0], wanted, rtol=0, atol=1e-12)
    cosine = trace(dataclasses.replace(LAYER, score="cosine")).layer.heads.scores
    torch.testing.assert_close(normed.heads.scaled_scores, cosine * math.sqrt(5), rtol=0, atol=1e-12)


def test_qk_norm_comes_before_rope_turns_the_vectors() -> None:
    layer = trace(dataclasses.replace(LAYER, qk_norm=True, positions="rope")).layer
    torch.testing.assert_close(layer.normed_query.norm(dim=-1), layer.heads.query.norm(dim=-1))
    assert not torch.allclose(layer.normed_query, layer.heads.query)
    assert not torch.allclose(layer.normed_query, layer.projected_query)


def test_a_vector_of_zeros_stays_zero_under_qk_norm() -> None:
    edits = tuple(Edit("x", 0, 3, col, 0.0) for col in range(30))
    layer = trace(dataclasses.replace(LAYER, qk_norm=True, edits=edits)).layer
    assert (layer.heads.query[0, :, 3] == 0).all()


@product(score=get_args(ScoreName), normalizer=get_args(NormalizerName), dtype=get_args(DtypeName))
def test_every_pair_of_variants_gives_finite_numbers_in_every_precision(
    score: ScoreName, normalizer: NormalizerName, dtype: DtypeName
) -> None:
    traced = trace(dataclasses.replace(LAYER, score=score, normalizer=normalizer, dtype=dtype, temperature=0.05))
    assert traced.layer.output.isfinite().all()
    assert (traced.weights >= 0).all()
    assert normalizer == "relu" or traced.weights.max() <= 1 + 1e-3


@pytest.mark.parametrize("positions", get_args(PositionsName))
def test_the_bias_on_screen_is_what_was_added(positions: PositionsName) -> None:
    traced = trace(dataclasses.replace(LAYER, positions=positions, score="cosine"))
    heads = traced.layer.heads
    wanted = heads.scaled_scores[0] + traced.position_bias
    torch.testing.assert_close(heads.masked_scores[0], wanted, rtol=0, atol=1e-12)


def test_torch_can_check_the_plain_ones_alone() -> None:
    def checked(**fields: Any) -> LayerTrace:
        return trace(dataclasses.replace(LAYER, **fields))

    assert checked(score="dot").reference_error is not None
    for fields in (
        {"edits": (Edit("query", 0, 1, 1, 2.0),)},
        {"score": "cosine"},
        {"softcap": 2.0},
        {"sink": 0.0},
        {"positions": "shaw"},
    ):
        assert checked(**fields).reference_error is None
