"""What people meet at a desk that lives: colleagues, restarts, closed windows, attacks; on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.walking import SLOW, Walker, bubble, send, set_status, shows_status, write
from tests.support.browser import running_browser
from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]
PASSWORD = "a password that is long enough"


@pytest.fixture(scope="module")
def _walker(desk: Desk) -> Iterator[Walker]:
    with running_browser() as browser:
        yield Walker(desk, browser)


@pytest.fixture
def walker(_walker: Walker) -> Iterator[Walker]:
    yield _walker
    _walker.close()


def test_two_agents_at_once_see_each_other_and_overwrite_nothing(desk: Desk, walker: Walker) -> None:
    email = f"bea{new_number()}@example.com"
    desk.post("/users", {"email": email, "name": "Bea Neri", "roles": ["agent"], "password": PASSWORD})
    customer = new_number()
    desk.write(customer, text="Buongiorno a tutti")
    number = desk.ticket_of(customer)["number"]
    first = walker.log_in(path=f"/tickets/{number}")
    second = walker.log_in(email, PASSWORD, path=f"/tickets/{number}")
    expect(first.locator("#viewers")).to_contain_text(re.compile("BN|Bea"), timeout=SLOW)
    # A change of one is seen by the other, who had the field open, and whose own change goes on top.
    set_status(first, "Waiting for response")
    shows_status(second, "Waiting for response")
    first.get_by_label("Subject").fill("Titolo della prima")
    first.keyboard.press("Tab")
    wait_until(lambda: desk.get(f"/tickets/{number}")["title"] == "Titolo della prima", 20)
    second.locator("#ticket-fields-fold > summary").click()
    second.locator("#f-ticket-priority").select_option(label="High")
    wait_until(lambda: desk.get(f"/tickets/{number}")["priority"] == "high", 20)
    assert desk.get(f"/tickets/{number}")["title"] == "Titolo della prima"
    # The answer of one is on the other's screen before they answer as well.
    write(first, "Me ne occupo io")
    send(first)
    expect(bubble(second, "Me ne occupo io")).to_be_visible(timeout=SLOW)


def test_a_list_takes_up_what_was_missed_while_the_server_was_away(desk: Desk, walker: Walker) -> None:
    walker.allowed += [
        "ERR_CONNECTION",
        "ERR_INCOMPLETE",
        "ERR_EMPTY",
        "Failed to load resource",
        "Failed to fetch",
        "50",
    ]
    customer = new_number()
    desk.write(customer, text="prima del riavvio")
    number = desk.ticket_of(customer)["number"]
    page = walker.log_in(path=f"/tickets/{number}")
    expect(bubble(page, "prima del riavvio")).to_be_visible()
    desk.kill("ticket_service.web")
    desk.write(customer, text="durante il riavvio")
    desk.wait_ready()
    expect(bubble(page, "durante il riavvio")).to_be_visible(timeout=60_000)
    desk.write(customer, text="dopo il riavvio")
    expect(bubble(page, "dopo il riavvio")).to_be_visible(timeout=SLOW)


def test_after_24_hours_the_text_gives_way_to_a_template(desk: Desk, walker: Walker) -> None:
    customer = new_number()
    old = datetime.now(UTC) - timedelta(hours=25)
    answer = desk.post_webhook(desk.text_webhook(customer, "Ieri vi ho scritto", at=old))
    assert answer.status_code == 200
    number = desk.ticket_of(customer)["number"]
    wait_until(lambda: desk.items("/templates", status="approved"), 60)
    page = walker.log_in(path=f"/tickets/{number}")
    expect(page.locator("#composer")).to_contain_text("The 24 hours for free text are over")
    page.get_by_role("button", name="Write an answer that waits").click()
    write(page, "La sua pratica è pronta")
    page.locator("#composer [data-do=send]").click()
    expect(bubble(page, "La sua pratica è pronta")).to_contain_text(
        re.compile("[Dd]raft|[Ww]aits"), timeout=SLOW
    )
    desk.write(customer, text="Eccomi")
    wait_until(
        lambda: any(
            each.get("text", {}).get("body") == "La sua pratica è pronta"
            for each in desk.sent_by_desk(customer)
        ),
        40,
    )


def test_a_ticket_is_dragged_to_another_status_on_the_board(desk: Desk, walker: Walker) -> None:
    customer = new_number()
    desk.write(customer, name="Trascinato", text="sulla lavagna")
    number = desk.ticket_of(customer)["number"]
    page = walker.log_in(path="/tickets?as=board")
    card = page.locator(f"#row-{number}")
    expect(card).to_be_visible(timeout=SLOW)
    lane = page.locator("[data-lane=closed], [data-status=closed]:not(.ticket-card)").first
    card.drag_to(lane)
    wait_until(lambda: desk.get(f"/tickets/{number}")["status"]["key"] == "closed", 20)
    # Without a pointer: the card's own menu.
    page.reload()


def test_a_hostile_message_is_shown_as_text(desk: Desk, walker: Walker) -> None:
    attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    customer = new_number()
    desk.write(
        customer, name=f"Eva {attack}", text=f"Ciao {attack} [x](javascript:alert(1)) javascript:alert(1)"
    )
    number = desk.ticket_of(customer)["number"]
    media = desk.phone_file('"><script>document.title="owned"</script>.png', b"not a picture", "image/png")
    desk.write(customer, name=f"Eva {attack}", kind="document", media_id=media)
    page = walker.log_in(path="/tickets")
    expect(page.locator(f"#row-{number}")).to_contain_text("<img src=x", timeout=SLOW)
    walker.ticket(page, number)
    expect(bubble(page, "Ciao <img src=x onerror")).to_be_visible()
    assert page.locator("a[href^='javascript:']").count() == 0
    contact = desk.get(f"/tickets/{number}")["requester"]["id"]
    for path in (f"/contacts/{contact}", "/conversations", "/tickets?as=board", "/tickets?as=table", "/"):
        walker.goto(page, path)
        assert page.title() != "owned", path


def test_guessing_passwords_is_slowed_and_says_nothing(desk: Desk, walker: Walker) -> None:
    walker.allowed += ["401", "429", "Failed to load resource"]
    page = walker.context().new_page()
    for attempt in range(20):
        page.goto("/login")
        page.get_by_label("E-mail address").fill("nobody@example.com")
        page.get_by_label("Password").fill(f"guess {attempt}")
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_load_state("load")
        said = page.locator("main").inner_text()
        if attempt == 0:
            assert "The e-mail address or the password is not right." in said
        if "not right" not in said:
            break
    assert re.search(r"[Tt]oo many", said), said
    # Without its proof a form from elsewhere is refused.
    forged = page.request.post("/login", form={"email": "a@example.com", "password": "x"})
    assert forged.status in (400, 403)
