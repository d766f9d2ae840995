"""Codes are read aloud, secrets are kept as hashes."""

import pytest

from attnlab.classroom.codes import CODE_ALPHABET, hashed, is_code, is_seat, matches, new_code, new_secret


def test_a_code_has_five_letters_none_of_which_is_taken_for_another_or_makes_a_word() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 190
    assert all(is_code(code) for code in codes)
    assert not set("01OIAEU") & set(CODE_ALPHABET)


@pytest.mark.parametrize("text", ["", "BCDF", "BCDFGH", "bcdfg", "BCDF0", "BCDFI", "BCDF\n", "ＢCDFG", None, 5])
def test_nothing_else_is_a_code(text: object) -> None:
    assert not is_code(text)


def test_a_secret_matches_its_hash_and_no_other() -> None:
    secret, other = new_secret(), new_secret()
    assert secret not in hashed(secret)
    assert matches(secret, hashed(secret))
    assert not matches(other, hashed(secret))
    assert not matches("\ud800", hashed(secret))


@pytest.mark.parametrize("text", ["", "a" * 21, "a" * 23, "é" * 22, "a" * 21 + "/", None])
def test_nothing_but_22_signs_is_a_seat(text: object) -> None:
    assert is_seat(new_secret())
    assert not is_seat(text)
