"""The routes below /api/mail: the customers' mailboxes, for the page and for tests."""

import re
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.mail import machines, schemas
from sandbox.mail.correspondence import Correspondence, Draft
from sandbox.mail.delivery import DeskMailboxes, MailboxUnreachable
from sandbox.mail.habits import Habits, Route
from sandbox.mail.reading import Part
from sandbox.mail.shown import FRAME_POLICY, html_page
from sandbox.mail.sink import PROVIDER
from sandbox.mail.store import MAX_FILE_BYTES, Mail, MailStore
from sandbox.problems import Problem, not_valid, read_body
from sandbox.state import SandboxState

_CALLS_ON_PAGE = 50
_MAX_RAW = 48 * 2**20
_SHOWABLE = re.compile(r"image/(?:png|jpeg|gif|webp)\Z")


def blueprint(
    state: SandboxState,
    store: MailStore,
    mailboxes: DeskMailboxes,
    correspondence: Correspondence,
    habits: Habits,
) -> Blueprint:
    """The routes /api/mail/…"""
    api = Blueprint("mail_api", __name__, url_prefix="/api/mail")
    _add_world(api, state, store, mailboxes, habits)
    _add_writing(api, store, mailboxes, correspondence)
    _add_deeds(api, store, correspondence, habits)
    _add_reading(api, store)

    @api.errorhandler(MailboxUnreachable)
    def unreachable(error: MailboxUnreachable) -> Response:
        return Problem(502, "Not delivered", str(error)).response()

    return api


def _add_world(
    api: Blueprint, state: SandboxState, store: MailStore, mailboxes: DeskMailboxes, habits: Habits
) -> None:
    @api.get("/world")
    def show_world() -> Response:
        position = state.events.position()  # first, so that nothing falls between snapshot and stream
        return jsonify(
            position=position,
            desk=[{"address": each.address, "certified": each.certified} for each in mailboxes.all],
            people=store.people(),
            mails=store.lines(),
            calls=[call for call in state.calls.newest(_CALLS_ON_PAGE) if call["provider"] == PROVIDER],
            faults=[fault for fault in state.faults.pending() if fault["provider"] == PROVIDER],
            receipts=habits.receipts,
            routes=_routes(habits),
        )

    @api.post("/people")
    def add_person() -> tuple[Response, int]:
        body = read_body(schemas.PersonRequest())
        _refuse_own(mailboxes, body["address"], "address")
        person = store.person(body["address"], body["name"])
        if body["habit"]:
            store.change_habit(person.address, body["habit"])
        return jsonify(person.line()), 201

    @api.post("/settings")
    def change_settings() -> Response:
        habits.receipts = read_body(schemas.SettingsRequest())["receipts"]
        return jsonify(receipts=habits.receipts)

    @api.post("/routes")
    def change_route() -> Response:
        body = read_body(schemas.RouteRequest())
        route = Route(body["port"], body["unmarked"]) if body["port"] else None
        if not habits.route(body["domain"], route):
            raise Problem(429, "Too many routes", "Take one away first.")
        return jsonify(routes=_routes(habits))


def _add_writing(
    api: Blueprint, store: MailStore, mailboxes: DeskMailboxes, correspondence: Correspondence
) -> None:
    @api.post("/messages")
    def write() -> Response:
        body = read_body(schemas.MailRequest())
        _refuse_own(mailboxes, body["from_"], "from")
        answers = _found(store, body["answers"]) if body["answers"] else None
        if answers is None and not body["to"] and not mailboxes.all:
            raise not_valid(to="The desk has no mailbox.")
        draft = Draft(
            text=body["text"],
            subject=body["subject"],
            to=body["to"],
            cc=body["cc"],
            html=body["html"],
            files=[_file(store, each) for each in body["files"]],
            answers=answers,
            to_all=body["to_all"],
            client=body["client"],
            language=body["language"],
            message_id=body["message_id"],
            at=schemas.moment(body["timestamp"]),
            headers=body["headers"],
            folder=body["folder"],
        )
        return _taken(correspondence.write(store.person(body["from_"], body["name"]), draft))

    @api.post("/raw")
    def post_raw() -> Response:
        """Any bytes, to the mailbox `to` (default: the desk's first), from `from` (empty: from nobody), into
        `folder`."""
        if request.mimetype != "message/rfc822":
            raise Problem(415, "Unsupported media type", "Send the mail as message/rfc822.")
        request.max_content_length = _MAX_RAW
        to = request.args.get("to") or mailboxes.all[0].address
        sender = request.args.get("from", "somebody@example.net")
        folder = request.args.get("folder") or "INBOX"
        return _taken(correspondence.post(request.get_data(), sender, [to], folder=folder))

    @api.post("/files")
    def upload() -> tuple[Response, int]:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            # A form needs no preflight: this keeps a foreign page from using a visitor's browser.
            raise Problem(403, "Forbidden", "Only the sandbox's own page may upload from a browser.")
        request.max_content_length = MAX_FILE_BYTES + 2**20
        file = request.files.get("file")
        if file is None:
            raise not_valid(file="Send one file as multipart/form-data.")
        content = file.stream.read(MAX_FILE_BYTES + 1)
        if not 0 < len(content) <= MAX_FILE_BYTES:
            raise not_valid(file=f"It must have between 1 and {MAX_FILE_BYTES} bytes.")
        mime_type = (file.mimetype or "application/octet-stream")[:100]
        name = (file.filename or "file")[-240:]
        file_id = store.keep_file(name, mime_type, content)
        return jsonify(file=file_id, name=name, mime_type=mime_type, size=len(content)), 201


def _add_deeds(api: Blueprint, store: MailStore, correspondence: Correspondence, habits: Habits) -> None:
    @api.post("/messages/<mail_id>/again")
    def send_again(mail_id: str) -> tuple[str, int]:
        body = read_body(schemas.AgainRequest())
        mail = _found(store, mail_id)
        wanted = [body["mailbox"]] if body["mailbox"] else [a for _, a in [*mail.read.to, *mail.read.cc]]
        found = [mailbox for mailbox in map(correspondence.mailbox, wanted) if mailbox]
        if not found:
            raise not_valid(mailbox="No mailbox of the desk.")
        for mailbox in found:
            correspondence.send_again(mail, mailbox, body["folder"])
        return "", 204

    @api.post("/messages/<mail_id>/bounce")
    def bounce(mail_id: str) -> Response:
        body = read_body(schemas.BounceRequest())
        mail = _outgoing(store, mail_id)
        recipient = body["recipient"] or mail.owners[0]
        return _taken(habits.give_back(mail, recipient, body["code"], body["words"]))

    @api.post("/messages/<mail_id>/absence")
    def absence(mail_id: str) -> Response:
        body = read_body(schemas.AbsenceRequest())
        mail = _outgoing(store, mail_id)
        person = store.person(body["from_"] or mail.owners[0])
        to = (mail.read.reply_to or mail.read.sender)[0][1]
        raw = machines.absence(person, mail, to, body["text"])
        return _taken(correspondence.post(raw, person.address, [to]))

    @api.post("/messages/<mail_id>/receipt")
    def receipt(mail_id: str) -> Response:
        body = read_body(schemas.ReceiptRequest())
        mail = _outgoing(store, mail_id)
        return _taken(habits.give_receipt(mail, body["recipient"] or mail.owners[0], body["kind"]))


def _add_reading(api: Blueprint, store: MailStore) -> None:
    @api.get("/messages")
    def list_mails() -> Response:
        mails = store.mails(request.args.get("owner"))
        outgoing = {"desk": True, "customers": False}.get(request.args.get("by", ""))
        return jsonify(items=[m.line() for m in mails if outgoing is None or m.outgoing is outgoing])

    @api.get("/messages/<mail_id>")
    def show_mail(mail_id: str) -> Response:
        mail = _found(store, mail_id)
        return jsonify(mail.line() | {"text": mail.read.text, "html": mail.read.html})

    @api.get("/messages/<mail_id>/raw")
    def raw(mail_id: str) -> Response:
        answer = Response(_found(store, mail_id).raw, mimetype="message/rfc822")
        answer.headers.set("Content-Disposition", "attachment", filename=f"{mail_id}.eml")
        return answer

    @api.get("/messages/<mail_id>/html")
    def html(mail_id: str) -> Response:
        answer = Response(html_page(_found(store, mail_id)), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = FRAME_POLICY
        return answer

    @api.get("/messages/<mail_id>/files/<int:position>")
    def file(mail_id: str, position: int) -> Response:
        parts = _found(store, mail_id).read.parts
        if position >= len(parts):
            raise Problem(404, "Not found", "This mail has no such file.")
        part = parts[position]
        showable = _SHOWABLE.match(part.mime_type) is not None
        answer = Response(part.content, mimetype=part.mime_type if showable else "application/octet-stream")
        how = "inline" if showable else "attachment"
        answer.headers.set("Content-Disposition", how, filename=part.name)
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer


def _found(store: MailStore, mail_id: str) -> Mail:
    mail = store.mail(mail_id)
    if mail is None:
        raise Problem(404, "Not found", "This mail is unknown or already forgotten.")
    return mail


def _outgoing(store: MailStore, mail_id: str) -> Mail:
    mail = _found(store, mail_id)
    if not mail.outgoing or not mail.owners or not mail.read.sender:
        raise Problem(409, "Not a mail of the desk", "Choose a mail that the desk sent.")
    return mail


def _routes(habits: Habits) -> dict[str, Any]:
    return {domain: asdict(route) for domain, route in habits.routes().items()}


def _file(store: MailStore, wanted: dict[str, Any]) -> Part:
    part = store.file(wanted["file"])
    if part is None:
        raise not_valid(files="A file is unknown or already forgotten.")
    return replace(part, cid=wanted["cid"])


def _refuse_own(mailboxes: DeskMailboxes, address: str, field: str) -> None:
    if mailboxes.find(address) is not None:
        raise not_valid(**{field: "This is a mailbox of the desk; send it raw if you mean it."})


def _taken(mail: Mail) -> Response:
    if mail.problem:
        raise Problem(502, "Not delivered", mail.problem, mail_id=mail.id)
    return jsonify(mail_id=mail.id, message_id=mail.read.message_id)
