"""Tickets as PDFs: the models that come with the desk, an administrator's own, and what they cannot do."""

from __future__ import annotations

import io
import socket
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from services.ticket_service.render import confined
from shared.contracts.attachment import RemoteFile, attachment_id
from tests.support.pango import need_pango
from tests.ticket_service.api.rig import Rig

MODELS = "/settings/document-models"
HOSTILE = '<script>alert(1)</script> {{ ticket.number }} <img src="file:///etc/passwd">'


@pytest.fixture(scope="module", autouse=True)
def _pango() -> None:
    need_pango()


pytestmark = pytest.mark.integration


def _pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def _pdf(rig: Rig, number: str, query: str = "") -> str:
    answer = rig.get(f"/tickets/{number}/document?{query}")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf"), answer.text
    return " ".join(" ".join(_pages(answer.data)).split())


def _model(rig: Rig, body: str, **more: Any) -> str:
    answer = rig.post(MODELS, {"name": "Mine", "body": body, **more})
    assert answer.status_code == 201, answer.text
    model_id: str = answer.get_json()["id"]
    return model_id


def test_a_summary_shows_the_ticket_as_people_read_it(rig: Rig) -> None:
    number = rig.hear(f"Perché no? 😀 {HOSTILE}")
    rig.post(f"/tickets/{number}/time-entries", {"minutes": 90, "worked_on": "2025-02-27", "note": "Valve"})
    answer = rig.get(f"/tickets/{number}/document")
    assert f"{number} Ticket summary.pdf".replace(" ", "%20") in answer.headers["Content-Disposition"]
    shown = _pdf(rig, number)
    for text in (f"Ticket {number}", "Daniele Asmonti", "2025-02-27 13:00", "Perché no?", "Valve", "1.5"):
        assert text in shown, text
    assert "<script>alert(1)</script> {{ ticket.number }}" in shown


def test_a_conversation_holds_notes_only_when_they_are_asked_for(rig: Rig) -> None:
    phone = "+393351110009"
    number = rig.hear("Prima domanda", phone=phone)
    rig.hear("Seconda domanda", phone=phone)
    rig.post(f"/tickets/{number}/replies", {"text": "Risposta"})
    rig.post(f"/tickets/{number}/notes", {"text": "Keep this to ourselves"})
    outside = _pdf(rig, number, "model=conversation")
    inside = _pdf(rig, number, "model=conversation&internal=true")
    for text in ("Prima domanda", "Seconda domanda", "Risposta"):
        assert text in outside
        assert text in inside
    assert "ourselves" not in outside
    assert "ourselves" in inside


def test_a_customers_picture_is_in_the_conversation(rig: Rig) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#cc2222").save(out, "PNG")
    message_id = "whatsapp_cloud:1:wamid.documentpicture"
    file = RemoteFile(attachment_id(message_id, 0), "image", "media", "image/png", "valve.png")
    number = rig.hear("Guardi", kind="image", attachments=[file], message_id="wamid.documentpicture")
    rig.fetched(message_id, out.getvalue(), "image/png", "valve.png")
    answer = rig.get(f"/tickets/{number}/document?model=conversation")
    page = pypdfium2.PdfDocument(answer.data)[0].render(scale=1).to_pil().convert("RGB")
    assert any(
        red > 180 and green < 70 and blue < 70 for _, (red, green, blue) in page.getcolors(10**6) or []
    )
    assert "valve.png" in _pdf(rig, number, "model=conversation")


def test_an_intervention_report_is_of_all_or_of_one(rig: Rig) -> None:
    number = rig.hear()
    first, second = (
        rig.post(
            f"/tickets/{number}/interventions", {"title": title, "report": f"{title} replaced"}
        ).get_json()
        for title in ("Valve", "Pump")
    )
    entry = {"minutes": 45, "worked_on": "2025-02-27", "intervention": second["id"], "note": "Greased"}
    assert rig.post(f"/tickets/{number}/time-entries", entry).status_code == 201
    both = _pdf(rig, number, "model=intervention-report")
    one = _pdf(rig, number, f"model=intervention-report&intervention={first['id']}")
    assert "Valve replaced" in both
    assert "Pump replaced" in both
    assert "Greased" in both
    assert "Pump" not in one
    wrong = rig.get(f"/tickets/{number}/document?model=intervention-report&intervention=nothing")
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (422, "intervention")


def test_an_administrators_model_is_used_changed_and_deleted(rig: Rig) -> None:
    number = rig.hear()
    model = _model(rig, "<h1>Receipt of {{ requester.name }}</h1>", style="h1 { color: red }")
    assert _pdf(rig, number, f"model={model}") == "Receipt of Daniele Asmonti"
    path = f"{MODELS}/{model}"
    assert rig.change(path, {"body": "<p>{{ ticket.number }}</p>"}).status_code == 200
    assert _pdf(rig, number, f"model={model}") == number
    listed = [each["id"] for each in rig.get(MODELS).get_json()["items"]]
    assert listed == ["ticket-summary", "conversation", "intervention-report", model]
    rig.change(path, {"active": False})
    assert rig.get(f"/tickets/{number}/document?model={model}").status_code == 422
    etag = rig.get(path).headers["ETag"]
    assert rig.call("DELETE", path, headers={"If-Match": etag}).status_code == 204
    assert rig.get(f"/tickets/{number}/document?model={model}").status_code == 422


def test_what_comes_with_the_desk_stays_as_it_is(rig: Rig) -> None:
    path = f"{MODELS}/ticket-summary"
    etag = rig.get(path).headers["ETag"]
    assert rig.patch(path, {"name": "x"}, match=etag).get_json()["type"] == "urn:sportello:problem:built-in"
    assert rig.call("DELETE", path, headers={"If-Match": etag}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{% if %}",
        "{{ ticket.number | no_such_filter }}",
        "{% include 'base.css' %}",
        "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
    ],
)
def test_a_body_that_is_no_model_is_refused(rig: Rig, body: str) -> None:
    answer = rig.post(MODELS, {"name": "x", "body": body})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "body")
    assert len(rig.get(MODELS).get_json()["items"]) == 3


def test_a_document_fetches_nothing_from_anywhere(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        body = (
            f'<link rel="stylesheet" href="http://127.0.0.1:{port}/a.css">'
            f'<img src="http://127.0.0.1:{port}/a.png"><img src="file:///etc/hostname">'
            f'<a rel="attachment" href="file:///etc/hostname">x</a>'
            f'<object data="http://127.0.0.1:{port}/b"></object><p>Done</p>'
        )
        style = f'@import url("http://127.0.0.1:{port}/b.css"); p {{ background: url(//127.0.0.1:{port}/c) }}'
        content = rig.get(f"/tickets/{rig.hear()}/document?model={_model(rig, body, style=style)}").data
        assert "Done" in _pages(content)[0]
        with pytest.raises(BlockingIOError):
            server.accept()
    assert b"/EmbeddedFile" not in content


def test_without_pango_documents_are_not_available_and_the_answer_says_what_helps(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any, **__: Any) -> bytes:
        raise confined.NotInstalled("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(confined, "run", missing)
    answer = rig.get(f"/tickets/{rig.hear()}/document")
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (501, "urn:sportello:problem:documents-not-available")
    assert "apt-get install libpango-1.0-0" in problem["detail"]


def test_a_document_that_cannot_be_made_is_a_mistake_of_the_model(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(*_: Any, **__: Any) -> bytes:
        raise confined.NotPossible("took longer than 45 seconds")

    monkeypatch.setattr(confined, "run", too_long)
    answer = rig.get(f"/tickets/{rig.hear()}/document")
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "model")
    assert rig.get("/tickets/NONE1/document").status_code == 404
