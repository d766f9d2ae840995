"""A measurement beside the app: a process of its own, one at a time on this machine, ended at its bound.

What it has measured so far stands in the file that it writes after each point.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from attnlab.costs.measurement.plan import Asked
from attnlab.costs.table import CostTable, read_table
from attnlab.engine import SpecError
from attnlab.paths import ROOT

Ending = Literal["running", "done", "cancelled", "killed", "failed"]
GRACE_S = 30.0
"""Beyond the seconds that were asked for: to import torch, and to end the point that was begun."""
TABLE = "costs.json"


class MeasuringBusyError(RuntimeError):
    """A measurement is running on this machine; two at once would lengthen each other."""


@dataclass(frozen=True)
class State:
    """A measurement as it stands."""

    asked: Asked
    owner: str  # who may cancel it
    ending: Ending
    table: CostTable | None  # None before its first point
    raced: bool  # whether something else was seen to train beside it


class Background:
    """The measurement of this process's app.

    Args:
        grace_s: after how many seconds beyond those that were asked for it is killed.
        lock: the file that holds others of this machine off; one in the system's folder if left out.
    """

    def __init__(self, grace_s: float = GRACE_S, lock: Path | None = None) -> None:
        self._grace_s, self._lock = grace_s, lock or lock_path()
        self._path = Path(tempfile.mkdtemp(prefix="attnlab-costs-")) / TABLE
        weakref.finalize(self, shutil.rmtree, self._path.parent, ignore_errors=True)
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: Asked | None = None
        self._owner, self._raced = "", False
        self._ending: Ending = "done"
        self._found: CostTable | None = None

    def start(self, asked: Asked, owner: str) -> None:
        """Measure in the background.

        Raises:
            MeasuringBusyError: one is running, here or in another process of this machine.
            OSError: no process can be started.
        """
        with self._guard:
            if self.is_running():
                raise MeasuringBusyError
            self._path.unlink(missing_ok=True)
            with locked(self._lock) as held:
                options: dict[str, Any] = {"cwd": ROOT, "start_new_session": True, "stdin": subprocess.DEVNULL}
                options |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                # The child has the lock as long as it lives, whatever becomes of this process.
                options |= {"pass_fds": [held.fileno()]} if held is not None else {}
                command = [sys.executable, "-m", "attnlab", *arguments(asked, self._path)]
                self._process = subprocess.Popen(command, **options)  # noqa: S603 - numbers and names of ours
            self._asked, self._owner, self._ending, self._found = asked, owner, "running", None
            self._raced = False
            weakref.finalize(self, _kill, self._process)  # also when the app ends
            bound = threading.Thread(target=self._wait, args=(self._process, asked.seconds), daemon=True)
            bound.start()

    def cancel(self) -> None:
        """End it; what it has measured stays."""
        with self._guard:
            if self._process is not None and self.is_running():
                self._ending = "cancelled"
                _kill(self._process)

    def is_running(self) -> bool:
        """Whether one is."""
        return self._process is not None and self._process.poll() is None

    def mark_raced(self) -> None:
        """Say of the measurement that runs that something else trains beside it."""
        self._raced = self._raced or self.is_running()

    def state(self) -> State | None:
        """The one that runs, or the last one; None if there was none."""
        if self._asked is None:
            return None
        with suppress(SpecError):  # before its first point
            self._found = read_table(self._path)
        return State(self._asked, self._owner, self._told(), self._found, self._raced)

    def _told(self) -> Ending:
        if self._process is None or self.is_running():
            return "running"
        if self._ending != "running":
            return self._ending
        return "done" if self._process.returncode == 0 else "failed"

    def _wait(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        """Kill it at its bound."""
        try:
            process.wait(timeout=seconds + self._grace_s)
        except subprocess.TimeoutExpired:
            self._ending = "killed"
            _kill(process)


@functools.cache
def background() -> Background:
    """The measurement of this server, seen by all its visitors."""
    return Background()


def is_measuring(lock: Path | None = None) -> bool:
    """Whether a measurement runs on this machine, whichever process has started it.

    Args:
        lock: the file that holds others off; the one in the system's folder if left out.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return background().is_running()
    try:
        with (lock or lock_path()).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who ask do not hold each other off
    except BlockingIOError:
        return True
    except OSError:  # there is no such file: nobody has measured yet
        return False
    return False


def arguments(asked: Asked, path: Path) -> list[str]:
    """The command line, without the program, that measures what is asked into a file."""
    base = asked.base
    numbers = {"length": base.seq_len, "d-model": base.d_model, "heads": base.num_heads, "window": base.window}
    numbers |= {} if base.num_kv_heads is None else {"kv-heads": base.num_kv_heads}
    numbers |= {"longest": asked.longest, "seconds": asked.seconds, "most-mib": asked.most_mib}
    numbers |= {"threads": asked.threads}
    names = {"axes": asked.axes, "works": asked.works, "mechanisms": asked.mechanisms}
    words = {name: ",".join(each) for name, each in names.items()} | {"device": asked.device, "json": str(path)}
    told = {**{name: str(number) for name, number in numbers.items()}, **words}
    return ["costs", *(part for name, value in told.items() for part in (f"--{name}", value))]


def lock_path() -> Path:
    """A file of this user on this machine."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"attnlab-costs-{user}.lock"


class locked:  # noqa: N801 - used as a function
    """The lock, held by whoever inherits the file; None where there is no such thing.

    Raises:
        MeasuringBusyError: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> IO[bytes] | None:
        try:
            import fcntl
        except ImportError:  # Windows
            return None
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "r+b")
        except OSError:  # a folder that cannot be written holds nobody off
            return None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise MeasuringBusyError from error
        return self._file

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a session: all that it has started
    process.wait()
