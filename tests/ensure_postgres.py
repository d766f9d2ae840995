"""Make sure that the run store is tested on PostgreSQL too: `python -m tests.ensure_postgres`.

One that is already there wins; otherwise Debian's package is tried. Having none is no error here: the tests decide
by $CI. No server is started: the tests start one of their own.
"""

import os
import subprocess
from pathlib import Path

from tests.postgres import find_postgres

APT_TIMEOUT_S = 600

NONE_FOUND = """
**********************************************************************
  NO POSTGRESQL: the run store will be tested on SQLite only (or its
  tests fail if CI=true). On Debian: apt-get install postgresql
**********************************************************************
"""


def main() -> None:
    """Find a PostgreSQL, or get one."""
    found = find_postgres() or (installed_by_apt("postgresql") and find_postgres())
    print(f"Store tests use PostgreSQL from {found}" if found else NONE_FOUND, flush=True)


def installed_by_apt(package: str) -> bool:
    """Try to install a package of Debian's; whether it was tried."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return False
    _run(["apt-get", "update"])
    _run(["apt-get", "install", "-y", "--no-install-recommends", package])
    return True


def _run(command: list[str]) -> None:
    print("+", *command, flush=True)
    # Run level 1 is how Debian's packages are told not to start the service they bring.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        subprocess.run(command, env=environment, timeout=APT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, flush=True)


if __name__ == "__main__":
    main()
