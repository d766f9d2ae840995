"""Start a Streamlit script on a free port and stop it again. Browser tests and benchmarks both use it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

REPO_ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
QUICK = {"PYTHONUNBUFFERED": "1", "ATTNLAB_WARM_WORKERS": "0"}
"""Of the environment: most that is started here trains nothing."""


@dataclass(frozen=True)
class AppServer:
    """A running Streamlit server: where it listens, its process and its log."""

    url: str
    pid: int
    log: Path

    def log_tail(self, lines: int = 60) -> str:
        """The last lines that the server wrote to stdout and stderr."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@contextmanager
def running_app(
    script: str | Path = "app.py",
    *,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path = REPO_ROOT,
    prefix: str = "",
    port: int | None = None,
    timeout_s: float = 120,
) -> Iterator[AppServer]:
    """Run a Streamlit script in its own process for as long as the `with` block lasts.

    Args:
        script: path of the script, relative to `cwd` or absolute.
        options: further Streamlit options, such as `["--server.maxMessageSize", "1"]`.
        env: variables added to this process's environment.
        cwd: where the server runs; Streamlit reads `.streamlit/config.toml` there.
        prefix: the path below which it is served, such as "/lab"; part of the server's address then.
        port: where it listens; a free one if None.
        timeout_s: how long the first start may take; importing torch on a busy machine is slow.

    Yields:
        The server, once its health endpoint answers.

    Raises:
        RuntimeError: the server ended or stayed silent before it was healthy; the message carries its log.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", HOST, "--server.headless", "true", *options]
    command += ["--server.baseUrlPath", prefix] if prefix else []
    with tempfile.TemporaryDirectory(prefix="attnlab-server-") as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as sink:
            # A session of its own, so that whatever the app has started can be stopped with it.
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **QUICK, **(env or {})},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = AppServer(url=f"http://{HOST}:{port}{prefix}", pid=process.pid, log=log)
        try:
            _wait_until_healthy(server, process, timeout_s)
            yield server
        finally:
            _stop(process)


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(server: AppServer, process: subprocess.Popen[bytes], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not _is_healthy(server.url):
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with status {process.returncode}:\n{server.log_tail()}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the app was not healthy after {timeout_s} s:\n{server.log_tail()}")
        time.sleep(0.1)


def _is_healthy(url: str) -> bool:
    # Not urllib: that would send even a loopback address through a proxy named in the environment.
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=2)
    try:
        connection.request("GET", f"{address.path}/_stcore/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to shut down as a user's Ctrl+C would, then end what is left of its session."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):  # nothing is left: the usual case
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
