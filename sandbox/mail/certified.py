"""Certified mail (PEC): the envelope around a message, and the receipts of the providers (DM 2 November 2005,
attachment)."""

import secrets
from datetime import datetime
from email import policy
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser
from email.utils import formatdate
from xml.sax.saxutils import escape

from sandbox.mail.addresses import domain_of
from sandbox.mail.store import Mail
from sandbox.mail.writing import WIRE

RECEIPTS = ("accettazione", "avvenuta-consegna", "errore-consegna")
_SUBJECTS = {
    "accettazione": "ACCETTAZIONE",
    "avvenuta-consegna": "CONSEGNA",
    "errore-consegna": "AVVISO DI MANCATA CONSEGNA",
}
_SENTENCES = {
    "accettazione": "è stato accettato dal sistema ed inoltrato a",
    "avvenuta-consegna": "è stato consegnato nella casella di destinazione",
    "errore-consegna": "non è stato consegnato nella casella di destinazione: indirizzo non valido:",
}
_PROVIDER = "Sandbox PEC S.p.A."


def envelope(raw: bytes, sender: str, recipient: str, subject: str) -> bytes:
    """A certified transport envelope with the customer's message in it."""
    identifier = _identifier()
    head = (
        f'Messaggio di posta certificata\n\nIl giorno {_day()} il messaggio "{subject}" è stato inviato da '
        f'"{sender}" indirizzato a:\n{recipient}\n\nIl messaggio originale è incluso in allegato.\n'
        f"Identificativo messaggio: {identifier}\n"
    )
    inner = MIMEMultipart("mixed", policy=WIRE)
    inner.attach(MIMEText(head, "plain", "utf-8"))
    inner.attach(_daticert("posta-certificata", sender, recipient, subject, identifier, _id_in(raw)))
    message = MIMEMessage(BytesParser(policy=WIRE).parsebytes(raw))
    message.add_header("Content-Disposition", "attachment", filename="postacert.eml")
    inner.attach(message)
    return _signed(
        inner,
        {
            "From": f'"Per conto di: {sender}" <posta-certificata@{domain_of(sender)}>',
            "Reply-To": sender,
            "To": recipient,
            "Subject": f"POSTA CERTIFICATA: {subject}",
            "Message-ID": f"<{identifier}>",
            "X-Trasporto": "posta-certificata",
            "X-Riferimento-Message-ID": f"<{_id_in(raw)}>",
        },
    )


def receipt(about: Mail, kind: str, recipient: str) -> bytes:
    """A receipt (one of RECEIPTS) about a mail that the desk sent to this recipient."""
    identifier = _identifier()
    sender = about.read.sender[0][1] if about.read.sender else "desk@pec.example"
    subject = about.read.subject
    about_it = f'il messaggio "{subject}" proveniente da "{sender}" {_SENTENCES[kind]} {recipient}'
    words = f"Il giorno {_day()} {about_it}.\n"
    inner = MIMEMultipart("mixed", policy=WIRE)
    inner.attach(MIMEText(f"{words}Identificativo messaggio: {identifier}\n", "plain", "utf-8"))
    inner.attach(_daticert(kind, sender, recipient, subject, identifier, about.read.message_id))
    return _signed(
        inner,
        {
            "From": f"posta-certificata@{domain_of(recipient)}",
            "To": sender,
            "Subject": f"{_SUBJECTS[kind]}: {subject}",
            "Message-ID": f"<{identifier}>",
            "X-Ricevuta": kind,
            **({"X-TipoRicevuta": "breve"} if kind == "avvenuta-consegna" else {}),
            "X-Riferimento-Message-ID": f"<{about.read.message_id}>",
        },
    )


def _signed(inner: MIMEMultipart, headers: dict[str, str]) -> bytes:
    signed = MIMEMultipart("signed", protocol="application/x-pkcs7-signature", micalg="sha-256", policy=WIRE)
    for name, value in headers.items():
        signed[name] = value
    signed["Date"] = formatdate(localtime=True)
    signed.attach(inner)
    # Nobody here can sign for a real provider; the part is there because every program expects it.
    signature = MIMEApplication(b"not a signature", "x-pkcs7-signature", name="smime.p7s")
    signature.add_header("Content-Disposition", "attachment", filename="smime.p7s")
    signed.attach(signature)
    return signed.as_bytes(policy=WIRE)


def _daticert(kind: str, sender: str, recipient: str, subject: str, identifier: str, about: str) -> Message:
    now = datetime.now().astimezone()
    certified = "certificato" if domain_of(recipient).startswith(("pec.", "legalmail.")) else "esterno"
    error = "no-dest" if kind == "errore-consegna" else "nessuno"
    xml = f"""<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="{kind}" errore="{error}">
  <intestazione>
    <mittente>{escape(sender)}</mittente>
    <destinatari tipo="{certified}">{escape(recipient)}</destinatari>
    <risposte>{escape(sender)}</risposte>
    <oggetto>{escape(subject)}</oggetto>
  </intestazione>
  <dati>
    <gestore-emittente>{_PROVIDER}</gestore-emittente>
    <data zona="{now:%z}"><giorno>{now:%d/%m/%Y}</giorno><ora>{now:%H:%M:%S}</ora></data>
    <identificativo>{identifier}</identificativo>
    <msgid>&lt;{escape(about)}&gt;</msgid>
    {'<ricevuta tipo="breve"/>' if kind == "avvenuta-consegna" else ""}
    {f"<consegna>{escape(recipient)}</consegna>" if kind != "accettazione" else ""}
  </dati>
</postacert>
"""
    part = MIMEBase("application", "xml", name="daticert.xml")
    part.set_payload(xml.encode(), "utf-8")
    part.add_header("Content-Disposition", "inline", filename="daticert.xml")
    return part


def _identifier() -> str:
    return f"opec292.{secrets.token_hex(8)}@pec.sandbox.example"


def _id_in(raw: bytes) -> str:
    message = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    return str(message.get("Message-ID", "")).strip().strip("<>")


def _day() -> str:
    return f"{datetime.now().astimezone():%d/%m/%Y alle ore %H:%M:%S (%z)}"
