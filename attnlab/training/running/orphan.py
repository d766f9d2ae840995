"""What the processes of an embedded cluster do when their app is gone, however it went: they end.

An app that is killed can tell nobody. But each of them reads from a pipe into which the app never writes, and whose
other end the system closes with the app.
"""

import os
import signal
import threading

STDIN = 0


def dask_setup(_server: object) -> None:
    """Called by Dask as a scheduler or a nanny starts (its preloads)."""
    threading.Thread(target=end_with_the_app, name="orphan", daemon=True).start()


def end_with_the_app() -> None:
    """Wait for the end of the pipe, then end this process, which leads a group, and all that it has started."""
    while os.read(STDIN, 1):
        pass
    os.killpg(os.getpid(), signal.SIGKILL)
