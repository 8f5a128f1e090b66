"""Meta's error catalogue, as far as a desk meets it: code, HTTP status, title, and the JSON around them."""

import secrets
from typing import Any

# Source: "Error codes" of the WhatsApp Cloud API reference (HTTP status and title per code).
_CATALOGUE: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "Message not delivered to maintain healthy ecosystem engagement"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not exist"),
    132005: (400, "Template Hydrated Text Too Long"),
    132007: (400, "Template Format Character Policy Violated"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    133016: (400, "Account register deregister rate limit exceeded"),
}

# What Meta says when the HTTP status alone is asked for.
_CODE_OF_STATUS = {400: 100, 401: 190, 403: 10, 404: 100, 429: 130429, 503: 2}


class MetaError(Exception):
    """A refusal in Meta's own words; `status` is the HTTP status it travels with."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        subcode: int | None = None,
        status: int | None = None,
        kind: str = "OAuthException",
    ) -> None:
        http_status, title = _CATALOGUE.get(code, (400, "An unknown error occurred"))
        super().__init__(f"{code} {title}")
        self.code = code
        self.status = status or http_status
        self._error: dict[str, Any] = {"message": message or f"(#{code}) {title}", "type": kind, "code": code}
        if details:
            self._error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        if subcode:
            self._error["error_subcode"] = subcode

    def body(self) -> dict[str, Any]:
        """The JSON that goes with it."""
        return {"error": {**self._error, "fbtrace_id": "A" + secrets.token_urlsafe(16)}}


def for_status(status: int) -> MetaError:
    """The error that Meta would most likely send with this HTTP status."""
    code = _CODE_OF_STATUS.get(status, 131000 if status >= 500 else 100)
    return MetaError(code, f"Injected by the sandbox: HTTP {status}.", status=status)


def for_code(code: int) -> MetaError:
    """The error with this code and the HTTP status that belongs to it."""
    return MetaError(code, "Injected by the sandbox.")


def in_receipt(code: int, details: str | None) -> dict[str, Any]:
    """The same error as it stands in a `failed` status of a webhook."""
    title = _CATALOGUE.get(code, (400, "An unknown error occurred"))[1]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or f"{title}."},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def unknown_object(method: str, object_id: str) -> MetaError:
    """What Graph answers for an id that does not exist or may not be seen."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id[:80]}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api"
    )
    return MetaError(100, message=message, subcode=33, kind="GraphMethodException")
