"""What a lived-in desk has by live chat: one who is there now, one who waits, one who rated the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from services.ticket_service.act.visitors import apply_visits
from shared.contracts import visitor_acted
from tests.support.visitors import CHAT_CHANNEL, GIULIA, acted, chat_event, stay
from tests.ticket_service.api.rig import Rig

MARTA: Final = "v-11aa22bb33cc44dd55ee66ff77889900"
PAOLO: Final = "u-99887766554433221100ffeeddccbbaa"
_MINUTE: Final = timedelta(minutes=1)
_ASKED: Final = [
    {"key": "name"},
    {"key": "email", "kind": "email", "required": True},
    {"key": "order", "labels": {"it": "Numero d'ordine", "en": "Order number"}},
]


def furnish_chats(rig: Rig) -> None:
    """Three chats; the clock stays as it is."""
    now = rig.clock.now
    settings = {
        **{"language": "it", "form": _ASKED, "form_when": "always", "page_context": True},
        "texts": {"it": {"title": "Scriveteci", "welcome": "Buongiorno! Come possiamo aiutarla?"}},
    }
    _set_up(rig, **settings)
    rig.post(
        "/contacts",
        {
            "name": "Giulia Bianchi",
            "stage": "contact",
            "identities": [{"kind": "email", "value": "giulia@bianchi.example"}],
        },
    )
    _rated(rig)
    _set_up(rig, **settings, tickets="missed")
    rig.clock.now = now - 40 * _MINUTE
    visit = stay(rig.clock.now, pages=1)
    rig.take(chat_event("C'è qualcuno?", at=rig.clock.now, visitor_id=MARTA, visitor=visit))
    _acts(rig, visitor_acted.LEFT, visitor_id=MARTA)
    _set_up(rig, **settings)
    rig.clock.now = now - 6 * _MINUTE
    _there_now(rig)
    rig.clock.now = now


def _rated(rig: Rig) -> None:
    rig.clock.forward(minutes=-300)
    at, who = rig.clock.now, {"visitor_id": PAOLO, "name": "Paolo Neri"}
    rig.take(chat_event("Il coupon non funziona.", at=at, visitor=stay(at, verified=True), **who))
    number = rig.get("/tickets?channel=webchat-main").get_json()["items"][0]["number"]
    rig.clock.forward(minutes=4)
    rig.post(f"/tickets/{number}/replies", {"text": "Ora sì: lo abbiamo corretto.", "status": "closed"})
    rig.clock.forward(minutes=2)
    _acts(rig, visitor_acted.RATED, ticket_number=number, score=4, text="Veloci e gentili.", **who)
    _acts(rig, visitor_acted.LEFT, **who)


def _there_now(rig: Rig) -> None:
    at = rig.clock.now
    said: dict[str, Any] = {
        "email": "giulia@bianchi.example",
        "phone": "+393201112223",
        "answers": {"order": "2211"},
    }
    first = chat_event("Buongiorno, dov'è il mio ordine?", at=at, name="Giulia", visitor=stay(at, 6, **said))
    rig.take(first)
    number = rig.get("/tickets?channel=webchat-main&sort=-created").get_json()["items"][0]["number"]
    rig.clock.forward(minutes=1)
    asked: list[dict[str, Any]] = [
        {"key": "street", "label": "Via e numero", "required": True},
        {
            "key": "when",
            "label": "Quando la trova il corriere?",
            "kind": "choice",
            "choices": ["mattina", "sera"],
        },
    ]
    offer = {"kind": "form", "button": "Invia", "form_fields": asked}
    rig.post(
        f"/tickets/{number}/replies", {"text": "Ci confermi l'indirizzo, per favore.", "interactive": offer}
    )
    rig.clock.forward(minutes=2)
    filled: dict[str, Any] = {
        "answers": {"street": "Via Torino 8", "when": "mattina"},
        "labels": {each["key"]: each["label"] for each in asked},
    }
    rig.take(
        chat_event(
            "Via Torino 8 · mattina", at=rig.clock.now, name="Giulia", kind="flow_reply", content=filled
        )
    )
    _acts(rig, visitor_acted.CAME, visitor_id=GIULIA, name="Giulia")


def _acts(rig: Rig, action: str, **options: Any) -> None:
    apply_visits([acted(action, at=rig.clock.now, **options)], rig.web.services.desk, lambda ids, at: None)


def _set_up(rig: Rig, **channel: Any) -> None:
    etag = rig.get("/settings/chat").headers["ETag"]
    body = {"channels": {CHAT_CHANNEL: channel}}
    answer = rig.call("PUT", "/settings/chat", json=body, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
