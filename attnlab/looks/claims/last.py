"""The last outcome of each claim, whichever process has measured it and whenever: in the store, beside the runs."""

import functools
import logging
from datetime import UTC, datetime

from attnlab.claims import Outcome
from attnlab.claims.kept import KeptOutcome, OutcomeStore
from attnlab.looks import run_store
from attnlab.machine import machine
from attnlab.training import RunStore, StoreFault
from attnlab.training.store import StoreError

log = logging.getLogger(__name__)


def last_outcomes() -> dict[str, KeptOutcome]:
    """By claim; none while the store cannot be reached."""
    try:
        return _kept_in(run_store.store()).last()
    except (StoreFault, StoreError) as fault:
        log.warning("%s", fault)
        return {}


def remembered(found: Outcome) -> KeptOutcome:
    """An outcome that was measured here and now, kept for all; where the store fails, for those who wait for it."""
    made = machine()
    try:
        return _kept_in(run_store.store()).keep(found, made)
    except (StoreFault, ValueError) as fault:  # ValueError: too large, or a store that is not ours
        log.warning("%s: %s", found.claim, fault)
        return KeptOutcome(found, made, datetime.now(UTC))


@functools.lru_cache(maxsize=2)
def _kept_in(store: RunStore) -> OutcomeStore:
    return OutcomeStore(store.database)
