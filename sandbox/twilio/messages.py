"""The Messages resource of the fake Twilio: send, look up, list, and fetch the media of a message."""

import re
import time
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.config import TwilioAccount
from sandbox.meta.store import PhoneMessage
from sandbox.twilio import rules
from sandbox.twilio.addresses import new_sid, whatsapp_address
from sandbox.twilio.callbacks import MEDIA_FAILED, Callbacks
from sandbox.twilio.contents import ContentList
from sandbox.twilio.errors import TwilioError, unknown_resource
from sandbox.twilio.frame import PREFIX
from sandbox.twilio.gateway import FetchFailed, TwilioGateway
from sandbox.twilio.paging import page_of
from sandbox.twilio.rules import Accepted
from sandbox.twilio.store import MAX_FILE_BYTES, MessageResource, TwilioStore, as_json

_ACCOUNT = "/2010-04-01/Accounts/<account_sid>"
_KIND = re.compile(r"(image|audio|video)/")


def add_routes(
    twilio: Blueprint,
    account: TwilioAccount,
    store: TwilioStore,
    contents: ContentList,
    gateway: TwilioGateway,
    callbacks: Callbacks,
) -> None:
    """Add the routes for messages to the fake Twilio."""

    def own(account_sid: str) -> None:
        if account_sid != account.account_sid:
            raise unknown_resource(request.path.removeprefix(PREFIX))

    def found(sid: str) -> MessageResource:
        message = store.get(sid)
        if message is None:
            raise unknown_resource(request.path.removeprefix(PREFIX))
        return message

    @twilio.post(f"{_ACCOUNT}/Messages.json")
    def send(account_sid: str) -> tuple[Response, int]:
        own(account_sid)
        accepted = rules.check(request.form, account, store, contents, time.time())
        message = _message(account, accepted)
        failure = _fetch(accepted, message, store, gateway) or accepted.failure
        shown = PhoneMessage(
            message.sid, accepted.wa_id, True, message.created.timestamp(), accepted.shown, "accepted"
        )
        store.add(message, shown)
        answer = as_json(message, account.account_sid)  # before the callbacks can change anything
        callbacks.follow(message, failure)
        return jsonify(answer), 201

    @twilio.get(f"{_ACCOUNT}/Messages.json")
    def list_messages(account_sid: str) -> Response:
        own(account_sid)
        bounds = _bounds()
        between = store.select(request.args.get("To"), request.args.get("From"))
        selected = [message for message in between if _within(message, bounds)]
        url = f"/2010-04-01/Accounts/{account.account_sid}/Messages.json"
        items, page = page_of(selected, url)
        return jsonify(
            messages=[as_json(message, account.account_sid) for message in items],
            next_page_uri=page.next_url,
            previous_page_uri=page.previous_url,
            first_page_uri=page.first_url,
            uri=page.url,
            page=page.number,
            page_size=page.size,
            start=page.number * page.size,
            end=page.number * page.size + max(0, len(items) - 1),
        )

    @twilio.get(f"{_ACCOUNT}/Messages/<sid>.json")
    def show(account_sid: str, sid: str) -> Response:
        own(account_sid)
        return jsonify(as_json(found(sid), account.account_sid))

    @twilio.get(f"{_ACCOUNT}/Messages/<sid>/Media.json")
    def list_media(account_sid: str, sid: str) -> Response:
        own(account_sid)
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{found(sid).sid}/Media"
        items = []
        for media in store.media_of(sid):
            file = store.phones.media(media.file_id)
            mime_type = file.mime_type if file else None
            line = {"sid": media.sid, "parent_sid": sid, "account_sid": account_sid}
            items.append({**line, "content_type": mime_type, "uri": f"{uri}/{media.sid}.json"})
        return jsonify(media_list=items, next_page_uri=None, uri=f"{uri}.json", page=0, page_size=50)

    @twilio.get(f"{_ACCOUNT}/Messages/<sid>/Media/<media_sid>")
    def media_of_message(account_sid: str, sid: str, media_sid: str) -> AnyResponse:
        own(account_sid)
        media = store.media(media_sid)
        if media is None or media.message_sid != sid:
            raise unknown_resource(request.path.removeprefix(PREFIX))
        # As Twilio does: the password has done its work, the file itself is on another host without one.
        return redirect(url_for("twilio.download", token=media.token, _external=True), 307)

    @twilio.get("/cdn/<token>")
    def download(token: str) -> Response:
        media = store.media_by_token(token)
        file = store.phones.media(media.file_id) if media else None
        if file is None:
            raise unknown_resource("file")
        answer = Response(file.content, mimetype=file.mime_type)
        answer.headers.set("Content-Disposition", "attachment", filename=file.filename or file.id)
        return answer


def _message(account: TwilioAccount, accepted: Accepted) -> MessageResource:
    now = datetime.now(UTC)
    return MessageResource(
        sid=new_sid("MM" if accepted.media_urls else "SM"),
        direction="outbound-api",
        from_=f"whatsapp:{account.number}",
        to=whatsapp_address(accepted.wa_id),
        body=accepted.body,
        status="queued",
        created=now,
        updated=now,
        num_media=len(accepted.media_urls),
        status_callback=accepted.status_callback,
    )


def _fetch(
    accepted: Accepted, message: MessageResource, store: TwilioStore, gateway: TwilioGateway
) -> int | None:
    """Fetch what the message carries onto the phone; the code with which it fails when that cannot be had.

    A content's media are left alone: they belong to the template, and stand somewhere on the web.
    """
    if accepted.shown["kind"] == "template":
        return None
    for url in accepted.media_urls:
        try:
            mime_type, content = gateway.fetch(url, MAX_FILE_BYTES)
        except FetchFailed as error:
            accepted.shown.update(kind="document", label=f"Not fetched: {error}")
            return MEDIA_FAILED
        name = url.partition("?")[0].rpartition("/")[2][-120:]
        file = store.phones.keep_media(mime_type, content, name)
        store.attach(message.sid, file.id)
        match = _KIND.match(mime_type)
        accepted.shown.update(kind=match[1] if match else "document", label=name, media=file.line())
    return None


def _bounds() -> dict[str, datetime]:
    """DateSent, DateSent> and DateSent< of the query, as far as they are given; each may be a day."""
    found = {}
    for name in ("DateSent", "DateSent>", "DateSent<"):
        given = request.args.get(name)
        if given is None:
            continue
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise TwilioError(20001, f"{name} must be a date") from None
        found[name] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return found


def _within(message: MessageResource, bounds: dict[str, datetime]) -> bool:
    moment = message.sent or message.created
    return (
        ("DateSent" not in bounds or moment.date() == bounds["DateSent"].date())
        and ("DateSent>" not in bounds or moment >= bounds["DateSent>"])
        and ("DateSent<" not in bounds or moment <= bounds["DateSent<"])
    )
