"""What a lived-in desk has by mail: threads with copies and pictures, certified mail, and what waits."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any, Final

from PIL import Image, ImageDraw

from services.ticket_service.apply import apply_media, apply_quarantine
from services.ticket_service.domain.quarantine import QuarantineItem, Replay
from shared.contracts import media_stored
from shared.contracts.attachment import RemoteFile, StoredFile, attachment_id
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.media_stored import MediaStored
from tests.support.demo_kinds import PDF
from tests.support.received_mail import DESK, mail_event
from tests.ticket_service.api.rig import MAIL_CHANNEL, Rig

LUCA: Final = "luca@bianchi.example"
SCREENSHOT: Final = "ii_display@mail.example"
_SUBJECT: Final = "Terminale 3 fermo: errore sul display"
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_HTML: Final = f"""<div style="font-family: Arial"><p>Buongiorno,</p>
<p>il <b>terminale 3</b> mostra questo errore da stamattina:</p>
<p><img src="cid:{SCREENSHOT}" width="420" alt="Errore"></p>
<table border="1" cellpadding="6"><tr><th>Terminale</th><th>Stato</th></tr>
<tr><td>T1</td><td>funziona</td></tr><tr><td>T3</td><td style="color: #b42318">fermo</td></tr></table>
<p>In allegato il rapporto. Grazie,<br>Luca Bianchi<br><i>Bianchi Ricambi S.n.c.</i></p>
<img src="https://tracker.example/open.gif" width="1" height="1"></div>"""
_HISTORY: Final = """Il giorno lun 23 feb 2026 alle ore 10:12 Assistenza <assistenza@example.org> ha scritto:
> Buongiorno Luca, mandiamo Bruno domani alle 9. Va bene?"""
_HEADERS: Final = {
    "return-path": f"<{LUCA}>",
    "received": "from mx.bianchi.example by mail.example.org with ESMTPS",
    "from": f"Luca Bianchi <{LUCA}>",
    "to": f"Assistenza <{DESK}>",
    "subject": _SUBJECT,
    "user-agent": "Mozilla Thunderbird",
    "content-type": "multipart/mixed",
}
_MEETING: Final = {
    **{"summary": "Sopralluogo terminali", "location": "Via Torino 8, Milano", "method": "REQUEST"},
    **{"start": "2026-11-24T08:00:00+00:00", "end": "2026-11-24T09:30:00+00:00"},
    "organizer": "Giulia Bianchi <giulia@bianchi.example>",
}
_NEWS: Final = """<table width="100%" bgcolor="#f4f4f4"><tr><td align="center">
<h1 style="color: #1a4f8b">Novit&agrave; di novembre</h1>
<p>Tutto per il punto vendita, con sconti fino al 30%.</p>
<img src="https://news.example/banner.png" width="480" alt="Offerte">
<p><a href="https://news.example/offerte">Scopra le offerte</a></p></td></tr></table>"""


def furnish_mail(rig: Rig) -> None:
    """Threads and what waits; the clock stays as it is."""
    now = rig.clock.now
    _rules(rig)
    _thread(rig)
    _certified(rig)
    rig.clock.now = now
    _waiting(rig)
    _put_aside(rig)
    rig.clock.now = now


def _rules(rig: Rig) -> None:
    """What becomes of some mails, and what stands around answers."""
    quotes = [{"what": "subject", "how": "contains", "value": "richiesta di preventivo"}]
    opens = {"do": "open", "fields": {"service": "vendite", "tags": ["preventivo"]}}
    _made(rig.post("/settings/mail-rules", {"name": "Preventivi", "conditions": quotes, "then": opens}))
    orders = [
        {"what": "sender", "how": "ends", "value": "@fornitori.example"},
        {"what": "attachment", "how": "matches", "value": "*.xml", "negate": True},
    ]
    holds = {"do": "hold", "reason": "Ordini dei fornitori: li guarda Anna"}
    _made(rig.post("/settings/mail-rules", {"name": "Fornitori", "conditions": orders, "then": holds}))
    lists = [{"what": "header:list-unsubscribe", "how": "present"}]
    aside = {"do": "ignore", "reason": "Newsletter"}
    _made(rig.post("/settings/mail-rules", {"name": "Newsletter", "conditions": lists, "then": aside}))
    own = {MAIL_CHANNEL.id: {"from_name": "Assistenza Asmonti"}}
    footer = "Asmonti Service S.r.l. · Via Torino 8, Milano"
    assert rig.change("/settings/mail", {"footer": footer, "channels": own}).status_code == 200


def _thread(rig: Rig) -> str:
    """A customer's mail with all that mails have, an answer, an answer to that, an absence; its number."""
    now, begin = rig.clock.now, rig.clock.now - 7 * _HOUR
    rig.clock.now = begin
    files = [("image", "image/png", "display.png"), ("document", "application/pdf", "Rapporto T3.pdf")]
    first = _mail(
        rig,
        "Buongiorno,\n\nil terminale 3 mostra questo errore da stamattina.\nIn allegato il rapporto. Grazie,",
        subject=_SUBJECT,
        cc=["giulia@bianchi.example"],
        files=files,
        inline=SCREENSHOT,
        content={"html": _HTML, "events": [_MEETING]},
        headers=_HEADERS,
        raw=b"From: Luca Bianchi <luca@bianchi.example>\r\nSubject: Terminale 3 fermo\r\n\r\nBuongiorno\r\n",
    )
    _stored(rig, first, 0, files[0], _display())
    _stored(rig, first, 1, files[1], PDF)
    number = _number(rig, first)
    rig.clock.now = begin + 20 * _MINUTE
    answer = {"text": "Buongiorno Luca, mandiamo Bruno domani alle 9. Va bene?"}
    sent = rig.post(f"/tickets/{number}/replies", answer).get_json()
    rig.delivered(sent["id"], "sent", rig.clock.now)
    answers = [f"{sent['id']}@example.org"]
    rig.clock.now = begin + 2 * _HOUR
    joins: dict[str, Any] = {"answers": answers, "subject": f"Re: [{number}] {_SUBJECT}"}
    whole = f"Perfetto, a domani.\n\n{_HISTORY}"
    _mail(rig, "Perfetto, a domani.", content={"whole_text": whole}, **joins)
    rig.clock.now = begin + 2 * _HOUR + _MINUTE
    away = "Sono fuori ufficio fino a lunedì. Per urgenze: 02 1234567."
    _mail(
        rig, away, address="giulia@bianchi.example", name="Giulia Bianchi", automatic="out-of-office", **joins
    )
    rig.clock.now = begin + 3 * _HOUR
    again = rig.post(f"/tickets/{number}/replies", {"text": "Bruno arriva alle 9:15."}).get_json()
    rig.delivered(again["id"], "failed", rig.clock.now)
    rig.clock.now = now
    return number


def _certified(rig: Rig) -> None:
    rig.clock.now -= 5 * _HOUR
    pec = {
        **{"kind": "message", "mittente": "studio@pec.example", "gestore": "PEC Provider S.p.A."},
        **{"identificativo": "opec21010.20261122@pec.example", "data": "22/11/2026 09:12:44"},
    }
    _mail(
        rig,
        "Si trasmette la diffida in oggetto.",
        address="studio@pec.example",
        name="Studio legale Neri",
        subject="Diffida ad adempiere",
        content={
            "pec": pec,
            "notes": ["The attachment “relazione.p7m” is signed; its signature was not checked."],
        },
    )


def _waiting(rig: Rig) -> None:
    """Mails of machines and lists, and one that comes from somebody who never wrote before."""
    now = rig.clock.now
    rig.clock.now = now - 4 * _HOUR
    news: dict[str, Any] = {
        "subject": "Novità di novembre: sconti fino al 30%",
        "automatic": "bulk",
        "content": {"html": _NEWS},
    }
    _mail(rig, "Tutto per il punto vendita.", address="news@offerte.example", name="Offerte Retail", **news)
    rig.clock.now = now - 3 * _HOUR
    backup: dict[str, Any] = {"subject": "[backup] Completato con 2 avvisi", "automatic": "notice"}
    _mail(rig, "Backup notturno: 2 file saltati.", address="nas@bianchi.example", name="NAS", **backup)
    rig.clock.now = now - 2 * _HOUR
    order: dict[str, Any] = {
        "subject": "Conferma d'ordine 4471",
        "files": [("document", "application/pdf", "Ordine 4471.pdf")],
    }
    text = (
        "Buongiorno,\n\nin allegato la conferma dell'ordine 4471.\nConsegna prevista: venerdì 27.\n\nSaluti"
    )
    held = _mail(rig, text, address="ordini@fornitori.example", name="Fornitori Riuniti", **order)
    _stored(rig, held, 0, order["files"][0], PDF)
    rig.clock.now = now - 100 * _MINUTE
    away: dict[str, Any] = {"subject": "Risposta automatica: Preventivo", "automatic": "out-of-office"}
    _mail(rig, "Sarò in ufficio da lunedì.", address="sofia@greco.example", name="Sofia Greco", **away)


def _put_aside(rig: Rig) -> None:
    """A mail that could not be read: how it begins, and where the whole of it is."""
    raw = b"From: <>\r\nSubject: =?x-unknown?Q?=C3=28?=\r\n\r\n" + b"\xff" * 60
    blob = rig.blobs.put("mail-unreadable", [raw], mime_type="message/rfc822", max_bytes=10**8)
    item = QuarantineItem(
        id="mail-unreadable",
        service="mail_collector",
        reason="no-sender",
        detail="The mail says nowhere who wrote it, so there is nobody to whom it could belong.",
        payload=raw.decode("latin-1")[:48],
        quarantined_at=rig.clock.now,
        replay=Replay("sportello.events", "mail.replayed", b"{}"),
        raw_blob=blob.id,
    )
    apply_quarantine([item], rig.web.services.desk)


def _mail(rig: Rig, text: str, *, files: Any = (), inline: str = "", raw: bytes = b"", **options: Any) -> str:
    """A mail comes in now; the message's id."""
    message_id: str = mail_event(text, at=rig.clock.now, **options).data.dedupe_key
    content = dict(options.pop("content", {}))
    options |= _raw(rig, message_id, raw)
    remote = [
        RemoteFile(attachment_id(message_id, at), kind, "", mime_type, name)
        for at, (kind, mime_type, name) in enumerate(files)
    ]
    if inline:
        content["inline"] = {inline: remote[0].id}
    rig.take(mail_event(text, at=rig.clock.now, attachments=remote, content=content, **options))
    return message_id


def _raw(rig: Rig, message_id: str, raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    blob = f"mail-{message_id.partition(':')[2]}"
    rig.blobs.put(blob, [raw], mime_type="message/rfc822", max_bytes=10**8)
    return {"raw_blob": blob, "raw_size": len(raw)}


def _stored(rig: Rig, message_id: str, at: int, file: tuple[str, str, str], content: bytes) -> None:
    kind, mime_type, name = file
    file_id = attachment_id(message_id, at)
    blob = rig.blobs.put(file_id, [content], mime_type=mime_type, max_bytes=10**8)
    stored = StoredFile(file_id, kind, blob.id, mime_type, name, blob.size, blob.sha256)
    data = MediaStored(stored, message_id, MAIL_CHANNEL.id, MAIL_CHANNEL.kind, rig.clock.now)
    event = Event(
        file_id, "mail_collector", media_stored.TYPE, rig.clock.now, message_id, data, new_traceparent()
    )
    apply_media([event], rig.web.services.desk, rig.blobs.delete)


def _number(rig: Rig, message_id: str) -> str:
    found = rig.db["messages"].find_one({"_id": message_id}) or {}
    number: str = (rig.db["tickets"].find_one({"_id": found["ticket_id"]}) or {})["number"]
    return number


def _display() -> bytes:
    image = Image.new("RGB", (640, 300), "#0c1015")
    draw = ImageDraw.Draw(image)
    draw.text((40, 60), "ERRORE 0x4F", fill="#f97066", font_size=64)
    draw.text((40, 170), "Testina: temperatura", fill="#e6eaf0", font_size=36)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _made(answer: Any) -> None:
    assert answer.status_code == 201, answer.text
