"""A ticket with a message of every kind that customers send, and in every state that a page shows."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any, Final

from shared.contracts.attachment import RemoteFile, attachment_id
from tests.ticket_service.api.rig import Rig

PHONE: Final = "+393357654321"
HOSTILE: Final = '<script>alert("1")</script><img src=x onerror=alert(2)>'
"""What must never be anything but text."""
PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def every_kind(rig: Rig, picture: bytes) -> str:
    """The number of the ticket; its clock has gone on a little."""
    talk = _Talk(rig)
    number = talk.say("Salve, ho qualche domanda: https://example.com/ordini?id=1&x=2.", name="Giulia Neri")
    talk.file("image", "image/png", f"{HOSTILE}.png", picture)
    talk.file("voice", "audio/ogg", "", _ogg())
    talk.file("document", "application/pdf", "Contratto 2026.pdf", PDF)
    talk.file("video", "video/mp4", "prova.mp4", None)
    talk.file("document", "application/pdf", "troppo-grande.pdf", b"")
    talk.say(
        "[location] Duomo",
        kind="location",
        content={"location": {"latitude": 45.4642, "longitude": 9.19, "name": "Duomo", "address": "Milano"}},
    )
    card = {"name": "Paolo Verdi", "phones": [{"phone": "+39 02 1234567"}], "emails": ["paolo@example.org"]}
    card = {**card, "organization": "Verdi"}
    talk.say(
        "[contacts] Paolo Verdi", kind="contacts", content={"contacts": [{**card, "organization": "Verdi"}]}
    )
    items = [{"product_id": "CARTA-80", "quantity": 12, "price": 1.9, "currency": "EUR"}]
    talk.say("[order] 1 items", kind="order", content={"catalog_id": "1", "item_count": 1, "items": items})
    talk.say("Sì, grazie", kind="button_reply", content={"id": "yes", "title": "Sì, grazie"})
    talk.say("[unsupported message]", kind="unsupported", content={"type": "poll"}, raw='{"type":"poll"}')
    talk.say(HOSTILE, name="Giulia Neri")
    ad = {"source_type": "ad", "headline": "Sconto di Natale", "source_url": "https://example.com/ad"}
    talk.say("Vale ancora lo sconto?", content={"referral": ad, "forwarded": True})
    wrong = talk.say_id("Il codice è 1234")
    talk.say("Il codice è 4321", kind="edit", target=wrong, content={"kind": "text"})
    gone = talk.say_id("Messaggio mandato per sbaglio")
    talk.say("[message deleted]", kind="revoke", target=gone)
    return _answered(rig, number)


def _answered(rig: Rig, number: str) -> str:
    ticket = f"/tickets/{number}"
    choice = {"kind": "buttons", "buttons": [{"id": "yes", "title": "Sì"}, {"id": "no", "title": "No"}]}
    asked = rig.post(f"{ticket}/replies", {"text": "Va bene domani alle 9?", "interactive": choice})
    rig.delivered(asked.get_json()["id"], "read", rig.clock.now)
    template = {"name": "please_answer", "language": "it", "components": []}
    rig.post(f"{ticket}/replies", {"template": template})
    rig.post(f"{ticket}/notes", {"text": f"Attenzione: {HOSTILE}"})
    return number


class _Talk:
    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._count = 0

    def say(self, text: str, **options: Any) -> str:
        """The customer writes; the ticket's number."""
        self._rig.clock.now += timedelta(seconds=40)
        options.setdefault("name", "Giulia Neri")
        if "message_id" not in options:
            self._count += 1
            options["message_id"] = f"wamid.kind{self._count}"
        return self._rig.hear(text, phone=PHONE, at=self._rig.clock.now, **options)

    def say_id(self, text: str) -> str:
        """The customer writes; the provider's id of the message."""
        self.say(text)
        return f"wamid.kind{self._count}"

    def file(self, kind: str, mime_type: str, name: str, content: bytes | None) -> None:
        """A file comes: fetched, still being fetched (None), or not to be had (empty)."""
        self._count += 1
        provider_id = f"wamid.kind{self._count}"
        message_id = f"whatsapp_cloud:1:{provider_id}"
        file = RemoteFile(attachment_id(message_id, 0), kind, "media", mime_type, name)
        self.say(f"[{kind}]", kind=kind, message_id=provider_id, attachments=[file])
        if content:
            self._rig.fetched(message_id, content, mime_type, name, kind=kind)
        elif content is not None:
            self._rig.not_fetched(message_id)


def _ogg() -> bytes:
    """The beginning of a sound file, enough for its type."""
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48_000, 0, 0)
    return b"OggS" + b"\0" * 22 + b"\x01" + bytes([len(head)]) + head
