"""What the desk may send besides text: how a phone shows each kind, and where Meta draws the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import DANIELE, Client

Send = Callable[..., Any]
Upload = Callable[..., str]
CARD = {"name": {"formatted_name": "Barbara Neri", "first_name": "Barbara"}, "phones": [{"phone": "+39 333"}]}
LINK = "https://example.com/1.bin"


def shown(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/meta/phone").json["customers"][0]["messages"][-1]["shown"]
    return found


def buttons(*titles: str, body: str = "Va bene?", **more: Any) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": f"b{n}", "title": t}} for n, t in enumerate(titles)]
    return {"type": "button", "body": {"text": body}, "action": {"buttons": replies}, **more}


def rows(*rows: tuple[str, str, str], button: str = "Scegli", sections: int = 1) -> dict[str, Any]:
    made = [{"id": i, "title": t, **({"description": d} if d else {})} for i, t, d in rows]
    parts = [{"title": f"S{n}" if sections > 1 else "", "rows": made[n::sections]} for n in range(sections)]
    return {
        "type": "list",
        "body": {"text": "Quando?"},
        "action": {"button": button, "sections": parts},
    }


def link(text: str = "Paga", url: str = "https://example.com/pay") -> dict[str, Any]:
    action = {"name": "cta_url", "parameters": {"display_text": text, "url": url}}
    return {"type": "cta_url", "body": {"text": "Ecco"}, "action": action}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("image", {"link": LINK, "caption": "Ecco"}, {"link": LINK, "text": "Ecco"}),
        ("audio", {"link": LINK}, {"kind": "audio"}),
        ("audio", {"link": LINK, "voice": True}, {"kind": "voice"}),
        ("document", {"link": LINK, "filename": "a.pdf"}, {"label": "a.pdf"}),
        ("location", {"latitude": 45.4, "longitude": "9.1"}, {"longitude": 9.1, "label": "Location"}),
        ("contacts", [CARD], {"label": "Barbara Neri"}),
        ("reaction", {"message_id": "wamid.X", "emoji": "👍"}, {"text": "👍", "target": "wamid.X"}),
        ("interactive", buttons("Sì", "No"), {"text": "Va bene?"}),
        ("interactive", link(), {"buttons": [{"type": "url", "title": "Paga", "url": "https://example.com/pay"}]}),
        ("interactive", buttons("Sì", body="x" * 1024), {"text": "x" * 1024}),
        ("interactive", rows(*[(str(n), "x" * 24, "y" * 72) for n in range(10)]), {"text": "Quando?"}),
    ],
)  # fmt: skip
def test_every_kind_is_taken_and_shown(
    send: Send, client: Client, kind: str, content: Any, expected: dict[str, Any]
) -> None:
    assert send(type=kind, text=None, **{kind: content}).status_code == 200
    assert shown(client) | expected == shown(client)


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("hologram", {"id": "1"}, 131051),
        ("image", {"caption": "no file"}, 131008),
        ("image", {"id": "404"}, 131053),
        ("image", {"link": "file:///etc/passwd"}, 131009),
        ("image", {"link": LINK, "caption": "x" * 1025}, 131009),
        ("audio", {"link": LINK, "caption": "x"}, 131009),
        ("location", {"latitude": 45.4}, 131008),
        ("location", {"latitude": 91, "longitude": 0}, 131009),
        ("contacts", [{"phones": []}], 131008),
        ("contacts", [{"name": {"formatted_name": "X"}}], 131009),
        ("reaction", {"emoji": "👍"}, 131008),
        ("interactive", buttons(), 131009),
        ("interactive", buttons("1", "2", "3", "4"), 131009),
        ("interactive", buttons("x" * 21), 131009),
        ("interactive", buttons("same", "same"), 131009),
        ("interactive", buttons("Sì", body="x" * 1025), 131009),
        ("interactive", buttons("Sì", body=""), 131008),
        ("interactive", buttons("Sì", footer={"text": "x" * 61}), 131009),
        ("interactive", buttons("Sì", header={"type": "text", "text": "x" * 61}), 131009),
        ("interactive", rows(), 131009),
        ("interactive", rows(*[(str(n), "x", "") for n in range(11)]), 131009),
        ("interactive", rows(("1", "x" * 25, "")), 131009),
        ("interactive", rows(("1", "x", "y" * 73)), 131009),
        ("interactive", rows(("1", "x", ""), ("1", "y", "")), 131009),
        ("interactive", rows(("1", "x", ""), button="x" * 21), 131009),
        ("interactive", link("x" * 21), 131009),
        ("interactive", link(url="javascript:alert(1)"), 131009),
        ("interactive", {"type": "poll", "body": {"text": "x"}, "action": {}}, 131009),
    ],
)
def test_what_meta_refuses_is_refused(send: Send, client: Client, kind: str, content: Any, code: int) -> None:
    answer = send(type=kind, text=None, **{kind: content})
    assert answer.json["error"]["code"] == code
    assert not client.get("/api/meta/phone").json["customers"][0]["messages"]


@pytest.mark.parametrize(
    ("kind", "mime_type", "taken"),
    [
        ("image", "image/jpeg", True), ("image", "image/webp", False), ("sticker", "image/webp", True),
        ("audio", "audio/ogg; codecs=opus", True), ("video", "video/quicktime", False),
        ("document", "application/x-anything", True),
    ],
)  # fmt: skip
def test_a_file_must_fit_its_kind(send: Send, upload: Upload, kind: str, mime_type: str, taken: bool) -> None:
    answer = send(type=kind, text=None, **{kind: {"id": upload(b"content", mime_type, "f")}})
    assert (answer.status_code == 200) is taken


def test_a_quote_and_a_reaction_of_the_desk_show_on_the_phone(send: Send, client: Client) -> None:
    wrote = client.post("/api/meta/messages", json={"from": DANIELE, "text": "Buongiorno"}).json["message_id"]
    send(context={"message_id": wrote})
    send(type="reaction", text=None, reaction={"message_id": wrote, "emoji": "🙏"})
    first, second, _ = client.get("/api/meta/phone").json["customers"][0]["messages"]
    assert second["reply_to"] == wrote
    assert first["reactions"] == {"desk": "🙏"}
    send(type="reaction", text=None, reaction={"message_id": wrote, "emoji": ""})
    assert client.get("/api/meta/phone").json["customers"][0]["messages"][0]["reactions"] == {}
    assert send(context={}).json["error"]["code"] == 131009


def parcel(header: dict[str, Any] | None, *texts: str, suffix: str | None = "A-1") -> dict[str, Any]:
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}
    ]
    if header:
        components.append({"type": "header", "parameters": [header]})
    if suffix:
        parameters = [{"type": "text", "text": suffix}]
        components.append({"type": "button", "sub_type": "url", "index": 0, "parameters": parameters})
    return {"name": "delivery_photo", "language": {"code": "it"}, "components": components}


def test_a_template_gets_its_picture_its_link_and_its_payload(send: Send, client: Client) -> None:
    template = parcel({"type": "image", "image": {"link": LINK}}, "Daniele", "A-1")
    template["components"].append(
        {"type": "button", "sub_type": "quick_reply", "index": "2",
         "parameters": [{"type": "payload", "payload": "lost"}]}
    )  # fmt: skip
    assert send(type="template", text=None, template=template).status_code == 200
    look = shown(client)
    assert look["header_media"]["link"] == LINK
    assert [b.get("url") or b.get("payload") or b.get("phone") for b in look["buttons"]] == [
        "https://example.com/track/A-1", "+390280881234", "lost",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "code"),
    [
        pytest.param(parcel(None, "a", "b"), 132012, id="no picture"),
        pytest.param(parcel({"type": "video", "video": {"link": LINK}}, "a", "b"), 132012, id="a film"),
        pytest.param(parcel({"type": "image", "image": {"id": "4"}}, "a", "b"), 131053, id="no such file"),
        pytest.param(parcel({"type": "image", "image": {"link": LINK}}, "a"), 132000, id="one text"),
        pytest.param(
            parcel({"type": "image", "image": {"link": LINK}}, "a", "b", suffix=None), 131008, id="no suffix"
        ),
        pytest.param(
            parcel({"type": "image", "image": {"link": LINK}}, "a", "b" * 1100), 132005, id="too long"
        ),
    ],
)
def test_a_template_with_wrong_parameters_is_refused(send: Send, template: dict[str, Any], code: int) -> None:
    assert send(type="template", text=None, template=template).json["error"]["code"] == code
