"""One message to the Cloud API through pywa's client; whatever goes wrong comes back as a value of ours."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any, Final

import httpx
import structlog
from pywa import WhatsApp
from pywa.errors import WhatsAppError

from services.notifier.channels.whatsapp_cloud import errors
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.content import TEMPLATE, TEXT, Content
from services.notifier.domain.delivery import Delivery, Failure, Recipient
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.presence import Presence
from services.notifier.domain.rate import PairLimit
from services.notifier.domain.template import TemplateRecord, TemplateSubmission
from services.notifier.ports import SenderTools

_log = structlog.get_logger(__name__)

GRAPH_VERSION: Final = "26.0"
TIMEOUT: Final = httpx.Timeout(connect=5.0, write=10.0, read=20.0, pool=5.0)
"""Seconds; together well below the lease of a claimed delivery."""
_LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30.0)

_USER_ID: Final = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+\Z")
"""A business-scoped user id. pywa takes one with letters for a group, so we address it ourselves."""

_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_CONNECTION: Final = "No connection to WhatsApp"


class WhatsAppCloudSender:
    """One business number: one client, one token, one pool of connections."""

    per_second = 80.0
    pair = PairLimit(45, 6.0)

    def __init__(self, settings: WhatsAppCloudSettings, tools: SenderTools) -> None:
        self._settings = settings
        self._answer = threading.local()
        hooks = {"response": [self._note_status]}
        self._client = httpx.Client(timeout=TIMEOUT, limits=_LIMITS, event_hooks=hooks)
        self._api = WhatsApp(
            phone_id=settings.phone_number_id,
            token=settings.access_token,
            session=self._client,
            api_version=GRAPH_VERSION,
        ).api
        # pywa writes its own address into the client it is given; ours goes over it.
        self._client.base_url = f"{settings.graph_url.rstrip('/')}/v{GRAPH_VERSION}"

    def send(self, delivery: Delivery) -> Outcome:
        """Hand over one message, with the send id as the tracker that receipts bring back."""
        message = _message(delivery.content)
        if message is None:
            return Refused(
                Failure(
                    "unsupported-content", f"This channel cannot send content of kind {delivery.content.kind}"
                )
            )
        kind, body = message
        self._answer.status = None
        # pywa's errors are frozen exceptions that break in passing a context manager: none leaves this try.
        try:
            answer = self._api.send_message(
                sender=self._settings.phone_number_id,
                recipient_type="individual",
                **_recipient(delivery.recipient),
                typ=kind,
                msg=body,
                biz_opaque_callback_data=delivery.send_id,
            )
            return Sent(_message_id(answer))
        except WhatsAppError as error:
            return errors.outcome(_provider_error(error), delivery.tries)
        except _NEVER_LEFT as error:
            reason = Failure("no-connection", _NO_CONNECTION, type(error).__name__)
            return TryLater(errors.retry_seconds(delivery.tries), reason)
        except httpx.HTTPError as error:
            # The request, or part of it, went out: Meta may have taken the message.
            return TryLater(
                0, Failure("no-answer", "WhatsApp did not answer", repr(error)), unknown_outcome=True
            )
        except Exception as error:
            return self._unreadable(error, delivery.tries)

    def parts(self, wanted: Content) -> list[Content] | Failure:
        """One message each, as yet."""
        return [wanted]

    def find(self, delivery: Delivery) -> Sent | None:
        """The Cloud API cannot look a message up; its receipts carry our id instead."""
        return None

    def show(self, presence: Presence) -> None:
        """Not yet."""

    def templates(self) -> Iterator[TemplateRecord]:
        """None yet."""
        return iter(())

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        """Not yet."""
        return Refused(Failure("unsupported", "Templates cannot be created on this channel"))

    def explain(self, failure: Failure) -> Failure:
        """The failure of a receipt with what a person can do about it."""
        return errors.explain(failure)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _note_status(self, response: httpx.Response) -> None:
        self._answer.status = response.status_code

    def _unreadable(self, error: Exception, attempt: int) -> Outcome:
        """An answer that pywa cannot build its result or its error from: the HTTP status has to do."""
        status: int | None = self._answer.status
        _log.warning("answer of the provider not understood", status=status, reason=type(error).__name__)
        title = f"WhatsApp answered with status {status} and something unreadable"
        if status is None or status < 300:
            reason = Failure("unreadable-answer", title, type(error).__name__)
            return TryLater(0, reason, unknown_outcome=True)
        return errors.outcome(errors.ProviderError(status, title, type(error).__name__, status), attempt)


def _message(content: Content) -> tuple[str, dict[str, Any]] | None:
    """(type, object) of the Cloud API's message, None for content this channel cannot send."""
    template = content.template
    if content.kind == TEMPLATE and template is not None:
        # As given: pywa's own types refuse languages outside their list.
        return "template", {
            "name": template.name,
            "language": {"code": template.language},
            "components": list(template.components),
        }
    if content.kind == TEXT:
        return "text", {"body": content.text, "preview_url": True}
    return None


def _recipient(recipient: Recipient) -> dict[str, str | None]:
    if recipient.kind == "bsuid" or _USER_ID.match(recipient.address):
        return {"to": None, "recipient": recipient.address}
    return {"to": recipient.address, "recipient": None}


def _message_id(answer: Any) -> str:
    """The id Meta gave the message. KeyError, IndexError or TypeError when there is none."""
    message_id = answer["messages"][0]["id"]
    if not isinstance(message_id, str) or not message_id or len(message_id) > 500:
        raise TypeError("no message id")
    return message_id


def _provider_error(error: WhatsAppError) -> errors.ProviderError:
    response = error.raw_response
    return errors.ProviderError(
        code=error.code,
        title=error.user_title or str(error.message),
        detail=str(error.user_msg or error.details or ""),
        status=response.status_code if response is not None else None,
        transient=bool(error.is_transient),
        retry_after=_seconds(response.headers.get("Retry-After")) if response is not None else None,
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
