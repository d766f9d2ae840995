"""Experiments in a process of their own, one after the other, within a bound of time.

What trains for seconds would hold up every page if it ran in the app: threads share one interpreter. The process
starts with the first experiment and ends when nobody has asked for one for a while.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TextIO, cast

from attnlab.claims.measured import Size
from attnlab.claims.outcomes import Outcome
from attnlab.engine import SpecError
from attnlab.paths import ROOT

COMMAND = (sys.executable, "-m", "attnlab.claims.worker")
MOST_S: Mapping[Size, float] = MappingProxyType({"tiny": 300.0, "quick": 300.0, "full": 1800.0})
"""Seconds after which an experiment is ended: many times what it takes."""
IDLE_S = 300.0
NICENESS = 5
"""Pages that wait for an answer come first."""


class EndedError(Exception):
    """The process ended before it had answered: by its bound of time, or by itself."""


class Runner:
    """One process that runs experiments.

    Args:
        command: of the process.
        most_s: seconds that an experiment may take, by its size.
        idle_s: seconds without one after which the process ends.
    """

    def __init__(
        self, command: Sequence[str] = COMMAND, most_s: Mapping[Size, float] = MOST_S, idle_s: float = IDLE_S
    ) -> None:
        self._command, self._most_s, self._idle_s = command, most_s, idle_s
        self._lock = threading.Lock()  # one experiment at a time
        self._process: subprocess.Popen[str] | None = None
        self._running: tuple[str, Size] | None = None
        self._idle: threading.Timer | None = None

    def outcome(self, name: str, size: Size) -> Outcome:
        """What came of the experiment of a claim; waits for those before it.

        Raises:
            SpecError: the experiment refused, as `outcome` does.
            EndedError: it took longer than it may, or the process ended.
        """
        with self._lock:
            self._stay()
            try:
                self._running = (name, size)
                told = self._asked({"claim": name, "size": size}, self._most_s[size])
            finally:
                self._running = None
                self._wait_idly()
        if "refused" in told:
            raise _refused(told["refused"])
        return Outcome.from_json(told["outcome"])

    def warm(self) -> None:
        """Start the process before somebody asks, who will not wait for torch then; nothing where it is there."""
        if self._lock.acquire(blocking=False):  # not free: an experiment runs
            try:
                if not self._is_up():
                    self._started()
                    self._wait_idly()
            finally:
                self._lock.release()

    def stop(self, name: str, size: Size) -> None:
        """End an experiment, if it is the one that runs; who waits for it is told so by an `EndedError`."""
        process = self._process
        if process is not None and self._running == (name, size):
            process.kill()

    def close(self) -> None:
        """End the process, if there is one and nothing runs in it."""
        with self._lock:
            self._end()

    def _asked(self, request: Mapping[str, str], most_s: float) -> dict[str, Any]:
        process = self._started()
        bound = threading.Timer(most_s, process.kill)
        bound.start()
        try:
            asked, said = cast("TextIO", process.stdin), cast("TextIO", process.stdout)
            asked.write(json.dumps(request) + "\n")
            asked.flush()
            line = said.readline()
        except OSError:
            line = ""
        finally:
            bound.cancel()
        if not line.endswith("\n"):
            self._end()
            raise EndedError(f"claim ({request['claim']}) must be measured within {most_s:g} s")
        told: dict[str, Any] = json.loads(line)
        return told

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or not self._is_up():
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
            if hasattr(os, "setpriority"):
                with suppress(ProcessLookupError):  # called off already
                    os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        return self._process

    def _is_up(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()

    def _wait_idly(self) -> None:
        """End the process unless somebody asks for something in time."""
        self._stay()
        self._idle = threading.Timer(self._idle_s, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # it was ended before it had read all
                    pipe.close()


def _refused(said: Mapping[str, Any]) -> SpecError:
    """As the process has refused, with its code and values."""
    field, code, message, values = (said[name] for name in ("field", "code", "message", "values"))
    return cast("type[Any]", SpecError)(field, code, message, **values)  # type: ignore[no-any-return]
