"""The lines mail programs put before what they quote, in six languages; each is read in constant time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

CUT_HERE: Final = "\ue002"
"""Stands in a text made from HTML where the HTML says that the answered mail begins."""
_LONGEST_LINE: Final = 400
_ATTRIBUTION_LINES: Final = 4
_BLOCK_LINES: Final = 9
_ORIGINALS: Final = (
    r"original message|original appointment|messaggio originale|messaggio di origine|message d'origine|"
    r"message original|message initial|mensaje original|mensagem original|ursprüngliche nachricht|"
    r"originalnachricht|original-nachricht|reply message|risposta"
)
_FORWARDS: Final = (
    r"forwarded message|messaggio inoltrato|inoltrato da|message transféré|message réexpédié|"
    r"mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|weitergeleitete nachricht"
)
_ORIGINAL: Final = re.compile(rf"(?:{_ORIGINALS})\b", re.IGNORECASE)
_FORWARD: Final = re.compile(rf"(?:{_FORWARDS})\b", re.IGNORECASE)
_DASHES: Final = "-_—*= "
_FORWARD_WORDS: Final = re.compile(
    r"(?:begin forwarded message|inizio messaggio inoltrato|début du message (?:réexpédié|transféré)|"
    r"inicio del mensaje reenviado|início da mensagem (?:encaminhada|reencaminhada)|"
    r"anfang der weitergeleiteten (?:nachricht|e-mail)) ?:?\Z",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"[_-]{10,}\Z")
_LONGEST_FIELD_NAME: Final = 25
_FIELD: Final = re.compile(
    r"\*{0,2}(?:(?P<from>from|da|de|von|mittente|absender|expéditeur|remitente|remetente)"
    r"|(?P<date>sent|date|inviato|inviata|data|envoyé|enviado|enviado el|enviada em|enviado em|enviada|fecha|"
    r"gesendet|datum|quando)"
    r"|(?P<to>to|a|à|para|an|destinatario|destinataire)"
    r"|(?P<subject>subject|oggetto|objet|asunto|assunto|betreff)"
    r"|(?P<copy>cc|c\.c\.|kopie|reply-to|rispondi a))\*{0,2} ?:\*{0,2}(?: |\Z)",
    re.IGNORECASE,
)
_VERB: Final = re.compile(
    r"\b(?:wrote|writes|ha scritto|scrive|a écrit|écrit|escribió|escribio|escribe|escreveu|schrieb|"
    r"geschrieben)\b",
    re.IGNORECASE,
)
_STARTER: Final = re.compile(
    r"[\W_]{0,3}(?:on|at|il|in data|le|el|em|no dia|na|a|à|às|am|lun|mar|mer|gio|ven|sab|dom)\b",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_ENDS: Final = (":", ":*", ": *")
_LONGEST_SHORTENED: Final = 5
_FORWARD_SUBJECT: Final = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|i|inoltro|wg|rv|enc|tr)\s*:", re.IGNORECASE
)


def shown(line: str) -> str:
    """Return the line as the marks are compared with it: its beginning, blanks made one, quotes straight."""
    return " ".join(line.strip()[:_LONGEST_LINE].replace("\u2019", "'").replace("\u200b", "").split())


def is_quoted(line: str) -> bool:
    """Whether the line begins with the sign of a quotation."""
    return line.startswith(">") and not line.startswith(">=")


def is_own_marker(line: str) -> bool:
    """Whether it is the line above which a desk asks people to write: anything between `##-` and `-##`.

    The words are the desk's own: whoever wants such a line puts it into the header of its mails.
    """
    return "##-" in line and "-##" in line and not is_quoted(line)


def is_forward(line: str) -> bool:
    """Whether a forwarded mail begins here."""
    words = line.lstrip(_DASHES)
    ruled = len(line) - len(words) >= 2
    return (ruled and _FORWARD.match(words) is not None) or _FORWARD_WORDS.match(line) is not None


def is_forward_subject(subject: str) -> bool:
    """Whether the subject says that the mail passes another one on."""
    return _FORWARD_SUBJECT.match(subject[:_LONGEST_LINE]) is not None


def is_original(line: str) -> bool:
    """Whether the line says that the answered mail begins here."""
    words = line.lstrip(_DASHES)
    return CUT_HERE in line or (len(line) - len(words) >= 2 and _ORIGINAL.match(words) is not None)


def is_block(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of the answered mail begin here, as Outlook and others copy them.

    Sender, recipient and one more are asked for: forms of web sites write a sender, a date and a subject
    too. Below a ruled line a recipient is not needed.
    """
    below_rule = _RULE.match(lines[at]) is not None
    if not below_rule and not _field(lines[at]):
        return False
    begin = at + 1 if below_rule else at
    kinds = {kind for line in lines[begin : begin + _BLOCK_LINES] if (kind := _field(line))}
    needed = {"from", "date", "subject"} if below_rule else {"from", "to"}
    return needed <= kinds and len(kinds) >= 3


def _field(line: str) -> str:
    """Which header the line is, or ""."""
    if ":" not in line[:_LONGEST_FIELD_NAME]:
        return ""
    found = _FIELD.match(line)
    return (found.lastgroup or "") if found else ""


def attribution_lines(lines: Sequence[str], at: int) -> int:
    """Return over how many lines "On …, … wrote:" goes that begins here; 0 when none begins here."""
    joined = lines[at]
    if not joined or not (joined.endswith(_ENDS) or "@" in joined or _STARTER.match(joined)):
        return 0
    for count in range(1, _ATTRIBUTION_LINES + 1):
        if joined.endswith(_ENDS) and _VERB.search(joined):
            return count if _is_attribution(joined, lines, at + count) else 0
        following = lines[at + count] if at + count < len(lines) else ""
        if not following or is_quoted(following) or _ends_sentence(joined):
            return 0
        joined = f"{joined} {following}"
    return 0


def _ends_sentence(joined: str) -> bool:
    """Whether a sentence ends here; the full stop of a date or of a shortened day ends none."""
    last = joined.rpartition(" ")[2]
    return last.endswith(("!", "?")) or (last.endswith(".") and len(last) > _LONGEST_SHORTENED)


def _is_attribution(joined: str, lines: Sequence[str], after: int) -> bool:
    """Whether it is more than a sentence: it names a time or an address, or a quotation follows."""
    following = next((line for line in lines[after : after + 3] if line), "")
    if is_quoted(following):
        return True
    timed = _CLOCK.search(joined) is not None and _STARTER.match(joined) is not None
    return timed or ("@" in joined and any(character.isdigit() for character in joined))
