"""The composer in a browser: nothing typed is lost or sent twice, and notes are not taken for answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig
from tests.ticket_service.console.rig import Screen, page

pytestmark = pytest.mark.integration

VARIABLES = [{"type": "BODY", "text": "Buongiorno {{1}}, il ticket {{2}} va avanti."}]


def prefer(rig: Rig, **choices: Any) -> None:
    """How anna likes the console."""
    answer = rig.change("/me/preferences", choices)
    assert answer.status_code == 200, answer.text


def said(rig: Rig, number: str, kind: str = "replies") -> list[dict[str, Any]]:
    """The answers (or notes, or actions) of a ticket."""
    items: list[dict[str, Any]] = rig.get(f"/tickets/{number}/{kind}").get_json()["items"]
    return items


def text_of(here: Page) -> str:
    """What is in the box."""
    return here.locator("#composer-text").input_value()


def write(here: Page, words: str) -> None:
    """Type into the box, key by key at its end."""
    here.locator("#composer-text").press_sequentially(words)


def closed_ticket(rig: Rig) -> str:
    """A ticket whose customer wrote two days ago."""
    rig.knows("please_answer")
    rig.knows("update", components=VARIABLES, template_id="2")
    return rig.hear("Aspetto notizie", at=rig.clock.now - timedelta(days=2))


def test_an_answer_can_be_taken_back_and_then_leaves_once(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=2)
    number = rig.hear("Quando arrivate?")
    here = screen.open(f"/tickets/{number}")
    write(here, "Domani alle 9 <b>")
    here.keyboard.press("Control+Enter")
    expect(here.locator("#timeline .is-optimistic")).to_contain_text("Domani alle 9 <b>")
    here.get_by_role("button", name="Undo").click()
    expect(here.locator("#composer-text")).to_have_value("Domani alle 9 <b>")
    expect(here.locator("#timeline .is-optimistic")).to_have_count(0)
    here.keyboard.press("Control+Enter")
    expect(here.locator("#timeline .bubble-out[data-message]")).to_contain_text("Domani alle 9 <b>")
    expect(here.locator("#timeline .is-optimistic")).to_have_count(0)
    assert [each["text"] for each in said(rig, number)] == ["Domani alle 9 <b>"]
    assert text_of(here) == ""
    assert rig.get(f"/tickets/{number}/composing").get_json()["empty"]


def test_leaving_the_page_sends_at_once_what_could_still_be_taken_back(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=30)
    number = rig.hear()
    here = screen.open(f"/tickets/{number}")
    write(here, "Arriviamo")
    here.keyboard.press("Control+Enter")
    assert said(rig, number) == []
    here.goto("/settings")
    wait_until(lambda: [each["text"] for each in said(rig, number)] == ["Arriviamo"])
    wait_until(lambda: rig.get(f"/tickets/{number}/composing").get_json()["empty"])


def test_what_is_typed_is_there_in_another_browser_and_windows_do_not_overwrite_each_other(
    rig: Rig, screen: Screen
) -> None:
    screen.allowed.append("412")
    number = rig.hear()
    first = screen.open(f"/tickets/{number}")
    write(first, "Abbiamo trovato")
    expect(first.get_by_text("Draft kept")).to_be_visible()
    second = screen.open(f"/tickets/{number}")
    expect(second.locator("#composer-text")).to_have_value("Abbiamo trovato")
    second.locator("#composer-text").fill("Abbiamo trovato il guasto")
    expect(second.get_by_text("Draft kept")).to_be_visible()
    first.locator("#composer-text").fill("Altre parole")
    expect(first.get_by_text("in another window")).to_be_visible()
    first.get_by_role("button", name="Use that text").click()
    expect(first.locator("#composer-text")).to_have_value("Abbiamo trovato il guasto")
    assert rig.get(f"/tickets/{number}/composing").get_json()["text"] == "Abbiamo trovato il guasto"


def test_after_24_hours_templates_take_the_place_of_the_text_with_the_exact_message(
    rig: Rig, screen: Screen
) -> None:
    prefer(rig, undo_seconds=0)
    number = closed_ticket(rig)
    rig.knows("ask_again", language="be_BY", template_id="3")
    customer = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    assert rig.change(f"/contacts/{customer}", {"language": "it"}).status_code == 200
    here = screen.open(f"/tickets/{number}")
    expect(here.locator("[data-part=template-list] .chip")).to_have_text(["it", "it", "be_BY"])
    expect(here.get_by_text("The 24 hours for free text are over.")).to_be_visible()
    expect(here.locator("#composer-text")).to_be_hidden()
    expect(here.locator("#composer").get_by_role("button", name="update")).to_be_visible()
    expect(here.locator("#timeline article").last).to_be_in_viewport(ratio=1)  # the templates came later
    screen.axe(here)
    here.get_by_role("button", name="update").click()
    expect(here.get_by_text("Still to be filled in: Variable 1, Variable 2")).to_be_visible()
    here.get_by_label("Variable 1").fill("Daniele")
    here.get_by_label("Variable 2").fill(number)
    wanted = f"Buongiorno Daniele, il ticket {number} va avanti."
    expect(here.locator(".composer-preview-bubble")).to_have_text(wanted)
    expect(here.get_by_text("Still to be filled in")).to_be_hidden()
    here.get_by_role("button", name="Send", exact=True).click()
    expect(here.locator("#timeline .bubble-out[data-message]")).to_contain_text(wanted)
    sent = said(rig, number)[0]
    assert (sent["template"]["name"], sent["text"]) == ("update", wanted)


def test_what_was_typed_before_the_window_closed_waits_as_a_draft(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=0)
    number = closed_ticket(rig)
    here = screen.open(f"/tickets/{number}")
    here.get_by_role("button", name="Write an answer that waits").click()
    write(here, "Abbiamo trovato il guasto.")
    expect(here.get_by_text("What you wrote is kept")).to_be_visible()
    here.get_by_role("button", name="Keep as draft").click()
    expect(here.locator("#timeline .bubble-out.is-draft")).to_contain_text("Abbiamo trovato il guasto.")
    assert said(rig, number)[0]["delivery"]["state"] == "draft"


def test_what_is_refused_is_in_the_box_again_with_the_reason(rig: Rig, screen: Screen) -> None:
    screen.allowed.append("409")
    prefer(rig, undo_seconds=0)
    number = rig.hear()
    here = screen.open(f"/tickets/{number}")
    write(here, "Troppo tardi")
    long_ago = rig.clock.now - timedelta(days=2)
    rig.db["conversations"].update_many({}, {"$set": {"last_inbound_at": long_ago}})
    here.keyboard.press("Control+Enter")
    expect(here.locator(".composer-alert").first).to_contain_text("reply window")
    expect(here.locator("#composer-text")).to_have_value("Troppo tardi")
    expect(here.get_by_role("button", name="Keep as draft")).to_be_visible()
    assert said(rig, number) == []


def test_a_note_calls_a_colleague_and_sets_a_status_that_asks_why(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=0)
    number = rig.hear()
    status = {"asks_justification": True, "justifications": ["Solved by phone"]}
    assert rig.change("/settings/statuses/closed", status).status_code == 200
    here = screen.open(f"/tickets/{number}")
    here.locator("body").press("n")
    expect(here.get_by_text("Only colleagues see this note")).to_be_visible()
    write(here, "Parlato con @bru")
    expect(here.locator(".composer-suggestion", has_text="Bruno")).to_be_visible()
    here.keyboard.press("Enter")
    expect(here.locator("#composer-text")).to_have_value("Parlato con @bruno ")
    here.get_by_role("button", name="Send and set the status").click()
    here.locator(".composer").get_by_role("button", name="Closed").click()
    here.get_by_role("button", name="Solved by phone").click()
    here.locator("dialog[open]").get_by_role("button", name="Send").click()
    expect(here.locator("#timeline .bubble-note[data-message]")).to_contain_text("Parlato con @bruno")
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["status"]["key"], ticket["justification"]) == ("closed", "Solved by phone")
    assert said(rig, number) == []


def test_canned_replies_are_found_by_typing_and_filled_in_as_text(rig: Rig, screen: Screen) -> None:
    number = rig.hear(name="<img src=x onerror=alert(1)> Rossi")
    body = "Caro {{ customer.name }}, il ticket {{ ticket.number }} va avanti."
    rig.post("/canned-replies", {"title": "Progress", "shortcut": "avanti", "body": body})
    rig.post("/canned-replies", {"title": "Other", "body": "Arrivederci"})
    here = screen.open(f"/tickets/{number}")
    write(here, "Buongiorno. /av")
    expect(here.locator(".composer-suggestion")).to_have_count(1)
    here.keyboard.press("Enter")
    filled = f"Buongiorno. Caro <img src=x onerror=alert(1)> Rossi, il ticket {number} va avanti."
    expect(here.locator("#composer-text")).to_have_value(filled)


def test_where_there_are_no_canned_replies_the_button_says_so(rig: Rig, screen: Screen) -> None:
    here = screen.open(f"/tickets/{rig.hear()}")
    here.get_by_role("button", name="Canned replies").click()
    expect(here.locator("#composer-suggest")).to_have_text("No canned replies yet")
    here.keyboard.press("Enter")
    expect(here.locator("#composer-text")).to_have_value("/\n")
    expect(here.locator("#composer-suggest")).to_be_hidden()


def test_nothing_is_said_to_be_kept_once_it_is_sent(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=2)
    here = screen.open(f"/tickets/{rig.hear()}")
    write(here, "Domani alle 9")
    here.keyboard.press("Control+Enter")
    expect(here.get_by_text("Draft kept")).to_be_visible()
    expect(here.locator("#timeline .bubble-out[data-message]")).to_contain_text("Domani alle 9")
    expect(here.get_by_text("Draft kept")).to_have_count(0)


def test_what_can_be_taken_back_covers_neither_the_box_nor_the_answer(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=30)
    number = rig.hear()
    for width in (1440, 360):
        here = screen.open(f"/tickets/{number}", width=width)
        write(here, "Domani alle 9")
        here.keyboard.press("Control+Enter")
        told = here.locator(".toast-line", has_text="It leaves in 30 seconds.").bounding_box()
        box = here.locator("#composer").bounding_box()
        assert told
        assert box
        apart = told["y"] + told["height"] <= box["y"] or told["x"] + told["width"] <= box["x"]
        assert apart, (width, told, box)
        here.get_by_role("button", name="Undo").click()


def test_files_are_chosen_pasted_and_dropped_and_what_is_refused_says_why(rig: Rig, screen: Screen) -> None:
    screen.allowed.append("422")
    prefer(rig, undo_seconds=0)
    number = rig.hear()
    here = screen.open(f"/tickets/{number}")
    files = here.locator(".composer-file")
    named = [("a <b>.txt", "text/plain", b"hello"), ("b.txt", "text/plain", b"other")]
    here.locator('[data-part="picker"]').set_input_files(
        [FilePayload(name=name, mimeType=kind, buffer=content) for name, kind, content in named]
    )
    expect(files).to_have_count(2)
    here.get_by_role("button", name="Remove b.txt").click()
    carried = here.evaluate_handle(
        "() => { const held = new DataTransfer();"
        " held.items.add(new File(['note'], 'dropped.txt', {type: 'text/plain'})); return held; }"
    )
    here.dispatch_event("#timeline-scroll", "drop", {"dataTransfer": carried})
    here.evaluate(
        "() => { const held = new DataTransfer();"
        " held.items.add(new File(['x'], 'pasted.exe', {type: 'application/x-msdownload'}));"
        " document.getElementById('composer-text').dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: held, bubbles: true, cancelable: true})); }"
    )
    expect(here.locator(".composer-file.is-broken")).to_contain_text("pasted.exe")
    here.get_by_role("button", name="Remove pasted.exe").click()
    write(here, "Ecco i file")
    expect(here.locator(".composer-progress:visible")).to_have_count(0)
    here.keyboard.press("Control+Enter")
    expect(here.locator("#timeline .bubble-out[data-message]")).to_contain_text("Ecco i file")
    sent = said(rig, number)[0]["attachments"]
    assert [each["filename"] for each in sent] == ["a <b>.txt", "dropped.txt"]


def test_a_voice_message_is_recorded_and_a_browser_that_cannot_says_so(rig: Rig, screen: Screen) -> None:
    number = rig.hear()
    here = screen.open(f"/tickets/{number}")
    here.evaluate("() => { window.MediaRecorder = undefined; }")
    here.get_by_role("button", name="Record a voice message").click()
    expect(here.get_by_text("This browser cannot record sound here.")).to_be_visible()
    here.evaluate(_RECORDER)
    here.get_by_role("button", name="Record a voice message").click()
    here.get_by_role("button", name="Use it").click()
    expect(here.locator(".composer-file")).to_contain_text("voice message.ogg")
    wait_until(lambda: rig.db["attachments"].count_documents({"kind": "voice"}) == 1)


_RECORDER = """() => {
  navigator.mediaDevices.getUserMedia = async () => ({getTracks: () => []});
  window.MediaRecorder = class extends EventTarget {
    static isTypeSupported(type) { return type.startsWith("audio/ogg"); }
    start() {}
    stop() {
      const data = new Blob([new Uint8Array([79, 103, 103, 83, 0, 2])], {type: "audio/ogg"});
      this.dispatchEvent(Object.assign(new Event("dataavailable"), {data}));
      this.dispatchEvent(new Event("stop"));
    }
  };
}"""


def test_a_message_is_quoted_and_choices_go_with_a_text(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=0)
    number = rig.hear("Va bene domani?", message_id="wamid.ask")
    here = screen.open(f"/tickets/{number}")
    here.locator("#timeline .bubble-in").hover()
    here.get_by_role("button", name="Answer this message").click()
    expect(here.locator(".composer-quote")).to_contain_text("Va bene domani?")
    write(here, "Alle 9 o alle 15?")
    here.get_by_role("button", name="Buttons and lists").click()
    here.get_by_label("Choices, one on each line").fill("Alle 9\nAlle 15")
    here.get_by_role("button", name="Use them").click()
    expect(here.get_by_text("To tap: Alle 9 · Alle 15")).to_be_visible()
    here.get_by_role("button", name="Send", exact=True).click()
    wait_until(lambda: len(said(rig, number)) == 1)
    sent = said(rig, number)[0]
    assert [each["title"] for each in sent["content"]["interactive"]["buttons"]] == ["Alle 9", "Alle 15"]
    assert sent["reply_to"]["message_id"] == "whatsapp_cloud:1:wamid.ask"


def test_a_private_message_says_to_whom_it_goes(rig: Rig, screen: Screen) -> None:
    prefer(rig, undo_seconds=0)
    number = rig.hear()
    here = screen.open(f"/tickets/{number}")
    here.get_by_role("button", name="Private").click()
    expect(here.get_by_text("the customer does not see it")).to_be_visible()
    here.get_by_label("To", exact=True).press_sequentially("brun")
    here.locator(".composer-suggestion", has_text="Bruno").click()
    here.get_by_label("To", exact=True).press_sequentially("supplier@example.org")
    here.keyboard.press("Enter")
    write(here, "Serve il pezzo")
    here.get_by_role("button", name="Send mail").click()
    wait_until(lambda: len(said(rig, number, "notes")) == 1)
    to = said(rig, number, "notes")[0]["content"]["to"]
    assert [each["address"] for each in to] == ["bruno@example.org", "supplier@example.org"]


def test_emoji_are_chosen_by_keyboard(rig: Rig, screen: Screen) -> None:
    here = screen.open(f"/tickets/{rig.hear()}")
    here.get_by_role("button", name="Emoji").click()
    here.keyboard.press("ArrowRight")
    here.keyboard.press("Enter")
    expect(here.locator("#composer-text")).to_have_value("😃")
    expect(here.locator("#composer-text")).to_be_focused()


@pytest.mark.parametrize("width", [1440, 360])
def test_everything_is_labelled_and_fits(rig: Rig, screen: Screen, width: int) -> None:
    rig.knows("please_answer")
    here = screen.open(f"/tickets/{rig.hear()}", width=width)
    box = here.locator("#composer")
    expect(here.get_by_text("To Daniele Asmonti on WhatsApp")).to_be_visible()
    for mode in ("Internal", "Private", "Public"):
        here.get_by_role("button", name=mode).first.click()
        expect(here.get_by_role("button", name=mode).first).to_have_attribute("aria-pressed", "true")
        screen.axe(here, within="#composer")
        shape = box.evaluate("(each) => [each.scrollWidth, each.clientWidth]")
        assert shape[0] <= shape[1], mode
    here.get_by_role("button", name="Emoji").click()
    screen.axe(here, within="#composer")
    here.get_by_role("button", name="Message templates").click()
    expect(here.get_by_role("button", name="please answer")).to_be_visible()
    screen.axe(here, within="#composer")


def test_who_may_not_write_gets_no_composer_and_desk_tickets_take_notes_only(rig: Rig) -> None:
    number = rig.hear()
    assert page(rig, f"/tickets/{number}", user="vera").select_one("desk-composer") is None
    by_hand = {"requester": {"identity": {"kind": "email", "value": "x@example.org"}}, "title": "Call"}
    desk = rig.post("/tickets", by_hand).get_json()["number"]
    box = page(rig, f"/tickets/{desk}").select_one("desk-composer")
    assert box is not None
    assert box.select_one('[data-mode="reply"]') is None
    assert "no conversation" in box.text


def test_what_colleagues_write_is_not_shown_to_others(rig: Rig) -> None:
    number = rig.hear()
    match = rig.get(f"/tickets/{number}/composing", token=OTHER_TOKEN).headers["ETag"]
    written = {"mode": "note", "text": "secret of bruno"}
    headers = {"If-Match": match}
    rig.call("PUT", f"/tickets/{number}/composing", token=OTHER_TOKEN, json=written, headers=headers)
    assert "secret of bruno" not in str(page(rig, f"/tickets/{number}", user="anna"))
    assert "secret of bruno" in str(page(rig, f"/tickets/{number}", user="bruno"))
