"""What learners bring to train on, under a name made of its bytes.

A run's configuration names its data by digest, so a restart, another worker and another server find them. Equal data
are kept once, whoever brought them: who can name them by their digest has them already, or a run that shows them.
They go with the last run that names them.
"""

import hashlib
import re
from datetime import timedelta

from sqlalchemy import delete, exists, insert, literal, select, update

from attnlab.training.store.errors import StoreError
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import DIGEST_LENGTH, datasets, runs

MAX_DATASET_BYTES = 5 * 2**20
GRACE_S = 600.0
"""Data are saved before the run that names them is made."""

_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_LENGTH}}}")


class Datasets:
    """The data of all runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, data: bytes) -> str:
        """Keep bytes, as they are, for the runs that will name them; none of those wanted for `GRACE_S` at most.

        Returns:
            Their digest, which `RacePlan.to_config` puts into the run's configuration.

        Raises:
            StoreError: no bytes, or more than `MAX_DATASET_BYTES`.
        """
        if not isinstance(data, bytes) or not 1 <= len(data) <= MAX_DATASET_BYTES:
            got = f"{len(data)} bytes" if isinstance(data, bytes) else type(data).__name__
            allowed = f"1 to {MAX_DATASET_BYTES} bytes"
            raise StoreError("data", got, allowed, "bytes", most=MAX_DATASET_BYTES)
        digest = digest_of(data)
        with self._database.writing() as connection:
            self._database.serialise(connection, "datasets")
            now = self._clock(connection)
            again = update(datasets).where(datasets.c.digest == digest).values(saved=now)
            if not connection.execute(again).rowcount:
                connection.execute(insert(datasets).values(digest=digest, saved=now, data=data))
        return digest

    def load(self, digest: str) -> bytes:
        """The bytes with this digest.

        Raises:
            StoreError: there are none.
        """
        known = isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None
        with self._database.reading() as connection:
            query = select(datasets.c.data).where(datasets.c.digest == digest)
            data = connection.execute(query).scalar() if known else None
        if data is None:
            allowed = "data in the store; these were never saved, or went with their last run"
            raise StoreError("data", digest, allowed, "unknown")
        return bytes(data)

    def sweep(self) -> int:
        """Forget the data that no run names (any more); how many that were."""
        # As strict JSON has it. A learner's own text cannot look like this: there, quotes are escaped.
        named = runs.c.config.contains(literal('"data_digest":"') + datasets.c.digest + literal('"'))
        with self._database.writing() as connection:
            self._database.serialise(connection, "datasets")
            old = datasets.c.saved < self._clock(connection) - timedelta(seconds=GRACE_S)
            return connection.execute(delete(datasets).where(old, ~exists().where(named))).rowcount


def digest_of(data: bytes) -> str:
    """Names data without repeating them: `DIGEST_LENGTH` hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=DIGEST_LENGTH // 2).hexdigest()
