"""Every operation of the document is called with values made from the document: no 500, no broken promise.

Half of the calls ask for things that exist, so that they get further than 404.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.ticket_service.api.openapi import DOCUMENT_PATH
from tests.support.received_mail import mail_event
from tests.ticket_service.api.offline import offline_app
from tests.ticket_service.api.rig import TOKEN, Rig

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

EXAMPLES: Final = 12
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations() -> list[tuple[str, str]]:
    with offline_app() as app:
        document = app.test_client().get(DOCUMENT_PATH).get_json()
    return [
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    ]


@pytest.fixture(scope="module")
def known(_session_rig: Rig) -> dict[str, str]:
    """Path parameters that name something."""
    rig = _session_rig
    rig.clean()
    number = rig.hear()
    ticket = rig.get(f"/tickets/{number}").get_json()
    mail = mail_event("Offerte", at=rig.clock.now, automatic="bulk", raw_blob="mail-1")
    rig.blobs.put("mail-1", [b"Subject: Offerte"], mime_type="message/rfc822", max_bytes=1_000)
    rig.take(mail)
    return {
        "number": number,
        "contact_id": ticket["requester"]["id"],
        "conversation_id": ticket["conversation_id"],
        "dictionary": "priority",
        "key": "high",
        "mail_id": mail.data.dedupe_key,
        "message_id": mail.data.dedupe_key,
    }


@pytest.fixture(scope="module")
def api(_session_rig: Rig) -> Any:
    """The document with its operations, on the application that runs."""
    return schemathesis.openapi.from_wsgi(DOCUMENT_PATH, _session_rig.app)


@pytest.mark.parametrize(("method", "path"), _operations(), ids=lambda value: value)
def test_the_interface_does_what_its_document_says(
    api: Any, known: dict[str, str], method: str, path: str
) -> None:
    operation = api[path][method]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans())
    def check(case: Any, real: bool) -> None:
        if real:
            for name, value in known.items():
                if name in (case.path_parameters or {}):
                    case.path_parameters[name] = value
        headers = {"Authorization": f"Bearer {TOKEN}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()
