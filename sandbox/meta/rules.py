"""Which messages Meta takes, as POST /{phone-number-id}/messages checks them."""

from dataclasses import dataclass
from typing import Any

from sandbox.meta import outgoing
from sandbox.meta.errors import MetaError
from sandbox.meta.numbers import wa_id_of
from sandbox.meta.store import MetaStore
from sandbox.meta.template_fill import fill
from sandbox.meta.templates import TemplateList

MAX_TRACKER = 512
REPLY_WINDOW_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that may go out: to whom, as the caller wrote it and resolved, and how the phone shows it."""

    addressed_as: str
    wa_id: str
    shown: dict[str, Any]
    tracker: str | None
    reply_to: str | None


def check(body: dict[str, Any], store: MetaStore, templates: TemplateList, now: float) -> Accepted:
    """Decide about one message at `now` (Unix seconds); raises MetaError as Meta documents it."""
    if body.get("messaging_product") != "whatsapp":
        raise MetaError(100, message="(#100) The parameter messaging_product is required.")
    addressed_as, wa_id = _recipient(body, store)
    kind = body.get("type", "text")
    if not isinstance(kind, str) or not kind.isidentifier():
        raise MetaError(100, message="(#100) Param type must be a message type")
    content = body.get(kind)
    if not isinstance(content, (dict, list)) or not content:
        raise MetaError(131008, f"Parameter '{kind}' is missing.")
    tracker = body.get("biz_opaque_callback_data")
    if tracker is not None and (not isinstance(tracker, str) or len(tracker) > MAX_TRACKER):
        raise MetaError(
            131009, f"biz_opaque_callback_data must be a string of at most {MAX_TRACKER} characters"
        )
    if kind == "template":
        shown = _template(content, store, templates)
    else:
        _check_window(store, wa_id, now)
        shown = outgoing.show(kind, content, store)
    return Accepted(addressed_as, wa_id, shown, tracker, _quoted(body.get("context")))


def _quoted(context: Any) -> str | None:
    if context is None:
        return None
    quoted = context.get("message_id") if isinstance(context, dict) else None
    if not isinstance(quoted, str) or not quoted:
        raise MetaError(131009, "context['message_id'] is required.")
    return quoted


def _recipient(body: dict[str, Any], store: MetaStore) -> tuple[str, str]:
    to, user_id = body.get("to"), body.get("recipient")
    if isinstance(to, str) and to:
        wa_id = wa_id_of(to)
        if wa_id is None:
            raise MetaError(131009, f"Recipient phone number is not valid: {to[:40]}")
        return to, wa_id
    if isinstance(user_id, str) and user_id:
        customer = store.by_user_id(user_id)
        if customer is None:
            raise MetaError(131026, "Message undeliverable: no such recipient.")
        return user_id, customer.wa_id
    raise MetaError(131009, "Parameter 'to' or 'recipient' is required.")


def _check_window(store: MetaStore, wa_id: str, now: float) -> None:
    """The 24 h rule. A customer may also have written through a webhook that somebody else signed, so in the
    mode `known` only those are refused whose last message through this sandbox is too old; `strict` also
    refuses those who never wrote here."""
    if store.reply_window == "off":
        return
    last = store.last_wrote_at(wa_id)
    if last is None and store.reply_window == "known":
        return
    if last is None or now - last > REPLY_WINDOW_SECONDS:
        raise MetaError(
            131047,
            "Message failed to send because more than 24 hours have passed since the customer last replied "
            "to this number.",
        )


def _template(content: Any, store: MetaStore, templates: TemplateList) -> dict[str, Any]:
    language = content.get("language") if isinstance(content, dict) else None
    if not isinstance(language, dict) or not content.get("name"):
        raise MetaError(131008, "template['name'] and template['language']['code'] are required.")
    components = content.get("components") or []
    if not isinstance(components, list):
        raise MetaError(100, message="(#100) Param template['components'] must be an array.")
    return fill(templates.sendable(content["name"], language.get("code")), components, store)
