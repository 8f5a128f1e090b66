"""flask-smorest set up for this interface: our errors, our parser, one OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, Response
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from services.ticket_service.api.bodies import StrictParser
from services.ticket_service.api.pages import CursorField
from services.ticket_service.api.problems import ProblemSchema, from_http_error
from shared.contracts.times import UtcTime
from shared.web.problems import CONTENT_TYPE

View = TypeVar("View", bound=Callable[..., Any])

PREFIX: Final = "/api/v1"
DOCUMENT_PATH: Final = f"{PREFIX}/openapi.json"
_DESCRIPTION: Final = """\
Tickets, contacts and conversations of the desk.

* **Log in** with `Authorization: Bearer <api token>`; tokens are made under *settings/api-tokens*.
* **Errors** are `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, and more.
* **Lists** are pages `{"items": […], "next": cursor|null}`; ask on with `?cursor=`.
* **Repeating a POST safely**: send an `Idempotency-Key`; the same key with the same body gets the same answer
  (with `Idempotency-Replayed: true`) and nothing happens twice.
* **Changing** needs `If-Match` with the `ETag` that was read: 412 when somebody was faster.
* **Times** are RFC 3339, UTC.
* **Too many requests** of one token are refused with 429; `RateLimit-Limit`, `RateLimit-Remaining` and
  `RateLimit-Reset` (seconds) say how many are left.
"""
_MEANINGS: Final = {
    400: "Not understood: malformed JSON, a cursor or key that is not one.",
    401: "No valid log-in was sent.",
    403: "The log-in may not do this.",
    404: "There is no such thing.",
    409: "Not possible as things stand; the type says what to do instead.",
    412: "Somebody changed it since it was read.",
    413: "The body is too large.",
    415: "The body is not of the kind that is expected: JSON, or a form for uploads.",
    416: "The file has no such part; `Content-Range` says how long it is.",
    422: "Some values cannot be accepted; `errors` lists them.",
    428: "If-Match is missing.",
    429: "Too many requests, or failed log-ins; `Retry-After` says when to try again.",
    501: "The desk is not set up for this; the detail says what is missing.",
    503: "The database is away; try again.",
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of at most 200 printable ASCII characters, new for each thing to be done.",
    "schema": {"type": "string", "maxLength": 200},
}
_OPTIONS: Final[dict[str, Any]] = {
    "info": {"description": _DESCRIPTION},
    "security": [{"apiToken": []}],
    "components": {
        "securitySchemes": {
            "apiToken": {"type": "http", "scheme": "bearer", "description": "An API token."},
            "login": {
                "type": "http",
                "scheme": "basic",
                "description": "E-mail address and password of an administrator; for the first token.",
            },
        }
    },
}


ANYBODY: Final = ""
NEEDS: Final[dict[str, str]] = {}
"""The permission that each view needs, by its endpoint."""


class ApiBlueprint(Blueprint):
    """A resource of the interface."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(
        self, summary: str, *problems: int, needs: str, idempotent: bool = False, **doc: Any
    ) -> Callable[[View], View]:
        """Document a view: one line for people, the statuses with which it may refuse, who may use it.

        `needs` is a permission (domain/permissions.py), or ANYBODY for whoever has logged in; guard.py holds
        it. What every operation may answer (401, 403, 429, 503) is added by itself; `idempotent` adds the
        header and what it may lead to; `doc` is taken as it is.
        """
        statuses = {401, 429, 503, *problems} | ({400, 409, 422} if idempotent else set())
        if needs != ANYBODY:
            statuses.add(403)
            doc["x-permission"] = needs
        responses = {str(status): _refusal(status) for status in sorted(statuses)}
        if idempotent:
            doc["parameters"] = [*doc.get("parameters", []), _IDEMPOTENCY_KEY]

        def decorate(view: View) -> View:
            NEEDS[f"{self.name}.{view.__name__}"] = needs
            documented: View = self.doc(summary=summary, responses=responses, **doc)(view)
            return documented

        return decorate


class DeskApi(Api):
    """Errors as problems, in the application and in its document."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        # The base class documents every refusal with the content type of answers; ours have their own.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        """The answer to an error of Flask's or a library's."""
        if error.code == 304:
            return Response(status=304)
        return from_http_error(error).response()


def make_api(app: Flask) -> DeskApi:
    """The API of an application, still without resources; serves its document at DOCUMENT_PATH."""
    app.config.update(
        API_TITLE="Sportello",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=_OPTIONS,
    )
    api = DeskApi(app)
    api.register_field(UtcTime, "string", "date-time")
    api.register_field(CursorField, "string", None)
    return api


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _MEANINGS[status], "content": {CONTENT_TYPE: {"schema": schema}}}
