"""What a Dask worker imports before it is ready: torch takes seconds, and who presses play should not wait for it."""

import logging

from distributed.comm.core import CommClosedError

import attnlab.training.running.work.worker  # noqa: F401


def is_news(record: logging.LogRecord) -> bool:
    """Whether a record of Dask's nanny or worker tells of anything that went wrong.

    A worker that closes by itself, because there was nothing to do for long or its scheduler is gone, closes the queue
    that its nanny would have stopped it through; one time in ten a thread of its is just reading from that queue, finds
    it gone, and logs a traceback as if the worker had died. (Had the nanny gone, that would be an `EOFError`.) Or its
    heartbeat is just on its way when its connections close.
    """
    fault = record.exc_info[1] if record.exc_info else None
    died = "Worker process died unexpectedly" in record.msg and isinstance(fault, TypeError | OSError)
    late = "during heartbeat" in record.msg and isinstance(fault, CommClosedError)
    return not (died or late)


for name in ("nanny", "worker"):
    logging.getLogger(f"distributed.{name}").addFilter(is_news)
