"""The in-context Markov chain: its two predictors, and that the Bayes floor can be reached and not beaten."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from attnlab.tasks import MarkovChain, bigram_probabilities, unigram_probabilities
from attnlab.tasks.synthetic.chains import sampled_chains
from attnlab.tasks.synthetic.markov_floors import markov_floors
from tests.tasks.small import seeded


def losses(states: Tensor, predict: Callable[[Tensor, int], Tensor], num_states: int) -> Tensor:
    """(B,) mean loss of each chain (B, T + 1)."""
    probabilities = predict(states[:, :-1], num_states)
    return -probabilities.gather(-1, states[:, 1:, None]).squeeze(-1).log().mean(1)


def slow_bigram(seen: tuple[int, ...], num_states: int) -> list[Fraction]:
    following = [seen[s + 1] for s in range(len(seen) - 1) if seen[s] == seen[-1]]
    return [Fraction(following.count(j) + 1, len(following) + num_states) for j in range(num_states)]


def slow_unigram(seen: tuple[int, ...], num_states: int) -> list[Fraction]:
    return [Fraction(seen.count(j) + 1, len(seen) + num_states) for j in range(num_states)]


def probability(states: tuple[int, ...]) -> Fraction:
    """Of a two-state sequence, with the rows integrated out: uniform start, then a Beta function for each row."""
    result = Fraction(1, 2)
    for row in (0, 1):
        stay, leave = (sum(a == row and (b == row) == same for a, b in pairwise(states)) for same in (True, False))
        result *= Fraction(math.factorial(stay) * math.factorial(leave), math.factorial(stay + leave + 1))
    return result


@pytest.mark.parametrize("num_states", [2, 3, 5])
def test_predictors_are_those_of_a_slow_count(num_states: int) -> None:
    states = sampled_chains(7, num_states, 23, seeded())
    for fast, slow in ((bigram_probabilities, slow_bigram), (unigram_probabilities, slow_unigram)):
        expected = [
            [[float(p) for p in slow(tuple(row[: t + 1]), num_states)] for t in range(23)] for row in states.tolist()
        ]
        torch.testing.assert_close(fast(states, num_states), torch.tensor(expected, dtype=torch.double))


@pytest.mark.parametrize("predict", [bigram_probabilities, unigram_probabilities])
def test_predictors_do_not_see_the_future(predict: Callable[[Tensor, int], Tensor]) -> None:
    states = sampled_chains(11, 3, 17, seeded())
    changed = states.clone()
    changed[:, 9:] = (changed[:, 9:] + 1) % 3
    assert torch.equal(predict(changed, 3)[:, :9], predict(states, 3)[:, :9])
    assert not torch.equal(predict(changed, 3)[:, 9:], predict(states, 3)[:, 9:])


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_two_state_floors_are_exact(length: int) -> None:
    """Every sequence there is, with its exact probability."""
    sequences = list(product(range(2), repeat=length + 1))
    assert sum(map(probability, sequences)) == 1
    expected = {
        name: sum(
            -float(probability(states)) * math.log(predict(states[: t + 1], 2)[states[t + 1]]) / length
            for states in sequences
            for t in range(length)
        )
        for name, predict in (("unigram", slow_unigram), ("bayes", slow_bigram))
    }
    floors = {entry.name: entry.loss for entry in markov_floors(2, length)}
    assert floors == pytest.approx({"chance": math.log(2), **expected})


def test_the_bigram_rule_is_the_posterior_itself() -> None:
    """P(next | all so far) by Bayes' rule from exact sequence probabilities: nothing can predict better."""
    for seen in product(range(2), repeat=7):
        posterior = [probability((*seen, j)) / probability(seen) for j in range(2)]
        assert posterior == slow_bigram(seen, 2)


def test_floors_at_the_paper_s_sizes_and_on_the_task_s_own_batches() -> None:
    floors = {entry.name: entry.loss for entry in MarkovChain().info.floors}
    # The reference's values, .5795 and .5119, are sampled and depend on how chains start.
    assert floors == pytest.approx({"chance": 0.6931, "unigram": 0.5795, "bayes": 0.5119}, abs=0.003)
    assert floors == pytest.approx({"chance": 0.69315, "unigram": 0.58217, "bayes": 0.51124}, abs=1e-5)

    batch = MarkovChain().sample(6000, seeded())
    states = torch.cat([batch.inputs[:, :1], batch.targets], dim=1)
    for name, predict in (("unigram", unigram_probabilities), ("bayes", bigram_probabilities)):
        measured = losses(states, predict, 2)
        assert measured.mean().item() == pytest.approx(floors[name], abs=4 * measured.std().item() / math.sqrt(6000))


def test_with_the_paper_s_stationary_start_the_same_predictors_give_the_documented_losses() -> None:
    generator = seeded()
    leave = torch.rand(6000, 2, generator=generator)  # of each state
    states = [(torch.rand(6000, generator=generator) < leave[:, 0] / leave.sum(1)).long()]
    for _ in range(100):
        moves = torch.rand(6000, generator=generator) < leave.gather(1, states[-1][:, None])[:, 0]
        states.append(states[-1] ^ moves.long())
    chains = torch.stack(states, dim=1)
    for predict, expected in ((unigram_probabilities, 0.577), (bigram_probabilities, 0.5105)):
        measured = losses(chains, predict, 2)
        assert measured.mean().item() == pytest.approx(expected, abs=4 * measured.std().item() / math.sqrt(6000))


@pytest.mark.parametrize("sharpness", [0.8, 1.2])
def test_a_bolder_or_a_more_cautious_rule_is_worse_than_bayes(sharpness: float) -> None:
    states = sampled_chains(4000, 2, 101, seeded())

    def bent(seen: Tensor, num_states: int) -> Tensor:
        return (bigram_probabilities(seen, num_states).log() * sharpness).softmax(-1)

    excess = losses(states, bent, 2) - losses(states, bigram_probabilities, 2)
    assert excess.mean() > 4 * excess.std() / math.sqrt(4000)


def test_more_states_are_sampled_with_floors_in_order() -> None:
    chance, unigram, bayes = (entry.loss for entry in MarkovChain(num_states=3, length=50).info.floors)
    assert chance == pytest.approx(math.log(3))
    assert bayes is not None
    assert unigram is not None
    assert bayes + 0.05 < unigram < math.log(3)


def test_every_chain_has_its_own_rows_from_a_flat_dirichlet() -> None:
    """A two-state chain's share of stays is then uniform in [0, 1]: mean 1/2, variance 1/12."""
    states = sampled_chains(2000, 2, 600, seeded())
    at_zero = states[:, :-1] == 0
    stays = (at_zero & (states[:, 1:] == 0)).sum(1) / at_zero.sum(1).clamp(min=1)
    often = stays[at_zero.sum(1) > 30].double()
    assert torch.histc(often, bins=4, min=0, max=1).div(len(often)).sub(1 / 4).abs().max() < 0.08
    starts = states[:, 0].double().mean().item()
    assert starts == pytest.approx(1 / 2, abs=0.05)


def test_composing_steps_is_the_same_as_walking_them() -> None:
    """The same random numbers, walked one by one."""
    K, length = 3, 41
    states = sampled_chains(13, K, length, seeded())
    generator = seeded()
    rows = torch.empty(13, K, K).exponential_(generator=generator)
    cumulative = rows.cumsum(-1) / rows.sum(-1, keepdim=True)
    uniform = torch.rand(13, length - 1, generator=generator)
    current = torch.randint(K, (13, 1), generator=generator)[:, 0].tolist()
    walked = [[state] for state in current]
    for chain in range(13):
        for t in range(length - 1):
            here = walked[chain][-1]
            walked[chain].append(int(sum(uniform[chain, t] >= cumulative[chain, here, j] for j in range(K - 1))))
    assert states.tolist() == walked
