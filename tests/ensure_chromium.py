"""Make sure that browser tests have a Chromium: `python -m tests.ensure_chromium`.

A Chromium that is already there wins. Otherwise playwright's download is tried, for a minute at most because
closed networks let it hang, then Debian's package. Having none is no error here: the tests decide by $CI.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.browser.chromium import find_chromium

DOWNLOAD_TIMEOUT_S = 60
APT_TIMEOUT_S = 600
APT_PACKAGES = ("chromium-headless-shell", "chromium")  # the first is not in every release

NONE_FOUND = """
**********************************************************************
  NO CHROMIUM: the browser tests will be skipped (or fail if CI=true).
  Install one (Debian: apt-get install chromium) or set $CHROMIUM.
**********************************************************************
"""


def main() -> None:
    """Find a Chromium that starts, or get one."""
    found = _working_chromium() or _downloaded() or _installed_by_apt()
    print(f"Browser tests use {found}" if found else NONE_FOUND, flush=True)


def _downloaded() -> str | None:
    _run([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], DOWNLOAD_TIMEOUT_S)
    return _working_chromium()


def _installed_by_apt() -> str | None:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return None
    _run(["apt-get", "update"], APT_TIMEOUT_S)
    for package in APT_PACKAGES:
        _run(["apt-get", "install", "-y", "--no-install-recommends", package], APT_TIMEOUT_S)
        if found := _working_chromium():
            return found
    return None


def _working_chromium() -> str | None:
    """The Chromium that tests would use, if it starts: a downloaded one may lack system libraries."""
    path = find_chromium()
    return path if path and _run([path, "--version"], timeout_s=30) else None


def _run(command: list[str], timeout_s: float) -> bool:
    """Whether the command succeeded in time. Its children die with it, so nothing keeps downloading."""
    print("+", *command, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        process = subprocess.Popen(command, env=environment, start_new_session=True)
    except OSError as error:
        print(error, flush=True)
        return False
    try:
        return process.wait(timeout=timeout_s) == 0
    except subprocess.TimeoutExpired:
        print(f"gave up after {timeout_s:.0f} s", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


if __name__ == "__main__":
    main()
