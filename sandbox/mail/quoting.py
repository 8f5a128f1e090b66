"""How people's programs answer: the history they put below (or above) what was newly written."""

import html
from dataclasses import dataclass
from datetime import datetime

from sandbox.mail.addresses import shown
from sandbox.mail.store import Mail

CLIENTS = ("gmail", "outlook", "apple", "thunderbird", "none")
LANGUAGES = ("it", "en")
_DAYS = ("lun", "mar", "mer", "gio", "ven", "sab", "dom")
_MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")
_GMAIL_QUOTE = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"


@dataclass(frozen=True, slots=True)
class Written:
    """The two forms of what a program sends; `html` is empty when it sends text alone."""

    text: str
    html: str = ""


def answer(words: str, to: Mail, client: str, language: str) -> Written:
    """`words` as this program (one of CLIENTS) sends them in answer to a mail, in this language."""
    write = {"gmail": _gmail, "outlook": _outlook, "apple": _apple, "thunderbird": _thunderbird}.get(client)
    return write(words, to, language) if write else Written(words)


def as_html(words: str) -> str:
    """Plain words as HTML."""
    return html.escape(words).replace("\n", "<br>\n")


def _gmail(words: str, to: Mail, language: str) -> Written:
    name, address = _author(to)
    at = datetime.fromtimestamp(to.at).astimezone()
    if language == "it":
        day = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}"
        said = f"Il giorno {day} alle ore {at:%H:%M} {name} <{address}> ha scritto:"
    else:
        said = f"On {at:%a}, {at:%b} {at.day}, {at.year} at {at:%I:%M %p} {name} <{address}> wrote:"
    text = f"{words}\n\n{said}\n\n{_quoted(to.read.text)}\n"
    body = (
        f'<div dir="ltr">{as_html(words)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{html.escape(said)}<br></div>'
        f'<blockquote class="gmail_quote" style="{_GMAIL_QUOTE}">{_history(to)}</blockquote></div>'
    )
    return Written(text, body)


def _outlook(words: str, to: Mail, language: str) -> Written:
    name, address = _author(to)
    at = datetime.fromtimestamp(to.at).astimezone()
    italian = language == "it"
    names = ("Da", "Inviato", "A", "Oggetto") if italian else ("From", "Sent", "To", "Subject")
    moment = f"{at:%d/%m/%Y %H:%M}" if italian else f"{at:%A, %B} {at.day}, {at.year} {at:%I:%M %p}"
    people = "; ".join(shown(*each) for each in to.read.to)
    values = (f"{name} <{address}>", moment, people, to.read.subject)
    lines = [f"{label}: {value}" for label, value in zip(names, values, strict=True)]
    text = f"{words}\n\n________________________________\n" + "\n".join(lines) + f"\n\n{to.read.text}"
    head = "<br>\n".join(
        f"<b>{label}:</b> {html.escape(value)}" for label, value in zip(names, values, strict=True)
    )
    body = (
        f'<div class="elementToProof" style="font-family:Aptos,Calibri,sans-serif">{as_html(words)}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000" '
        f'style="font-size:11pt">{head}</font><div>&nbsp;</div></div>{_history(to)}'
    )
    return Written(text, body)


def _apple(words: str, to: Mail, language: str) -> Written:
    name, address = _author(to)
    at = datetime.fromtimestamp(to.at).astimezone()
    if language == "it":
        day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
        said = f"Il giorno {day}, alle ore {at:%H:%M}, {name} <{address}> ha scritto:"
    else:
        said = f"On {at.day} {at:%b} {at.year}, at {at:%H:%M}, {name} <{address}> wrote:"
    return Written(f"{words}\n\n> {said}\n> \n{_quoted(to.read.text)}\n")


def _thunderbird(words: str, to: Mail, language: str) -> Written:
    name, _ = _author(to)
    at = datetime.fromtimestamp(to.at).astimezone()
    said = (
        f"Il {at:%d/%m/%Y %H:%M}, {name} ha scritto:"
        if language == "it"
        else f"On {at:%d/%m/%Y %H:%M}, {name} wrote:"
    )
    return Written(f"{said}\n{_quoted(to.read.text)}\n\n{words}\n")


def _author(mail: Mail) -> tuple[str, str]:
    name, address = mail.read.sender[0] if mail.read.sender else ("", "unknown@example.invalid")
    return name or address, address


def _quoted(text: str) -> str:
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}" for line in text.strip().split("\n"))


def _history(mail: Mail) -> str:
    return mail.read.html or as_html(mail.read.text)
