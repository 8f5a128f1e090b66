"""What an earlier version stored is still read."""

from __future__ import annotations

import json

from services.notifier.domain.content import Choice, Content, Interactive
from services.notifier.store.documents import delivery_document, delivery_of
from tests.notifier.building import a_delivery


def test_a_delivery_stored_before_there_were_live_chats_has_no_author_and_no_form() -> None:
    asked = Interactive("buttons", buttons=(Choice("y", "Yes"),))
    delivery = a_delivery(content=Content("interactive", "Well?", interactive=asked))
    document = delivery_document(delivery)
    del document["author"], document["author_picture"]
    rest = json.loads(document["content"]["rest"])
    del rest["interactive"]["form_fields"]
    document["content"]["rest"] = json.dumps(rest)
    assert delivery_of(document) == delivery
