"""The Content API of the fake Twilio: templates listed, created, submitted for approval, and deleted."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema, ValidationError, fields, validate

from sandbox.config import TwilioAccount
from sandbox.problems import parse_object
from sandbox.twilio.contents import Content, ContentList
from sandbox.twilio.errors import TwilioError, unknown_resource
from sandbox.twilio.frame import PREFIX
from sandbox.twilio.paging import Page, page_of

# The real address: the desk's client is told to go elsewhere with all of Twilio's addresses.
_BASE = "https://content.twilio.com/v1"
_CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")


class ContentRequest(Schema):
    """The body of POST /v1/Content."""

    friendly_name = fields.String(load_default="", validate=validate.Length(max=450))
    language = fields.String(required=True, validate=validate.Length(2, 15))
    variables = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    types = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"^(twilio|whatsapp)/[a-z-]{1,40}\Z")),
        values=fields.Dict(keys=fields.String()),
        required=True,
        validate=validate.Length(1, 10),
    )


class ApprovalRequest(Schema):
    """The body of POST /v1/Content/{sid}/ApprovalRequests/whatsapp."""

    name = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9_]{1,512}\Z"))
    category = fields.String(required=True, validate=validate.OneOf(_CATEGORIES))
    allow_category_change = fields.Boolean(load_default=True)


def add_routes(twilio: Blueprint, account: TwilioAccount, contents: ContentList) -> None:
    """Add the routes of the Content API to the fake Twilio."""

    def found(sid: str) -> Content:
        content = contents.get(sid)
        if content is None:
            raise unknown_resource(request.path.removeprefix(PREFIX))
        return content

    def whole(content: Content) -> dict[str, Any]:
        url = f"{_BASE}/Content/{content.sid}"
        approvals = f"{url}/ApprovalRequests"
        links = {"approval_fetch": approvals, "approval_create": f"{approvals}/whatsapp"}
        return {**content.as_json(account.account_sid), "url": url, "links": links}

    @twilio.get("/v1/ContentAndApprovals")
    def list_with_approvals() -> Response:
        items, page = page_of(contents.all(), f"{_BASE}/ContentAndApprovals")
        lines = [{**c.as_json(account.account_sid), "approval_requests": c.approval.as_json()} for c in items]
        return jsonify(contents=lines, meta=_meta(page))

    @twilio.get("/v1/Content")
    def list_contents() -> Response:
        items, page = page_of(contents.all(), f"{_BASE}/Content")
        return jsonify(contents=[whole(content) for content in items], meta=_meta(page))

    @twilio.post("/v1/Content")
    def create_content() -> tuple[Response, int]:
        body = _checked(ContentRequest())
        content = contents.add(body["friendly_name"], body["language"], body["variables"], body["types"])
        return jsonify(whole(content)), 201

    @twilio.get("/v1/Content/<sid>")
    def show_content(sid: str) -> Response:
        return jsonify(whole(found(sid)))

    @twilio.delete("/v1/Content/<sid>")
    def delete_content(sid: str) -> tuple[str, int]:
        if not contents.drop(sid):
            raise unknown_resource(request.path.removeprefix(PREFIX))
        return "", 204

    @twilio.post("/v1/Content/<sid>/ApprovalRequests/whatsapp")
    def submit(sid: str) -> tuple[Response, int]:
        approval = found(sid).approval
        if approval.status not in ("unsubmitted", "rejected"):
            raise TwilioError(92009)
        for name, value in _checked(ApprovalRequest()).items():
            setattr(approval, name, value)
        approval.status, approval.rejection_reason = "received", ""
        return jsonify(approval.as_json()), 201

    @twilio.get("/v1/Content/<sid>/ApprovalRequests")
    def approvals(sid: str) -> Response:
        approval = found(sid).approval
        url = f"{_BASE}/Content/{sid}/ApprovalRequests"
        whatsapp = {"type": "whatsapp", **approval.as_json()}
        return jsonify(sid=sid, account_sid=account.account_sid, whatsapp=whatsapp, url=url)


def _meta(page: Page) -> dict[str, Any]:
    return {
        "key": "contents",
        "page": page.number,
        "page_size": page.size,
        "url": page.url,
        "first_page_url": page.first_url,
        "previous_page_url": page.previous_url,
        "next_page_url": page.next_url,
    }


def _checked(schema: Schema) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(parse_object(request.get_data()))
    except ValidationError as error:
        raise TwilioError(20001, f"Invalid parameter: {error.messages}"[:500]) from None
    except ValueError:
        raise TwilioError(20001, "The request body is not valid JSON") from None
    return loaded
