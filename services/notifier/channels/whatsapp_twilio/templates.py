"""Twilio's contents as templates: what WhatsApp can take of them, in the Cloud API's shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import structlog
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from services.notifier.channels.whatsapp_twilio.client import TwilioApi
from services.notifier.channels.whatsapp_twilio.content_types import components_of, examples_of, types_of
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.template import PENDING, TemplateRecord, TemplateSubmission, status_of
from services.notifier.ports import ChannelTrouble

_log = structlog.get_logger(__name__)

_PAGE: Final = 50
_MOST: Final = 6_000
_NO_MEDIA: Final = Failure(
    "unsupported-template",
    "Templates with a picture, a film or a file are created in Twilio's own console",
    remedy="Create it there; it appears in the list after the next synchronisation.",
)


def all_of(twilio: TwilioApi) -> Iterator[TemplateRecord]:
    """Every content of the account that is not one of our own replies. ChannelTrouble."""
    contents = twilio.client.content.v1.content_and_approvals
    page = _asked(twilio, partial(contents.page, page_size=_PAGE))
    seen = 0
    while page is not None:
        for item in _asked(twilio, partial(list, page)):
            seen += 1
            record = _record(item)
            if record is not None:
                yield record
        if seen >= _MOST:
            _log.warning("more templates than are read", read=seen)
            return
        page = _asked(twilio, page.next_page)


def create(twilio: TwilioApi, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
    """Create the content, then ask for its approval under its name and category."""
    types = types_of(submission.components)
    if types is None:
        return Refused(_NO_MEDIA)
    wanted = {
        "friendly_name": submission.name,
        "language": submission.language,
        "variables": examples_of(submission.components),
        "types": types,
    }
    sid = twilio.ask(partial(create_content, twilio, wanted), 0, sends=False)
    if isinstance(sid, (Refused, TryLater)):
        return sid
    request = ApprovalCreateList.ContentApprovalRequest(
        {"name": submission.name, "category": submission.category}
    )
    approvals = twilio.client.content.v1.contents(sid).approval_create
    answer = twilio.ask(partial(approvals.create, request), 0, sends=False)
    if isinstance(answer, (Refused, TryLater)):
        # Asked again, it would be made a second time: this one goes.
        twilio.ask(twilio.client.content.v1.contents(sid).delete, 0, sends=False)
        return answer
    return TemplateRecord(
        template_id=sid,
        name=submission.name,
        language=submission.language,
        category=str(answer.category or submission.category),
        status=status_of(str(answer.status)) if answer.status else PENDING,
        components=submission.components,
    )


def create_content(twilio: TwilioApi, wanted: Mapping[str, Any]) -> str:
    """Make a content and give its id. TwilioRestException and the like; TypeError without an id."""
    request = ContentList.ContentCreateRequest(dict(wanted) | {"types": _Plain(wanted["types"])})
    sid = twilio.client.content.v1.contents.create(request).sid
    if not isinstance(sid, str) or not sid:
        raise TypeError("no content id")
    return sid


class _Plain:
    """Content types as they are: the client's own classes write every absent field as null."""

    def __init__(self, types: Mapping[str, Any]) -> None:
        self._types = types

    def to_dict(self) -> Mapping[str, Any]:
        """What is put into the request."""
        return self._types


def _asked(twilio: TwilioApi, call: Any) -> Any:
    answer: Any = twilio.ask(call, 0, sends=False)
    if isinstance(answer, Refused):
        raise ChannelTrouble(TryLater(900, answer.failure))
    if isinstance(answer, TryLater):
        raise ChannelTrouble(answer)
    return answer


def _record(item: Any) -> TemplateRecord | None:
    """The content as a template; None for our own replies and for what is none at all."""
    name, language = _text(item.friendly_name), _text(item.language)
    if not name or not language or name.startswith("sportello_reply_"):
        return None
    approval = item.approval_requests if isinstance(item.approval_requests, dict) else {}
    reason = _text(approval.get("rejection_reason"))
    return TemplateRecord(
        template_id=_text(item.sid),
        name=(_text(approval.get("name")) or name)[:512],
        language=language[:40],
        category=_text(approval.get("category"))[:60],
        status=status_of(_text(approval.get("status")) or "unsubmitted"),
        components=components_of(item.types if isinstance(item.types, dict) else {}),
        reason=reason[:2_000],
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
