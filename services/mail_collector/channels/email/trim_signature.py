"""Finds where a signature begins: after `-- `, "Sent from my phone", "Kind regards", in six languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_LINES_READ: Final = 40
_LINES_OF_DELIMITED: Final = 25
_LINES_AFTER_DEVICE: Final = 6
_LINES_AFTER_CLOSING: Final = 12
_LONGEST_CLOSING: Final = 70
_LONGEST_SIGNED: Final = 110

_DELIMITER: Final = re.compile(r"(?:--|—|–|_{40,80})\Z")
_DEVICES: Final = (
    r"sent (?:from|with|via) (?:my|mail for|outlook|yahoo|the|proton|gmail|samsung|iphone|ipad|android|a )",
    r"sent by |get outlook for|get bluemail",
    r"inviato (?:da|dal|con) (?:il mio |mio |un )?(?:iphone|ipad|smartphone|telefono|cellulare|dispositivo)",
    r"inviato (?:da|dal|con) (?:posta|outlook|yahoo|samsung|android|tablet|libero|gmail|proton|galaxy)",
    r"inviat[ao] dal? mio |scarica outlook|ottieni outlook",
    r"envoyé (?:de|depuis|à partir de|avec) |(?:obtenir|obtenez|télécharger?|téléchargez) outlook",
    r"enviado (?:desde|de|do|a partir d[eo]) (?:mi|meu|o meu|el|um|un) ",
    r"enviado (?:desde|de|do|a partir d[eo]) (?:outlook|correo|e-?mail|yahoo|iphone|samsung|android)",
    r"(?:obtener|obtén|obter o|obtenha o) outlook",
    r"von meinem .{1,40} gesendet|gesendet (?:von|mit|über|aus) |outlook für (?:ios|android)",
    r"diese nachricht wurde von meinem ",
)
_DEVICE: Final = re.compile(rf"[\W_]{{0,3}}(?:{'|'.join(_DEVICES)})", re.IGNORECASE)
_CLOSINGS: Final = (
    r"(?:with )?(?:best|kind|kindest|warm|warmest|many) (?:regards|wishes)|regards|cheers",
    r"(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?",
    r"(?:(?:le |vi )?(?:porgo|porgiamo|invio) )?(?:(?:i (?:più|miei più|nostri più) )?"
    r"(?:cordiali|distinti|cari|i migliori|migliori|tanti) )?saluti",
    r"cordialità|un (?:cordiale |caro )?saluto|cordialmente|in fede|buona giornata|buona serata|buon lavoro",
    r"(?:bien |très )?cordialement|(?:bien )?à vous|bien amicalement|bonne journée",
    r"(?:sincères |meilleures |cordiales )?salutations(?: distinguées| cordiales)?",
    r"veuillez (?:agréer|recevoir).{0,60}|je vous prie d'agréer.{0,60}",
    r"(?:un |reciba un |reciban un )?(?:cordial |atento |afectuoso )?saludos?(?: cordial| cordiales)?",
    r"(?:muy )?atentamente|atenciosamente|att|abraços?",
    r"(?:com os )?(?:melhores |os meus )?cumprimentos|(?:cordiais )?saudações(?: cordiais)?",
    r"(?:mit )?(?:freundliche|beste|viele|liebe|herzliche|schöne)[nmr]? (?:grüße|grüsse|gruß|gruss)n?",
    r"mfg|vg|lg|hochachtungsvoll",
)
_THANKED: Final = (
    r"(?:many thanks|thanks|thank you|grazie(?: mille)?|merci|gracias|obrigad[oa]|danke|vielen dank)"
    r"(?: and| e| et| y| und|,|\.|!) "
)
_CLOSING: Final = re.compile(rf"(?:{_THANKED})?(?:{'|'.join(_CLOSINGS)})(?:[,.!;]|\Z)", re.IGNORECASE)
_POSTSCRIPT: Final = re.compile(r"(?:p\.? ?s\.?|n\.? ?b\.?)(?:\W|\Z)", re.IGNORECASE)
_NOTICES: Final = (
    r"(?:confidentiality|legal) (?:notice|note)|disclaimer\b",
    r"(?:avviso|nota|clausola) di riservatezza|avis de confidentialité",
    r"aviso (?:legal|de confidencialidade?)|vertraulichkeitshinweis",
    r"virus-free\b|mail priva di virus|sans virus|libre de virus|livre de vírus|virenfrei",
    r"please consider the environment|prima di stampare|rispett(?:a|iamo) l'ambiente",
    r"pensez à l'environnement|antes de imprimir",
    r"(?:this|the information in this|the contents of this) (?:e-?mail|message)\b.{0,80}confiden",
    r"(?:questo messaggio|questa e-?mail|le informazioni contenute|il contenuto di quest|ai sensi del)"
    r".{0,120}(?:riservat|confidenzial|privacy|2016/679|196/2003)",
    r"(?:ce message|ce courriel|cet e-?mail).{0,80}confiden",
    r"(?:este mensaje|este correo|este e-?mail|esta mensagem).{0,80}confiden",
    r"diese (?:e-?mail|nachricht).{0,80}vertraulich",
)
_NOTICE: Final = re.compile(rf"[\W_]{{0,3}}(?:{'|'.join(_NOTICES)})", re.IGNORECASE)


def signature_start(lines: Sequence[str]) -> int:
    """Return the index of the first line of the signature; the number of lines when there is none.

    `lines` as trim_marks.shown makes them; only the last ones are read. A signature never is the whole text,
    and what follows a closing must look like a name and a business card: a question or a postscript keeps it.
    """
    first = next((at for at, line in enumerate(lines) if line), len(lines))
    end = len(lines)
    for find in (_notice, _delimited, _device, _closing):
        begin = find(lines[:end] if end < len(lines) else lines)
        end = begin if first < begin < end else end
    return end


def _read(lines: Sequence[str]) -> range:
    return range(max(0, len(lines) - _LINES_READ), len(lines))


def _filled(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line]


def _notice(lines: Sequence[str]) -> int:
    return next((at for at in _read(lines) if _NOTICE.match(lines[at])), len(lines))


def _delimited(lines: Sequence[str]) -> int:
    for at in reversed(_read(lines)):
        if _DELIMITER.match(lines[at]) and len(_filled(lines[at + 1 :])) <= _LINES_OF_DELIMITED:
            return at
    return len(lines)


def _device(lines: Sequence[str]) -> int:
    for at in _read(lines):
        names_device = len(lines[at]) <= _LONGEST_SIGNED and _DEVICE.match(lines[at])
        if names_device and len(_filled(lines[at + 1 :])) <= _LINES_AFTER_DEVICE:
            return at
    return len(lines)


def _closing(lines: Sequence[str]) -> int:
    for at in _read(lines):
        closes = len(lines[at]) <= _LONGEST_CLOSING and _CLOSING.match(lines[at])
        if closes and _looks_signed(lines[at + 1 :]):
            return at
    return len(lines)


def _looks_signed(lines: Sequence[str]) -> bool:
    filled = _filled(lines)
    return len(filled) <= _LINES_AFTER_CLOSING and not any(
        "?" in line or len(line) > _LONGEST_SIGNED or _POSTSCRIPT.match(line) for line in filled
    )
