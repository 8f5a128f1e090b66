"""What happens by itself when a customer's message opens a ticket, joins one, or must not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.domain.assignment import AssignmentRule, Condition, RuleActions
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.opening_question import Choice, OpeningQuestion
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.rotation import RoundRobin
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import INTERNAL_TICKET, description_text
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, Record
from shared.contracts.catalogue import decode
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import ANNA, NOW, apply, at, message

BRUNO = "+393479999999"
Document = dict[str, Any]


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore(time_zone="Europe/Rome")


def keep(store: MemoryDeskStore, *records: Record) -> None:
    changes = Changes()
    changes.touch(*records)
    store.save(changes)


def rule(*conditions: Condition, name: str = "rule", **does: Any) -> AssignmentRule:
    return AssignmentRule(name, name, 10, conditions, RuleActions(**does))


def user(name: str, **more: Any) -> User:
    return User(name, f"{name}@example.org", name, ["agent"], NOW, **more)


def tickets(store: MemoryDeskStore) -> list[Document]:
    return sorted(store.collections["tickets"].values(), key=lambda each: each["sequence"])


def texts(store: MemoryDeskStore, ticket: Document) -> list[tuple[str | None, str]]:
    found = [each for each in store.collections["messages"].values() if each["ticket_id"] == ticket["_id"]]
    return [(each["part"], each["text"]) for each in found]


def types(store: MemoryDeskStore) -> list[str]:
    return [decode(each["body"]).type for each in store.collections["outbox"].values()]


def close(store: MemoryDeskStore, status: str = "closed") -> None:
    (document,) = tickets(store)
    loaded = store.load_ticket(document["number"])
    assert loaded is not None
    assert loaded.conversation is not None
    loaded.ticket.set_status(store.workflow().status(status), NOW)
    loaded.conversation.ticket_moved(loaded.ticket.id, True)
    changes = Changes()
    changes.touch(loaded.ticket, loaded.conversation)
    store.save(changes)


class TestRules:
    def test_a_rule_sets_assigns_tags_answers_and_closes(self, store: MemoryDeskStore) -> None:
        keep(store, user("carla"), Team("accounts", "Accounts", NOW))
        keep(
            store,
            rule(
                Condition("keyword", ("fattura",)),
                set={"priority": "high"},
                tags=("billing",),
                assignee="carla",
                group="accounts",
                reply_text="La richiamiamo.",
                status="closed",
            ),
        )
        apply(store, message("1", text="Vorrei la fattura"), message("2", sender=BRUNO))
        billed, other = tickets(store)
        assert (billed["priority"], billed["tags"], billed["group"]) == ("high", ["billing"], "accounts")
        assert (billed["assignee"], billed["status"], billed["closed_at"]) == ("carla", "closed", NOW)
        assert billed["source_rule"] == "rule"
        assert texts(store, billed) == [("description", "Vorrei la fattura"), ("comment", "La richiamiamo.")]
        assert (other["priority"], other["assignee"], other["status"]) == (None, None, "open")
        whats = [each["what"] for each in store.collections["history"].values()]
        assert whats == ["opened", "rule", "status", "opened"]
        assert types(store) == [
            *(
                "ticket.opened",
                "ticket.assigned",
                "reply.requested",
                "ticket.status_changed",
                "ticket.closed",
            ),
            "ticket.opened",
        ]
        counts = {key: each["n"] for key, each in store.collections["counters"].items() if each["n"]}
        assert counts == {"open": 1, "closed": 1}

    def test_an_answer_by_text_is_not_sent_where_the_window_is_closed(self, store: MemoryDeskStore) -> None:
        keep(store, rule(reply_text="Eccoci"))
        apply(store, message("1", occurred=NOW - timedelta(days=2)))
        assert types(store) == ["ticket.opened"]

    def test_a_status_that_was_removed_since_takes_the_ticket_nowhere(self, store: MemoryDeskStore) -> None:
        keep(store, rule(status="gone"))
        apply(store, message("1"))
        assert tickets(store)[0]["status"] == "open"

    def test_an_assigned_ticket_begins_in_the_assigned_status(self) -> None:
        store = MemoryDeskStore("S002")
        keep(store, rule(assignee="carla"), user("carla"))
        apply(store, message("1"))
        assert tickets(store)[0]["status"] == "assigned"

    def test_nobody_who_was_switched_off_is_given_work(self, store: MemoryDeskStore) -> None:
        off = Team("accounts", "Accounts", NOW, active=False)
        keep(store, rule(assignee="carla", group="accounts"), user("carla", active=False), off)
        apply(store, message("1"))
        assert (tickets(store)[0]["assignee"], tickets(store)[0]["group"]) == (None, None)


class TestTurns:
    def team(self, store: MemoryDeskStore, *users: User) -> None:
        team = Team("first-line", "First line", NOW, members=[each.id for each in users])
        keep(store, team, RoundRobin(teams=("first-line",)), rule(group="first-line"), *users)

    def test_the_tickets_of_a_batch_go_round_among_those_who_are_there(self, store: MemoryDeskStore) -> None:
        away, gone = user("dora", available=False), user("elio", active=False)
        self.team(store, user("anna"), user("bruno"), user("carla"), away, gone)
        apply(store, *(message(str(n), sender=f"+39347000{n:04d}") for n in range(6)))
        apply(store, message("7", sender=BRUNO))
        given = [each["assignee"] for each in tickets(store)]
        assert given == ["anna", "bruno", "carla", "anna", "bruno", "carla", "anna"]

    def test_nobody_gets_more_than_they_can_carry(self, store: MemoryDeskStore) -> None:
        self.team(store, user("anna", capacity=1), user("bruno", capacity=2))
        apply(store, *(message(str(n), sender=f"+39347000{n:04d}") for n in range(5)))
        assert [each["assignee"] for each in tickets(store)] == ["anna", "bruno", "bruno", None, None]
        assert {each["group"] for each in tickets(store)} == {"first-line"}

    def test_who_closes_a_ticket_has_room_again(self, store: MemoryDeskStore) -> None:
        self.team(store, user("anna", capacity=1))
        apply(store, message("1"))
        close(store)
        apply(store, message("2", sender=BRUNO))
        assert [each["assignee"] for each in tickets(store)] == ["anna", "anna"]

    def test_a_team_takes_no_turns_unless_the_desk_says_so(self, store: MemoryDeskStore) -> None:
        team = Team("first-line", "First line", NOW, members=["anna"])
        keep(store, team, rule(group="first-line"), user("anna"))
        apply(store, message("1"))
        assert tickets(store)[0]["assignee"] is None


class TestQuestion:
    def asks(self, store: MemoryDeskStore, **more: Any) -> None:
        buttons = (Choice("yes", "SI"), Choice("no", "NO"))
        keep(store, OpeningQuestion(enabled=True, text="Acconsenti?", buttons=buttons, **more))

    def test_the_answer_joins_the_description_and_is_no_comment(self, store: MemoryDeskStore) -> None:
        self.asks(store)
        first, second = at(-1), at(9)
        apply(store, message("1", text="Buongiorno, vorrei contattarvi", occurred=first))
        assert types(store) == ["ticket.opened", "reply.requested"]
        request = decode(list(store.collections["outbox"].values())[-1]["body"]).data
        assert request.content.interactive.buttons[0].title == "SI"
        answer = message("2", text="SI", kind="button_reply", content={"id": "yes"}, occurred=second)
        apply(store, answer, message("3", text="Grazie", occurred=at(20)))
        loaded = store.load_ticket("TT1")
        assert loaded is not None
        ticket = loaded.ticket
        assert description_text(ticket.description, store.desk().time_zone, ticket.question) == (
            "2025-02-27 22:21:33\nBuongiorno, vorrei contattarvi\n2025-02-27 22:21:43\nSI ✓"
        )
        assert (ticket.comments_count, ticket.status) == (1, "open")
        assert texts(store, tickets(store)[0]) == [
            ("description", "Buongiorno, vorrei contattarvi"),
            (None, "Acconsenti?"),
            ("description", "SI"),
            ("comment", "Grazie"),
        ]

    @pytest.mark.parametrize(
        ("event", "part"),
        [
            ({"text": "Sì certo", "occurred": at(60)}, "description"),
            ({"text": "Sì certo", "occurred": at(3_601)}, "comment"),
            ({"kind": "button_reply", "content": {"id": "yes"}, "occurred": at(99_999)}, "description"),
            ({"kind": "image", "text": "", "occurred": at(60)}, "comment"),
        ],
    )
    def test_a_text_answers_for_a_while_and_a_button_at_any_time(
        self, store: MemoryDeskStore, event: Document, part: str
    ) -> None:
        self.asks(store, answer_within_minutes=60)
        apply(store, message("1"))
        apply(store, message("2", **event))
        (found,) = [each for key, each in store.collections["messages"].items() if key.endswith(":2")]
        assert found["part"] == part

    def test_it_is_asked_on_the_channels_that_were_chosen_only(self, store: MemoryDeskStore) -> None:
        self.asks(store, channels=("whatsapp-main",))
        apply(store, message("1", channel="whatsapp-other"))
        assert types(store) == ["ticket.opened"]

    def test_a_message_that_comes_too_late_for_a_text_is_not_asked_about(
        self, store: MemoryDeskStore
    ) -> None:
        self.asks(store)
        apply(store, message("1", occurred=NOW - timedelta(days=2)))
        assert types(store) == ["ticket.opened"]


class TestFurtherMessages:
    @pytest.mark.parametrize(
        ("options", "days", "opened"),
        [
            ({}, 900, 1),
            ({"reopen_limit_days": 7}, 6, 1),
            ({"reopen_limit_days": 7}, 8, 2),
            ({"reopen_limit_days": 0}, 1, 2),
            ({"reopen": "never"}, 0, 2),
        ],
    )
    def test_a_closed_ticket_is_opened_again_or_a_new_one_opens(
        self, store: MemoryDeskStore, options: Document, days: int, opened: int
    ) -> None:
        keep(store, TicketOptions(**options))
        apply(store, message("1"))
        close(store)
        apply(store, message("2", occurred=at(days * 86_400 + 1)))
        found = tickets(store)
        assert len(found) == opened
        assert found[-1]["status"] == "open"
        conversation = next(iter(store.collections["conversations"].values()))
        assert conversation["open_ticket_id"] == found[-1]["_id"]
        if opened == 2:
            assert found[0]["status"] == "closed"

    def test_what_was_written_before_it_was_closed_belongs_to_it(self, store: MemoryDeskStore) -> None:
        keep(store, TicketOptions(reopen_limit_days=0))
        apply(store, message("1"))
        close(store)
        apply(store, message("2", occurred=at(-60)))
        assert len(tickets(store)) == 1

    def test_on_spam_a_message_is_kept_and_nobody_is_told(self) -> None:
        store = MemoryDeskStore("S003")
        keep(store, TicketOptions(reopen="never"))
        apply(store, message("1"))
        close(store, "spam")
        before = types(store)
        apply(store, message("2", text="Vinci subito", occurred=at(5)))
        (ticket,) = tickets(store)
        assert ticket["status"] == "spam"
        assert texts(store, ticket)[-1] == ("comment", "Vinci subito")
        assert types(store) == before

    def test_no_message_joins_an_internal_ticket(self, store: MemoryDeskStore) -> None:
        apply(store, message("1"))
        loaded = store.load_ticket("TT1")
        assert loaded is not None
        loaded.ticket.type = INTERNAL_TICKET
        changes = Changes()
        changes.touch(loaded.ticket)
        store.save(changes)
        apply(store, message("2", text="Ancora io"))
        assert [texts(store, each) for each in tickets(store)] == [
            [("description", "Buongiorno")],
            [("description", "Ancora io")],
        ]


class TestBlockedSenders:
    def blocked(self, store: MemoryDeskStore, number: str = ANNA) -> None:
        keep(store, BlockedSender(f"whatsapp:{number}", "whatsapp", number, NOW, DESK))

    def test_a_message_is_kept_with_its_conversation_and_reaches_no_ticket(
        self, store: MemoryDeskStore
    ) -> None:
        self.blocked(store)
        apply(store, message("1", text="Vinci"), message("2", sender=BRUNO))
        (said,) = [each for each in store.collections["messages"].values() if each["text"] == "Vinci"]
        assert (said["ticket_id"], said["conversation_id"]) != (None, None)
        assert said["ticket_id"] is None
        assert [each["sequence"] for each in tickets(store)] == [1]

    def test_it_neither_joins_nor_reopens_nor_reacts(self, store: MemoryDeskStore) -> None:
        apply(store, message("1"))
        before, told = tickets(store), types(store)
        self.blocked(store)
        emoji: Document = {"target": "provider.1", "kind": "reaction", "content": {"emoji": "👍"}, "text": ""}
        apply(store, message("2", text="Vinci"), message("3", **emoji))
        assert tickets(store) == before
        assert types(store) == told
        close(store)
        apply(store, message("4", text="Vinci ancora"))
        assert tickets(store)[0]["status"] == "closed"

    def test_it_is_heard_again_once_it_is_taken_off_the_list(self, store: MemoryDeskStore) -> None:
        self.blocked(store)
        sender, changes = store.record(BlockedSender, f"whatsapp:{ANNA}"), Changes()
        assert sender is not None
        changes.remove(sender)
        store.save(changes)
        apply(store, message("1"))
        assert len(tickets(store)) == 1
