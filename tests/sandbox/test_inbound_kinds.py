"""Whatever a customer can send arrives in the shape that Meta documents for it."""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.meta.numbers import user_id_of
from tests.sandbox.conftest import ACCOUNT, DANIELE, GRAPH, TOKEN, Client, FakeGateway, form

Send = Callable[..., Any]
Upload = Callable[..., str]
PAYLOADS = Path(__file__).parents[1] / "payloads" / "whatsapp_cloud"
BUSINESS = "390280881234"
FILE = b"RIFF....WEBPVP8X....ANIM"
PLACE = {"latitude": 45.4642, "longitude": 9.19, "name": "Duomo", "address": "Piazza del Duomo"}


def write(client: Client, **body: Any) -> Any:
    return client.post("/api/meta/messages", json={"from": DANIELE, "name": "Daniele Asmonti", **body})


def item(gateway: FakeGateway) -> dict[str, Any]:
    found: dict[str, Any] = gateway.values()[-1]["messages"][0]
    return found


def phone(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    return found


def shape(value: Any) -> Any:
    """The keys and types of a payload, without its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    )


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return payload


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("text", {"text": "Buongiorno"}),
        ("image", {"kind": "image"}),
        ("image_with_caption", {"kind": "image", "caption": "Ecco"}),
        ("video", {"kind": "video", "caption": "Il rumore"}),
        ("audio", {"kind": "audio"}),
        ("voice", {"kind": "voice"}),
        ("document", {"kind": "document", "filename": "fattura.pdf"}),
        ("sticker_animated", {"kind": "sticker"}),
        ("location_point", {"kind": "location", "location": {"latitude": 45.4, "longitude": 9.1}}),
        ("location_named", {"kind": "location", "location": PLACE | {"url": "https://example.com"}}),
        ("contacts", {"kind": "contacts", "contacts": [
            {"name": "Barbara Neri", "phones": ["+39 333 444 5566"], "emails": ["b@example.com"]}]}),
        ("reaction", {"kind": "reaction", "target": "wamid.X", "emoji": "👍"}),
        ("reaction_removed", {"kind": "reaction", "target": "wamid.X"}),
        ("flow_reply", {"kind": "flow_reply", "target": "wamid.X", "response": {"day": "2025-03-04"}}),
        ("order", {"kind": "order", "text": "Con urgenza",
                   "items": [{"product_retailer_id": "filtro-3", "quantity": 2, "item_price": 12.5}]}),
        ("edit", {"kind": "edit", "target": "wamid.X", "text": "Intendevo venerdì"}),
        ("revoke", {"kind": "revoke", "target": "wamid.X"}),
        ("text_reply_forwarded", {"text": "Questo", "reply_to": "wamid.X", "forwarded": True,
                                  "frequently_forwarded": True}),
        ("system_number_changed", {"kind": "system", "new_number": "+39 335 103 2299"}),
        ("request_welcome", {"kind": "request_welcome"}),
        ("unsupported", {"kind": "unsupported"}),
    ],
)  # fmt: skip
def test_every_kind_has_the_shape_of_its_recorded_payload(
    client: Client, gateway: FakeGateway, upload: Upload, name: str, body: dict[str, Any]
) -> None:
    if body.get("kind") in {"image", "video", "audio", "voice", "document", "sticker"}:
        body = body | {"media_id": upload(FILE, "audio/ogg" if body["kind"] == "voice" else "image/webp")}
    assert write(client, **body).status_code == 200
    assert shape(json.loads(gateway.requests[-1].content)) == shape(recorded(name))
    assert item(gateway)["type"] == recorded(name)["entry"][0]["changes"][0]["value"]["messages"][0]["type"]


def test_a_file_is_announced_as_meta_does_and_can_be_fetched(
    client: Client, gateway: FakeGateway, upload: Upload
) -> None:
    media_id = upload(FILE, "audio/ogg", "nota.ogg")
    write(client, kind="voice", media_id=media_id)
    digest = hashlib.sha256(FILE)
    assert item(gateway)["audio"] == {
        "mime_type": "audio/ogg; codecs=opus",
        "sha256": base64.b64encode(digest.digest()).decode(),
        "id": media_id,
        "voice": True,
    }
    about = client.get(f"{GRAPH}/{media_id}", headers=TOKEN).json
    assert (about["sha256"], about["file_size"]) == (digest.hexdigest(), len(FILE))
    assert client.get(about["url"], headers=TOKEN).data == FILE


def test_an_advertisement_and_a_system_message_say_what_they_are(
    client: Client, gateway: FakeGateway
) -> None:
    write(client, text="Vorrei informazioni", referral={"headline": "Caldaie in offerta"})
    referral = item(gateway)["referral"]
    assert (referral["source_type"], referral["headline"]) == ("ad", "Caldaie in offerta")

    before = client.get("/api/meta/phone").json["customers"][0]["last_wrote_at"]
    write(client, kind="system", change="customer_identity_changed", timestamp=4_000_000_000)
    assert client.get("/api/meta/phone").json["customers"][0]["last_wrote_at"] == before
    assert item(gateway)["identity"]["hash"]
    write(client, kind="system", change="user_changed_user_id")
    assert item(gateway)["system"]["user_id"] != user_id_of(DANIELE)


def test_what_changes_a_message_shows_on_the_phone_once_it_arrived(
    client: Client, gateway: FakeGateway
) -> None:
    first = write(client, text="A giovedì").json["message_id"]
    gateway.refuse(503)
    failed = write(client, kind="edit", target=first, text="A venerdì").json["message_id"]
    assert (phone(client)[0]["shown"]["text"], phone(client)[0]["edited"]) == ("A giovedì", False)

    gateway.refuse(200)
    assert client.post("/api/meta/messages/retry", json={"message_id": failed}).status_code == 200
    assert (phone(client)[0]["shown"]["text"], phone(client)[0]["edited"]) == ("A venerdì", True)
    write(client, kind="reaction", target=first, emoji="👍")
    assert phone(client)[0]["reactions"] == {"customer": "👍"}
    write(client, kind="reaction", target=first)
    assert phone(client)[0]["reactions"] == {}
    write(client, kind="revoke", target=first)
    assert phone(client)[0]["deleted"]
    assert write(client, kind="edit", target=first, text="x").status_code == 422


def test_the_caption_of_a_photo_is_edited_with_the_photo(
    client: Client, gateway: FakeGateway, upload: Upload
) -> None:
    media_id = upload()
    photo = write(client, kind="image", media_id=media_id, caption="La caldaia").json["message_id"]
    write(client, kind="edit", target=photo, text="La caldaia perde")
    changed = item(gateway)["edit"]["message"]
    assert (changed["type"], changed["image"]["id"]) == ("image", media_id)
    assert changed["image"]["caption"] == "La caldaia perde"


BUTTONS = {
    "type": "button",
    "body": {"text": "Va bene?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "privacy-yes", "title": "Sì"}}]},
}
LIST = {
    "type": "list",
    "body": {"text": "Quando?"},
    "action": {"button": "Scegli", "sections": [
        {"title": "A", "rows": [{"id": "slot-1", "title": "Lunedì"}]},
        {"title": "B", "rows": [{"id": "slot-2", "title": "Martedì", "description": "9-12"}]}]},
}  # fmt: skip
TEMPLATE = {
    "name": "continue_conversation",
    "language": {"code": "en_US"},
    "components": [
        {"type": "body", "parameters": [
            {"type": "text", "parameter_name": "customer_name", "text": "Anna"},
            {"type": "text", "parameter_name": "question_date", "text": "Monday"}]},
        {"type": "button", "sub_type": "quick_reply", "index": "0",
         "parameters": [{"type": "payload", "payload": "go-on"}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "kind", "choice", "name", "content"),
    [
        ({"interactive": BUTTONS}, "button_reply", "privacy-yes", "button_reply",
         {"interactive": {"type": "button_reply", "button_reply": {"id": "privacy-yes", "title": "Sì"}}}),
        ({"interactive": LIST}, "list_reply", 1, "list_reply",
         {"interactive": {"type": "list_reply",
                          "list_reply": {"id": "slot-2", "title": "Martedì", "description": "9-12"}}}),
        ({"template": TEMPLATE}, "template_button", "Yes, please", "template_button",
         {"button": {"payload": "go-on", "text": "Yes, please"}}),
    ],
)  # fmt: skip
def test_a_choice_names_what_the_desk_offered_and_quotes_it(
    client: Client, gateway: FakeGateway, send: Send, sent: dict[str, Any], kind: str, choice: Any,
    name: str, content: dict[str, Any],
) -> None:  # fmt: skip
    target = send(type=next(iter(sent)), text=None, **sent).json["messages"][0]["id"]
    assert write(client, kind=kind, target=target, choice=choice).status_code == 200
    assert item(gateway) | content == item(gateway)
    assert item(gateway)["context"] == {"from": BUSINESS, "id": target}
    assert shape(json.loads(gateway.requests[-1].content)) == shape(recorded(name))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "hologram"}, "kind"),
        ({"kind": ["text"]}, "kind"),
        ({"kind": "image", "media_id": "404"}, "media_id"),
        ({"kind": "image"}, "media_id"),
        ({"kind": "text", "text": "x", "media_id": "1"}, "media_id"),
        ({"kind": "location", "location": {"latitude": 91, "longitude": 0}}, "location"),
        ({"kind": "contacts", "contacts": []}, "contacts"),
        ({"kind": "button_reply", "target": "wamid.X", "choice": 0}, "target"),
        ({"kind": "reaction"}, "target"),
        ({"kind": "order", "items": []}, "items"),
        ({"kind": "system"}, "new_number"),
        ({"text": "x", "to": DANIELE}, "to"),
    ],
)
def test_what_cannot_be_sent_is_a_problem_that_names_the_field(
    client: Client, gateway: FakeGateway, body: dict[str, Any], field: str
) -> None:
    answer = write(client, **body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert gateway.requests == []


def test_nobody_changes_what_somebody_else_wrote(client: Client, send: Send) -> None:
    of_desk = send().json["messages"][0]["id"]
    of_anna = client.post("/api/meta/messages", json={"from": "393475550101", "text": "x"}).json["message_id"]
    for target in (of_desk, of_anna):
        assert write(client, kind="revoke", target=target).status_code == 422
    assert write(client, kind="button_reply", target=of_desk, choice=0).status_code == 422


@pytest.mark.parametrize(
    "body",
    [{"text": "Dal telefono"}, {"kind": "image", "caption": "Ecco"}, {"kind": "revoke", "target": "wamid.X"}],
)
def test_an_echo_is_what_the_business_sent_from_its_own_phone(
    client: Client, gateway: FakeGateway, upload: Upload, body: dict[str, Any]
) -> None:
    if body.get("kind") == "image":
        body = body | {"media_id": upload()}
    assert client.post("/api/meta/echoes", json={"to": DANIELE, **body}).status_code == 200
    payload = json.loads(gateway.requests[-1].content)
    change = payload["entry"][0]["changes"][0]
    [echoed] = change["value"]["message_echoes"]
    assert change["field"] == "smb_message_echoes"
    assert (echoed["from"], echoed["to"], echoed["type"]) == (BUSINESS, DANIELE, body.get("kind", "text"))
    if "text" in body:
        assert shape(payload) == shape(recorded("smb_message_echo"))
    assert phone(client)[-1]["outgoing"]
    assert client.get("/api/meta/phone").json["customers"][0]["last_wrote_at"] is None


def test_an_echo_can_be_no_choice_and_needs_somebody_to_go_to(client: Client) -> None:
    assert client.post("/api/meta/echoes", json={"to": DANIELE, "kind": "order"}).status_code == 422
    assert "to" in client.post("/api/meta/echoes", json={"text": "x"}).json["errors"]


def test_a_customers_file_may_be_large_but_not_endless(client: Client, upload: Upload) -> None:
    assert upload(b"x" * (20 * 2**20), "video/mp4", "film.mp4")
    for size, status in ((24 * 2**20 + 1, 422), (26 * 2**20, 413)):
        answer = client.post("/api/meta/media", **form(b"x" * size, "video/mp4", "film.mp4"))
        assert answer.status_code == status


def test_pywa_reads_every_kind(client: Client, gateway: FakeGateway, upload: Upload) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pywa import WhatsApp
        from pywa.types import DeletedMessage, EditedMessage, Message
    wa = WhatsApp(filter_updates=False, validate_updates=False)
    kinds: dict[str, dict[str, Any]] = {
        "image": {"media_id": upload()},
        "location": {"location": PLACE},
        "contacts": {"contacts": [{"name": "Barbara Neri", "phones": ["+39333"]}]},
        "reaction": {"target": "wamid.X", "emoji": "👍"},
        "order": {"items": [{"product_retailer_id": "a"}]},
    }
    for kind, body in kinds.items():
        write(client, kind=kind, **body)
        assert Message.from_update(client=wa, update=json.loads(gateway.requests[-1].content)).type == kind
    write(client, kind="edit", target="wamid.X", text="nuovo")
    edited = EditedMessage.from_update(client=wa, update=json.loads(gateway.requests[-1].content))
    assert edited.message.text == "nuovo"
    write(client, kind="revoke", target="wamid.X")
    assert DeletedMessage.from_update(client=wa, update=json.loads(gateway.requests[-1].content))
    assert ACCOUNT.waba_id == json.loads(gateway.requests[-1].content)["entry"][0]["id"]
