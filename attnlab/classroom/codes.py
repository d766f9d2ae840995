"""What a room is called, and the secret that makes somebody its teacher."""

import hashlib
import re
import secrets

CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Nothing that is mistaken for something else when it is read aloud, and no vowels: no code is a word."""
CODE_LENGTH = 5
CODE_FORM = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")
HASH_LENGTH = 64
MAX_SEAT = 22
_BYTES = 16
_SEAT_FORM = re.compile(rf"[\w-]{{{MAX_SEAT}}}", re.ASCII)


def new_code() -> str:
    """A room's name, one of three million."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def is_code(text: object) -> bool:
    """Whether a room could be called so."""
    return isinstance(text, str) and CODE_FORM.fullmatch(text) is not None


def new_secret() -> str:
    """What nobody can guess: 128 bits, as a teacher's secret and as a seat."""
    return secrets.token_urlsafe(_BYTES)


def is_seat(text: object) -> bool:
    """Whether it has the form of a seat."""
    return isinstance(text, str) and _SEAT_FORM.fullmatch(text) is not None


def hashed(secret: str) -> str:
    """What the store keeps of a secret. It is random through and through, so that one round and no salt will do."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Whether a secret is the one that was kept."""
    return secrets.compare_digest(hashed(secret), kept)
