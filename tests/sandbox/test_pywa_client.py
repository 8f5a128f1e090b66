"""The client that the desk sends with, pointed at the sandbox."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import httpx
import pytest
from flask import Flask

from tests.sandbox.conftest import ACCOUNT, DANIELE, Client

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pywa import WhatsApp
    from pywa.errors import ReEngagementMessage, WhatsAppError
    from pywa.types.templates import TemplateLanguage


class Retarget(httpx.BaseTransport):
    """Sends to the sandbox in this process what is meant for graph.facebook.com."""

    def __init__(self, app: Flask) -> None:
        self._inner = httpx.WSGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.facebook.com" or request.url.path.startswith("/graph/"):
            return self._inner.handle_request(request)
        url = request.url.copy_with(path="/graph" + request.url.path)
        return self._inner.handle_request(
            httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        )


@pytest.fixture
def wa(app: Flask, client: Client) -> Iterator[WhatsApp]:
    with httpx.Client(transport=Retarget(app)) as session:
        yield WhatsApp(
            phone_id=ACCOUNT.phone_number_id,
            waba_id=ACCOUNT.waba_id,
            token=ACCOUNT.access_token,
            session=session,
            filter_updates=False,
            validate_updates=False,
        )


def test_it_sends_a_text_with_a_tracker(wa: WhatsApp, client: Client) -> None:
    sent = wa.send_message(to=DANIELE, text="Benissimo grazie", tracker="our-id")
    assert sent.id.startswith("wamid.")
    [call] = client.get("/api/requests?provider=meta").json["items"]
    assert call["body"]["biz_opaque_callback_data"] == "our-id"


def test_it_sends_a_template(wa: WhatsApp, client: Client) -> None:
    texts = {"header": ["TT24"], "body": ["Daniele", "Contratto"]}
    components = [
        {"type": kind, "parameters": [{"type": "text", "text": text} for text in given]}
        for kind, given in texts.items()
    ]
    sent = wa.send_template(DANIELE, "ticket_update", TemplateLanguage.ITALIAN, components)
    assert sent.id.startswith("wamid.")
    [message] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    assert message["shown"]["header"] == "Ticket TT24"


def test_it_uploads_media_sends_and_fetches_them(wa: WhatsApp) -> None:
    sent = wa.send_image(to=DANIELE, image=b"not really a PNG", mime_type="image/png")
    assert sent.id.startswith("wamid.")
    media = wa.upload_media(media=b"%PDF", mime_type="application/pdf", filename="fattura.pdf")
    url = wa.get_media_url(media.id)
    assert wa.get_media_bytes(url=url.url) == b"%PDF"
    assert wa.send_document(to=DANIELE, document=media.id, filename="fattura.pdf").id


def test_it_lists_templates_one_of_them_in_a_language_it_does_not_know(wa: WhatsApp) -> None:
    raw = wa.api.get_templates(waba_id=ACCOUNT.waba_id)["data"]
    assert "nl_BE" in {template["language"] for template in raw}
    found = wa.get_templates(languages=[TemplateLanguage.ITALIAN])
    assert "ticket_update" in {template.name for template in found}


def test_it_marks_as_read_and_shows_that_it_types(wa: WhatsApp) -> None:
    assert wa.mark_message_as_read("wamid.X")
    assert wa.indicate_typing("wamid.X")


def test_it_reads_the_number(wa: WhatsApp) -> None:
    assert wa.get_business_phone_number().display_phone_number == ACCOUNT.display_number


def test_refusals_are_the_errors_it_knows(wa: WhatsApp, client: Client) -> None:
    client.post("/api/meta/settings", json={"reply_window": "strict"})
    with pytest.raises(ReEngagementMessage):
        wa.send_message(to=DANIELE, text="Benissimo grazie")
    client.post("/api/faults", json={"provider": "meta", "status": 429})
    with pytest.raises(WhatsAppError) as caught:
        wa.send_message(to=DANIELE, text="Benissimo grazie")
    assert (caught.value.code, caught.value.status_code) == (130429, 429)
