"""Mails on the page of a ticket and in triage: what is shown of them, and what can be made of them."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from shared.contracts.attachment import RemoteFile, attachment_id
from tests.support.demo import picture
from tests.support.demo_kinds import HOSTILE
from tests.support.received_mail import DESK, mail_event
from tests.ticket_service.api.rig import MAIL_CHANNEL, Rig
from tests.ticket_service.console.rig import attribute, one, page, sign_in

pytestmark = pytest.mark.integration
NEWS = {"automatic": "bulk", "subject": "Offerte", "address": "news@offerte.example", "name": "Offerte"}


def came(rig: Rig, text: str = "Il terminale è fermo.", **options: Any) -> str:
    """A mail comes in now; the id of its message."""
    event = mail_event(text, at=rig.clock.now, **options)
    rig.take(event)
    message_id: str = event.data.dedupe_key
    return message_id


def ticket_of(rig: Rig, message_id: str) -> str:
    """The number of the ticket it is on."""
    ticket_id = (rig.db["messages"].find_one({"_id": message_id}) or {})["ticket_id"]
    number: str = (rig.db["tickets"].find_one({"_id": ticket_id}) or {})["number"]
    return number


def words(shown: BeautifulSoup, selector: str) -> str:
    return one(shown, selector).get_text(" ", strip=True)


def test_a_mail_says_to_whom_it_went_what_is_new_and_shows_the_rest_on_demand(rig: Rig) -> None:
    whole = "Va bene.\n\nIl 3 marzo Assistenza ha scritto:\n> Domani alle 9?"
    mail = came(rig, "Va bene.", cc=["giulia@bianchi.example"], content={"whole_text": whole})
    shown = page(rig, f"/tickets/{ticket_of(rig, mail)}")

    assert words(shown, ".mail-to") == "to Assistenza"
    assert "giulia@bianchi.example" in words(shown, ".mail-around")
    assert "Luca Bianchi <luca@bianchi.example>" in words(shown, ".mail-around dl")
    assert words(shown, ".bubble > .bubble-text") == "Va bene."
    assert "Domani alle 9?" in words(shown, ".mail-whole .mail-quoted")
    assert words(shown, ".mail-subject") == "Il terminale non si accende"


def test_the_subject_is_said_again_only_where_it_turns_to_something_else(rig: Rig) -> None:
    number = ticket_of(rig, came(rig, message_id="first@mail.example"))
    for minute, subject in enumerate(
        ("Re: Il terminale non si accende", f"R: [{number}] Il terminale non si accende", "Fattura")
    ):
        rig.clock.forward(minutes=minute + 1)
        came(rig, f"Ancora {minute}", subject=subject, answers=["first@mail.example"])

    shown = page(rig, f"/tickets/{number}")

    assert [each.get_text() for each in shown.select(".mail-subject")] == [
        "Il terminale non si accende",
        "Fattura",
    ]


def test_machines_certified_mail_invitations_and_notes_are_shown_as_what_they_are(rig: Rig) -> None:
    event = {
        "summary": "Sopralluogo",
        "start": "2026-03-03T08:00:00+00:00",
        "location": "Lodi",
        "method": "REQUEST",
    }
    mail = came(
        rig,
        message_id="first@mail.example",
        content={
            "events": [event],
            "notes": ["One file was left out."],
            "pec": {"kind": "message", "gestore": "P"},
        },
    )
    number = ticket_of(rig, mail)
    rig.clock.forward(minutes=1)
    came(rig, "Torno lunedì.", automatic="out-of-office", answers=["first@mail.example"])

    shown = page(rig, f"/tickets/{number}")

    assert "Invitation Sopralluogo" in words(shown, ".mail-event")
    assert "Mar 3, 2026" in words(shown, ".mail-event")
    assert words(shown, ".mail-notes") == "One file was left out."
    assert words(shown, "details.mail-mark summary") == "Certified mail (PEC)"
    assert words(shown, "p.mail-mark") == "Out of office"


def test_the_frame_of_a_mail_holds_the_pictures_it_brings_along(rig: Rig) -> None:
    at = rig.clock.now
    message_id = mail_event("Vedi foto", at=at).data.dedupe_key
    file = RemoteFile(attachment_id(message_id, 0), "image", "", "image/png", "foto.png")
    content = {"html": '<p>Vedi</p><img src="cid:foto@x">', "inline": {"foto@x": file.id}}
    mail = came(rig, "Vedi foto", attachments=[file], content=content)
    rig.fetched(mail, picture(60, 40), "image/png", "foto.png", kind="image")
    number = ticket_of(rig, mail)

    shown = page(rig, f"/tickets/{number}")
    answer = sign_in(rig).get(attribute(shown, "iframe.bubble-mail", "src"))

    assert 'src="data:image/png;base64,' in answer.text
    assert "img-src data:;" in answer.headers["Content-Security-Policy"]
    assert shown.select(".file-small img")
    assert not shown.select(".bubble-files .file-picture")


def test_the_composer_of_a_mailbox_names_copies_and_subject_and_offers_nothing_no_mail_can_carry(
    rig: Rig,
) -> None:
    by_mail = ticket_of(rig, came(rig, cc=["giulia@bianchi.example"], subject="R: Terminale fermo"))
    by_chat = rig.hear("Buongiorno")

    box = one(page(rig, f"/tickets/{by_mail}"), "#composer")

    assert attribute(box, '[data-part="cc"]', "value") == "giulia@bianchi.example"
    assert attribute(box, '[data-part="subject"]', "placeholder") == "Re: Terminale fermo"
    assert not box.select('.composer-tools [data-do="templates"], .composer-tools [data-do="edit-choices"]')
    assert not one(page(rig, f"/tickets/{by_mail}"), "#timeline").select("[data-react]")
    assert not one(page(rig, f"/tickets/{by_chat}"), "#composer").select('[data-part="mail"]')


def test_the_composer_says_where_an_answer_goes_when_the_mail_wanted_it_elsewhere(rig: Rig) -> None:
    mail = came(rig, headers={"reply-to": "giulia@bianchi.example"})
    shown = page(rig, f"/tickets/{ticket_of(rig, mail)}")
    assert "Luca Bianchi <giulia@bianchi.example>" in words(shown, "[data-part=whom]")


def test_triage_lists_what_waits_with_the_reason_and_the_rail_counts_it(rig: Rig) -> None:
    held = came(rig, "Sconti!", **NEWS)
    came(rig, "Torno lunedì.", automatic="out-of-office", address="sofia@greco.example", name="Sofia Greco")

    waiting, ignored = page(rig, "/triage"), page(rig, "/triage?show=ignored")

    assert [each["data-triage"] for each in waiting.select("#triage-rows > li")] == [held]
    assert "Newsletter or list" in words(waiting, "#triage-rows")
    assert words(waiting, "#rail-count-triage") == "1 waiting"
    assert "Sofia Greco" in words(ignored, "#triage-rows")
    assert "Out of office" in words(ignored, "#triage-rows")
    assert "No mail fits." in words(page(rig, "/triage?q=niente"), "#triage-list")
    assert len(page(rig, "/triage?show=all").select("#triage-rows > li")) == 2


def test_a_mail_of_triage_is_read_whole_and_harmless(rig: Rig) -> None:
    html = f'<h1>Sconti</h1><img src="https://news.example/x.png">{HOSTILE}'
    held = came(
        rig, HOSTILE, content={"html": html}, headers={"list-id": HOSTILE}, **{**NEWS, "subject": HOSTILE}
    )

    shown = page(rig, f"/triage/{held}")
    frame = sign_in(rig).get(attribute(shown, "iframe", "src"))
    original = page(rig, attribute(shown, "[data-sheet*='/original']", "data-sheet"))

    assert words(shown, "#triage-pane h1") == HOSTILE
    assert not [each for each in shown.find_all("script") if not each.get("src")]
    assert not shown.select("[onerror], [style]")
    assert "allow-scripts" not in attribute(shown, "iframe", "sandbox")
    assert "news.example" not in frame.text
    assert "onerror" not in frame.text
    assert HOSTILE in words(original, ".mail-headers")
    assert html in [each.get_text() for each in original.select("pre")]


@pytest.mark.parametrize("what", ["mail", "original", "new-ticket", "join", "block"])
def test_what_is_no_mail_of_triage_is_not_found(rig: Rig, what: str) -> None:
    rig.hear("Buongiorno", message_id="wamid.one")

    page(rig, f"/triage/{what}?message=whatsapp_cloud%3A1%3Awamid.one", status=404)
    page(rig, f"/triage/{what}", status=404)


def test_who_only_looks_is_offered_no_decision(rig: Rig) -> None:
    held = came(rig, "Sconti!", **NEWS)

    assert not page(rig, f"/triage/{held}", user="vera").select("[data-act]")
    page(rig, f"/triage/join?message={held}", user="vera", status=403)
    assert len(page(rig, f"/triage/{held}", user="bruno").select("[data-act]")) == 4


def test_the_form_of_a_ticket_finds_the_customer_by_the_address(rig: Rig) -> None:
    rig.post(
        "/contacts",
        {
            "name": "Offerte S.r.l.",
            "stage": "contact",
            "identities": [{"kind": "email", "value": NEWS["address"]}],
        },
    )
    known, new = (
        came(rig, "Sconti!", **NEWS),
        came(rig, "Ciao", **{**NEWS, "address": "altri@offerte.example"}),
    )

    found = page(rig, f"/triage/new-ticket?message={known}")
    lead = page(rig, f"/triage/new-ticket?message={new}")

    assert attribute(found, "#f-triage-requester-words", "value") == "Offerte S.r.l."
    assert words(found, "#f-triage-requester-help") == f"Found by the address {NEWS['address']}."
    assert "is new here" in words(lead, "#f-triage-requester-help")
    assert attribute(found, "#f-triage-title", "value") == "Offerte"


def test_a_mail_that_became_a_ticket_leads_there_and_is_decided(rig: Rig) -> None:
    held = came(rig, "Sconti!", **NEWS)
    made = rig.post(f"/triage/{held}/ticket", {"title": "Offerte da guardare"})
    assert made.status_code == 201, made.text
    number = made.get_json()["number"]

    shown = page(rig, f"/triage/{held}?show=done")

    assert attribute(shown, ".triage-state a", "href") == f"/tickets/{number}"
    assert not shown.select("[data-act]")
    assert [each["data-triage"] for each in shown.select("#triage-rows > li")] == [held]
    assert words(page(rig, f"/tickets/{number}"), ".bubble > .bubble-text") == "Sconti!"


def test_the_rules_are_listed_as_sentences_and_tried_on_the_mail_one_came_from(rig: Rig) -> None:
    held = came(rig, "Sconti!", **NEWS)
    conditions = [
        {"what": "header:list-id", "how": "present"},
        {"what": "size", "how": "larger", "value": "9"},
    ]
    rule = {
        "name": "Liste",
        "conditions": conditions,
        "all_or_any": "any",
        "then": {"do": "ignore", "reason": "Lista"},
    }
    made = rig.post("/settings/mail-rules", rule).get_json()

    shown = page(rig, f"/settings/mail-rules?message={held}")
    form = page(rig, f"/settings/mail-rules/{made['id']}")

    assert "list-id is there or Size in bytes is larger than “9”" in words(shown, ".sorted")
    assert attribute(shown, "#trial-message option[selected]", "value") == held
    assert [each["value"] for each in form.select('input[data-part="what"]')][:2] == [
        "header:list-id",
        "size",
    ]
    assert attribute(form, 'input[name="then.do"][checked]', "value") == "ignore"
    assert one(form, '[data-for-do="open join"]').has_attr("disabled")
    assert not page(rig, f"/settings/mail-rules/{made['id']}", user="vera").select("[data-remove-item]")


def test_the_settings_of_mail_show_the_words_of_each_mailbox(rig: Rig) -> None:
    own = {MAIL_CHANNEL.id: {"from_name": "Assistenza Asmonti", "header": "", "footer": "Saluti"}}
    assert rig.change("/settings/mail", {"channels": own, "strangers": "never"}).status_code == 200

    shown = page(rig, "/settings/mail")

    assert attribute(shown, f"#own-{MAIL_CHANNEL.id}-from_name", "value") == "Assistenza Asmonti"
    assert one(shown, f"#own-{MAIL_CHANNEL.id}-footer").get_text() == "Saluti"
    assert attribute(shown, "#f-strangers option[selected]", "value") == "never"
    assert DESK not in words(shown, ".mail-preview")


def test_a_mail_on_no_ticket_is_read_whole_in_its_conversation(rig: Rig) -> None:
    held = came(rig, "Sconti!", content={"html": "<p>Sconti</p>"}, **NEWS)
    talk = (rig.db["messages"].find_one({"_id": held}) or {})["conversation_id"]

    shown = page(rig, f"/conversations/{talk}")
    frame = sign_in(rig).get(attribute(shown, "iframe.bubble-mail", "src"))

    assert words(shown, "p.mail-mark") == "Newsletter or list"
    assert (frame.status_code, "Sconti" in frame.text) == (200, True)


def test_a_mail_in_quarantine_can_be_saved_as_it_came(rig: Rig) -> None:
    raw = b"From: <>\r\n\r\n\xff\xfe"
    blob = rig.blobs.put("mail-broken", [raw], mime_type="message/rfc822", max_bytes=1_000)
    item = rig.quarantine("no-sender", raw_blob=blob.id)

    shown = page(rig, f"/settings/quarantine/{item}")
    saved = sign_in(rig).get(attribute(shown, "a[download]", "href"))

    assert words(shown, "h1") == "Without a sender"
    assert saved.data == raw
    assert "attachment" in saved.headers["Content-Disposition"]
