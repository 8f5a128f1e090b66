"""How Meta's account webhooks tell that a channel is well, needs care, or fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.facts import objects, text_of
from shared.contracts.channel_reported import FAILING, OK, WARNING

_MANAGER: Final = "Look at the account in WhatsApp Manager (business.facebook.com)."
_RATHER_QUIET: Final = (
    "Send fewer messages that people did not ask for; Meta counts how many block or report you."
)


class Statement(NamedTuple):
    """One aspect of a channel: aspects differ where news of one must not end a warning of the other."""

    aspect: str
    level: str
    title: str
    detail: str
    remedy: str = ""


_ACCOUNT: Final[Mapping[str, tuple[str, str]]] = {
    "ACCOUNT_DELETED": (FAILING, "The WhatsApp Business account was deleted"),
    "ACCOUNT_OFFBOARDED": (FAILING, "The number was taken off the Cloud API"),
    "ACCOUNT_RECONNECTED": (OK, "The number is connected again"),
    "PARTNER_ADDED": (OK, "The account is shared with the app's business"),
    "PARTNER_REMOVED": (FAILING, "The account is no longer shared with the app's business"),
    "PARTNER_APP_INSTALLED": (OK, "The app may act for the account"),
    "PARTNER_APP_UNINSTALLED": (FAILING, "The app may no longer act for the account"),
}
_BAN: Final[Mapping[str, tuple[str, str]]] = {
    "DISABLE": (FAILING, "Meta disabled the account"),
    "SCHEDULE_FOR_DISABLE": (WARNING, "Meta is going to disable the account"),
    "REINSTATE": (OK, "Meta reinstated the account"),
}
_QUALITY: Final[Mapping[str, tuple[str, str]]] = {
    "FLAGGED": (WARNING, "Meta flagged the number for low quality"),
    "DOWNGRADE": (WARNING, "Meta lowered the number's messaging limit"),
    "UNFLAGGED": (OK, "The number is no longer flagged"),
    "UPGRADE": (OK, "Meta raised the number's messaging limit"),
    "ONBOARDING": (OK, "The number is being registered"),
    "THROUGHPUT_UPGRADE": (OK, "Meta raised the number's throughput"),
}
_SECURITY: Final[Mapping[str, tuple[str, str]]] = {
    "PIN_CHANGED": (OK, "The number's PIN was changed"),
    "PIN_RESET_REQUEST": (WARNING, "Somebody asked to turn off the number's two-step verification"),
    "PIN_RESET_SUCCESS": (WARNING, "The number's two-step verification was turned off"),
}
_DECISION: Final = {"APPROVED": OK, "REJECTED": FAILING}


def _account(value: dict[str, Any]) -> Statement:
    event, detail = _event(value, "event"), as_text(value)
    if event == "DISABLED_UPDATE":
        info = value.get("ban_info")
        level, title = _BAN.get(text_of(info, "waba_ban_state"), (WARNING, "Meta changed the account's ban"))
        return Statement("account", level, title, detail, "" if level == OK else _MANAGER)
    if event in _ACCOUNT:
        level, title = _ACCOUNT[event]
        return Statement("account", level, title, detail, "" if level == OK else _MANAGER)
    if event == "ACCOUNT_VIOLATION":
        title = "Meta reports a violation of its policies"
        return Statement("violation", WARNING, title, detail, _MANAGER)
    if event == "ACCOUNT_RESTRICTION":
        return _restriction(value, detail)
    return Statement("account-news", OK, f"Meta: {event}", detail)


def _restriction(value: dict[str, Any], detail: str) -> Statement:
    kinds = [
        text_of(one, "restriction_type", longest=100) for one in objects(value.get("restriction_info"), 20)
    ]
    level = FAILING if any(kind.endswith("_INITIATED_MESSAGING") for kind in kinds) else WARNING
    title = f"Meta restricted the account: {', '.join(filter(None, kinds)) or 'it does not say how'}"
    return Statement("restriction", level, title, detail, _MANAGER)


def _alert(value: dict[str, Any]) -> Statement:
    """Each type of alert is an aspect of its own; an alert that is no longer active is over."""
    info = value.get("alert_info")
    alert: dict[str, Any] = info if type(info) is dict else value
    kind = _event(alert, "alert_type")
    active = text_of(alert, "alert_status") in ("", "ACTIVE")
    calm = text_of(alert, "alert_severity") == "INFORMATIONAL"
    level = WARNING if active and not calm else OK
    title = text_of(alert, "alert_description") or f"Meta: {kind}"
    remedy = _MANAGER if level == WARNING else ""
    return Statement(f"alert-{_slug(kind)}", level, title, as_text(value), remedy)


def _review(value: dict[str, Any]) -> Statement:
    decision = _event(value, "decision")
    level = _DECISION.get(decision, WARNING)
    remedy = "" if level == OK else _MANAGER
    return Statement("review", level, f"Meta's review of the account: {decision}", as_text(value), remedy)


def _capability(value: dict[str, Any]) -> Statement:
    names = ("max_daily_conversations_per_business", "max_daily_conversation_per_phone")
    found = [value[name] for name in names if type(value.get(name)) in (int, str)]
    title = (
        f"Messaging limit of the business: {found[0]}" if found else "What the business may do was changed"
    )
    return Statement("limits", OK, title, as_text(value))


def _quality(value: dict[str, Any]) -> Statement:
    event = _event(value, "event")
    level, title = _QUALITY.get(event, (WARNING, f"Meta on the number's quality: {event}"))
    limit = text_of(value, "max_daily_conversations_per_business", "current_limit", longest=100)
    title = f"{title} (limit: {limit})" if limit else title
    return Statement("quality", level, title, as_text(value), "" if level == OK else _RATHER_QUIET)


def _name(value: dict[str, Any]) -> Statement:
    decision = _event(value, "decision")
    name = text_of(value, "requested_verified_name", longest=200)
    title = f"Meta's decision on the display name {name}: {decision}"
    level = OK if decision == "APPROVED" else WARNING
    return Statement("name", level, title, as_text(value), "" if level == OK else _MANAGER)


def _security(value: dict[str, Any]) -> Statement:
    event = _event(value, "event")
    level, title = _SECURITY.get(event, (WARNING, f"Meta on the number's security: {event}"))
    remedy = "Make sure that this was one of you." if level == WARNING else ""
    return Statement("security", level, title, as_text(value), remedy)


def _event(value: dict[str, Any], name: str) -> str:
    text = text_of(value, name, longest=100)
    if not text:
        raise Malformed("malformed-notice", "The notice does not say what happened.")
    return text


def _slug(text: str) -> str:
    return "".join(c if c in "abcdefghijklmnopqrstuvwxyz0123456789" else "-" for c in text.lower())[:50]


READERS: Final[Mapping[str, Callable[[dict[str, Any]], Statement]]] = {
    "account_update": _account,
    "account_alerts": _alert,
    "account_review_update": _review,
    "business_capability_update": _capability,
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _name,
    "security": _security,
}
