"""Messages, files, templates and channels in every desk store: the real one and its in-memory twin."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from services.ticket_service.domain.attachment import Attachment, AttachmentError
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.message import (
    IN,
    OUT,
    PUBLIC,
    Arrivals,
    Delivery,
    DeliveryError,
    DeliveryReport,
    Message,
    Reaction,
)
from services.ticket_service.domain.settings import PleaseAnswer
from services.ticket_service.domain.template import Template, TemplateError
from services.ticket_service.ports import Changes, Conflict
from tests.ticket_service.building import NOW, at
from tests.ticket_service.conftest import Stored

Documents = dict[str, Any]

ANNA = Actor(CUSTOMER, "c1", "Anna")
BRUNO = Actor(AGENT, "u1", "Bruno")


def said(message_id: str = "m1") -> Message:
    return Message(message_id, IN, PUBLIC, ANNA, "text", "Buongiorno", NOW, NOW, "v1", "t1", "c1")


def an_outgoing(message_id: str = "m1", **more: Any) -> Message:
    return Message(
        message_id,
        OUT,
        PUBLIC,
        BRUNO,
        "text",
        "Ciao",
        NOW,
        NOW,
        "v1",
        "t1",
        "c1",
        **more,
    )


def merged(stored: Stored) -> Documents:
    (message,) = stored.look("messages")
    delivery: Documents = message["delivery"]
    return {
        **delivery,
        "times": dict(sorted(delivery["times"].items())),
        "ids": message["provider_message_ids"],
    }


FAILURE = DeliveryError("131026", "Undeliverable", "", "call")
REPORTS = [
    DeliveryReport("m1", Delivery("failed", 4, {"sent": at(1), "failed": at(5)}, at(0), FAILURE), ["b", "a"]),
    DeliveryReport("m1", Delivery("draft", -1, {}, at(6), None, 1), []),
    DeliveryReport("m1", Delivery("queued", 0, {}, at(20), None, 1), []),
    DeliveryReport(
        "m1", Delivery("delivered", 2, {"sent": at(22), "delivered": at(23)}, at(21), None, 1), ["c"]
    ),
    DeliveryReport("m1", Delivery("sent", 1, {"sent": at(22)}, at(21), None, 1), ["c"]),
]


@pytest.mark.parametrize("seed", range(12))
def test_a_later_attempt_replaces_an_earlier_one_in_any_order(stored: Stored, seed: int) -> None:
    reports = [*REPORTS, *random.Random(seed).sample(REPORTS, 2)]
    random.Random(seed).shuffle(reports)
    stored.store.save(Changes(messages=[an_outgoing()]))
    cut = seed % len(reports)
    for batch in (reports[:cut], reports[cut:]):
        stored.store.save(Changes(deliveries=batch))
    assert merged(stored) == {
        "state": "delivered",
        "rank": 2,
        "times": {"delivered": at(23), "sent": at(22)},
        "queued_at": at(20),
        "error": None,
        "attempt": 1,
        "ids": ["a", "b", "c"],
    }


def test_a_draft_takes_the_place_of_the_attempt_that_failed(stored: Stored) -> None:
    stored.store.save(Changes(messages=[an_outgoing()]))
    stored.store.save(Changes(deliveries=[REPORTS[1], REPORTS[0]]))
    assert (merged(stored)["state"], merged(stored)["attempt"], merged(stored)["error"]) == ("draft", 1, None)


def a_full_message() -> Message:
    message = an_outgoing("full", content={"interactive": {"kind": "buttons"}}, template={"name": "x"})
    message.provider_message_ids, message.attachments = ["p1", "p2"], ["a2", "a1"]
    message.react(Reaction("👍", ANNA, at(3), "r1"))
    message.react(Reaction("", BRUNO, at(4), "r2"))
    message.edit("Ciao!", at(5))
    message.revoke(at(6))
    message.reply_to, message.received_at, message.raw, message.trace_id = "p0", at(1), "{}", "t"
    message.delivery = Delivery("failed", 4, {"failed": at(2)}, at(0), FAILURE, 3)
    return message


def test_a_message_is_loaded_as_it_was_saved(stored: Stored) -> None:
    stored.store.save(Changes(messages=[a_full_message(), said("m2")]))
    expected = a_full_message()
    expected.version = 1
    assert stored.store.load_messages(["full", "m9"]) == {"full": expected}
    assert stored.store.load_targets(["p2", "p9"]) == [expected]
    assert stored.store.load_targets(["p9"]) == []


def test_a_changed_message_keeps_its_delivery_and_must_not_have_changed_meanwhile(stored: Stored) -> None:
    stored.store.save(Changes(messages=[an_outgoing()]))
    first, second = (stored.store.load_messages(["m1"])["m1"] for _ in range(2))
    first.react(Reaction("👍", ANNA, at(3), "r1"))
    second.revoke(at(4))
    changes = Changes(deliveries=[DeliveryReport("m1", Delivery("read", 3, {"read": at(2)}, NOW), ["p"])])
    changes.touch(first)
    stored.store.save(changes)
    with pytest.raises(Conflict):
        stored.store.save(Changes(message_changes={"m1": second}))
    found = stored.store.load_messages(["m1"])["m1"]
    assert (found.version, [each.emoji for each in found.reactions], found.revoked_at) == (2, ["👍"], None)
    assert found.delivery is not None
    assert found.delivery.state == "read"


def test_what_waits_for_a_message_is_found_by_its_providers_id_until_it_has_found_it(stored: Stored) -> None:
    reaction = said("r1")
    reaction.kind, reaction.target = "reaction", "p1"
    stored.store.save(Changes(messages=[reaction, said()]))
    arrivals = stored.store.load_arrivals(["m1", "m9"], ["p1", "p9"])
    assert (arrivals.known, [each.id for each in arrivals.waiting]) == ({"m1"}, ["r1"])
    assert [each.id for each in stored.store.load_deliveries([], ["p1"], [], [])[1].waiting] == ["r1"]
    (waiting,) = arrivals.waiting
    waiting.target_id = "m1"
    stored.store.save(Changes(message_changes={"r1": waiting}))
    assert stored.store.load_arrivals(["r1"], ["p1"]) == Arrivals({"r1"}, [])


def test_only_a_draft_can_be_discarded(stored: Stored) -> None:
    draft = an_outgoing("d1", delivery=Delivery("draft", -1, {}, NOW))
    sent = an_outgoing("s1", delivery=Delivery("sent", 1, {}, NOW))
    stored.store.save(Changes(messages=[draft, sent, an_outgoing("n1")]))
    for refused in ("s1", "n1", "gone"):
        with pytest.raises(Conflict):
            stored.store.save(Changes(discarded_drafts=["d1", refused]))
    stored.store.save(Changes(discarded_drafts=["d1"]))
    assert sorted(each["_id"] for each in stored.look("messages")) == ["n1", "s1"]


def an_attachment(attachment_id: str = "a1") -> Attachment:
    attachment = Attachment(attachment_id, "image", "main", "chat", NOW, reference="media-1")
    attachment.message_id, attachment.conversation_id, attachment.ticket_id = "m1", "v1", "t1"
    attachment.uploaded_by = BRUNO
    attachment.failed(AttachmentError("gone", "It is gone.", "Ask."), at(1))
    attachment.stored("blob", "image/png", "a.png", "f" * 64, 12, at(2))
    attachment.ask_again(at(3))
    return attachment


def test_an_attachment_is_loaded_as_it_was_saved_and_changed_by_one_only(stored: Stored) -> None:
    changes = Changes()
    changes.touch(an_attachment(), an_attachment("a2"))
    stored.store.save(changes)
    first, second = (stored.store.load_attachments(["a1", "a9"])["a1"] for _ in range(2))
    assert first.version == 1
    first.version = 0
    assert first == an_attachment()
    first.version = 1
    stored.store.save(Changes(attachments={"a1": first}))
    with pytest.raises(Conflict):
        stored.store.save(Changes(attachments={"a1": second}))
    with pytest.raises(Conflict):
        stored.store.save(Changes(attachments={"a1": an_attachment()}))


def a_template(revision: int, status: str = "approved") -> Template:
    error = TemplateError("1", "t", "d", "r") if status == "rejected" else None
    body = [{"type": "BODY", "text": "Hello {{1}}", "example": {"body_text": [["Anna"]]}}]
    return Template(
        "main", "chat", "hello", "it", "UTILITY", status, body, revision, NOW, "17", "GREEN", error=error
    )


def test_a_template_is_replaced_unless_a_newer_revision_is_there(stored: Stored) -> None:
    for revision, status, expected in [
        (2, "rejected", 2),
        (1, "approved", 2),
        (2, "submitting", 2),
        (5, "approved", 5),
        (4, "paused", 5),
    ]:
        stored.store.save(Changes(templates=[a_template(revision, status)]))
        found = stored.store.load_template("main:hello:it")
        assert found is not None
        assert found.revision == expected
    assert found == a_template(5)
    assert stored.store.load_template("main:other:it") is None


def test_an_aspect_is_replaced_unless_a_newer_statement_is_there(stored: Stored) -> None:
    old, new = (
        Aspect("main", "sending", level, "t", "d", "r", at(n)) for n, level in enumerate(("failing", "ok"))
    )
    other = Aspect("main", "account", "warning", "t", "", "", NOW)
    for aspects in ([new, other], [old], [new]):
        stored.store.save(Changes(aspects=aspects))
    assert stored.store.channel_aspects() == [other, new]


def test_the_template_that_asks_for_an_answer_is_a_setting(stored: Stored) -> None:
    wanted = PleaseAnswer("hello", "it", [{"type": "body", "parameters": []}])
    before = stored.store.desk()
    stored.store.save(Changes(records=[replace(before, please_answer=wanted)]))
    after = stored.store.desk()
    assert (after.please_answer, after.version) == (wanted, before.version + 1)
    with pytest.raises(Conflict):
        stored.store.save(Changes(records=[before]))
    assert stored.store.desk() == after
