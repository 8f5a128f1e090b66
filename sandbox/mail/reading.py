"""What a mail says: read so that not even the worst one stops the sandbox."""

from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from typing import Any

from sandbox.mail.addresses import parsed

_MAX_TEXT = 200_000
_MAX_HEADERS = 100
_MAX_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a mail; `cid` is what its HTML calls it by."""

    name: str
    mime_type: str
    size: int
    cid: str
    content: bytes = field(repr=False)

    def line(self) -> dict[str, Any]:
        """The file without its bytes."""
        return {"name": self.name, "mime_type": self.mime_type, "size": self.size, "cid": self.cid}


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as people see it. Addresses are (name, address) pairs; ids are without brackets."""

    subject: str
    sender: list[tuple[str, str]]
    reply_to: list[tuple[str, str]]
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    message_id: str
    answers: list[str]
    headers: list[tuple[str, str]]
    text: str = ""
    html: str = ""
    parts: list[Part] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        """Everything but the HTML and the files' bytes."""
        whole = {name: value for name, value in asdict(self).items() if name not in ("html", "parts")}
        return whole | {"has_html": bool(self.html), "files": [part.line() for part in self.parts]}


def read(raw: bytes) -> Read:
    """Read a mail; what cannot be understood is left out."""
    message = _parsed(raw)
    headers = _headers(raw)
    texts, htmls, parts = _bodies(message)
    named = {name.lower(): value for name, value in reversed(headers)}
    references = f"{named.get('references', '')} {named.get('in-reply-to', '')}".split()
    return Read(
        subject=named.get("subject", ""),
        sender=parsed(named.get("from", "")),
        reply_to=parsed(named.get("reply-to", "")),
        to=parsed(named.get("to", "")),
        cc=parsed(named.get("cc", "")),
        message_id=named.get("message-id", "").strip().strip("<>"),
        answers=list(dict.fromkeys(each.strip("<>") for each in references)),
        headers=headers[:_MAX_HEADERS],
        text="\n".join(texts)[:_MAX_TEXT],
        html="\n".join(htmls)[:_MAX_TEXT],
        parts=parts,
    )


def _parsed(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw, policy=policy.default)
    except RecursionError:
        # Parts within parts by the thousand: all of them are shown as one file.
        return BytesHeaderParser(policy=policy.default).parsebytes(raw)


def _headers(raw: bytes) -> list[tuple[str, str]]:
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    found = []
    for name, value in message.raw_items():
        try:
            # Decoded word by word: a single broken one must not hide the others.
            text = str(policy.default.header_factory(name, str(value)))
        except Exception:
            text = str(value)
        found.append((name, " ".join(text.split())[:_MAX_VALUE]))
    return found


def _bodies(message: Message) -> tuple[list[str], list[str], list[Part]]:
    texts: list[str] = []
    htmls: list[str] = []
    parts: list[Part] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        name = _name_of(part)
        if kind in ("text/plain", "text/html") and not name:
            (texts if kind == "text/plain" else htmls).append(_text_of(part))
        else:
            content = _content_of(part)
            cid = str(part.get("Content-ID", "")).strip().strip("<>")
            parts.append(Part(name or kind.replace("/", "."), kind, len(content), cid, content))
    return texts, htmls, parts


def _leaves(message: Message) -> list[Message]:
    """The parts that hold something, in their order; a hostile mail nests deeper than calls may."""
    leaves, waiting = [], [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting += [each for each in part.get_payload() if isinstance(each, Message)][::-1]
        else:
            leaves.append(part)
    return leaves


def _name_of(part: Message) -> str:
    try:
        return " ".join((part.get_filename() or "").replace("/", "_").split())[:200]
    except Exception:
        return ""


def _text_of(part: Message) -> str:
    try:
        if isinstance(part, EmailMessage):
            return str(part.get_content()).replace("\r\n", "\n")
    except Exception:  # noqa: S110 - read below as well as it goes
        pass
    return _content_of(part).decode("utf-8", "replace")


def _content_of(part: Message) -> bytes:
    if part.is_multipart():
        inner = part.get_payload(0)
        return inner.as_bytes() if isinstance(inner, Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
