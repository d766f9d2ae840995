"""A line of the log: what is in it, and what is not."""

import json
import logging
import sys

import pytest

from attnlab.ui.operations import logs

TYPED = "marmalade"


def line(name: str, message: str, *arguments: object, failed: bool = False) -> dict[str, object]:
    error = None
    if failed:
        try:
            raise ValueError(TYPED)
        except ValueError:
            error = sys.exc_info()
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, error)
    written: dict[str, object] = json.loads(logs.JsonLines().format(record))
    return written


def test_what_others_put_into_their_messages_stays_out() -> None:
    told = line("streamlit.runtime", "cannot read %s", TYPED)
    assert told["event"] == "cannot read %s"
    assert (told["level"], told["logger"]) == ("warning", "streamlit.runtime")


def test_our_own_messages_are_whole() -> None:
    assert line("attnlab.training", "worker %d is silent", 3)["event"] == "worker 3 is silent"


def test_of_an_exception_there_is_its_kind_and_where_it_was_raised_but_not_what_it_says() -> None:
    told = line("streamlit.error_util", "Uncaught app execution", failed=True)
    assert told["error"] == "ValueError"
    assert str(told["where"]).endswith("line']")
    assert TYPED not in json.dumps(told)


def test_a_kind_of_log_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.LOG_VARIABLE, "xml")
    with pytest.raises(SystemExit, match="ATTNLAB_LOG must be text or json: 'xml' is neither"):
        logs.set_up()
