"""What is a name of a model on a hub, and what could lead elsewhere."""

import pytest

from attnlab.engine import SpecError
from attnlab.pretrained.files.hub_ids import HubId, hub_id, hub_id_or_none
from attnlab.settings.attention import PRETRAINED_NAME

IDS = {
    "org/name": HubId("org", "name"),
    "org/name@main": HubId("org", "name"),
    "org/name@v1.0": HubId("org", "name", "v1.0"),
    "Org-1/na_me.x-2@0123456789abcdef0123456789abcdef01234567": HubId(
        "Org-1", "na_me.x-2", "0123456789abcdef0123456789abcdef01234567"
    ),
    "_/_": HubId("_", "_"),
    "a" * 96 + "/" + "b" * 96 + "@" + "c" * 64: HubId("a" * 96, "b" * 96, "c" * 64),
}
SPOILT = (
    "",
    "name",
    "/name",
    "org/",
    "org/name@",
    "org/name/more",
    "org//name",
    "/org/name",
    "../name",
    "org/..",
    "org/a..b",
    "org/name@..",
    "org/name@a/b",
    "org/name@refs/pr/1",
    ".org/name",
    "org/.name",
    "-org/name",
    "org/-name",
    "--flag/name",
    "org/name@-f",
    "org/name; ls",
    "org/$(ls)",
    "org/`ls`",
    "org/na me",
    "org/name\n",
    "org/name\x00",
    "org/name?x=1",
    "org/name#x",
    "org/na%2e%2eme",
    "org\\name",
    "https://huggingface.co/org/name",
    "user:word@host/name",
    "org/n\u0430me",  # a Cyrillic letter
    "org/\ud800",
    "a" * 97 + "/name",
    "org/" + "a" * 97,
    "org/name@" + "a" * 65,
    "a" * 100_000,
)


@pytest.mark.parametrize("text", IDS)
def test_an_id_is_read_and_said_as_short_as_it_can_be(text: str) -> None:
    found = hub_id(text)
    assert found == IDS[text]
    assert hub_id(str(found)) == found
    assert str(found) == text.removesuffix("@main")
    assert found.folder.parts == (found.org, f"{found.name}@{found.revision}")


@pytest.mark.parametrize("text", SPOILT, ids=range(len(SPOILT)))
def test_what_is_no_id_is_refused_in_a_sentence(text: str) -> None:
    assert hub_id_or_none(text) is None
    with pytest.raises(SpecError, match=r"^model \('.*\) must be org/name or org/name@revision, of letters") as refused:
        hub_id(text)
    assert len(str(refused.value)) < 320


@pytest.mark.parametrize("text", IDS)
def test_a_link_can_say_what_is_an_id(text: str) -> None:
    assert PRETRAINED_NAME.fullmatch(text)
