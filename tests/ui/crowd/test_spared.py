"""What is the same in every run is done once, and gives the same."""

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession

from attnlab.ui.crowd.spared import read_once, spare_runs

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.light.sidebar", "theme.dark.sidebar")


@pytest.fixture
def streamlits_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what is replaced."""
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    monkeypatch.setattr(AppSession, "register_file_watchers", AppSession.register_file_watchers)
    spare_runs.cache_clear()
    yield
    spare_runs.cache_clear()


@pytest.mark.parametrize("section", SECTIONS)
def test_the_theme_is_read_once_and_told_as_before(section: str, streamlits_own: None) -> None:
    read: list[str] = []
    fill = app_session._populate_theme_msg

    def counting(msg: CustomThemeConfig, section: str = "theme") -> None:
        read.append(section)
        fill(msg, section)

    once, expected = read_once(counting), CustomThemeConfig()
    fill(expected, section)
    for _run in range(3):
        told = CustomThemeConfig()
        once(told, section)
        assert told == expected
    assert expected.ByteSize() > 0
    assert read == [section]


@pytest.mark.parametrize(("setting", "watched"), [("none", False), ("poll", True)])
def test_a_session_that_comes_back_heeds_the_setting(
    setting: str, watched: bool, streamlits_own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "get_option", {"server.fileWatcherType": setting}.__getitem__)
    before = AppSession.register_file_watchers
    spare_runs()
    assert (AppSession.register_file_watchers is before) == watched
