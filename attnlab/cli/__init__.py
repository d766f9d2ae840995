"""The command line: races, tasks, tuning, models and sweeps without a browser. Tables on stdout, progress on stderr.

Exit codes: 0 done, 1 the computation or a file failed, 2 something was asked for that cannot be, 130 Ctrl-C.
"""

from attnlab.cli.main import main

__all__ = ["main"]
