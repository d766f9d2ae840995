"""Make sure that several processes behind nginx are tested: `python -m tests.ensure_nginx`.

One that is already there wins; otherwise Debian's package is tried. Having none is no error here: the tests decide
by $CI. No server is started: the tests start one of their own.
"""

from tests.ensure_postgres import installed_by_apt
from tests.nginx import find_nginx

NONE_FOUND = """
**********************************************************************
  NO NGINX: several processes behind one address will not be tested
  (or their tests fail if CI=true). On Debian: apt-get install nginx-light
**********************************************************************
"""


def main() -> None:
    """Find an nginx, or get one."""
    found = find_nginx() or (installed_by_apt("nginx-light") and find_nginx())
    print(f"Tests of several processes use {found}" if found else NONE_FOUND, flush=True)


if __name__ == "__main__":
    main()
