"""The account's message templates: read as raw objects, since pywa's types break on languages they lack."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import structlog

from services.notifier.channels.whatsapp_cloud.graph import Graph
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.template import (
    NAMED,
    POSITIONAL,
    TemplateRecord,
    TemplateSubmission,
    status_of,
)
from services.notifier.ports import ChannelTrouble

_log = structlog.get_logger(__name__)

_FIELDS: Final = (
    "id",
    "name",
    "language",
    "status",
    "category",
    "components",
    "quality_score",
    "parameter_format",
    "rejected_reason",
)
_PAGE: Final = 100
_MOST_PAGES: Final = 200
"""Meta allows 6,000 templates in an account."""
_NO_ACCOUNT: Final = Failure(
    "no-account",
    "The channel does not say to which WhatsApp Business account it belongs",
    remedy="An administrator has to add waba_id to this channel in the channels file.",
)


def all_of(graph: Graph, waba_id: str) -> Iterator[TemplateRecord]:
    """Every template of the account; one that is no template at all is left out. ChannelTrouble."""
    after = ""
    for _ in range(_MOST_PAGES if waba_id else 0):
        pagination = {"limit": _PAGE} | ({"after": after} if after else {})
        page = graph.ask(partial(_page, graph, waba_id, pagination), 0, sends=False)
        if isinstance(page, Refused):
            # An account that refuses to be read needs somebody, but not this minute.
            raise ChannelTrouble(TryLater(900, page.failure))
        if isinstance(page, TryLater):
            raise ChannelTrouble(page)
        items, following = page
        for item in items:
            record = _record(item)
            if record is not None:
                yield record
        if not following or following == after:
            return
        after = following


def create(graph: Graph, waba_id: str, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
    """Ask Meta to create the template; asked again after an answer got lost, Meta refuses the second one."""
    if not waba_id:
        return Refused(_NO_ACCOUNT)
    wanted: dict[str, Any] = {
        "name": submission.name,
        "language": submission.language,
        "category": submission.category,
        "components": list(submission.components),
    }
    if _parameter_format(submission.components) == NAMED:
        wanted["parameter_format"] = "NAMED"
    answer = graph.ask(lambda: graph.api.create_template(waba_id, wanted), 0, sends=False)
    if isinstance(answer, (Refused, TryLater)):
        return answer
    return TemplateRecord(
        template_id=str(answer.get("id", "")),
        name=submission.name,
        language=submission.language,
        category=str(answer.get("category") or submission.category),
        status=status_of(str(answer.get("status") or "PENDING")),
        components=submission.components,
        parameter_format=_parameter_format(submission.components),
    )


def _page(graph: Graph, waba_id: str, pagination: dict[str, Any]) -> tuple[list[Any], str]:
    """(templates, cursor of the next page or nothing). KeyError or TypeError when it is no page."""
    answer: Any = graph.api.get_templates(waba_id, fields=_FIELDS, pagination=pagination)
    items = answer["data"]
    if not isinstance(items, list):
        raise TypeError("no list of templates")
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return items, ""
    return items, str((paging.get("cursors") or {}).get("after") or "")


def _record(item: Any) -> TemplateRecord | None:
    """The template as ours; one with words new to us is taken all the same."""
    if not isinstance(item, dict) or not _text(item.get("name")) or not _text(item.get("language")):
        _log.warning("a template without name or language was left out")
        return None
    components = item.get("components")
    quality = item.get("quality_score")
    reason = _text(item.get("rejected_reason"))
    return TemplateRecord(
        template_id=_text(item.get("id")),
        name=_text(item.get("name"))[:512],
        language=_text(item.get("language"))[:40],
        category=_text(item.get("category"))[:60],
        status=status_of(_text(item.get("status"))),
        components=tuple(each for each in components if isinstance(each, dict))[:20]
        if isinstance(components, list)
        else (),
        quality=_text(quality.get("score"))[:60] if isinstance(quality, dict) else "",
        parameter_format=NAMED if _text(item.get("parameter_format")).upper() == "NAMED" else POSITIONAL,
        reason="" if reason == "NONE" else reason[:2_000],
    )


def _parameter_format(components: Any) -> str:
    """Named when any example of the components is, as Meta asks of those who create templates."""
    for component in components:
        example = component.get("example") if isinstance(component, dict) else None
        if isinstance(example, dict) and any(name.endswith("_named_params") for name in example):
            return NAMED
    return POSITIONAL


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
