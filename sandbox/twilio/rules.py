"""Which messages Twilio takes, as POST …/Messages.json checks them, and how a phone shows them."""

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from sandbox.config import TwilioAccount
from sandbox.twilio.addresses import wa_id_in, whatsapp_address
from sandbox.twilio.contents import Content, ContentList, fill, variables_in
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.gateway import is_web_address
from sandbox.twilio.store import TwilioStore

MAX_BODY = 1600
_MAX_MEDIA_URLS = 10
REPLY_WINDOW_SECONDS = 24 * 3600
_UNUSABLE = {"paused": 63041, "disabled": 63042}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that Twilio takes: to whom, what the phone shows, what to fetch, and where to tell how it got
    on. `failure` is the code with which WhatsApp will refuse it afterwards."""

    wa_id: str
    body: str
    shown: dict[str, Any]
    media_urls: list[str]
    status_callback: str | None
    failure: int | None


def check(
    form: MultiDict[str, str], account: TwilioAccount, store: TwilioStore, contents: ContentList, now: float
) -> Accepted:
    """Decide about one message at `now` (Unix seconds); raises TwilioError as Twilio documents it."""
    wa_id = _recipient(form, account)
    callback = form.get("StatusCallback") or None
    if callback and not is_web_address(callback):
        raise TwilioError(21609, f"The 'StatusCallback' URL {callback[:200]} is not a valid URL.")
    content = _content(form, contents)
    if content:
        shown, urls = fill(content, variables_in(form.get("ContentVariables", "")))
        body = shown["text"]
    else:
        body, urls = form.get("Body", ""), [url for url in form.getlist("MediaUrl") if url]
        shown = {"kind": "text", "text": body}
    _check_parts(body, urls)
    failure = _refusal(store, wa_id, content, now)
    if failure and store.refusals == "immediate":
        raise TwilioError(failure, status=400)
    return Accepted(wa_id, body, shown, urls, callback, failure)


def _recipient(form: MultiDict[str, str], account: TwilioAccount) -> str:
    to, from_ = form.get("To", ""), form.get("From", "")
    if not to:
        raise TwilioError(21604)
    if not from_:
        raise TwilioError(21603)
    if from_ != whatsapp_address(account.number.removeprefix("+")):
        raise TwilioError(63007)
    wa_id = wa_id_in(to)
    if wa_id is None:
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {to[:40]}")
    if to == from_:
        raise TwilioError(63031)
    return wa_id


def _content(form: MultiDict[str, str], contents: ContentList) -> Content | None:
    sid = form.get("ContentSid")
    if not sid:
        return None
    content = contents.get(sid)
    if content is None:
        raise TwilioError(21655)
    return content


def _check_parts(body: str, urls: list[str]) -> None:
    if len(body) > MAX_BODY:
        raise TwilioError(21617)
    if not body.strip() and not urls:
        raise TwilioError(21619)
    if len(urls) > _MAX_MEDIA_URLS:
        raise TwilioError(21623)
    if len(urls) > 1:
        raise TwilioError(21623, "WhatsApp takes one media file per message")
    if bad := [url for url in urls if not is_web_address(url)]:
        raise TwilioError(21620, f"Invalid media URL(s): {bad[0][:200]}")


def _refusal(store: TwilioStore, wa_id: str, content: Content | None, now: float) -> int | None:
    """The code with which WhatsApp refuses it. Outside the 24 hours only an approved content goes out; who
    counts as silent is the phones' setting `reply_window`: `known` asks those who wrote through this sandbox,
    `strict` everybody."""
    if content and (unusable := _UNUSABLE.get(content.approval.status)):
        return unusable
    window = store.phones.reply_window
    if window == "off" or (content and content.opens_conversations):
        return None
    last = store.phones.last_wrote_at(wa_id)
    if last is None:
        return 63016 if window == "strict" else None
    return 63016 if now - last > REPLY_WINDOW_SECONDS else None
