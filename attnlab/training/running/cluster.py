"""A Dask cluster inside the app's machine: a scheduler and workers in processes of their own, gone when not needed.

Not a `LocalCluster`: its spawn would import the `__main__` that Streamlit fakes. Not a `SubprocessCluster`, which has
the same processes: it cannot be closed once its scheduler has ended, and never reads the pipe its scheduler logs to.

A scheduler runs what anybody who can connect sends to it. This one, as its workers, listens on the loopback interface
only, serves no web page, and hangs up on whoever lacks the certificate that was made for it (`access.py`).
"""

import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attnlab.training.running.access import environment_of, new_security

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 30.0
IDLE_TIMEOUT_S = 600
"""A cluster with nothing to do for so long ends; the app starts another for the next run."""
HANG_TIMEOUT_S = 10
"""A worker that gives the scheduler no sign of life for so long is replaced. It may hold a lock of the store."""
PRELOADED = "attnlab.training.running.preload"
"""Imported by a worker before it is ready."""
ORPHAN = "attnlab.training.running.orphan"
"""Ends the processes of an app that is gone."""
ROOT = Path(__file__).resolve().parents[3]

CONFIGURATION = {
    "DASK_LOGGING__DISTRIBUTED": "error",
    "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
    # Nobody looks at what Dask would find out about itself up to a hundred times a second: where a thread just is, how
    # late its own loop is (training holds the interpreter for a moment), how much of the machine is used.
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "10s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "1s",
}
"""The environment from which Dask reads its settings, in the processes that it starts too."""


class EmbeddedCluster:
    """A scheduler and workers, which end with `close` or with this process, even if that is killed (`orphan.py`).

    Args:
        workers: how many; each trains one run at a time, and is replaced if it dies or hangs.
        idle_timeout_s: everything ends when there was nothing to do for so long.
        hang_timeout_s: a worker that was not heard of for so long is replaced.

    Raises:
        OSError: a process does not start.
        TimeoutError: the scheduler does not answer.
    """

    def __init__(
        self, workers: int = 1, *, idle_timeout_s: int = IDLE_TIMEOUT_S, hang_timeout_s: int = HANG_TIMEOUT_S
    ) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ended = weakref.finalize(self, _end, self._processes)
        self.security = new_security()
        """What a client needs to be let in."""
        listening = {"host": LOOPBACK, "protocol": "tls", "dashboard": False, "dashboard_address": f"{LOOPBACK}:0"}
        timeouts = {"idle_timeout": f"{idle_timeout_s}s", "worker_ttl": f"{hang_timeout_s}s"}
        try:
            with TemporaryDirectory(prefix="attnlab-") as folder:
                told = Path(folder) / "scheduler.json"
                options = {**listening, **timeouts, "port": 0, "scheduler_file": str(told), "preload": [ORPHAN]}
                self._start({"cls": "distributed.Scheduler", "opts": options})
                self.address = self._told_address(told)
            for _ in range(workers):
                options = {**listening, "nthreads": 1, "preload": [PRELOADED], "preload_nanny": [ORPHAN]}
                self._start({"cls": "distributed.Nanny", "opts": options}, self.address)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        self._ended()

    def _start(self, spec: Mapping[str, object], *arguments: str) -> None:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "dask", "spec", *arguments, "--spec", json.dumps(spec)]
        environment = {**os.environ, **CONFIGURATION, **environment_of(self.security), "PYTHONPATH": path}
        # A session of its own: it can be ended as a whole, and Ctrl-C is the app's business. At the end of its stdin it
        # knows that the app is gone.
        options: dict[str, Any] = {"env": environment, "start_new_session": True, "stdin": subprocess.PIPE}
        self._processes.append(subprocess.Popen(command, **options))  # noqa: S603 - our own words

    def _told_address(self, told: Path) -> str:
        """Where the scheduler listens, as soon as it has told."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._processes[0].poll() is None:
            with suppress(OSError, ValueError):  # not there yet, or half of it
                return str(json.loads(told.read_text(encoding="utf-8"))["address"])
            time.sleep(0.02)
        raise TimeoutError("the scheduler does not answer")


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # each leads a session: its children too
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
