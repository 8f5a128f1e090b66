"""Interactive messages: buttons, lists and call-to-action links, with Meta's limits."""

from typing import Any

from sandbox.meta.attachments import by_id_or_link
from sandbox.meta.errors import MetaError
from sandbox.meta.store import MetaStore

_MAX_BUTTONS, _MAX_BUTTON_TITLE, _MAX_BUTTON_ID = 3, 20, 256
_MAX_SECTIONS, _MAX_ROWS, _MAX_ROW_ID, _MAX_ROW_TITLE, _MAX_DESCRIPTION = 10, 10, 200, 24, 72
_MAX_BODY, _MAX_LIST_BODY, _MAX_HEADER, _MAX_FOOTER = 1024, 4096, 60, 60


def interactive(content: Any, store: MetaStore) -> dict[str, Any]:
    """How the phone shows it; raises MetaError 131008 for what is missing and 131009 for what is too much.

    Limits: "Interactive reply buttons / list / call-to-action URL messages" of the Cloud API reference.
    """
    if not isinstance(content, dict):
        raise MetaError(131008, "Parameter 'interactive' is missing.")
    kind, action = content.get("type"), content.get("action")
    if not isinstance(action, dict):
        raise MetaError(131008, "interactive['action'] is required.")
    shown: dict[str, Any] = {"kind": "interactive", "label": "Interactive"}
    header, footer = content.get("header"), content.get("footer")
    if header is not None:
        shown |= _header(header, store)
    shown["text"] = words(content.get("body"), "body", _MAX_LIST_BODY if kind == "list" else _MAX_BODY)
    if footer is not None:
        shown["footer"] = words(footer, "footer", _MAX_FOOTER)
    if kind == "button":
        shown["buttons"] = _buttons(action)
    elif kind == "list":
        shown["list"] = _list(action)
    elif kind == "cta_url":
        shown["buttons"] = [_link(action)]
    elif kind == "location_request_message":
        shown["buttons"] = [{"type": "location", "title": "Send location"}]
    elif kind == "flow":
        shown["buttons"] = [_flow(action)]
    else:
        raise MetaError(131009, "interactive['type'] is not one of button, list, cta_url, flow.")
    return shown


def words(part: Any, name: str, most: int) -> str:
    """The `text` of a part of a message; raises MetaError when it is missing or too long."""
    return line(part.get("text") if isinstance(part, dict) else None, name, most)


def line(value: Any, name: str, most: int) -> str:
    """A text of 1 to `most` characters; raises MetaError 131008 or 131009."""
    if not isinstance(value, str) or not value.strip():
        raise MetaError(131008, f"Parameter '{name}' is missing.")
    if len(value) > most:
        raise MetaError(131009, f"'{name}' has {len(value)} characters, at most {most} are allowed.")
    return value


def _header(header: Any, store: MetaStore) -> dict[str, Any]:
    kind = header.get("type") if isinstance(header, dict) else None
    if kind == "text":
        return {"header": words(header, "header", _MAX_HEADER)}
    if kind in ("image", "video", "document"):
        return {"header_media": by_id_or_link(kind, header.get(kind), store)}
    raise MetaError(131009, "interactive['header'] is a text, an image, a video or a document.")


def _buttons(action: dict[str, Any]) -> list[dict[str, Any]]:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MAX_BUTTONS:
        raise MetaError(131009, f"Invalid buttons count. Min allowed buttons: 1, Max: {_MAX_BUTTONS}.")
    shown = []
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) and button.get("type") == "reply" else None
        if not isinstance(reply, dict):
            raise MetaError(131009, "A button has the type reply, with an id and a title.")
        title = line(reply.get("title"), "button title", _MAX_BUTTON_TITLE)
        shown.append(
            {"type": "reply", "id": line(reply.get("id"), "button id", _MAX_BUTTON_ID), "title": title}
        )
    _different([button["id"] for button in shown], "button ids")
    _different([button["title"] for button in shown], "button titles")
    return shown


def _list(action: dict[str, Any]) -> dict[str, Any]:
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= _MAX_SECTIONS:
        raise MetaError(131009, f"A list has 1 to {_MAX_SECTIONS} sections.")
    shown: list[dict[str, Any]] = []
    for section in sections:
        given = section.get("rows") if isinstance(section, dict) else None
        if not isinstance(given, list) or not given:
            raise MetaError(131009, "A section has at least one row.")
        title = section.get("title")
        if len(sections) > 1 or title:
            title = line(title, "section title", _MAX_ROW_TITLE)
        shown.append({"title": title or "", "rows": [_row(row) for row in given]})
    rows = [row for section in shown for row in section["rows"]]
    if len(rows) > _MAX_ROWS:
        raise MetaError(131009, f"Total row count exceed max allowed count: {_MAX_ROWS}.")
    _different([row["id"] for row in rows], "row ids")
    return {"button": line(action.get("button"), "list button", _MAX_BUTTON_TITLE), "sections": shown}


def _row(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise MetaError(131009, "A row has an id and a title.")
    shown = {
        "id": line(row.get("id"), "row id", _MAX_ROW_ID),
        "title": line(row.get("title"), "row title", _MAX_ROW_TITLE),
    }
    if row.get("description"):
        shown["description"] = line(row["description"], "row description", _MAX_DESCRIPTION)
    return shown


def _link(action: dict[str, Any]) -> dict[str, Any]:
    parameters = action.get("parameters")
    if action.get("name") != "cta_url" or not isinstance(parameters, dict):
        raise MetaError(131009, "interactive['action'] is named cta_url and has parameters.")
    url = line(parameters.get("url"), "url", 2000)
    if not url.startswith(("https://", "http://")):
        raise MetaError(131009, "'url' is not a web address.")
    title = line(parameters.get("display_text"), "display_text", _MAX_BUTTON_TITLE)
    return {"type": "url", "title": title, "url": url}


def _flow(action: dict[str, Any]) -> dict[str, Any]:
    parameters = action.get("parameters")
    if action.get("name") != "flow" or not isinstance(parameters, dict):
        raise MetaError(131009, "interactive['action'] is named flow and has parameters.")
    return {"type": "flow", "title": line(parameters.get("flow_cta"), "flow_cta", 30)}


def _different(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise MetaError(131009, f"The {what} must all be different.")
