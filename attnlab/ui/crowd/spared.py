"""What Streamlit does anew in every run though nothing has changed since the process started, done once.

Measured with thirty visitors of whom some lose the connection now and then: looking through all imported modules took
18 % of the server's time, copying the theme 8 %.
"""

import functools
from typing import Protocol

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession


class Fill(Protocol):
    """Fills a message with the colours and fonts of a section of the settings."""

    def __call__(self, msg: CustomThemeConfig, section: str = ...) -> None:
        """Fill it."""


@functools.cache
def spare_runs() -> None:
    """From now on, in every session."""
    if config.get_option("server.fileWatcherType") == "none":
        # A session that is made heeds the setting; one whose browser comes back would begin to watch.
        AppSession.register_file_watchers = _watch_nothing  # type: ignore[method-assign, assignment]
    app_session._populate_theme_msg = read_once(app_session._populate_theme_msg)


def _watch_nothing(_session: AppSession) -> None:
    return None


def read_once(fill: Fill) -> Fill:
    """The same, but the settings are read the first time alone."""

    @functools.cache
    def told(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        fill(theme, section)
        return theme

    def filled(msg: CustomThemeConfig, section: str = "theme") -> None:
        msg.MergeFrom(told(section))

    return filled
