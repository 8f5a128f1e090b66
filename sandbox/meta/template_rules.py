"""What Meta refuses when a template is created, before anybody reviews it."""

import re
from typing import Any

from sandbox.meta.errors import MetaError

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
_NAME = re.compile(r"[a-z0-9_]{1,512}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?\Z")
_PLACE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_LIMITS = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
_FORMATS = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
_BUTTONS = {
    "QUICK_REPLY": ("text",),
    "URL": ("text", "url"),
    "PHONE_NUMBER": ("text", "phone_number"),
    "COPY_CODE": ("example",),
    "OTP": ("otp_type",),
    "FLOW": ("text",),
}
_MAX_BUTTONS, _MAX_BUTTON_TEXT = 10, 25
_NO_SUCH_FORM = 2388043  # "Message template is missing expected fields"


def refused(subcode: int, details: str) -> MetaError:
    """How Meta refuses a template: always code 100, the subcode says why."""
    return MetaError(100, details, message="(#100) Invalid parameter", subcode=subcode)


def check(body: dict[str, Any]) -> dict[str, Any]:
    """The parts of a new template that are kept; raises MetaError 100.

    Limits: "Template components" of the Business Management API.
    """
    name, language, category = body.get("name"), body.get("language"), body.get("category")
    if not isinstance(name, str) or not _NAME.match(name):
        raise refused(2388052, "name: lower-case letters, digits and underscores only, 1 to 512 of them.")
    if not isinstance(language, str) or not _LANGUAGE.match(language):
        raise refused(2388053, "language: a code such as it or en_US.")
    if category not in CATEGORIES:
        raise refused(2388054, f"category: one of {', '.join(CATEGORIES)}.")
    parameter_format = str(body.get("parameter_format") or "POSITIONAL").upper()
    if parameter_format not in ("POSITIONAL", "NAMED"):
        raise refused(2388055, "parameter_format: POSITIONAL or NAMED.")
    components = body.get("components")
    if not isinstance(components, list) or not 1 <= len(components) <= 10:
        raise refused(_NO_SUCH_FORM, "components: a list with a BODY is required.")
    kept = [_component(part, parameter_format) for part in components]
    kinds = [part["type"] for part in kept]
    if "BODY" not in kinds or len(kinds) != len(set(kinds)):
        raise refused(_NO_SUCH_FORM, "components: exactly one BODY, and each other one at most once.")
    return {
        "name": name,
        "language": language,
        "category": category,
        "parameter_format": parameter_format,
        "components": kept,
    }


def _component(part: Any, parameter_format: str) -> dict[str, Any]:
    kind = str(part.get("type", "")).upper() if isinstance(part, dict) else ""
    if kind == "BUTTONS":
        buttons = part.get("buttons")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MAX_BUTTONS:
            raise refused(_NO_SUCH_FORM, f"buttons: 1 to {_MAX_BUTTONS} of them.")
        return {"type": kind, "buttons": [_button(button) for button in buttons]}
    if kind not in _LIMITS:
        raise refused(_NO_SUCH_FORM, "components: HEADER, BODY, FOOTER or BUTTONS.")
    kept = {**part, "type": kind}
    if kind == "HEADER":
        kept["format"] = str(part.get("format", "TEXT")).upper()
        if kept["format"] not in _FORMATS:
            raise refused(2388047, "header: its format is not known.")
        if kept["format"] != "TEXT":
            return kept
    _words(kind, part.get("text"), part.get("example"), parameter_format)
    return kept


def _words(kind: str, text: Any, example: Any, parameter_format: str) -> None:
    limit = _LIMITS[kind]
    if not isinstance(text, str) or not text.strip():
        raise refused(_NO_SUCH_FORM, f"{kind.lower()}: its text is missing.")
    if len(text) > limit:
        raise refused(2388040, f"{kind.lower()}: at most {limit} characters.")
    places = list(dict.fromkeys(_PLACE.findall(text)))
    if not places:
        return
    if kind == "FOOTER":
        raise refused(2388073, "footer: it cannot have variables.")
    if kind == "BODY" and (text.strip().startswith("{{") or text.strip().endswith("}}")):
        raise refused(2388299, "body: a variable cannot be at its start or end.")
    if parameter_format == "POSITIONAL" and places != [str(n + 1) for n in range(len(places))]:
        raise refused(2388047, f"{kind.lower()}: variables are {{{{1}}}}, {{{{2}}}} … in this order.")
    if not isinstance(example, dict) or not example:
        raise refused(_NO_SUCH_FORM, f"{kind.lower()}: each variable needs an example.")


def _button(button: Any) -> dict[str, Any]:
    kind = str(button.get("type", "")).upper() if isinstance(button, dict) else ""
    if kind not in _BUTTONS:
        raise refused(_NO_SUCH_FORM, f"buttons: one of {', '.join(_BUTTONS)}.")
    if any(not button.get(key) for key in _BUTTONS[kind]):
        raise refused(_NO_SUCH_FORM, f"buttons: {kind} needs {' and '.join(_BUTTONS[kind])}.")
    if len(str(button.get("text", ""))) > _MAX_BUTTON_TEXT:
        raise refused(2388040, f"buttons: a text has at most {_MAX_BUTTON_TEXT} characters.")
    return {**button, "type": kind}
