"""An answer in a live chat over REST: sent there, then by mail when nobody reads it, and seen as such."""

from __future__ import annotations

import pytest

from services.ticket_service.jobs.unread_answers import mail_unread
from shared.contracts import mail_requested, reply_requested
from shared.contracts.catalogue import decode
from tests.ticket_service.api.rig import MAIL_CHANNEL, Rig
from tests.ticket_service.chats import EMAIL, GIULIA, written

pytestmark = pytest.mark.integration


def test_an_answer_that_nobody_reads_is_shown_as_mailed(rig: Rig) -> None:
    rig.take(written("m1", "Dov'è il mio ordine?", rig.clock.now, email=EMAIL))
    number = rig.get("/tickets").get_json()["items"][0]["number"]
    answer = rig.post(f"/tickets/{number}/replies", {"text": "Arriva domani."})
    assert answer.status_code in (201, 202), answer.text
    rig.clock.forward(minutes=5)
    assert mail_unread(rig.web.services.desk, rig.clock.now) == 1
    events = {each.type: each.data for each in (decode(one["body"]) for one in rig.outbox())}
    assert events[reply_requested.TYPE].recipient.address == GIULIA
    assert events[mail_requested.TYPE].channel_id == MAIL_CHANNEL.id
    actions = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    mailed = {each["text"]: each["mailed_at"] for each in actions}
    assert mailed["Dov'è il mio ordine?"] is None
    assert mailed["Arriva domani."] is not None
