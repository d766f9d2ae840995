"""`deploy/nginx.conf` at work, in front of processes of the test's own, thrown away afterwards."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from attnlab.paths import ROOT
from tests.browser.server import HOST, free_port
from tests.plain_http import get

SHIPPED = ROOT / "deploy" / "nginx.conf"
START_TIMEOUT_S = 30
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

MAIN = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
{temporary}
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """A running nginx: its address, and where it says what it has passed on to whom."""

    url: str
    access_log: Path

    def cookie_for(self, replica: str) -> str:
        """A visitor's cookie that nginx keeps at the replica with this address."""
        for number in range(100):
            cookie = f"attention_lab={number:032x}"
            if self.replica_of(cookie) == urlsplit(replica).netloc:
                return cookie
        raise RuntimeError(f"none of a hundred visitors comes to {replica}")

    def replica_of(self, cookie: str) -> str:
        """Who answers a visitor. All that was asked before is in the log then: nginx writes a line after its answer."""
        path = f"/asked-{secrets.token_hex(8)}"
        get(self.url, path, Cookie=cookie)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            for line in self.access_log.read_text(encoding="utf-8").splitlines(keepends=True):
                if path in line and line.endswith("\n"):
                    return line.split()[-1]
            time.sleep(0.01)
        raise RuntimeError("nginx does not write its log")


def find_nginx() -> str | None:
    """The program: on PATH, or where Debian puts it."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def site(replicas: Sequence[str], port: int, folder: Path) -> str:
    """What ships, with other addresses: of the processes behind it, of its own, of its log."""
    servers = "".join(f"    server {urlsplit(url).netloc} max_fails=2 fail_timeout=10s;\n" for url in replicas)
    shipped = SHIPPED.read_text(encoding="utf-8")
    text, others = re.subn(r"( {4}server app-\d:8501 [^\n]*\n)+", servers, shipped, count=1)
    text, own = re.subn(r"listen 80;", f"listen {HOST}:{port};", text)
    text, logs = re.subn(r"/var/log/nginx", str(folder), text)
    assert (others, own, logs) == (1, 1, 1)
    return text


@contextmanager
def running_nginx(program: str, replicas: Sequence[str]) -> Iterator[Front]:
    """The shipped configuration in front of app processes, for as long as the `with` block lasts.

    Raises:
        RuntimeError: it does not start; the message carries what nginx says.
    """
    with tempfile.TemporaryDirectory(prefix="attnlab-nginx-") as made:
        folder, port = Path(made), free_port()
        folder.chmod(0o755)  # nginx gives up root's rights, but not its files
        temporary = "\n".join(f"    {name}_temp_path {folder}/{name};" for name in TEMPORARY)
        (folder / "site.conf").write_text(site(replicas, port, folder), encoding="utf-8")
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, temporary=temporary), encoding="utf-8")
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        if tested.returncode:
            raise RuntimeError(tested.stderr)
        process = subprocess.Popen(command, start_new_session=True)
        try:
            _wait_for(folder / "pid")
            yield Front(f"http://{HOST}:{port}", folder / "attention_lab.log")
        finally:
            process.terminate()
            process.wait(timeout=START_TIMEOUT_S)


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not file.exists() or not file.read_text(encoding="utf-8").strip():
        if time.monotonic() > deadline:
            raise RuntimeError("nginx does not start")
        time.sleep(0.05)


def required_nginx() -> str | None:
    """The program; None where its tests may be skipped.

    Raises:
        RuntimeError: there is none, and CI=true.
    """
    found = find_nginx()
    if found is None and os.environ.get("CI", "").lower() in {"1", "true"}:
        raise RuntimeError("NO NGINX FOUND: `make test` as root on Debian gets one")
    return found
