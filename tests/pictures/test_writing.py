"""What the canvas of written texts is sent."""

import torch

from attnlab.engine.transformer.writing import Cuts, write_on
from attnlab.pictures.writing import MOST_OFFERS, Line, Said, offers, written_payload

LOGITS = torch.arange(10.0)
NAMES = "abcdefghij".__getitem__


def test_offers_are_the_likeliest_and_what_was_written_is_among_them() -> None:
    for seed in range(20):
        (one,) = write_on(lambda _: LOGITS, (0,), 1, Cuts(10.0, 8, None), seed)
        found = offers(one, NAMES)
        assert len(found) == MOST_OFFERS
        assert [offer.text for offer in found[:5]] == list("jihgf")
        assert NAMES(one.id) in {offer.text for offer in found}
        assert [offer.kept for offer in found] == [offer.text not in "ab" for offer in found]


def test_what_cannot_be_is_not_offered() -> None:
    (one,) = write_on(lambda _: torch.tensor([0.0, 2e5]), (0,), 1, Cuts(), 0)
    assert [offer.text for offer in offers(one, NAMES)] == ["b"]


def test_shares_are_sent_in_thousandths_and_text_as_it_is() -> None:
    said = Said("<b>", (), (torch.tensor([0.25, 0.7496]), None), 3)
    payload = written_payload([Line("LSTM", "#000000", "", (("{x}", False),), (said,))], ["influence"], {"hint": "h"})
    (line,) = payload["lines"]
    assert line["prompt"] == [{"text": "{x}", "known": False}]
    assert line["said"] == [{"text": "<b>", "offers": [], "looked": [[250, 750], None], "begin": 3}]
