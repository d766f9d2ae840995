"""What a soak breaks: a disk that can be filled, an app that can be killed and comes back, workers that are killed."""

import errno
import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from tests.browser.server import AppServer, free_port, running_app

DISK_MIB = 1024
BLOCK = bytes(2**20)


class Disk:
    """A folder, on a volume of its own where this process may make one; only then can it be filled."""

    def __init__(self, folder: Path, *, own: bool) -> None:
        self.folder, self.own = folder, own
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no byte free."""
        size = len(BLOCK)
        with self._filler.open("wb", buffering=0) as file:
            while size:
                try:
                    file.write(BLOCK[:size])
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def free(self) -> None:
        """As it was."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[Disk]:
    """A disk of `DISK_MIB`; just a folder where mounting is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="attnlab-disk-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    own = os.geteuid() == 0 and not subprocess.run(command, capture_output=True, check=False).returncode
    try:
        yield Disk(folder, own=own)
    finally:
        if own:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


class Replica:
    """One app of several, at an address that it keeps when it is killed and started again."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env, self._port = env, free_port()
        self._life = ExitStack()
        self.server = self.start()

    def start(self) -> AppServer:
        """A new life."""
        self.server = self._life.enter_context(running_app("app.py", env=self._env, port=self._port))
        return self.server

    def kill(self) -> None:
        """Without a word."""
        os.kill(self.server.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        """As at a shutdown."""
        self._life.close()

    def memory_mib(self) -> float:
        """Resident."""
        return float(psutil.Process(self.server.pid).memory_info().rss) / 2**20


def kill_a_worker(chance: random.Random) -> bool:
    """Any of the processes that train for a cluster of this process; False if there is none at this moment."""
    found = [child for child in psutil.Process().children(recursive=True) if _is_worker(child)]
    with suppress(psutil.NoSuchProcess):
        if found:
            chance.choice(found).kill()
            return True
    return False


def _is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return any("spawn_main" in word for word in process.cmdline())
    return False
