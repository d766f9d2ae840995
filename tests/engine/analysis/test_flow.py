"""Rollout and attention flow: the paper's formula, networks worked by hand, and networkx's own maximum flow."""

import itertools
from typing import Any

import networkx
import pytest
import torch
from torch import Tensor

from attnlab.engine import StackSpec, attention_flow, joint_mixings, rollout, stack_trace
from attnlab.engine.analysis import flow
from attnlab.engine.analysis.maximum_flow import Network
from tests.engine.laws import close, same_bits
from tests.engine.reference import S, T, normal

LAYERS = 3


def maps(rows: int, columns: int, layers: int = LAYERS, *, causal: bool = False, seed: int = 0) -> list[Tensor]:
    scores = [2 * normal(rows, columns, seed=seed + layer) for layer in range(layers)]
    if causal:
        scores = [one.masked_fill(torch.ones(rows, columns).triu(1).bool(), -torch.inf) for one in scores]
    return [one.softmax(-1) for one in scores]


def drawn(mixings: Any) -> networkx.DiGraph:
    """The network of the paper: nodes (layer, token), pipes from a query to its keys, the inputs at layer 0."""
    graph = networkx.DiGraph()
    for layer, mixing in enumerate(mixings):
        for query, key in itertools.product(*map(range, mixing.shape)):
            graph.add_edge((layer + 1, query), (layer, key), capacity=mixing[query, key].item())
    return graph


# --- rollout ----------------------------------------------------------------------------------------------------------


def test_rollout_is_the_papers_product() -> None:
    weights = maps(T, T)
    one = torch.eye(T).double()
    wanted = (weights[2] / 2 + one / 2) @ (weights[1] / 2 + one / 2) @ (weights[0] / 2 + one / 2)
    close(rollout(weights), wanted)
    close(rollout(weights, residual=False), weights[2] @ weights[1] @ weights[0])


def test_rollout_worked_by_hand() -> None:
    first = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    second = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    # Half of each token stays: the layers are [[1, 0], [1/4, 3/4]] and then [[1/2, 1/2], [1/2, 1/2]].
    assert rollout([first, second]).tolist() == [[0.625, 0.375], [0.625, 0.375]]
    assert rollout([first, second], residual=False).tolist() == [[0.5, 0.5], [1.0, 0.0]]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_rows_of_a_rollout_sum_to_1_and_show_no_future(causal: bool, residual: bool) -> None:
    rolled = rollout(maps(S, S, causal=causal), residual)
    close(rolled.sum(-1), torch.ones(S).double())
    assert not causal or bool((rolled.triu(1) == 0).all())


@pytest.mark.parametrize("residual", [False, True])
def test_rollout_of_layers_that_look_at_themselves_is_the_identity(residual: bool) -> None:
    one = torch.eye(T).double()
    same_bits(rollout([one] * LAYERS, residual), one)


def test_a_query_that_sees_nothing_stays_itself() -> None:
    blind = maps(T, T)[0]
    blind[2] = 0.0
    assert rollout([blind])[2].tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_without_residual_the_texts_may_differ() -> None:
    weights = [maps(S, S)[0], maps(T, S)[0]]
    close(rollout(weights, residual=False), weights[1] @ weights[0])


# --- flow -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_flow_agrees_with_networkx(causal: bool, residual: bool) -> None:
    weights = maps(T, T, causal=causal)
    one = torch.eye(T).double()
    graph = drawn([(one + layer) / 2 if residual else layer for layer in weights])
    for query in range(T):
        wanted = [networkx.maximum_flow_value(graph, (LAYERS, query), (0, key)) for key in range(T)]
        close(attention_flow(weights, query, residual), torch.tensor(wanted, dtype=torch.float64))


def test_flow_worked_by_hand() -> None:
    first = torch.tensor([[0.9, 0.1], [0.2, 0.8]]).double()
    second = torch.tensor([[0.5, 0.5], [0.3, 0.7]]).double()
    # To key 0: through token 0 fits min(0.5, 0.9), through token 1 min(0.5, 0.2). Rollout multiplies instead.
    close(attention_flow([first, second], 0, residual=False), torch.tensor([0.7, 0.6]).double(), 1e-7)
    close(rollout([first, second], residual=False)[0], torch.tensor([0.55, 0.45]).double(), 1e-7)


def test_of_one_layer_flow_is_the_weights() -> None:
    weights = maps(T, S, 1)
    close(attention_flow(weights, 2, residual=False), weights[0][2])


def test_flow_is_never_below_rollout_nor_above_what_leaves_the_query() -> None:
    # Along each way a product is at most its narrowest pipe, and what rollout adds up fits through at once.
    weights = maps(S, S)
    rolled = rollout(weights)
    for query in range(S):
        found = attention_flow(weights, query)
        assert bool((found >= rolled[query] - 1e-12).all())
        assert bool((found <= 1 + 1e-12).all())


def test_flow_shows_no_future() -> None:
    found = attention_flow(maps(S, S, causal=True), 2)
    assert (found > 0).tolist() == [True] * 3 + [False] * (S - 3)


# --- two texts --------------------------------------------------------------------------------------------------------


def test_an_encoder_decoder_is_one_stack_over_both_texts() -> None:
    encoder, decoder, cross = maps(S, S, 2), maps(T, T, 2, causal=True, seed=5), maps(T, S, 2, seed=9)
    rolled = rollout(joint_mixings(encoder, decoder, cross), residual=False)
    close(rolled.sum(-1), torch.ones(S + T).double())
    memory = rollout(encoder)
    source, target = torch.zeros(T, S).double(), torch.eye(T).double()
    for own, across in zip(decoder, cross, strict=True):
        stays = (own + torch.eye(T)) / 2
        source, target = (stays @ source + across @ memory) / 2, stays @ target / 2
    close(rolled[:S], torch.cat((memory, torch.zeros(S, T)), dim=1))
    close(rolled[S:], torch.cat((source, target), dim=1))


def test_without_residual_only_the_source_is_left_behind_cross_attention() -> None:
    encoder, decoder, cross = maps(S, S, 2), maps(T, T, 1), maps(T, S, 1, seed=9)
    rolled = rollout(joint_mixings(encoder, decoder, cross, residual=False), residual=False)
    close(rolled[S:, :S], cross[0] @ encoder[1] @ encoder[0])
    assert bool((rolled[S:, S:] == 0).all())


def test_flow_through_two_texts_agrees_with_networkx_on_the_network_itself() -> None:
    # Here a text that waits has no copies of itself: its tokens are single nodes with room for everything.
    encoder, decoder, cross = maps(S, S, 2), maps(T, T, 2, causal=True, seed=5), maps(T, S, 2, seed=9)
    graph = networkx.DiGraph()

    def pipes(layer: Tensor, above: Any, below: Any) -> None:
        for query, key in itertools.product(*map(range, layer.shape)):
            if layer[query, key]:
                graph.add_edge((above, query), (below, key), capacity=layer[query, key].item())

    for number, layer in enumerate(encoder):
        pipes((layer + torch.eye(S)) / 2, ("encoder", number + 1), ("encoder", number))
    for number, (own, across) in enumerate(zip(decoder, cross, strict=True)):
        pipes((own + torch.eye(T)) / 2, ("looked at itself", number), ("decoder", number))
        pipes(torch.eye(T).double() / 2, ("decoder", number + 1), ("looked at itself", number))
        pipes(across / 2, ("decoder", number + 1), ("encoder", 2))
    inputs = [(("encoder", 0), key) for key in range(S)] + [(("decoder", 0), key) for key in range(T)]
    mixings = joint_mixings(encoder, decoder, cross)
    for query in range(T):
        top = (("decoder", 2), query)
        wanted = [networkx.maximum_flow_value(graph, top, one) if one in graph else 0.0 for one in inputs]
        close(attention_flow(mixings, S + query, residual=False), torch.tensor(wanted, dtype=torch.float64))


def test_the_maps_of_a_stack_flow() -> None:
    trace = stack_trace(StackSpec(source_tokens=tuple("abcdefg"), target_tokens=tuple("vwxyz"), depth=2))
    mixings = joint_mixings(trace.maps("encoder"), trace.maps("decoder"), trace.maps("decoder", "cross_attention"))
    close(rollout(mixings, residual=False).sum(-1), torch.ones(S + T).double(), 1e-6)  # the maps are float32
    found = attention_flow(mixings, S + 1, residual=False)
    assert (found[S:] > 0).tolist() == [True, True, False, False, False]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_maps_that_do_not_follow_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights \(0 maps\) must have one a layer"):
        rollout([])
    with pytest.raises(ValueError, match=r"weights of layer 2 \(5, 7\) must be \(T, S\), S = 5"):
        rollout([*maps(T, T, 1), *maps(T, S, 1)], residual=False)
    with pytest.raises(ValueError, match=r"weights of layer 1 \(5, 7\) must be square beside a residual"):
        rollout(maps(T, S, 1))
    with pytest.raises(ValueError, match=r"decoder \(1\) and cross \(2\) must have a map each a layer"):
        joint_mixings(maps(S, S), maps(T, T, 1), maps(T, S, 2))
    with pytest.raises(ValueError, match=r"decoder \(0\) and cross \(0\) must have a map each a layer"):
        joint_mixings(maps(S, S), [], [])
    with pytest.raises(ValueError, match=r"weights of layer 1 \(2, 5, 5\) must be \(T, S\), S = 5"):
        rollout([torch.stack(maps(T, T, 2))])
    with pytest.raises(ValueError, match=r"query \(5\) must be between 0 and 4"):
        attention_flow(maps(T, T), T)


# --- broken on purpose ------------------------------------------------------------------------------------------------

MUTANTS: dict[str, tuple[Any, Any]] = {  # what the layers become, and who notices
    "the last layer first": (lambda mixings: mixings[::-1], test_rollout_is_the_papers_product),
    "the residual is forgotten": (
        lambda mixings: [2 * m - torch.eye(len(m)) for m in mixings],
        test_rollout_is_the_papers_product,
    ),
    "keys and queries swapped": (lambda mixings: [m.T for m in mixings], test_flow_worked_by_hand),
    "a layer is left out": (lambda mixings: mixings[1:], test_flow_worked_by_hand),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_network_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, notices = MUTANTS[name]
    right = flow._mixings
    monkeypatch.setattr(flow, "_mixings", lambda *arguments: wrong(right(*arguments)))
    with pytest.raises(AssertionError):
        notices()


# --- the maximum flow of any network ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(7))
def test_the_maximum_flow_of_a_random_network_agrees_with_networkx(seed: int) -> None:
    rooms = torch.rand(11, 11, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    kept = [(start, end) for start, end in itertools.permutations(range(11), 2) if rooms[start, end] > 0.6]
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(11))
    graph.add_weighted_edges_from(((*pipe, rooms[pipe].item()) for pipe in kept), weight="capacity")
    network = Network(11, [(*pipe, rooms[pipe].item()) for pipe in kept])
    for sink in range(1, 11):
        wanted = networkx.maximum_flow_value(graph, 0, sink)
        assert network.maximum_flow(0, sink) == pytest.approx(wanted, abs=1e-12)


def test_a_way_that_was_taken_is_given_back_where_two_others_need_it() -> None:
    # The shortest way, 0 1 2 5, takes what the other one through 2 needs: what comes from 1 must go round by 6.
    pipes = [(0, 1, 1.0), (1, 2, 1.0), (2, 5, 1.0), (0, 3, 1.0), (3, 4, 1.0), (4, 2, 1.0), (1, 6, 1.0), (6, 7, 1.0)]
    network = Network(8, [*pipes, (7, 5, 1.0)])
    assert network.maximum_flow(0, 5) == 2.0


def test_where_no_pipe_leads_nothing_flows() -> None:
    assert Network(3, [(0, 1, 1.0), (2, 1, 1.0)]).maximum_flow(0, 2) == 0.0
    with pytest.raises(ValueError, match=r"source \(1\) and sink \(1\) must be two nodes"):
        Network(3, []).maximum_flow(1, 1)
