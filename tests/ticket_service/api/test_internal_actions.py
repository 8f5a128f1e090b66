"""Notes and what belongs to them: mentions, watchers, edits with their earlier versions, private mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, WINDOW, Rig

pytestmark = pytest.mark.integration


def note(rig: Rig, number: str, text: str, **options: Any) -> str:
    made = rig.post(f"/tickets/{number}/notes", {"text": text}, **options)
    assert made.status_code == 201, made.text
    path: str = f"/tickets/{number}/actions/{made.get_json()['id']}"
    return path


def watchers(rig: Rig, number: str) -> list[str]:
    found: list[str] = rig.get(f"/tickets/{number}").get_json()["watchers"]
    return found


class TestMentions:
    """Users named in a note."""

    def test_who_is_named_watches_and_everybody_hears_who(self, rig: Rig) -> None:
        number = rig.hear()
        path = note(rig, number, "@bruno please look, and @nobody too")
        assert watchers(rig, number) == [BRUNO]
        (fact,) = rig.requested("ticket.noted")
        assert (fact.mentions, fact.text) == ([BRUNO], "@bruno please look, and @nobody too")
        assert rig.get(path).get_json()["content"] == {"mentions": [BRUNO]}

    def test_an_edit_calls_only_those_who_were_not_called_before(self, rig: Rig) -> None:
        number = rig.hear()
        path = note(rig, number, "@bruno please look")
        rig.change(path, {"text": "@bruno please look again"})
        assert len(rig.requested("ticket.noted")) == 1
        rig.change(path, {"text": "@bruno and @anna please look again"})
        assert [each.mentions for each in rig.requested("ticket.noted")] == [[BRUNO], [ANNA]]
        assert watchers(rig, number) == [BRUNO, ANNA]


class TestWatching:
    """By hand."""

    def test_begun_once_ended_and_told(self, rig: Rig) -> None:
        number = rig.hear()
        for _ in range(2):
            answer = rig.post(f"/tickets/{number}/watchers/{BRUNO}")
            assert (answer.status_code, answer.get_json()) == (200, {"watchers": [BRUNO]})
        assert rig.call("DELETE", f"/tickets/{number}/watchers/{BRUNO}").status_code == 204
        assert watchers(rig, number) == []
        assert [each.changed for each in rig.requested("ticket.changed")] == [["watchers"], ["watchers"]]

    def test_only_people_who_are_there(self, rig: Rig) -> None:
        number = rig.hear()
        assert rig.post(f"/tickets/{number}/watchers/nobody").status_code == 404
        assert rig.post(f"/tickets/TT999/watchers/{BRUNO}").status_code == 404


class TestEditing:
    """Other words for what did not leave."""

    def test_a_notes_earlier_words_are_kept(self, rig: Rig) -> None:
        number = rig.hear()
        path = note(rig, number, "first")
        rig.clock.forward(minutes=1)
        done = rig.change(path, {"text": "second"})
        assert done.status_code == 200
        shown = rig.get(path).get_json()
        assert (shown["text"], [each["text"] for each in shown["versions"]]) == ("second", ["first"])
        assert shown["edited_at"] is not None
        (entry,) = (
            each
            for each in rig.get(f"/tickets/{number}/history").get_json()["items"]
            if each["what"] == "action_edited"
        )
        assert (entry["from"], entry["to"]) == ("first", "second")

    def test_two_who_edit_at_once_do_not_overwrite_each_other(self, rig: Rig) -> None:
        path = note(rig, rig.hear(), "first")
        etag = rig.get(path).headers["ETag"]
        assert rig.patch(path, {"text": "second"}, match=etag).status_code == 200
        assert rig.patch(path, {"text": "third"}, match=etag).status_code == 412
        assert rig.patch(path, {"text": "third"}, match=None).status_code == 428
        assert rig.get(path).get_json()["text"] == "second"

    def test_what_others_wrote_needs_a_permission(self, rig: Rig) -> None:
        number = rig.hear()
        of_anna, of_bruno = note(rig, number, "mine"), note(rig, number, "his", token=OTHER_TOKEN)
        etag = rig.get(of_anna).headers["ETag"]
        refused = rig.call(
            *("PATCH", of_anna), token=OTHER_TOKEN, json={"text": "x"}, headers={"If-Match": etag}
        )
        assert (refused.status_code, refused.get_json()["permission"]) == (403, "actions.edit")
        assert rig.change(of_bruno, {"text": "corrected"}).status_code == 200

    def test_an_answer_that_waits_leaves_in_its_new_words(self, rig: Rig) -> None:
        number = rig.hear(phone="+393351032246")
        rig.clock.now += timedelta(seconds=WINDOW + 1)
        draft = {"text": "Found it", "when_closed": "draft"}
        path = f"/tickets/{number}/actions/{rig.post(f'/tickets/{number}/replies', draft).get_json()['id']}"
        assert rig.change(path, {"text": "Found and repaired"}).status_code == 200
        rig.hear("ok", phone="+393351032246")
        assert [each.content.text for each in rig.requested()] == ["Found and repaired"]

    @pytest.mark.parametrize("what", ["description", "sent"])
    def test_what_left_or_came_stays_as_it_is(self, rig: Rig, what: str) -> None:
        number = rig.hear()
        if what == "sent":
            rig.post(f"/tickets/{number}/replies", {"text": "gone"})
        action = rig.get(f"/tickets/{number}/actions").get_json()["items"][-1]
        refused = rig.change(f"/tickets/{number}/actions/{action['id']}", {"text": "other"})
        assert (refused.status_code, refused.get_json()["type"]) == (
            409,
            "urn:sportello:problem:action-not-editable",
        )

    def test_an_action_of_another_ticket_is_not_here(self, rig: Rig) -> None:
        one, two = rig.hear(), rig.hear()
        path = note(rig, one, "here").replace(f"/{one}/", f"/{two}/")
        assert rig.get(path).status_code == 404


class TestPrivateMessages:
    """By mail, to people inside and outside."""

    def test_it_goes_to_all_of_them_in_one_mail_and_stays_inside(self, rig: Rig) -> None:
        number = rig.hear()
        body = {
            "to": [{"user": BRUNO}, {"email": "supplier@example.org"}, {"email": "Bruno@example.org"}],
            "text": "Can you deliver by Friday?",
            "attachments": [rig.upload(b"plan", "plan.pdf", "application/pdf")],
        }
        made = rig.post(f"/tickets/{number}/private-messages", body, key="k")
        assert made.status_code == 201, made.text
        shown = made.get_json()
        assert (shown["visibility"], shown["direction"], shown["kind"]) == (
            "internal",
            "note",
            "private_message",
        )
        (mail,) = rig.requested("mail.requested")
        assert [each.address for each in mail.to] == ["bruno@example.org", "supplier@example.org"]
        assert (mail.text, mail.message_id, mail.ticket_number) == (body["text"], shown["id"], number)
        assert [each.filename for each in mail.attachments] == ["plan.pdf"]
        assert shown["delivery"]["state"] == "queued"
        assert rig.requested() == []
        rig.post(f"/tickets/{number}/private-messages", body, key="k")
        assert len(rig.requested("mail.requested")) == 1

    def test_who_cannot_be_reached_is_named_and_nothing_is_sent(self, rig: Rig) -> None:
        number = rig.hear()
        requester = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
        to = [{"user": BRUNO}, {"user": "nobody"}, {"contact": requester}, {"contact": "nobody"}]
        refused = rig.post(f"/tickets/{number}/private-messages", {"to": to, "text": "hello"})
        assert refused.status_code == 422
        assert [each["field"] for each in refused.get_json()["errors"]] == ["to.1", "to.2", "to.3"]
        assert rig.requested("mail.requested") == []
        assert rig.db[names.MESSAGES].count_documents({"direction": "note"}) == 0

    @pytest.mark.parametrize(
        "to",
        [
            [],
            [{}],
            [{"email": "not an address"}],
            [{"email": "a@b.it\nBcc: all@b.it"}],
            [{"user": BRUNO, "email": "a@b.it"}],
            [{"email": "a@b.it"}] * 51,
        ],
    )
    def test_recipients_that_are_none(self, rig: Rig, to: list[Any]) -> None:
        body = {"to": to, "text": "hello"}
        assert rig.post(f"/tickets/{rig.hear()}/private-messages", body).status_code == 422

    def test_one_whose_mail_failed_is_sent_again_with_its_files(self, rig: Rig) -> None:
        number, body = rig.hear(), {"to": [{"user": BRUNO}], "text": "hello", "attachments": [rig.upload()]}
        rig.change(f"/tickets/{number}", {"type": "internal"})
        made = rig.post(f"/tickets/{number}/private-messages", body).get_json()
        path = f"/tickets/{number}/replies/{made['id']}/resend"
        assert rig.post(path, {}).get_json()["type"].endswith(":not-failed")
        rig.delivered(made["id"], "failed", rig.clock.now)
        again = rig.post(path, {}, key="again")
        assert (again.status_code, again.get_json()["delivery"]["state"]) == (200, "queued")
        assert rig.post(path, {}, key="again").status_code == 200
        assert rig.post(path, {}).status_code == 409
        first, second = rig.requested("mail.requested")
        assert second == replace(
            first, mail_id=f"{made['id']}~1", attempt=1, requested_at=second.requested_at
        )
        rig.delivered(made["id"], "failed", rig.clock.now)
        late = rig.get(f"/tickets/{number}/actions/{made['id']}").get_json()["delivery"]["state"]
        assert late == "queued", "what became of the first mail says nothing of the second"
        rig.delivered(made["id"], "sent", rig.clock.now, attempt=1)
        assert rig.post(path, {}).status_code == 409
        whats = [each["what"] for each in rig.get(f"/tickets/{number}/history").get_json()["items"]]
        assert whats.count("reply_resent") == 1

    def test_one_that_was_refused_for_some_is_sent_again(self, rig: Rig) -> None:
        number, body = rig.hear(), {"to": [{"user": BRUNO}, {"email": "a@b.it"}], "text": "hello"}
        made = rig.post(f"/tickets/{number}/private-messages", body).get_json()
        rig.delivered(made["id"], "sent", rig.clock.now, error="some-recipients-refused")
        path = f"/tickets/{number}/replies/{made['id']}/resend"
        assert rig.post(path, {}).status_code == 200
        assert [mail.attempt for mail in rig.requested("mail.requested")] == [0, 1]

    def test_one_whose_file_is_gone_or_that_was_erased_is_not(self, rig: Rig) -> None:
        number, body = rig.hear(), {"to": [{"user": BRUNO}], "text": "hello", "attachments": [rig.upload()]}
        made = rig.post(f"/tickets/{number}/private-messages", body).get_json()
        rig.delivered(made["id"], "failed", rig.clock.now)
        path = f"/tickets/{number}/replies/{made['id']}/resend"
        rig.db[names.ATTACHMENTS].update_many({}, {"$set": {"blob_id": None}})
        assert rig.post(path, {}).get_json()["type"].endswith(":not-stored")
        rig.db[names.MESSAGES].update_many({}, {"$set": {"content": {}, "attachments": []}})
        assert rig.post(path, {}).get_json()["type"].endswith(":not-kept")
        assert rig.post(f"/tickets/{rig.hear()}/replies/{made['id']}/resend", {}).status_code == 404

    def test_it_cannot_be_edited(self, rig: Rig) -> None:
        number = rig.hear()
        body = {"to": [{"user": BRUNO}], "text": "hello"}
        made = rig.post(f"/tickets/{number}/private-messages", body).get_json()
        assert rig.change(f"/tickets/{number}/actions/{made['id']}", {"text": "x"}).status_code == 409
