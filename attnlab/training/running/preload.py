"""What a Dask worker imports before it is ready: torch takes seconds, and who presses play should not wait for it."""

import logging

import attnlab.training.running.worker  # noqa: F401


def is_news(record: logging.LogRecord) -> bool:
    """Whether a record of Dask's nanny tells of anything that went wrong.

    A worker that closes by itself, because there was nothing to do for long or its scheduler is gone, closes the queue
    that its nanny would have stopped it through; one time in ten a thread of its is just reading from that queue, finds
    it gone, and logs a traceback as if the worker had died. (Had the nanny gone, that would be an `EOFError`.)
    """
    fault = record.exc_info[1] if record.exc_info else None
    return not ("Worker process died unexpectedly" in record.msg and isinstance(fault, TypeError | OSError))


logging.getLogger("distributed.nanny").addFilter(is_news)
