"""A motif by its profile: what is planted, the exact posterior against all sequences counted out, and DNA as typed."""

import itertools
import math
from collections import defaultdict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnlab.tasks import Motif, SizeError, class_names
from attnlab.tasks.motif.dna import AMBIGUOUS, LETTERS, read_dna
from attnlab.tasks.motif.profile import CONSENSUS, WIDTH, bits, profile, shuffled_profile
from attnlab.tasks.motif.task import posterior
from tests.tasks.small import seeded


def test_each_letter_is_twice_in_the_motif_so_that_counts_tell_nothing() -> None:
    assert sorted(CONSENSUS) == sorted(LETTERS * 2)
    batch, evidence = Motif(length=20, noise_percent=0).with_evidence(400, seeded())
    assert evidence[:, :-1].sum() == 0
    present = batch.targets[:, -1] == 1
    assert 150 < int(present.sum()) < 250
    for row, gold in zip(batch.inputs[present], evidence[present, -1], strict=True):
        assert "".join(LETTERS[letter] for letter in row[gold].tolist()) == CONSENSUS
    assert not evidence[~present].any()


def test_letters_vary_as_the_profile_says() -> None:
    shares = profile(10)
    batch, evidence = Motif(length=12, noise_percent=10).with_evidence(8000, seeded())
    present = batch.targets[:, -1] == 1
    copies = batch.inputs[present][evidence[present, -1]].view(-1, WIDTH)
    found = torch.stack([(copies == letter).double().mean(0) for letter in range(4)], 1)
    assert shares.sum(1).tolist() == pytest.approx([1.0] * WIDTH)
    assert float((found - shares).abs().max()) < 0.02


def test_a_shuffled_copy_has_the_profile_of_all_orders() -> None:
    shares = profile(20)[:3]
    chances: dict[tuple[int, ...], float] = defaultdict(float)
    for word in itertools.product(range(4), repeat=3):
        chance = math.prod(float(shares[place, letter]) for place, letter in enumerate(word))
        for order in itertools.permutations(word):
            chances[order] += chance / 6
    expected = [chances[word] for word in itertools.product(range(4), repeat=3)]
    assert shuffled_profile(shares).tolist() == pytest.approx(expected)


def test_the_posterior_is_calibrated_and_no_guess_is_better() -> None:
    task = Motif(length=24, noise_percent=20)
    batch = task.sample(6000, seeded())
    present = batch.targets[:, -1].double()
    chances = posterior(batch.inputs, 20)
    for low in (0.0, 0.25, 0.5, 0.75):
        inside = (chances >= low) & (chances < low + 0.25)
        assert present[inside].mean().item() == pytest.approx(chances[inside].mean().item(), abs=0.05)
    floors = {floor.name: floor.metric or 0 for floor in task.info.floors}
    assert 0.5 == floors["chance"] < floors["spelling"] < floors["bayes"] < 1


def test_bits_of_a_logo_by_hand() -> None:
    heights = bits(torch.tensor([[1.0, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]))
    assert heights.tolist() == [[2.0, 0, 0, 0], [0.0] * 4, [0.5, 0.5, 0, 0]]


def test_classes_are_absent_and_present() -> None:
    assert class_names(Motif()) == ("absent", "present")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("TGACGTCA", "TGACGTCA"),
        ("tgac gtca\n", "TGACGTCA"),
        (">seq 1 | Homo\nTGAC\nGTCA", "TGACGTCA"),
        ("1 tgacgt 7 ca", "TGACGTCA"),
        ("UGACGUCA?", "TGACGTCA"),
        ("", ""),
    ],
)
def test_dna_is_read_as_it_is_pasted(text: str, letters: str) -> None:
    assert read_dna(text) == letters


@pytest.mark.parametrize("code", AMBIGUOUS)
def test_an_ambiguity_code_is_refused_with_what_it_stands_for(code: str) -> None:
    with pytest.raises(SizeError, match=rf"^sequence \({code} at letter 3, IUPAC's code for one of ") as caught:
        read_dna(f"AC{code.lower()}GT")
    assert AMBIGUOUS[code] in str(caught.value)


@pytest.mark.parametrize("text", ["MEEPQSDPSV", "ACGX", "AC-GT", "ДНК", "<b>ACGT</b>", "ACGT\0", "アデニン"])
def test_another_alphabet_is_refused(text: str) -> None:
    with pytest.raises(SizeError, match=r"^sequence \(.* at letter \d+"):
        read_dna(text)


@given(st.text(max_size=40))
def test_any_text_is_dna_or_a_refusal(text: str) -> None:
    try:
        found = read_dna(text)
    except SizeError:
        return
    assert set(found) <= set(LETTERS)


@pytest.mark.parametrize("text", ["ACGTACG", "A" * 12, ""])
def test_a_sequence_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(SizeError, match=rf"^sequence \({len(text)} letters\) must have 8 to 11$"):
        Motif(length=11).encode(text)
    assert Motif(length=11).encode("TGACGTCA").tolist() == [*map(LETTERS.index, CONSENSUS), 4]
