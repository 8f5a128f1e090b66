"""Mails that no person wrote: absences, answers of careless programs, and notices of mail servers."""

from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate

from sandbox.mail.addresses import domain_of, new_message_id
from sandbox.mail.store import Mail, Person
from sandbox.mail.writing import WIRE, Letter, answer_subject, compose, references_to

_AWAY = (
    "Buongiorno,\n\nsono fuori ufficio fino a lunedì, senza accesso alla posta.\n"
    "I am out of the office until Monday.\n\n{name}\n"
)
_THANKS = (
    "Abbiamo ricevuto il suo messaggio e la ricontatteremo al più presto.\nThank you for your message.\n"
)
_TITLES = {
    "5.1.1": "The email account that you tried to reach does not exist.",
    "5.2.2": "The mailbox of the recipient is full.",
    "5.7.1": "The message was rejected by the policy of the recipient.",
    "4.4.1": "The mail server of the recipient did not answer; it will be tried again.",
}
_MARKS = (b"auto-submitted:", b"x-auto-response-suppress:", b"precedence:", b"x-auto-reply:")


def absence(person: Person, answered: Mail, to: str, text: str = "") -> bytes:
    """An out-of-office answer, marked as RFC 3834 wants it."""
    return compose(
        Letter(
            sender=(person.name, person.address),
            to=[to],
            subject=f"Risposta automatica: {answered.read.subject}",
            text=text or _AWAY.format(name=person.name),
            message_id=new_message_id(person.address),
            references=references_to(answered),
            headers={
                "Auto-Submitted": "auto-replied",
                "X-Auto-Response-Suppress": "All",
                "Precedence": "bulk",
            },
        )
    )


def careless_answer(person: Person, answered: Mail, to: str) -> bytes:
    """The answer of a program that does not say that it is one: what loops are made of."""
    return compose(
        Letter(
            sender=(person.name, person.address),
            to=[to],
            subject=answer_subject(answered.read.subject),
            text=_THANKS,
            message_id=new_message_id(person.address),
            references=references_to(answered),
        )
    )


def forgetful_mail(person: Person, mailbox: str) -> bytes:
    """A new mail of a program that forgets what it answers: nothing in it leads back to a ticket."""
    letter = Letter(
        sender=(person.name, person.address),
        to=[mailbox],
        subject="Thank you for your message",
        text=_THANKS,
        message_id=new_message_id(person.address),
    )
    return compose(letter)


def unmarked(raw: bytes) -> bytes:
    """A mail without the headers that say that no person wrote it: some servers leave them out."""
    head, gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not line.lower().startswith(_MARKS)]
    return b"\r\n".join(kept) + (gap + body).replace(b"\n", b"\r\n")


def bounce(returned: Mail, recipient: str, code: str, words: str = "") -> bytes:
    """A delivery status notification (RFC 3464) about a mail that was not delivered; for a code 4.x.x one
    that only says it takes longer."""
    temporary = code.startswith("4")
    reply = f"{450 if temporary else 550} {code} {words or _TITLES.get(code, 'Delivery failed.')}"
    domain = domain_of(recipient)
    notice = MIMEMultipart("report", policy=WIRE)
    notice.set_param("report-type", "delivery-status")
    notice["From"] = f"Mail Delivery System <MAILER-DAEMON@mx.{domain}>"
    notice["To"] = returned.read.sender[0][1] if returned.read.sender else "postmaster@example.invalid"
    notice["Subject"] = f"{'Delayed Mail' if temporary else 'Undelivered Mail Returned to Sender'}"
    notice["Date"] = formatdate(localtime=True)
    notice["Message-ID"] = new_message_id(f"x@mx.{domain}")
    notice["Auto-Submitted"] = "auto-replied"
    sentence = "is still being tried" if temporary else "could not be delivered"
    notice.attach(MIMEText(f"Your message {sentence} to\n\n  <{recipient}>: {reply}\n", "plain", "utf-8"))
    notice.attach(_status(recipient, code, reply, domain, temporary=temporary))
    headers = MIMEBase("text", "rfc822-headers")
    headers.set_payload(_headers_of(returned.raw))
    notice.attach(headers)
    return notice.as_bytes(policy=WIRE)


def _status(recipient: str, code: str, reply: str, domain: str, *, temporary: bool) -> Message:
    about_server, about_recipient = Message(), Message()
    about_server["Reporting-MTA"] = f"dns; mx.{domain}"
    about_server["Arrival-Date"] = formatdate(localtime=True)
    about_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    about_recipient["Original-Recipient"] = f"rfc822;{recipient}"
    about_recipient["Action"] = "delayed" if temporary else "failed"
    about_recipient["Status"] = code
    about_recipient["Diagnostic-Code"] = f"smtp; {reply}"
    status = MIMEBase("message", "delivery-status")
    status.set_payload([about_server, about_recipient])
    return status


def _headers_of(raw: bytes) -> str:
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return f"{head.decode('utf-8', 'replace')}\n"
