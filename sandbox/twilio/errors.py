"""Twilio's error catalogue, as far as a desk meets it: code, HTTP status, message, the JSON around them."""

from typing import Any

# Source: Twilio's "Error and warning dictionary". The HTTP status is what a refused call carries; codes from
# 63000 on mostly come later, in a status callback.
_CATALOGUE: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20008: (403, "Resource not accessible with Test Account Credentials"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is temporarily unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid From Number (caller ID)"),
    21604: (400, "A 'To' phone number is required."),
    21603: (400, "A 'From' phone number is required."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21655: (400, "The ContentSid Parameter is Invalid"),
    21656: (400, "The Content Variables Parameter is invalid"),
    30001: (429, "Queue overflow"),
    30007: (400, "Message filtered"),
    30008: (400, "Unknown error"),
    63003: (400, "Channel could not find To address"),
    63005: (400, "Channel did not accept given content"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63010: (500, "Channels - Twilio Internal error"),
    63012: (500, "Channel provider returned an internal service error"),
    63013: (400, "This message send failed because it violates Channel provider's policy"),
    63016: (
        400,
        "Failed to send freeform message because you are outside the allowed window. "
        "If you are using WhatsApp, please use a Message Template.",
    ),
    63018: (429, "Rate limit exceeded for Channel"),
    63019: (400, "Media failed to download"),
    63020: (400, "Twilio encountered a Business Manager account error"),
    63021: (400, "Channel invalid content error"),
    63024: (400, "Invalid message recipient"),
    63027: (400, "Template does not exist for a language and locale"),
    63028: (400, "Number of parameters provided does not match the expected number of parameters"),
    63031: (400, "Channels message cannot have same From and To"),
    63032: (400, "We cannot send this message to this user because of a WhatsApp limitation"),
    63038: (429, "Account exceeded the daily messages limit"),
    63041: (400, "Template is paused"),
    63042: (400, "Template is disabled"),
    63049: (400, "Meta chose not to deliver this WhatsApp marketing message"),
    92009: (400, "The template associated with this SID has already been submitted for approval."),
}

# What Twilio says when the HTTP status alone is asked for.
_CODE_OF_STATUS = {400: 20001, 401: 20003, 403: 20008, 404: 20404, 429: 20429, 500: 20500, 503: 20503}
_RETRY_AFTER = {20429: 1, 30001: 5, 63018: 1}


class TwilioError(Exception):
    """A refusal in Twilio's own words; `status` is the HTTP status it travels with."""

    def __init__(self, code: int, message: str | None = None, *, status: int | None = None) -> None:
        http_status, catalogued = _CATALOGUE.get(code, (400, "Unknown error"))
        self.code = code
        self.message = message or catalogued
        self.status = status or http_status
        super().__init__(f"{code} {self.message}")

    def body(self) -> dict[str, Any]:
        """The JSON that goes with it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }

    def headers(self) -> dict[str, str]:
        """The header that asks for patience, for a call that came too early."""
        pause = _RETRY_AFTER.get(self.code)
        return {} if pause is None else {"Retry-After": str(pause)}


def for_status(status: int) -> TwilioError:
    """The error that Twilio would most likely send with this HTTP status."""
    code = _CODE_OF_STATUS.get(status, 20500 if status >= 500 else 20001)
    return TwilioError(code, f"Injected by the sandbox: HTTP {status}.", status=status)


def for_code(code: int) -> TwilioError:
    """The error with this code and the HTTP status that belongs to it."""
    return TwilioError(code)


def unknown_resource(path: str) -> TwilioError:
    """What Twilio answers for an address or an id that does not exist."""
    return TwilioError(20404, f"The requested resource {path[:200]} was not found")


def title(code: int) -> str:
    """What a status callback says about this code."""
    return _CATALOGUE.get(code, (400, "Unknown error"))[1]
