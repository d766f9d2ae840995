"""A PostgreSQL of the tests' own, thrown away afterwards. Nothing listens on a port, no other cluster is touched."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL

START_TIMEOUT_S = 30

# Thrown away anyway: nothing needs to reach the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "jit": "off",
}


def find_postgres() -> Path | None:
    """The folder of `initdb` and `postgres`: on PATH, or where Debian keeps its newest; None if they could not run."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:  # part of every Debian
        return None
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return next((path for path in folders if (path / "initdb").exists() and (path / "postgres").exists()), None)


class Postgres:
    """A fresh PostgreSQL server, which can be stopped and started again; it also ends if this process is killed.

    Args:
        binaries: the folder of `initdb` and `postgres`.
        folder: an empty one, for its data, its socket and its log.
        **settings: of the server, beside `SETTINGS`.

    Raises:
        RuntimeError: it could not be set up.
    """

    def __init__(self, binaries: Path, folder: Path, **settings: str) -> None:
        self._folder, self._become = folder, _unprivileged(folder)
        self._server: subprocess.Popen[bytes] | None = None
        data = str(folder / "data")
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        command = [*self._become, *initdb, "--no-sync"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr}")
        told = [part for name, value in (SETTINGS | settings).items() for part in ("-c", f"{name}={value}")]
        self._command = [*self._become, str(binaries / "postgres"), "-D", data, "-k", str(folder), *told]

    @property
    def url(self) -> str:
        """The address of its database, over a socket in its folder."""
        url = URL.create("postgresql", username="postgres", database="postgres", query={"host": str(self._folder)})
        return url.render_as_string()

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Have it answer.

        Raises:
            RuntimeError: it did not start; the message carries its log.
        """
        log = self._folder / "log"
        with log.open("ab") as sink:
            self._server = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # Ctrl+C is for pytest, which then stops the server
            )
        _wait_until_ready(self._folder, self._server, log)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: at once by default, as there is nothing to save; SIGINT is a clean restart's."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(timeout=START_TIMEOUT_S)


@contextmanager
def private_cluster(binaries: Path) -> Iterator[str]:
    """A fresh PostgreSQL server for as long as the `with` block lasts.

    Args:
        binaries: the folder of `initdb` and `postgres`.

    Yields:
        The address of a database of its own.

    Raises:
        RuntimeError: the server did not start; the message carries its log.
    """
    # Not $TMPDIR: the path of a socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="attnlab-pg-", dir="/tmp"))
    try:
        server = Postgres(binaries, folder)
        try:
            server.start()
            yield server.url
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> list[str]:
    """Words before a command: PostgreSQL refuses to run as root. The kernel ends it with this process."""
    if os.geteuid():
        return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    users = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in users else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    who = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return ["setpriv", *who, "--pdeathsig", "INT"]


def _wait_until_ready(folder: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
        time.sleep(0.05)
