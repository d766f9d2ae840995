"""What a sweep's workers run: text in, plain numbers out. The scheduler imports this file too, and needs no torch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from attnlab.training.running.cluster import EmbeddedCluster

CONNECT_TIMEOUT_S = 10
HANG_TIMEOUT_S = 300
"""A worker of a cluster that is started here may be silent for so long: on a busy machine one is, and nobody waits."""

Compute = Callable[[Sequence[str]], Iterator[tuple[int, dict[str, Any]]]]
"""Configs, each of a plan with one contender -> the number of a config and its result, as they end."""


def train_alone(config: str) -> dict[str, Any]:
    """Train one contender to its end on one thread, on a GPU if there is one.

    Args:
        config: a `RunConfig` as JSON, with one contender.

    Returns:
        The fields of a `Result`.
    """
    import torch

    from attnlab.cli.races.results import final_result
    from attnlab.training import RunConfig
    from attnlab.training.plans.plan import RacePlan
    from attnlab.training.racing.loop import Learner

    torch.set_num_threads(1)
    plan = RacePlan.from_config(RunConfig.from_json(config))
    learner = Learner(plan, plan.contenders[0], device="cuda" if torch.cuda.is_available() else "cpu")
    while not learner.finished:
        left = learner.affordable_steps if plan.seconds is not None else plan.steps - learner.step
        learner.advance(min(learner.affordable_steps, left))
    return asdict(final_result(learner))


@contextmanager
def on_cluster(address: str | None, workers: int) -> Iterator[Compute]:
    """Compute on Dask: a scheduler elsewhere, whose workers need this package, or one made for this block.

    Args:
        address: such as "tls://host:8786"; None for processes on this machine, gone afterwards.
        workers: how many of those.

    Raises:
        SpecError: no scheduler answers there.
        OSError: the processes cannot be started.
    """
    cluster = None if address else EmbeddedCluster(workers, hang_timeout_s=HANG_TIMEOUT_S)
    try:
        with connected(cluster.address if cluster else str(address), cluster and cluster.security) as client:
            yield partial(computed, client)
    finally:
        if cluster is not None:
            cluster.close()


def computed(client: Any, configs: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Results of `train_alone` as they end, each with the number of its config.

    What was given is let go of: a worker that dies would have all of it to compute again.
    """
    from distributed import as_completed

    futures = [client.submit(train_alone, config, pure=False) for config in configs]
    numbers = {future.key: number for number, future in enumerate(futures)}
    for future in as_completed(futures):  # type: ignore[no-untyped-call]
        result = future.result()
        future.release()
        yield numbers[future.key], result


def connected(address: str, security: Any = None) -> Any:
    """A client of a scheduler.

    Args:
        address: of the scheduler.
        security: what it asks for; None for one elsewhere, which the environment tells.

    Raises:
        SpecError: none answers there, or it may be reached with a certificate only.
    """
    from distributed import Client

    from attnlab.engine import SpecError
    from attnlab.training.running.access import security_of

    security = security or security_of(address)
    options = {"timeout": CONNECT_TIMEOUT_S, "name": "attnlab-sweep"}
    try:
        return Client(address, security=security, **options)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        message = f"scheduler ({address!r:.120}) must be the address of a Dask scheduler that answers ({error})"
        raise SpecError("scheduler", "unreadable", message, got=address, why=str(error)) from error
