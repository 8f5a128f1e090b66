"""What customers are asked in confidence: over REST, behind the link, and nowhere else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.ticket_service.act.confidential import Vault
from services.ticket_service.api.context import attach
from services.ticket_service.sealing import FernetSeal
from services.ticket_service.store import collections as names
from services.ticket_service.wiring.jobs_relations import confidential_job
from tests.ticket_service.api.rig import NOON, OTHER_TOKEN, WINDOW, Rig

pytestmark = pytest.mark.integration
IBAN = "IT60X0542811101000000123456"
QUESTION = {"question": "Where shall we send the refund?", "fields": [{"key": "iban", "label": "IBAN"}]}
PHONE = "+393351032246"


@pytest.fixture
def vault(rig: Rig) -> Iterator[Rig]:
    """The desk with its key and address, also after a test that took them away."""
    before = rig.web.services.vault
    yield rig
    given(rig, before)


def given(rig: Rig, vault: Vault | None) -> Rig:
    rig.web = replace(rig.web, services=replace(rig.web.services, vault=vault))
    attach(rig.app, rig.web.services)
    return rig


def ask(rig: Rig, number: str, body: dict[str, Any] | None = None) -> tuple[str, str]:
    """The request's id, and the path of its link as the customer gets it."""
    made = rig.post(f"/tickets/{number}/confidential-requests", body or QUESTION)
    assert made.status_code == 201, made.text
    text = rig.requested()[-1].content.text
    found = re.search(r"https://desk\.example\.org(/confidential/[\w-]{43})$", text)
    assert found is not None, text
    return made.get_json()["id"], found[1]


def fill(rig: Rig, path: str, **given: str) -> TestResponse:
    return rig.client.post(path, data=given)


def answer(rig: Rig, number: str, request_id: str, **options: Any) -> TestResponse:
    return rig.get(f"/tickets/{number}/confidential-requests/{request_id}/answer", **options)


def state(rig: Rig, number: str) -> str:
    (item,) = rig.get(f"/tickets/{number}/confidential-requests").get_json()["items"]
    found: str = item["state"]
    return found


def test_asked_answered_read_and_forgotten(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    assert state(vault, number) == "waiting"
    page = vault.client.get(path)
    assert page.status_code == 200
    assert "Where shall we send the refund?" in page.text
    assert state(vault, number) == "waiting", "looking at the form must not use the link up"
    assert answer(vault, number, request_id).status_code == 409
    assert fill(vault, path, iban=IBAN).status_code == 200
    assert state(vault, number) == "answered"
    read = answer(vault, number, request_id)
    assert read.get_json() == {"answers": {"iban": IBAN}}
    vault.clock.forward(days=7)
    forget = confidential_job(vault.web.services.desk, vault.db)
    assert forget(vault.clock.now) == 1
    assert forget(vault.clock.now) == 0
    assert answer(vault, number, request_id).get_json()["state"] == "deleted"
    assert vault.db["confidential_requests"].find_one({})["sealed"] == ""  # type: ignore[index]


def test_a_time_that_is_over_counts_before_the_job_ran(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number, {**QUESTION, "keep_days": 1})
    fill(vault, path, iban=IBAN)
    vault.clock.forward(days=1)
    assert answer(vault, number, request_id).status_code == 409


def test_the_answer_is_nowhere_in_clear(vault: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    fill(vault, path, iban=IBAN)
    answer(vault, number, request_id)
    kept = {name: list(vault.db[name].find()) for name in vault.db.list_collection_names()}
    everything = json.dumps(
        kept, default=lambda value: bytes(value).decode() if isinstance(value, bytes) else str(value)
    )
    assert IBAN not in everything
    assert IBAN not in capsys.readouterr().out
    token = path.rpartition("/")[2]
    holding = [name for name in kept if token in json.dumps(kept[name], default=str)]
    assert set(holding) <= {names.MESSAGES, "outbox"}, "the link is in the answer that takes it out, only"
    facts = [fact.text for fact in vault.requested("ticket.agent_replied")]
    assert facts == ["Where shall we send the refund?"]
    assert vault.get(f"/tickets?q={IBAN}").get_json()["items"] == []


def test_each_reading_is_in_the_audit_log(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    fill(vault, path, iban=IBAN)
    for _ in range(2):
        answer(vault, number, request_id)
    found = list(vault.db["audit"].find({"what": "confidential_request"}))
    assert [(each["action"], each["subject"], each["who"]["name"]) for each in found] == [
        ("read", request_id, "anna")
    ] * 2


def test_reading_needs_the_permission(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    fill(vault, path, iban=IBAN)
    refused = answer(vault, number, request_id, token=OTHER_TOKEN)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "confidential.read")
    assert vault.db["audit"].count_documents({"what": "confidential_request"}) == 0


def test_the_link_works_once_also_when_sent_twice_at_once(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    go, statuses = threading.Barrier(2), []

    def send(value: str) -> None:
        go.wait()
        statuses.append(fill(vault, path, iban=value).status_code)

    both = [threading.Thread(target=send, args=(value,)) for value in ("first", "second")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(statuses) == [200, 410]
    kept = answer(vault, number, request_id).get_json()["answers"]["iban"]
    assert kept in ("first", "second")
    assert vault.client.get(path).status_code == 410


@pytest.mark.parametrize("end", ["expired", "withdrawn", "ticket deleted", "purged"])
def test_a_link_whose_time_is_over(vault: Rig, end: str) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    if end == "expired":
        vault.clock.forward(hours=72)
    elif end == "withdrawn":
        vault.call("DELETE", f"/tickets/{number}/confidential-requests/{request_id}")
    else:
        vault.call("DELETE", f"/tickets/{number}")
    if end == "purged":
        vault.db["confidential_requests"].delete_many({})
    wanted = 404 if end == "purged" else 410
    assert vault.client.get(path).status_code == wanted
    assert fill(vault, path, iban=IBAN).status_code == wanted


@pytest.mark.parametrize("path", ["/confidential/unknown", "/confidential/" + "x" * 43, "/confidential/%00"])
def test_a_link_that_was_never_given_out(vault: Rig, path: str) -> None:
    assert vault.client.get(path).status_code == 404
    assert fill(vault, path, iban=IBAN).status_code == 404


def test_an_answer_that_is_there_can_be_deleted_early(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    fill(vault, path, iban=IBAN)
    vault.call("DELETE", f"/tickets/{number}/confidential-requests/{request_id}")
    assert state(vault, number) == "deleted"
    assert vault.db["confidential_requests"].find_one({})["sealed"] == ""  # type: ignore[index]


def test_it_goes_with_its_ticket_when_that_is_merged(vault: Rig) -> None:
    number, other = vault.hear(phone=PHONE), vault.hear()
    request_id, path = ask(vault, number)
    vault.post(f"/tickets/{number}/merge", {"into": other})
    assert fill(vault, path, iban=IBAN).status_code == 200
    assert answer(vault, other, request_id).get_json() == {"answers": {"iban": IBAN}}


def test_what_is_missing_is_marked_and_what_was_typed_stays(vault: Rig) -> None:
    fields = [{"key": "iban", "label": "IBAN"}, {"key": "note", "label": "<b>Note</b>", "long": True}]
    number = vault.hear(phone=PHONE)
    _, path = ask(vault, number, {**QUESTION, "fields": fields})
    page = fill(vault, path, iban="  ", note="<script>alert(1)</script>")
    assert page.status_code == 422
    assert page.text.count("Please fill this in.") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    assert "<b>" not in page.text
    assert fill(vault, path, iban="x" * 5_001, note="n").status_code == 422
    assert state(vault, number) == "waiting"


@pytest.mark.parametrize(
    ("language", "title"), [("it", "Informazioni"), ("pt-BR,pt", "Informações"), ("zz", "Confidential")]
)
def test_it_speaks_the_customers_language(vault: Rig, language: str, title: str) -> None:
    _, path = ask(vault, vault.hear(phone=PHONE))
    page = vault.client.get(path, headers={"Accept-Language": language})
    assert title in page.text


def test_the_page_allows_nothing_but_its_own_style_and_form(vault: Rig) -> None:
    _, path = ask(vault, vault.hear(phone=PHONE))
    headers = vault.client.get(path).headers
    assert headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self'; form-action 'self'"
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"fields": []},
        {"fields": [{"key": "a", "label": "A"}, {"key": "a", "label": "B"}]},
        {"fields": [{"key": "Ä", "label": "A"}]},
        {"fields": [{"key": f"f{n}", "label": "A"} for n in range(21)]},
        {"expires_in_hours": 0},
        {"keep_days": 366},
    ],
)
def test_what_cannot_be_asked(vault: Rig, wrong: dict[str, Any]) -> None:
    body = {**QUESTION, **wrong}
    refused = vault.post(f"/tickets/{vault.hear(phone=PHONE)}/confidential-requests", body)
    assert refused.status_code == 422
    assert vault.requested() == []


def test_outside_the_window_the_link_waits_with_its_question(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    vault.clock.forward(seconds=WINDOW + 1)
    path = f"/tickets/{number}/confidential-requests"
    refused = vault.post(path, QUESTION)
    assert (refused.status_code, refused.get_json()["type"]) == (
        409,
        "urn:sportello:problem:template-required",
    )
    assert vault.get(path).get_json()["items"] == []
    assert vault.post(path, {**QUESTION, "when_closed": "draft"}, key="k").status_code == 201
    assert vault.post(path, {**QUESTION, "when_closed": "draft"}, key="k").status_code == 201
    assert state(vault, number) == "waiting"
    assert vault.clock.now > NOON


def test_a_desk_without_a_key_says_what_to_do(vault: Rig) -> None:
    given(vault, None)
    refused = vault.post(f"/tickets/{vault.hear()}/confidential-requests", QUESTION)
    assert refused.status_code == 409
    assert "SPORTELLO_CONFIDENTIAL_KEY" in refused.get_json()["detail"]


def test_a_key_that_is_gone_is_named_and_nothing_breaks(vault: Rig) -> None:
    number = vault.hear(phone=PHONE)
    request_id, path = ask(vault, number)
    fill(vault, path, iban=IBAN)
    given(vault, Vault(FernetSeal(["z" * 32]), "https://desk.example.org"))
    refused = answer(vault, number, request_id)
    assert refused.get_json()["type"].endswith("confidential-key-missing")
    assert vault.db["audit"].count_documents({"what": "confidential_request"}) == 0
