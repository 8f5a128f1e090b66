"""A desk that looks lived in: customers, conversations of every kind, agents, and work in all states."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from PIL import Image, ImageDraw

from services.ticket_service.store import collections as names
from shared.contracts.attachment import RemoteFile, attachment_id
from tests.support.demo_chat import furnish_chats
from tests.support.demo_kinds import every_kind
from tests.support.demo_mail import furnish_mail
from tests.support.demo_outward import furnish_outward, furnish_past
from tests.support.demo_people import furnish_people
from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, Rig

DANIELE: Final = "+393351032246"
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_PLACE: Final = {
    **{"latitude": 45.4642, "longitude": 9.19},
    **{"name": "Asmonti Impianti", "address": "Via Torino 8, Milano"},
}
PEOPLE: Final = (
    ("Anna Rossi", "+393391234567", "Fattura n. 2211: non riesco ad aprire il file", "invoices"),
    ("Luca Bianchi", "+393478882211", "Il terminale 3 non si accende da stamattina", "hardware"),
    ("Sofia Greco", "+393207654321", "Vorrei un preventivo per altre due licenze", "sales"),
    ("Marco Esposito", "+393331112223", "Grazie, adesso funziona tutto!", ""),
    ("Hélène Dupont", "+33612345678", "Bonjour, pouvez-vous me rappeler demain matin ?", ""),
    ("João Silva", "+5511987654321", "O aplicativo fecha sozinho ao abrir o relatório", ""),
    ("Greta Müller", "+4915112345678", "Rechnung doppelt erhalten – bitte prüfen", ""),
    ("Pilar Ortega", "+34612345678", "¿Cuándo llega el técnico?", ""),
)


def furnish(rig: Rig) -> None:
    """Fill an empty desk; its clock ends at the time it shows now."""
    now = rig.clock.now
    _shape(rig)
    furnish_past(rig)
    _rules_of_the_desk(rig)
    _others(rig, now)
    rig.clock.now = now - 6 * _HOUR
    every_kind(rig, picture())
    _long_conversation(rig, now)
    rig.clock.now = now
    furnish_mail(rig)
    furnish_people(rig)
    furnish_outward(rig)
    furnish_chats(rig)


def picture(width: int = 900, height: int = 600, color: str = "#0f766e") -> bytes:
    """A small PNG."""
    image = Image.new("RGB", (width, height), color)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 4, height // 4, width * 3 // 4, height * 3 // 4), outline="white", width=8)
    draw.text((width // 4 + 20, height // 4 + 20), "TERMINAL 3", fill="white", font_size=48)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _shape(rig: Rig) -> None:
    rig.db[names.USERS].update_one({"_id": ANNA}, {"$set": {"name": "Daniele Conti"}})
    rig.db[names.USERS].update_one({"_id": BRUNO}, {"$set": {"name": "Bruno Ferri"}})
    _made(rig.post("/teams", {"name": "Assistenza", "members": [ANNA, BRUNO]}))
    acme = _made(rig.post("/organizations", {"name": "Asmonti Impianti S.r.l."}))
    _made(rig.post("/products", {"name": "Terminale T3", "code": "T3"}))
    contract = {"name": "Assistenza 2026", "organization": acme["id"], "hours": 40}
    answer = rig.post("/contracts", contract)
    if answer.status_code != 201:
        _made(rig.post("/contracts", {"name": "Assistenza 2026", "organization": acme["id"]}))
    rig.knows("please_answer")
    variables = [
        {"type": "BODY", "text": "Buongiorno {{1}}, abbiamo notizie del ticket {{2}}. Possiamo scriverle?"}
    ]
    rig.knows("ticket_update", components=variables, template_id="22")
    for aspect in ("webhook", "token"):
        rig.reports(aspect, "ok", "Everything works.")


def _rules_of_the_desk(rig: Rig) -> None:
    """Hours, promises, rules and lists, so that no page of settings is empty."""
    for label, color in (
        ("Assistenza tecnica", "#0d6efd"),
        ("Fatturazione", "#f0ad4e"),
        ("Vendite", "#3c9d5c"),
    ):
        _made(rig.post("/settings/dictionaries/service", {"label": label, "color": color}))
    week = [
        {"weekday": day, "opens": opens, "closes": closes}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
        for opens, closes in (("09:00", "13:00"), ("14:00", "18:00"))
    ]
    office = _made(
        rig.post(
            "/settings/calendars",
            {
                **{"name": "Ufficio", "time_zone": "Europe/Rome", "hours": week, "country": "IT"},
                "closed_days": [{"day": "2026-12-07", "label": "Sant'Ambrogio", "every_year": True}],
            },
        )
    )
    urgent = [
        {"name": "first_response", "minutes": 30, "warn_minutes": 10},
        {"name": "resolution", "minutes": 480, "warn_percent": 80},
    ]
    usual = [
        {"name": "first_response", "minutes": 240, "warn_percent": 75},
        {"name": "idle", "minutes": 2_880},
    ]
    _made(
        rig.post(
            "/settings/sla-policies",
            {"name": "Urgenti", "conditions": {"priority": ["urgent", "high"]}, "targets": urgent},
        )
    )
    _made(
        rig.post(
            "/settings/sla-policies",
            {"name": "Tutti", "calendar": office["id"], "targets": usual, "order": 10},
        )
    )
    billing = {"set": {"service": "fatturazione"}, "tags": ["fattura"]}
    words = [{"subject": "keyword", "any_of": ["fattura", "invoice", "Rechnung"]}]
    _made(
        rig.post("/settings/assignment-rules", {"name": "Fatture", "conditions": words, "actions": billing})
    )
    night = [{"subject": "outside_hours", "any_of": [office["id"]]}]
    answer = {"reply_text": "Siamo aperti dalle 9 alle 18: le rispondiamo appena possibile."}
    _made(
        rig.post(
            "/settings/assignment-rules",
            {"name": "Fuori orario", "conditions": night, "actions": answer, "active": False},
        )
    )
    spam = {"kind": "whatsapp", "value": "+393330009999", "reason": "Pubblicità"}
    _made(rig.post("/settings/blocked-senders", spam))


def _others(rig: Rig, now: Any) -> None:
    for index, (name, phone, text, _topic) in enumerate(PEOPLE):
        at = now - (index + 1) * 3 * _HOUR - index * 7 * _MINUTE
        rig.clock.now = at
        number = rig.hear(text, phone=phone, name=name, at=at)
        _settle(rig, number, index)


def _settle(rig: Rig, number: str, index: int) -> None:
    ticket = f"/tickets/{number}"
    if index % 3 == 0:
        _made(rig.change(ticket, {"assignee": ANNA, "priority": "high", "tags": ["fattura"]}), 200)
    elif index % 3 == 1:
        _made(rig.change(ticket, {"assignee": BRUNO, "priority": "urgent"}), 200)
    rig.clock.forward(minutes=12)
    if index in (2, 3):
        answer = rig.post(f"{ticket}/replies", {"text": "Certo, le mandiamo tutto entro oggi."})
        rig.delivered(_made(answer)["id"], "delivered", rig.clock.now)
    if index == 3:
        _made(rig.change(ticket, {"status": "closed"}), 200)


def _long_conversation(rig: Rig, now: Any) -> None:
    """The ticket of the screenshots: S000's customer, and everything that a conversation may hold."""
    begin = now - _DAY - 2 * _HOUR
    say = _speaker(rig)
    number = say(begin, "Buongiorno, vorrei contattarvi")
    say(begin + 10 * timedelta(seconds=1), "Il terminale 3 non stampa più gli scontrini. Vi mando una foto.")
    photo = "wamid.photo"
    file = RemoteFile(attachment_id(f"whatsapp_cloud:1:{photo}", 0), "image", "media-1", "image/png")
    say(
        begin + 2 * _MINUTE, "Ecco il display", kind="image", message_id=photo,
        attachments=[file],
    )  # fmt: skip
    rig.fetched(f"whatsapp_cloud:1:{photo}", picture(), "image/png", "IMG_2041.png", kind="image")
    ticket = f"/tickets/{number}"
    rig.clock.now = begin + 9 * _MINUTE
    _made(
        rig.change(ticket, {"assignee": ANNA, "priority": "high", "title": "Terminale 3: stampa ferma"}), 200
    )
    greeting = {"text": "Buongiorno Daniele, grazie della foto. È la testina: la controlliamo subito."}
    first = _made(rig.post(f"{ticket}/replies", greeting))
    rig.delivered(first["id"], "sent", rig.clock.now)
    rig.delivered(first["id"], "read", rig.clock.now + _MINUTE)
    note = {"text": "Stessa testina di marzo, è ancora in garanzia. @Bruno puoi passare domani?"}
    _made(rig.post(f"{ticket}/notes", note, token=OTHER_TOKEN))
    say(
        now - 50 * _MINUTE, "Siamo qui", kind="location", message_id="wamid.place",
        content={"location": _PLACE},
    )  # fmt: skip
    say(now - 49 * _MINUTE, "👍", kind="reaction", target=f"wamid.{first['id']}", message_id="wamid.like")
    say(
        now - 40 * _MINUTE,
        "A che ora passa il tecnico?",
        reply_to=f"wamid.{first['id']}",
        message_id="wamid.when",
    )
    rig.clock.now = now - 30 * _MINUTE
    second = _made(rig.post(f"{ticket}/replies", {"text": "Passa Bruno domani alle 9. Le va bene?"}))
    rig.delivered(second["id"], "failed", rig.clock.now)
    third = _made(rig.post(f"{ticket}/replies", {"text": "Bruno passa domani alle 9. Va bene?"}))
    rig.delivered(third["id"], "delivered", rig.clock.now)
    say(now - 4 * _MINUTE, "Perfetto, a domani. Grazie!", message_id="wamid.thanks")


def _speaker(rig: Rig) -> Callable[..., str]:
    def say(at: Any, text: str, **options: Any) -> str:
        rig.clock.now = at
        return rig.hear(text, phone=DANIELE, name="Daniele Asmonti", at=at, **options)

    return say


def _made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, (answer.request.path, answer.status_code, answer.text)
    body: dict[str, Any] = answer.get_json()
    return body
