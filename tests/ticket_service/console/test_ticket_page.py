"""The page of a ticket: what it shows of each kind of message, of changes, of what stands beside."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag

from services.ticket_service.store import collections as names
from tests.support.demo import picture
from tests.support.demo_kinds import HOSTILE, every_kind
from tests.ticket_service.api.rig import ANNA, OTHER_TOKEN, Rig
from tests.ticket_service.console.rig import attribute, one, page, sign_in

pytestmark = pytest.mark.integration
PHONE = "+393351032246"


def texts(shown: Tag) -> list[str]:
    """The words of all bubbles, in their order."""
    return [each.get_text() for each in shown.select("#timeline .bubble > .bubble-text")]


def side(shown: BeautifulSoup) -> dict[str, str]:
    """What stands beside the ticket, with its counts."""
    links = shown.select("#ticket-side .side-link")
    return {
        one(link, "span").get_text(): (count.get_text() if (count := link.select_one(".count")) else "")
        for link in links
    }


def test_windows_and_bookmarks_are_called_as_the_ticket(rig: Rig) -> None:
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"title": "Caldaia <ferma>"})
    assert one(page(rig, f"/tickets/{number}"), "title").text == f"{number} · Caldaia <ferma> · Sportello"
    assert one(page(rig, "/tickets"), "title").text == "All tickets · Sportello"


def test_shows_the_description_then_the_comments(rig: Rig) -> None:
    number = rig.hear("Buongiorno, vorrei contattarvi", phone=PHONE)
    rig.hear("Siete aperti?", phone=PHONE)

    shown = page(rig, f"/tickets/{number}")

    assert texts(shown) == ["Buongiorno, vorrei contattarvi", "Siete aperti?"]
    first, second = shown.select("#timeline .bubble")
    assert one(first, ".bubble-part").get_text() == "Description"
    assert "#1" in one(second, ".bubble-foot").get_text()
    assert [day.get_text() for day in shown.select(".entry-day")] == ["Feb 27, 2025"]
    assert "opened the ticket as “Open”" in one(shown, ".entry-changes").get_text()


def test_every_kind_of_message_is_shown_as_what_it_is(rig: Rig) -> None:
    rig.knows("please_answer")
    number = every_kind(rig, picture())

    shown = page(rig, f"/tickets/{number}")
    all_of_it = one(shown, "#timeline").get_text(" ", strip=True)

    assert attribute(shown, ".file-picture img", "src").endswith("/thumbnail?size=preview")
    assert attribute(shown, "audio", "src").endswith("/content")
    assert "Being fetched" in one(shown, ".file-paper.is-pending").get_text()
    failed = one(shown, ".file-paper.is-failed")
    assert "It is big. Ask for a smaller one." in failed.get_text(" ", strip=True)
    assert attribute(failed, "button", "data-api").endswith("/retry")
    assert "openstreetmap.org" in attribute(shown, ".bubble-place a", "href")
    assert "noreferrer" in attribute(shown, ".bubble-place a", "rel")
    for words in (
        *("Contratto 2026.pdf", "Duomo", "Paolo Verdi", "+39 02 123 4567", "CARTA-80", "€1.90", "Sì, grazie"),
        *("A kind of message the desk cannot show.", "Came from an ad", "Forwarded", "Il codice è 4321"),
        *("Edited: 1 earlier version", "The customer deleted this message.", "Template please_answer (it)"),
    ):
        assert words in all_of_it, words
    assert [each.get_text() for each in shown.select(".offer-button")] == ["Sì", "No"]
    assert shown.select(".bubble-note .icon")
    assert {each["class"][-1] for each in shown.select(".ticks")} == {"ticks-read", "ticks-queued"}


def test_what_strangers_write_is_text_wherever_it_is_shown(rig: Rig) -> None:
    number = every_kind(rig, picture())
    rig.hear("Ciao", phone="+393357654321", name=HOSTILE)
    rig.change(f"/tickets/{number}", {"title": HOSTILE, "tags": [HOSTILE[:50]]})

    for path in ("", "?tab=history", "?tab=process", "/gallery", "/timeline"):
        shown = page(rig, f"/tickets/{number}{path}")
        assert not [each for each in shown.find_all("script") if not each.get("src")]
        assert not shown.select("[onerror], [onclick], [style]")
    assert attribute(page(rig, f"/tickets/{number}"), "#ticket-title", "value") == HOSTILE


def test_a_failed_send_says_why_and_can_be_sent_again_a_draft_thrown_away(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    failed = rig.post(f"/tickets/{number}/replies", {"text": "Eccoci"}).get_json()
    rig.delivered(failed["id"], "failed", rig.clock.now)
    rig.clock.forward(days=2)
    rig.post(f"/tickets/{number}/replies", {"text": "Pronto", "when_closed": "draft"})

    shown = page(rig, f"/tickets/{number}")

    bad, waiting = shown.select(".bubble-trouble")
    assert "Message undeliverable" in bad.get_text()
    assert "Call the customer." in bad.get_text()
    assert (
        attribute(bad, "button", "data-api") == f"POST /api/v1/tickets/{number}/replies/{failed['id']}/resend"
    )
    assert "leaves by itself" in waiting.get_text()
    assert attribute(waiting, "button", "data-api").startswith("DELETE ")
    assert one(shown, ".is-draft .bubble-text").get_text() == "Pronto"


@pytest.mark.parametrize(
    ("show", "said", "changes"),
    [
        ("all", ["Buongiorno", "Eccoci", "Da richiamare"], True),
        ("public", ["Buongiorno", "Eccoci"], False),
        ("internal", ["Da richiamare"], False),
        ("changes", [], True),
    ],
)
def test_the_timeline_shows_all_or_one_part(rig: Rig, show: str, said: list[str], changes: bool) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.clock.forward(minutes=1)
    rig.post(f"/tickets/{number}/replies", {"text": "Eccoci"})
    rig.clock.forward(minutes=1)
    rig.post(f"/tickets/{number}/notes", {"text": "Da richiamare"})

    shown = page(rig, f"/tickets/{number}?show={show}")

    assert texts(shown) == said
    assert bool(shown.select(".entry-changes")) is changes
    assert one(shown, ".timeline-bar [aria-current]").get_text().lower() == show


def test_the_first_answer_has_the_last_fifty_and_the_older_ones_follow_without_gap_or_repeat(
    rig: Rig,
) -> None:
    number = rig.hear("Numero 0", phone=PHONE)
    for count in range(1, 61):
        rig.clock.forward(minutes=3)
        rig.hear(f"Numero {count}", phone=PHONE)
        if count == 5:
            rig.change(f"/tickets/{number}", {"priority": "high"})

    newest = page(rig, f"/tickets/{number}")
    older = page(rig, attribute(newest, "[data-older-of]", "data-older-of"))

    assert texts(newest) == [f"Numero {count}" for count in range(11, 61)]
    assert texts(older) == [f"Numero {count}" for count in range(11)]
    assert not older.select("[data-older-of]")
    assert "Priority" not in one(newest, "#timeline").get_text()
    assert "set Priority to “High”" in older.get_text()


def test_beside_it_stand_the_customer_the_shortcuts_and_the_relations_with_their_counts(rig: Rig) -> None:
    number = rig.hear("Buongiorno, vorrei contattarvi", phone=PHONE)
    rig.hear("Grazie", phone=PHONE)
    rig.post(f"/tickets/{number}/notes", {"text": "Da richiamare"})
    other = rig.hear("Un'altra cosa", phone="+393330000001")
    rig.post(f"/tickets/{number}/relations", {"kind": "related", "ticket": other})

    shown = page(rig, f"/tickets/{number}")
    found = side(shown)

    assert list(found)[:12] == [
        *("Comments", "Conversation", "Notes"),
        *("Processes", "WhatsApp conversations", "Activities", "Documents", "Services", "Interventions"),
        *("Installations", "Contract services", "Messages"),
    ]
    wanted = {"Comments": "2", "Notes": "1", "Processes": "1", "WhatsApp conversations": "1"}
    assert {name: found[name] for name in wanted} == wanted
    assert (found["Tied tickets"], found["Documents"]) == ("1", "")
    assert "+39 335 103 2246" in one(shown, "#ticket-side").get_text()
    assert "Lead" in one(shown, "#ticket-side .chip").get_text()
    assert one(shown, "[data-convert]")


def test_other_tickets_of_the_customer_are_a_click_away(rig: Rig) -> None:
    first = rig.hear("Prima richiesta", phone=PHONE)
    rig.change(f"/tickets/{first}", {"status": "closed"})
    contact = rig.get(f"/tickets/{first}").get_json()["requester"]["id"]
    second = rig.post("/tickets", {"requester": {"id": contact}, "title": "Seconda"}).get_json()["number"]

    shown = page(rig, f"/tickets/{first}")

    assert one(shown, f"#ticket-side a[href='/tickets/{second}'] span").get_text() == "Seconda"


def test_process_and_history_have_their_tabs(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.clock.forward(hours=2)
    rig.change(f"/tickets/{number}", {"status": "closed", "assignee": ANNA})

    process = one(page(rig, f"/tickets/{number}?tab=process"), ".ticket-more")
    history = one(page(rig, f"/tickets/{number}?tab=history"), ".ticket-more")
    graph = one(page(rig, f"/tickets/{number}?tab=graph"), ".process-graph img")

    rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in process.select("tbody tr")]
    assert [(row[0], row[4]) for row in rows] == [("Open", "2 h 0 min"), ("Closed", "0 min")]
    assert "changed Status from “Open” to “Closed”" in history.get_text()
    assert "set Responsible to" in history.get_text()
    assert graph["src"] == f"/api/v1/tickets/{number}/process-graph.svg"


def test_a_viewer_sees_everything_and_is_offered_no_change(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.post(f"/tickets/{number}/notes", {"text": "Da richiamare"})

    shown = one(page(rig, f"/tickets/{number}", user="vera"), "#ticket-pane")

    assert texts(shown) == ["Buongiorno", "Da richiamare"]
    offered = [each["data-api"] for each in shown.select("[data-api]")]
    assert offered == []
    assert not shown.select("input:not([type=hidden]), select, textarea, [data-status-to], [data-convert]")


def test_fields_that_the_desk_does_not_use_are_not_shown_and_the_forecast_is_for_some(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rules = rig.get("/settings/fields")
    off = {"fields": {"severity": {"enabled": False}, "service": {"label": "Reparto", "mandatory": True}}}
    rig.call("PUT", "/settings/fields", json=off, headers={"If-Match": rules.headers["ETag"]})

    agent = one(page(rig, f"/tickets/{number}", user="bruno"), "#ticket-fields")

    assert not agent.select("#f-ticket-severity")
    assert one(agent, "label[for=f-ticket-service]").get_text(strip=True) == "Reparto*"
    assert one(agent, "#f-ticket-solution_forecast").name == "output"
    anna = page(rig, f"/tickets/{number}")
    assert one(anna, "#f-ticket-solution_forecast").name == "input"


def test_edit_is_offered_for_ones_own_notes_and_for_those_of_others_with_the_permission(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.post(f"/tickets/{number}/notes", {"text": "Di Anna"})
    rig.post(f"/tickets/{number}/notes", {"text": "Di Bruno"}, token=OTHER_TOKEN)

    def editable(user: str) -> list[str]:
        notes = page(rig, f"/tickets/{number}", user=user).select(".bubble-note")
        return [
            one(note, ".bubble-text").get_text()
            for note in notes
            if note.select("[data-sheet*='sheets/edit']")
        ]

    assert editable("bruno") == ["Di Bruno"]
    assert editable("anna") == ["Di Anna", "Di Bruno"]


SHEETS = ("merge", "spam", "relations", "confidential", "documents", "watchers", "interventions", "time")


def test_each_sheet_opens_for_who_may_and_is_refused_to_others(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    note = rig.post(f"/tickets/{number}/notes", {"text": "Di Anna"}).get_json()["id"]
    paths = [f"/tickets/{number}/sheets/{name}" for name in SHEETS]
    paths += [f"/tickets/{number}/sheets/{name}?action={note}" for name in ("edit", "split")]

    for path in paths:
        assert one(page(rig, path), "dialog.sheet h2"), path
    for name in ("merge", "spam", f"edit?action={note}"):
        refused = page(rig, f"/tickets/{number}/sheets/{name}", user="vera", status=403)
        assert not refused.select("form[data-api]")
    page(rig, f"/tickets/{number}/sheets/nothing", status=404)
    page(rig, f"/tickets/{number}/sheets/edit?action=none", status=404)


def test_the_gallery_shows_who_brought_each_file_and_with_what(rig: Rig) -> None:
    number = every_kind(rig, picture())
    wanted = rig.get(f"/tickets/{number}/attachments").get_json()["items"][2]

    shown = page(rig, f"/tickets/{number}/gallery?file={wanted['id']}")

    figures = shown.select("figure")
    assert len(figures) == 5
    (large,) = [figure for figure in figures if not figure.has_attr("hidden")]
    assert "Contratto 2026.pdf" in large.get_text()
    assert "Giulia Neri" in large.get_text()
    assert "Comment #3" in large.get_text()
    assert attribute(large, "a[download]", "href") == wanted["url"]


def test_a_mail_is_shown_in_a_frame_that_runs_and_loads_nothing(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE, message_id="wamid.mail")
    html = '<p>Ciao</p><script>alert(1)</script><img src="https://tracker.example/p.gif">'
    message_id = "whatsapp_cloud:1:wamid.mail"
    rig.db[names.MESSAGES].update_one({"_id": message_id}, {"$set": {"content": {"html": html}}})

    frame = one(page(rig, f"/tickets/{number}"), "iframe.bubble-mail")
    answer = sign_in(rig).get(str(frame["src"]))
    asked = sign_in(rig).get(f"{frame['src']}&pictures=1")

    assert "allow-scripts" not in frame["sandbox"]
    assert "allow-same-origin" not in frame["sandbox"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "script" not in answer.text
    assert "tracker.example" not in answer.text
    assert "img-src data: https: http:" in asked.headers["Content-Security-Policy"]
    assert "https://tracker.example/p.gif" in asked.text
    original = page(rig, f"/tickets/{number}/original?message={message_id}")
    assert html in [each.get_text() for each in original.select("pre")]
    other = rig.hear("Altro", phone="+393330000001")
    page(rig, f"/tickets/{other}/mail?message={message_id}", status=404)


def test_merged_and_deleted_tickets_say_so_and_offer_no_change(rig: Rig) -> None:
    merged, into, deleted = (rig.hear("Ciao", phone=f"+39333000000{each}") for each in range(3))
    rig.post(f"/tickets/{merged}/merge", {"into": into})
    rig.call("DELETE", f"/tickets/{deleted}")

    gone = one(page(rig, f"/tickets/{merged}"), "#ticket-pane")
    bin_ = one(page(rig, f"/tickets/{deleted}"), "#ticket-pane")

    assert attribute(gone, ".notice a", "href") == f"/tickets/{into}"
    assert not gone.select("[data-status-to], form[data-saves]")
    assert attribute(bin_, ".notice button", "data-api").endswith("/restore")
    page(rig, f"/tickets/{deleted}", user="bruno", status=404)
    page(rig, "/tickets/TT999", status=404)


def test_only_the_part_that_is_asked_for_is_sent(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    headers = {"HX-Request": "true", "HX-Target": "ticket-pane"}

    answer = sign_in(rig).get(f"/tickets/{number}", headers=headers)

    shown = BeautifulSoup(answer.text, "html.parser")
    assert one(shown, "title").get_text().startswith(f"{number} · ")
    assert one(shown, "#ticket-pane #timeline")
    assert not shown.select("html, #list-pane")
