"""The chat on a site, from a visitor's browser on a shop's page through the whole desk and back."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

import jwt
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journeys.chatting import SLOW, Guest, Shop, fresh, offering, ticket_with
from tests.journeys.shaping import has_status, working_like
from tests.journeys.walking import Walker, bubble, send, shows_status, write
from tests.support.browser import running_browser
from tests.support.desk import Desk
from tests.support.hostile_texts import HOSTILE
from tests.support.letters import MailCustomer
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for visitors and agents."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def _offered(desk: Desk) -> Iterator[None]:
    with offering(desk):
        yield


@pytest.fixture
def shop(desk: Desk, browser: Browser, _offered: None) -> Iterator[Shop]:
    """The visitors' side; the test fails when a page complains."""
    shop = Shop(desk, browser)
    yield shop
    shop.close()


@pytest.fixture
def walker(desk: Desk, browser: Browser) -> Iterator[Walker]:
    """The agents' side."""
    walker = Walker(desk, browser)
    yield walker
    walker.close()


def test_a_chat_becomes_a_ticket_that_is_answered_closed_and_rated(
    desk: Desk, shop: Shop, walker: Walker
) -> None:
    with working_like(desk, "S003"), offering(desk, tickets="missed", missed_after_minutes=60):
        guest = shop.guest()
        widget = guest.widget
        words = fresh("La lampada è arrivata rotta")
        guest.begin(words)
        agent = walker.log_in(path=f"/conversations/{waiting_with(desk, words)}")
        write(agent, "Che cosa si è rotto?")
        send(agent)
        guest.hears("Che cosa si è rotto?")
        answer = agent.locator("#said article").filter(has_text="Che cosa si è rotto?")
        expect(answer.get_by_title(re.compile("Read"))).to_be_visible(timeout=SLOW)
        # "Puoi creare un ticket direttamente utilizzando l'apposito tasto oppure durante una chat."
        agent.get_by_role("button", name="Open a ticket").click()
        agent.locator("dialog[open]").get_by_role("button", name="Open the ticket").click()
        number = ticket_with(desk, words)["number"]
        agent.wait_for_url(f"**/tickets/{number}")
        expect(bubble(agent, "Che cosa si è rotto?")).to_contain_text("#1")
        expect(widget.facts).to_have_text([widget.say("ticket_opened", ticket=number)], timeout=SLOW)
        shows_status(agent, "Open")
        # "fare clic sulla freccia accanto a invia per scegliere lo stato"
        write(agent, "La cambiamo subito")
        send(agent, "Pending")
        shows_status(agent, "Pending")
        guest.hears("La cambiamo subito")
        expect(bubble(agent, "La cambiamo subito").get_by_title(re.compile("Read"))).to_be_visible(
            timeout=SLOW
        )
        # "Quando il visitatore risponde, lo stato del ticket cambierà automaticamente in Aperto."
        guest.writes("Quando arriva quella nuova?")
        shows_status(agent, "Open")
        expect(bubble(agent, "Quando arriva quella nuova?")).to_be_visible(timeout=SLOW)
        write(agent, "Domani mattina")
        send(agent, "Closed")
        shows_status(agent, "Closed")
        guest.hears("Domani mattina")
        question = widget.facts.locator("form.rating")
        expect(question).to_contain_text("Were we nice?", timeout=SLOW)
        expect(widget.facts.last).to_contain_text(widget.say("ticket_closed", ticket=number))
        question.get_by_role("radio").nth(4).check(force=True)
        question.get_by_role("textbox").fill("Gentilissimi")
        question.get_by_role("button", name=widget.say("rate_send")).click()
        expect(widget.facts.last).to_contain_text("Gentilissimi", timeout=SLOW)
        wait_until(lambda: desk.get(f"/tickets/{number}")["satisfaction"], 40)
        said = desk.get(f"/tickets/{number}")["satisfaction"]
        assert (said["score"], said["text"]) == (5, "Gentilissimi")
        expect(agent.locator("#ticket-side blockquote")).to_have_text("Gentilissimi", timeout=SLOW)
        numbers = desk.get("/statistics/satisfaction", days=3)
        assert {each["score"]: each["count"] for each in numbers["scores"]}[5] >= 1
        widget.button("more").click()
        widget.sheet.get_by_role("menuitem", name=widget.say("transcript")).click()
        expect(widget.banner).to_have_text(widget.say("transcript_sent"), timeout=SLOW)
        copy = MailCustomer(desk, guest.address).waits_for("La cambiamo subito", 60)
        for each in (words, "Quando arriva quella nuova?", "Domani mattina"):
            assert each in copy["text"]
        assert number in copy["subject"]
        assert has_status(desk, number, "closed")


def test_a_missed_chat_becomes_an_open_ticket_and_goes_on_by_mail(desk: Desk, shop: Shop) -> None:
    with offering(desk, online="never", tickets="missed"):
        guest = shop.guest("Marta Neri")
        widget, mailbox = guest.widget, MailCustomer(desk, guest.address, guest.name)
        expect(widget.open().sheet.locator(".status")).to_have_text(widget.say("away"), timeout=SLOW)
        widget.page.keyboard.press("Escape")
        words = fresh("Spedite anche in Svizzera?")
        guest.begin(words)
        widget.page.close()
        ticket = ticket_with(desk, words)
        number = ticket["number"]
        assert ticket["status"]["key"] == "open"
        assert [each["kind"] for each in ticket["requester"]["identities"]] == ["webchat"]
        desk.post(f"/tickets/{number}/replies", {"text": "Sì, in tre giorni."})
        mail = mailbox.waits_for("Sì, in tre giorni.", 60)
        assert number in mail["subject"]
        mailbox.answer(mail, "Ottimo, grazie mille!")
        wait_until(lambda: has_said(desk, number, "Ottimo, grazie mille!"), 60, every=0.2)
        # The mail has proven whose the address is.
        requester = desk.get(f"/contacts/{ticket['requester']['id']}")
        assert guest.address in {each["value"] for each in requester["identities"]}
        back = guest.comes_back()
        back.hears("Sì, in tre giorni.")
        back.hears("Ottimo, grazie mille!")
        expect(back.said("Ottimo, grazie mille!")).to_contain_text(widget.say("by_mail"))
        said = (words, "Sì, in tre giorni.", "Ottimo, grazie mille!")
        assert tuple(each for each in back.texts() if each in said) == said
        # Read by mail and now here: it is not mailed again.
        assert len([each for each in mailbox.received() if "in tre giorni" in each["text"]]) == 1


def waiting_with(desk: Desk, words: str) -> str:
    """The id of the conversation without a ticket in which somebody waits who wrote this last."""

    def found() -> str | None:
        waiting = desk.get("/conversations", waiting="true")["items"]
        return next((each["id"] for each in waiting if each["last_message"]["text"] == words), None)

    return wait_until(found, 40) or ""


def has_said(desk: Desk, number: str, words: str) -> bool:
    """Whether the customer's words are on the ticket."""
    return any(each["direction"] == "in" and words in each["text"] for each in desk.actions(number))


def test_a_conversation_outlives_reloads_and_being_offline_and_is_the_same_in_every_tab(
    desk: Desk, shop: Shop
) -> None:
    shop.allowed += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED", "ERR_FAILED"]
    first = shop.guest("Paolo Gatti")
    words = fresh("Avete il vaso in verde?")
    first.begin(words)
    number = ticket_with(desk, words)["number"]
    first.widget.page.reload()
    expect(first.widget.box).to_be_visible(timeout=SLOW)
    first.hears(words)
    second = first.comes_back()
    second.hears(words)
    second.widget.page.route("**/messages", _take_in_silence, times=1)
    second.writes("Anche in blu va bene")
    first.hears("Anche in blu va bene")
    first.context.set_offline(True)
    expect(second.widget.banner).to_have_text(second.widget.say("offline"))
    second.widget.write("Scritto senza rete")
    expect(second.widget.state).to_have_text(second.widget.say("waiting"))
    desk.post(f"/tickets/{number}/replies", {"text": "Arriva venerdì"})
    first.context.set_offline(False)
    for guest in (first, second):
        guest.hears("Arriva venerdì")
        guest.hears("Scritto senza rete")
    second.widget.is_in_state("delivered")
    wait_until(lambda: has_said(desk, number, "Scritto senza rete"), 40, every=0.2)
    said = [each["text"] for each in desk.actions(number) if each["direction"] == "in"]
    assert sorted(said) == sorted([words, "Anche in blu va bene", "Scritto senza rete"])


def _take_in_silence(route: Route) -> None:
    """The desk has it, and the page never hears so."""
    assert route.fetch().status == 202
    route.abort()


def test_who_is_logged_in_has_one_conversation_on_every_device_and_nobody_else_has_it(
    desk: Desk, shop: Shop
) -> None:
    user = fresh("customer")
    telephone, computer = shop.guest("Marco Verdi", width=400), shop.guest("Marco Verdi")
    for guest in (telephone, computer):
        guest.logs_in(user)
    words = fresh("Dov'è il mio ordine?")
    telephone.begin(words)
    ticket = ticket_with(desk, words)
    assert ticket["requester"]["name"] == "Marco Verdi"
    assert {"email", "webchat"} <= {each["kind"] for each in ticket["requester"]["identities"]}
    computer.widget.open()
    computer.hears(words)
    desk.post(f"/tickets/{ticket['number']}/replies", {"text": f"In viaggio: {words}"})
    for guest in (telephone, computer):
        expect(guest.said(words)).to_have_count(2, timeout=SLOW)
    # A hash and a token that the shop's server never made.
    shop.allowed.append("403 (FORBIDDEN)")
    stranger = shop.guest()
    token = jwt.encode({"sub": user, "exp": time.time() + 600}, "of another shop " * 3, "HS256")
    for forged in (token, {"user_id": user, "name": "Marco Verdi", "hash": "0" * 64}):
        complaint = stranger.claims_to_be(forged)
        assert (complaint["status"], complaint["type"]) == (403, "identity-refused")
    assert not stranger.is_verified()
    stranger.begin(fresh("Non sono Marco"))
    assert stranger.said(words).count() == 0


def test_on_a_slow_network_and_a_small_screen_it_can_be_used(desk: Desk, shop: Shop) -> None:
    context = shop.context(width=360, height=640, has_touch=True, is_mobile=True)
    page = context.new_page()
    slow = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000, "offline": False}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    guest = Guest(shop, shop.enter(page), "Ada Lunghi")
    widget = guest.widget
    shop.axe(page)
    guest.fill()
    words = fresh("Mi sente?")
    guest.writes(words)
    number = ticket_with(desk, words)["number"]
    desk.post(f"/tickets/{number}/replies", {"text": "Forte e chiaro"})
    guest.hears("Forte e chiaro")
    assert widget.sheet.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert widget.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    shop.axe(page)


def test_what_either_side_writes_is_text_on_the_other(desk: Desk, shop: Shop, walker: Walker) -> None:
    guest = shop.guest("<img src=x onerror=window.hit=1>")
    words = fresh("Codice") + "\n" + "\n".join(VECTORS)
    guest.begin(words)
    number = ticket_with(desk, words.splitlines()[0])["number"]
    agent = walker.log_in(path=f"/tickets/{number}")
    expect(agent.locator("#timeline-scroll")).to_contain_text(VECTORS[-1], timeout=SLOW)
    shown = agent.locator("#timeline-scroll").inner_text()
    assert [each for each in VECTORS if each not in shown] == []
    write(agent, "Risposta\n" + "\n".join(VECTORS))
    send(agent)
    expect(guest.said("Risposta").locator("p.text")).to_have_text(
        "Risposta\n" + "\n".join(VECTORS), use_inner_text=True, timeout=SLOW
    )
    for page in (agent, guest.widget.page):
        assert page.evaluate("typeof window.hit") == "undefined"


VECTORS = tuple(each for each in HOSTILE if each.isprintable())


@pytest.mark.fault
def test_killing_the_gateway_in_the_middle_of_a_chat_loses_and_doubles_nothing(
    desk: Desk, shop: Shop
) -> None:
    shop.allowed += ["Failed to load resource", "net::ERR_", "CORS", "502", "503"]
    guest = shop.guest("Rita Levi")
    words = fresh("Riga 0")
    written = [words, *(f"Riga {number}" for number in range(1, 20))]
    answers = [f"Risposta {number}" for number in range(20)]
    guest.begin(words)
    number = ticket_with(desk, words)["number"]
    agent = threading.Thread(target=_answer, args=(desk, number, answers))
    agent.start()
    for text in written[1:]:
        if text in ("Riga 5", "Riga 12"):
            desk.kill("webhook_gateway.web")
            desk.kill("webhook_gateway.streams")
        guest.widget.write(text)
    agent.join(120)
    assert not agent.is_alive()

    def seen(guest: Guest) -> tuple[list[str], list[str]]:
        theirs = guest.texts(guest.widget.log.locator("li.line.is-desk"))
        return guest.texts(guest.widget.own), [each for each in theirs if each in answers]

    wait_until(lambda: seen(guest) == (written, answers), 90, every=0.5)
    wait_until(lambda: _numbered(desk, number, "in") == written[1:], 60, every=0.5)
    assert [each for each in _numbered(desk, number, "out") if each in answers] == answers
    # What was kept is the same: in order, each once.
    assert seen(guest.comes_back()) == (written, answers)
    assert any("net::ERR_" in each for each in shop.complaints), "the page has not noticed it"
    desk.wait_ready()


def _answer(desk: Desk, number: str, answers: list[str]) -> None:
    for text in answers:
        assert desk.api("POST", f"/tickets/{number}/replies", json={"text": text}).status_code == 201


def _numbered(desk: Desk, number: str, direction: str) -> list[str]:
    """What was said on the ticket from one side, by the numbers of the comments."""
    said = [each for each in desk.actions(number) if each["direction"] == direction and each["number"]]
    return [each["text"] for each in sorted(said, key=lambda each: each["number"])]
