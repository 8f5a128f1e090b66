"""A mail's HTML and files on the page: nothing of it can run or reach out."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Client
from tests.sandbox.mail.conftest import ANNA, DeskSide, answer_of_desk, post

pytestmark = pytest.mark.integration


def test_html_is_framed_by_a_policy_that_lets_nothing_run(client: Client, desk: DeskSide) -> None:
    mail = answer_of_desk()
    mail.add_alternative('<p>Ciao <img src="cid:logo"><script>alert(1)</script></p>', subtype="html")
    html = mail.get_body(("html",))
    assert html is not None
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>", filename="logo.png")
    mail.add_attachment("<script>", subtype="html", filename="x.html")
    desk.sends(mail)
    (line,) = client.get(f"/api/mail/messages?owner={ANNA}").json["items"]

    page = client.get(f"/api/mail/messages/{line['id']}/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin;" in policy
    assert "script" not in policy
    assert f"/api/mail/messages/{line['id']}/files/0" in page.text
    assert [file["name"] for file in line["files"]] == ["logo.png", "x.html"]
    picture = client.get(f"/api/mail/messages/{line['id']}/files/0")
    assert (picture.mimetype, picture.data) == ("image/png", b"\x89PNG")
    other = client.get(f"/api/mail/messages/{line['id']}/files/1")
    assert other.mimetype == "application/octet-stream"
    assert other.headers["Content-Disposition"].startswith("attachment")
    raw = client.get(f"/api/mail/messages/{line['id']}/raw")
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/api/mail/messages/{line['id']}/files/2").status_code == 404


def test_the_world_holds_what_the_page_draws(client: Client, desk: DeskSide) -> None:
    post(client, "messages", from_=ANNA, subject="Ciao", text="x")
    world = client.get("/api/mail/world").json
    assert [mailbox["certified"] for mailbox in world["desk"]] == [False, True]
    assert [mail["subject"] for mail in world["mails"]] == ["Ciao"]
    assert ANNA in [person["address"] for person in world["people"]]
    assert world["mails"][0]["owners"] == [ANNA]
