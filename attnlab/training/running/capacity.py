"""How many races are trained at once beside the app."""

import os
from collections.abc import Mapping

import torch
from dask.system import CPU_COUNT  # of those that this process, or its container, may use

from attnlab.engine import SpecError

WORKERS_VARIABLE = "ATTNLAB_WORKERS"
MAX_WORKERS = 64
MOST_BY_DEFAULT = 4
"""Each is a process with a torch of its own; on a GPU they share its memory."""


def num_workers(environment: Mapping[str, str] = os.environ) -> int:
    """What the environment asks for; otherwise one for every two cores, and on a GPU at least two.

    Raises:
        SpecError: what it asks for is no number of workers.
    """
    asked = environment.get(WORKERS_VARIABLE)
    if not asked:
        return default_workers(CPU_COUNT, gpu=torch.cuda.is_available())
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= MAX_WORKERS):
        message = f"{WORKERS_VARIABLE} ({asked!r:.40}) must be a whole number between 1 and {MAX_WORKERS}"
        raise SpecError(WORKERS_VARIABLE, "range", message, got=asked, low=1, high=MAX_WORKERS)
    return int(asked)


def default_workers(cores: int, *, gpu: bool) -> int:
    """Half of the cores are left to the app and its visitors."""
    return min(MOST_BY_DEFAULT, max(2 if gpu else 1, cores // 2))
